package rest_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/trance-0/notechondria/internal/rest"
)

func TestMatches(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": true, " ": true, "*": true, `"7"`: true, `W/"7"`: true, `"6", "7"`: true, `"6",W/"7"`: true, ` "7" `: true,
		`"6"`: false, `W/"6"`: false, "7": false, `"77"`: false, `"6", "8"`: false, "w/": false, ",": false,
	} {
		if got := rest.Matches(header, rest.ETag(7)); got != want {
			t.Errorf("Matches(%q) = %v", header, got)
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
		func(_ context.Context, in *conditional) (rest.Reply[string], error) {
			if !rest.Matches(in.IfMatch, rest.ETag(7)) {
				return rest.Reply[string]{}, rest.PreconditionFailed("It has changed.", rest.ETag(7), "seven")
			}
			return rest.Reply[string]{ETag: rest.ETag(8), Body: "eight"}, nil
		})
	rest.Handle(api, rest.Operation{Method: "DELETE", Path: "/api/v1/things/", Status: http.StatusNoContent},
		func(context.Context, *struct{}) (rest.Reply[rest.Nothing], error) {
			return rest.Reply[rest.Nothing]{ETag: rest.ETag(9)}, nil
		})
	url := serve(t, api) + "/api/v1/things/"
	for _, c := range []struct {
		method, header string
		status         int
		etag, body     string
	}{
		{"POST", `If-Match: "7"`, 201, `"8"`, `"eight"`},
		{"POST", `If-Match: "6"`, 412, `"7"`, `{"current":"seven","detail":"It has changed."}`},
		{"DELETE", `If-Match: "6"`, 204, `"9"`, ""},
	} {
		reply := call(t, c.method, url, "", c.header)
		reply.want(t, c.status, c.body)
		reply.wantHeader(t, "ETag", c.etag)
	}
}

func TestProblemsOfItems(t *testing.T) {
	t.Parallel()
	var p rest.Problems
	p.AddItem("blocks", 2, "It is odd.")
	p.AddItem("blocks", 2, "It is long.")
	p.AddItem("blocks", 0, "It is odd.")
	p.Add("title", "It is blank.")
	if !p.Has("blocks") || p.Has("0") {
		t.Error("Has looks at the wrong fields")
	}
	api, _ := newAPI()
	rest.Handle(api, rest.Operation{Method: "GET", Path: "/api/v1/things/"}, func(context.Context, *struct{}) (string, error) { return "", p.Err() })
	call(t, "GET", serve(t, api)+"/api/v1/things/", "").want(t, 400,
		`{"blocks":{"0":["It is odd."],"2":["It is odd.","It is long."]},"title":["It is blank."]}`)
}
