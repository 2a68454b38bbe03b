package rest_test

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/rest"
)

func sameJSON(a, b string) bool {
	var first, second any
	return json.Unmarshal([]byte(a), &first) == nil && json.Unmarshal([]byte(b), &second) == nil &&
		reflect.DeepEqual(first, second)
}

func TestTimeOnTheWire(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("", 2*3600)
	for _, test := range []struct {
		time time.Time
		want string
	}{
		{time.Date(2026, 11, 22, 22, 21, 48, 899478000, time.UTC), "2026-11-22T22:21:48.899478Z"},
		{time.Date(2026, 11, 22, 22, 21, 48, 100000000, time.UTC), "2026-11-22T22:21:48.100000Z"},
		{time.Date(2026, 11, 22, 22, 21, 48, 1999, time.UTC), "2026-11-22T22:21:48.000001Z"},
		{time.Date(2026, 11, 22, 22, 21, 48, 999, time.UTC), "2026-11-22T22:21:48Z"},
		{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "2026-01-01T00:00:00Z"},
		{time.Date(2026, 1, 1, 1, 30, 0, 0, east), "2025-12-31T23:30:00Z"},
		{time.Time{}, "0001-01-01T00:00:00Z"},
	} {
		data, err := json.Marshal(map[string]any{"at": rest.Time{Time: test.time}, "pointer": &rest.Time{Time: test.time}})
		if want := `{"at":"` + test.want + `","pointer":"` + test.want + `"}`; err != nil || string(data) != want {
			t.Errorf("%v: %s %v, want %s", test.time, data, err, want)
		}
	}
}

func TestOptional(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		o       rest.Optional[string]
		or      string
		present bool
	}{
		{rest.Optional[string]{}, "fallback", false},
		{rest.Optional[string]{Null: true}, "fallback", true},
		{rest.Optional[string]{Set: true}, "", true},
		{rest.Optional[string]{Set: true, Value: "x"}, "x", true},
	} {
		if test.o.Or("fallback") != test.or || test.o.Present() != test.present {
			t.Errorf("%+v: %q %v", test.o, test.o.Or("fallback"), test.o.Present())
		}
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	api, log := newAPI()
	handle := func(path string, status int, out any) {
		rest.Handle(api, rest.Operation{Method: "GET", Path: path, Status: status}, noInput(out))
	}
	handle("/api/v1/plain/", 0, map[string]any{"text": "é音😀<&>", "list": []int{}, "none": nil})
	handle("/api/v1/made/", 201, []string{"x"})
	handle("/api/v1/nothing/", 204, rest.NoContent{})
	handle("/api/v1/chosen/", 200, rest.Reply[string]{Status: 202, Body: "later"})
	handle("/api/v1/gone/", 200, rest.Reply[rest.NoContent]{Status: 204})
	handle("/api/v1/broken/", 200, math.NaN())
	url := serve(t, api) + "/api/v1/"
	plain := call(t, "GET", url+"plain/", "")
	plain.want(t, 200, `{"list":[],"none":null,"text":"é音😀<&>"}`)
	plain.wantHeader(t, "Content-Type", "application/json; charset=utf-8")
	plain.wantHeader(t, "Vary", "Origin, Accept")
	call(t, "GET", url+"made/", "").want(t, 201, `["x"]`)
	call(t, "GET", url+"chosen/", "").want(t, 202, `"later"`)
	for _, path := range []string{"nothing/", "gone/"} {
		none := call(t, "GET", url+path, "")
		none.want(t, 204, "")
		none.wantHeader(t, "Content-Type", "")
	}
	broken := call(t, "GET", url+"broken/", "")
	broken.want(t, 500, `{"detail":"Internal server error.","path":"/api/v1/broken/","status_code":500}`)
	broken.wantHeader(t, "Content-Type", "application/json; charset=utf-8")
	if len(log.with("writing the answer as JSON")) != 1 {
		t.Error("the cause is not in the log")
	}
}
