package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

type lookUpFirst struct {
	ID   int64 `path:"id"`
	Body rest.Deferred[lookUpBody]
}

type lookUpBody struct {
	Name  string `json:"name" required:"true" maxLength:"5"`
	Count int64  `json:"count"`
}

// lookUp answers 404 before it reports the body's problems, and adds problems of its own.
func lookUp(_ context.Context, _ actor.Actor, in *lookUpFirst) (string, error) {
	if in.ID == 404 {
		return "", problem.NoSuch("Thing")
	}
	return rest.Convert(in.Body, func(body *lookUpBody, _ *problem.Fields) string { return body.Name }).Check(
		func(name *string, problems *problem.Fields) error {
			if !problems.Has("name") && *name == "taken" {
				problems.Add("name", "It is taken.")
				problems.Add("name", "Take another.")
			}
			return nil
		})
}

func TestProblemsOfAnDeferredBodyComeSecond(t *testing.T) {
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
		{"1", `{"name":"taken","count":"x"}`, 400,
			`{"count":["A valid integer is required."],"name":["It is taken.","Take another."]}`},
	} {
		post(t, url+test.path+"/", test.body).want(t, test.status, test.want)
	}
	post(t, url+"404/", strings.Repeat(" ", jsonLimit+1)).wantStart(t, 413, `{"detail":"The request is larger`)
	post(t, url+"1/", `{broken`).wantStart(t, 400, `{"detail":"JSON parse error - `)
	call(t, "POST", url+"404/", "<a/>", "Content-Type: text/xml").want(t, 404, unknown)
	call(t, "POST", url+"1/", "<a/>", "Content-Type: text/xml").want(t, 415,
		`{"detail":"Unsupported media type \"text/xml\" in request."}`)
}

func TestShapesOfErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		status int
		body   string
		header http.Header
	}{
		"conflict": {&problem.Error{Kind: problem.Conflict, Cause: "It is so."}, 409, `{"detail":"It is so."}`, nil},
		"refused": {problem.Refuse("Not saved", "it is full"), 400,
			`{"detail":"Not saved: Backend.Things.Things/read — it is full"}`, nil},
		"not allowed": {problem.Deny("Not saved", "owned by someone else"), 403,
			`{"detail":"Not saved: Backend.Things.Things/read — owned by someone else"}`, nil},
		"no such":   {problem.NoSuch("Note"), 404, `{"detail":"No Note matches the given query."}`, nil},
		"no object": {problem.InvalidField("", "It is private."), 400, `["It is private."]`, nil},
		"field":     {problem.InvalidField("name", "No <good>."), 400, `{"name":["No <good>."]}`, nil},
		"because": {problem.InvalidBecause("name", "Not made", "duplicate"), 400,
			`{"name":["Not made: Backend.Things.Things/read.validate_name — duplicate"]}`, nil},
		"non-field": {problem.InvalidBecause(problem.NonField, "Not made", "odd"), 400,
			`{"non_field_errors":["Not made: Backend.Things.Things/read — odd"]}`, nil},
		"no session": {&problem.Error{Kind: problem.Unauthenticated, Cause: "Gone."}, 401, `{"detail":"Gone."}`,
			http.Header{"Www-Authenticate": {"Token"}}},
		"code": {&problem.Error{Kind: problem.NotFound, Cause: "Who?", Code: "not_registered"}, 404,
			`{"code":"not_registered","detail":"Who?"}`, nil},
		"too many": {problem.Wait("Later.", 1500*time.Millisecond), 429, `{"detail":"Later."}`,
			http.Header{"Retry-After": {"2"}}},
		"hardly wait": {problem.Wait("Later.", 1), 429, `{"detail":"Later."}`, http.Header{"Retry-After": {"1"}}},
		"unavailable": {&problem.Error{Kind: problem.Unavailable, Cause: "Not now."}, 503, `{"detail":"Not now."}`,
			http.Header{"Retry-After": nil}},
		"upstream": {fmt.Errorf("wrapped: %w", &problem.Error{Kind: problem.Upstream, Cause: "They are down."}), 502,
			`{"detail":"They are down."}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, log := newAPI()
			rest.Handle(api, rest.Operation{Method: "GET", Path: "/api/v1/refused/", Process: "Things.Things/read"},
				func(context.Context, actor.Actor, *struct{}) (string, error) { return "", test.err })
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
