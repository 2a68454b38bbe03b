package rest_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/rest"
)

type lookUpFirst struct {
	ID int64 `path:"id"`
	rest.Problems
	Body struct {
		Name  string `json:"name" required:"true" maxLength:"5"`
		Count int64  `json:"count"`
	}
}

// lookUp answers 404 before it reports the body's problems, and adds problems of its own.
func lookUp(_ context.Context, in *lookUpFirst) (string, error) {
	if in.ID == 404 {
		return "", rest.NotFound("Thing")
	}
	if !in.Has("name") && in.Body.Name == "taken" {
		in.Add("name", "It is taken.")
		in.Add("name", "Take another.")
	}
	return in.Body.Name, in.Err()
}

func TestHandlerMayKeepTheProblems(t *testing.T) {
	t.Parallel()
	api, _ := newAPI()
	rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/things/{id}/"}, lookUp)
	url := serve(t, api) + "/api/v1/things/"
	const unknown = `{"detail":"No Thing matches the given query."}`
	for _, test := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"1", `{"name":"x"}`, 200, `"x"`},
		{"1", `{}`, 400, `{"name":["This field is required."]}`},
		{"404", `{}`, 404, unknown},
		{"404", `{broken`, 404, unknown},
		{"404", "[]", 404, unknown},
		{"1", "[]", 400, `{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}`},
		{"1", `{"name":"taken","count":"x"}`, 400, `{"count":["A valid integer is required."],"name":["It is taken.","Take another."]}`},
	} {
		post(t, url+test.path+"/", test.body).want(t, test.status, test.want)
	}
	post(t, url+"404/", strings.Repeat(" ", jsonLimit+1)).wantStart(t, 413, `{"detail":"The request is larger`)
	post(t, url+"1/", `{broken`).wantStart(t, 400, `{"detail":"JSON parse error - `)
	call(t, "POST", url+"404/", "<a/>", "Content-Type: text/xml").want(t, 404, unknown)
	call(t, "POST", url+"1/", "<a/>", "Content-Type: text/xml").want(t, 415, `{"detail":"Unsupported media type \"text/xml\" in request."}`)
}

func TestShapesOfErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		status int
		body   string
		header http.Header
	}{
		"detail":      {rest.Detail(409, "It is so."), 409, `{"detail":"It is so."}`, nil},
		"refusal":     {rest.Refusal(403, "Not saved", "Notes.Notes/update", "owned by someone else"), 403, `{"detail":"Not saved: Backend.Notes.Notes/update — owned by someone else"}`, nil},
		"not found":   {rest.NotFound("Note"), 404, `{"detail":"No Note matches the given query."}`, nil},
		"private":     {rest.BareList("It is private."), 400, `["It is private."]`, nil},
		"field":       {rest.Invalid("name", "No <good>."), 400, `{"name":["No <good>."]}`, nil},
		"because":     {rest.InvalidBecause("name", "Not made", "Notes.Courses/create", "duplicate"), 400, `{"name":["Not made: Backend.Notes.Courses/create — duplicate"]}`, nil},
		"no session":  {rest.Unauthorized("Gone."), 401, `{"detail":"Gone."}`, http.Header{"Www-Authenticate": {"Token"}}},
		"too many":    {rest.TooManyRequests("Later.", 1500*time.Millisecond), 429, `{"detail":"Later."}`, http.Header{"Retry-After": {"2"}}},
		"hardly wait": {rest.TooManyRequests("Later.", 0), 429, `{"detail":"Later."}`, http.Header{"Retry-After": {"1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, log := newAPI()
			register(api, "GET", "/api/v1/refused/", func(*struct{}) (string, error) { return "", test.err })
			got := call(t, "GET", serve(t, api)+"/api/v1/refused/", "")
			got.want(t, test.status, test.body)
			for name := range test.header {
				got.wantHeader(t, name, test.header.Get(name))
			}
			if len(log.with("request failed")) != 0 {
				t.Error("a refusal is no failure of the server")
			}
		})
	}
}
