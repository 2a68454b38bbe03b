package apptest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// WantKeys fails the test unless value, a part of an answer, is an object with exactly these keys.
func WantKeys(t testing.TB, what string, value any, keys ...string) {
	t.Helper()
	object, ok := value.(map[string]any)
	got := slices.Sorted(maps.Keys(object))
	want := slices.Sorted(slices.Values(keys))
	if !ok || !slices.Equal(got, want) {
		t.Errorf("%s has the keys %q, want %q: %v", what, got, want, value)
	}
}

// WantFields fails the test unless the object, a part of an answer, has these values under these keys.
func WantFields(t testing.TB, value any, want map[string]any) {
	t.Helper()
	object, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("want an object: %v", value)
	}
	for key, expected := range want {
		if got := object[key]; !reflect.DeepEqual(got, normal(t, expected)) {
			t.Errorf("%s is %#v, want %#v", key, got, expected)
		}
	}
}

// normal is a value as it comes out of JSON.
func normal(t testing.TB, value any) (decoded any) {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &decoded); err != nil {
		t.Fatal(err)
	}
	return decoded
}

// WantFieldErrors fails the test unless the answer is a 400 that names exactly these fields, with a list of texts each.
func (r Reply) WantFieldErrors(t testing.TB, fields ...string) {
	t.Helper()
	r.WantKeys(t, 400, fields...)
	for _, field := range fields {
		texts, _ := r.Object()[field].([]any)
		if len(texts) == 0 {
			t.Errorf("%s has no list of texts: %s", field, r.Text)
		}
		for _, text := range texts {
			if _, ok := text.(string); !ok {
				t.Errorf("%s has something else than texts: %s", field, r.Text)
			}
		}
	}
}
