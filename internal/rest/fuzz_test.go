package rest_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzBody: whatever the body, the answer is a value or a refusal, in JSON, and no failure of the server.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		"", "{}", "null", "[]", `"x"`, "1e3", "{", `{"text":"ab","text":1}`, `{"text":" \u3000\u0000"}`,
		"{\"text\":\"\xff\"}",
		`{"pattern":"a b","choice":"S","blank":"","nullable":null}`, `{"integer":"12.0","bounded":-1e2,"boolean":"YES"}`,
		`{"time":"2026-1-2 3:04,5+05"}`, `{"time":"9999-12-31T23:59:59.9999999-01"}`,
		`{"email":"\"a\"@[::1]","url":"http://[::1%25a]:1/"}`,
		`{"any":[[[{"a":1.50}]]],"numbers":[1,-2],"items":[null]}`, strings.Repeat("[", 20_000),
		`{"any":` + strings.Repeat(`{"a":`, 20_000),
	} {
		f.Add(body)
	}
	handler := fieldsAPI().Handler()
	f.Fuzz(func(t *testing.T, body string) {
		got := record(handler, "POST", fieldsPath, body)
		answer := got.Body.Bytes()
		if got.Code != 200 && got.Code != 400 {
			t.Fatalf("status %d: %s", got.Code, answer)
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(answer, &object); err != nil || !utf8.Valid(answer) {
			t.Fatalf("the answer is no JSON object: %v\n%s", err, answer)
		}
	})
}

func BenchmarkHandle(b *testing.B) {
	api, _ := newAPI()
	register(api, "PATCH", "/api/v1/things/{id}/", func(in *thingInput) (thing, error) {
		return thing{ID: in.ID, Title: in.Body.Title.Value, Query: in.Query}, nil
	})
	handler := api.Handler()
	b.ReportAllocs()
	for b.Loop() {
		if got := record(handler, "PATCH", "/api/v1/things/12/?q=x",
			`{"title":"A title","unknown":[1,2,3]}`); got.Code != 200 {
			b.Fatalf("status %d: %s", got.Code, got.Body)
		}
	}
}
