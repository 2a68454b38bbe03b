package rest_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

func TestRevisions(t *testing.T) {
	t.Parallel()
	any, none := []int64(nil), []int64{}
	for header, want := range map[string][]int64{
		"": any, " ": any, "*": any, `"6", *`: any, `"7"`: {7}, `W/"7"`: {7}, `"6", "7"`: {6, 7},
		`"6",W/"7"`: {6, 7}, ` "7" `: {7},
		"7": none, `"07"`: none, `"x", "8"`: {8}, "w/": none, ",": none, `"`: none,
	} {
		if got := rest.Revisions(header); !slices.Equal(got, want) || (got == nil) != (want == nil) {
			t.Errorf("Revisions(%q) = %v, want %v", header, got, want)
		}
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	api.Route("GET", "/strong/", func(w http.ResponseWriter, r *http.Request) error {
		rest.NotModified(w, r, `"a"`)
		return nil
	})
	api.Route("GET", "/weak/", func(w http.ResponseWriter, r *http.Request) error {
		rest.NotModified(w, r, `W/"a"`)
		return nil
	})
	url := serve(t, api)
	for header, status := range map[string]int{
		"": 200, `"a"`: 304, `W/"a"`: 304, `"b", "a"`: 304, `"b",W/"a"`: 304, "*": 304, `"b"`: 200, "a": 200,
		`"aa"`: 200, `"a`: 200,
	} {
		for path, etag := range map[string]string{"/strong/": `"a"`, "/weak/": `W/"a"`} {
			reply := call(t, "GET", url+path, "", "If-None-Match: "+header)
			reply.want(t, status, "")
			reply.wantHeader(t, "ETag", etag)
		}
	}
}

type conditional struct {
	IfMatch string `header:"If-Match"`
}

func TestETagsOfAnswers(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/things/", Status: http.StatusCreated},
		func(_ context.Context, _ actor.Actor, in *conditional) (rest.Reply[string], error) {
			if !slices.Contains(rest.Revisions(in.IfMatch), 7) {
				changed := &problem.Error{Kind: problem.Stale, Outcome: "Not changed", Cause: "it has changed"}
				return rest.Reply[string]{}, rest.PreconditionFailed(changed, "Things.Things/change", rest.ETag(7), "seven")
			}
			return rest.Reply[string]{ETag: rest.ETag(8), Body: "eight"}, nil
		})
	rest.Handle(api, rest.Operation{Method: "DELETE", Path: "/api/v1/things/", Status: http.StatusNoContent},
		func(context.Context, actor.Actor, *struct{}) (rest.Reply[rest.NoContent], error) {
			return rest.Reply[rest.NoContent]{ETag: rest.ETag(9)}, nil
		})
	url := serve(t, api) + "/api/v1/things/"
	for _, c := range []struct {
		method, header string
		status         int
		etag, body     string
	}{
		{"POST", `If-Match: "7"`, 201, `"8"`, `"eight"`},
		{"POST", `If-Match: "6"`, 412, `"7"`,
			`{"current":"seven","detail":"Not changed: Backend.Things.Things/change — it has changed"}`},
		{"DELETE", `If-Match: "6"`, 204, `"9"`, ""},
	} {
		reply := call(t, c.method, url, "", c.header)
		reply.want(t, c.status, c.body)
		reply.wantHeader(t, "ETag", c.etag)
	}
}

func TestProblemsOfItems(t *testing.T) {
	t.Parallel()
	var p problem.Fields
	p.AddItem("blocks", 2, "It is odd.")
	p.AddItem("blocks", 2, "It is long.")
	p.AddItem("blocks", 0, "It is odd.")
	p.Add("title", "It is blank.")
	if !p.Has("blocks") || p.Has("0") {
		t.Error("Has looks at the wrong fields")
	}
	api, _ := newAPI()
	rest.Handle(api, rest.Operation{Method: "GET", Path: "/api/v1/things/"},
		func(context.Context, actor.Actor, *struct{}) (string, error) { return "", p.Err() })
	call(t, "GET", serve(t, api)+"/api/v1/things/", "").want(t, 400,
		`{"blocks":{"0":["It is odd."],"2":["It is odd.","It is long."]},"title":["It is blank."]}`)
}
