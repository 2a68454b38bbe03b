package rest_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

// thingJSON has a part that may be absent.
type thingJSON struct {
	Name string `json:"name"`
	*details
}

type details struct {
	Since rest.Time `json:"since"`
}

type shared struct {
	Title rest.Optional[string] `json:"title" required:"true" maxLength:"100" doc:"What it is about"`
	Kind  rest.Optional[string] `json:"kind" nullable:"true" enum:"N,C"`
}

type describedInput struct {
	ID    int64  `path:"id"`
	Limit *int64 `query:"limit" doc:"1 to 100"`
	Token string `header:"Authorization"`
	Body  struct {
		shared
		Count rest.Optional[int64]     `json:"count" minimum:"0" maximum:"9"`
		At    rest.Optional[rest.Time] `json:"at" nullable:"true" doc:"When"`
		Home  rest.Optional[string]    `json:"home" format:"uri" blank:"true"`
	}
}

// document returns the OpenAPI document of an API with one operation of each kind.
func document(t *testing.T) (read func(path ...string) string) {
	t.Helper()
	api, _ := newAPI()
	rest.Handle(api, rest.Operation{Method: "POST", Path: "/api/v1/things/{id}/", Tag: "things", Summary: "Make",
		Description: "At length", Status: 201, Access: rest.Account},
		func(context.Context, actor.Actor, *describedInput) (thingJSON, error) { return thingJSON{}, nil })
	rest.Handle(api, rest.Operation{Method: "DELETE", Path: "/api/v1/things/{id}/", Status: 204, Access: rest.SessionOnly},
		noInput(rest.NoContent{}))
	rest.Handle(api, rest.Operation{Method: "GET", Path: "/api/v1/clients/"}, noInput([]rest.Client{}))
	rest.Handle(api, rest.Operation{Method: "PATCH", Path: "/api/v1/clients/"}, noInput(rest.Reply[thingJSON]{}))
	rest.Handle(api, rest.Operation{Method: "DELETE", Path: "/api/v1/clients/", Status: 204},
		noInput(rest.Reply[rest.NoContent]{}))
	rest.RegisterDocument(api)
	got := call(t, "GET", serve(t, api)+rest.DocumentPath, "")
	var root any
	if err := json.Unmarshal([]byte(got.Body), &root); err != nil || got.Status != 200 {
		t.Fatalf("%v: %d %s", err, got.Status, got.Body)
	}
	return func(path ...string) string {
		t.Helper()
		part := root
		for _, key := range path {
			object, _ := part.(map[string]any)
			part = object[key]
		}
		text, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

func TestOpenAPIDocument(t *testing.T) {
	t.Parallel()
	read := document(t)
	const things, clients = "/api/v1/things/{id}/", "/api/v1/clients/"
	for _, test := range []struct {
		want string
		path []string
	}{
		{`"3.1.0"`, []string{"openapi"}},
		{`"1.2.3"`, []string{"info", "version"}},
		{`"post-things-id"`, []string{"paths", things, "post", "operationId"}},
		{`["things"]`, []string{"paths", things, "post", "tags"}},
		{`"Make"`, []string{"paths", things, "post", "summary"}},
		{`"At length"`, []string{"paths", things, "post", "description"}},
		{`[{"in":"path","name":"id","required":true,"schema":{"format":"int64","type":"integer"}},` +
			`{"description":"1 to 100","in":"query","name":"limit","schema":{"format":"int64","type":"integer"}}]`,
			[]string{"paths", things, "post", "parameters"}},
		{`{"properties":{"at":{"anyOf":[{"format":"date-time"},` +
			`{"pattern":"^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?)?$"}],` +
			`"description":"When. Without an offset it is UTC, without a time of day midnight","type":["string","null"]},` +
			`"count":{"format":"int64","maximum":9,"minimum":0,"type":"integer"},` +
			`"home":{"anyOf":[{"format":"uri"},{"maxLength":0}],"type":"string"},` +
			`"kind":{"enum":["N","C",null],"type":["string","null"]},` +
			`"title":{"description":"What it is about","maxLength":100,"minLength":1,"type":"string"}},` +
			`"required":["title"],"type":"object"}`,
			[]string{"paths", things, "post", "requestBody", "content", "application/json", "schema"}},
		{`true`, []string{"paths", things, "post", "requestBody", "required"}},
		{`[{"token":[]},{"key":[]}]`, []string{"paths", things, "post", "security"}},
		{`[{"token":[]}]`, []string{"paths", things, "delete", "security"}},
		{`[{},{"token":[]},{"key":[]}]`, []string{"paths", clients, "get", "security"}},
		{`{"$ref":"#/components/schemas/Thing"}`,
			[]string{"paths", things, "post", "responses", "201", "content", "application/json", "schema"}},
		{`{"$ref":"#/components/schemas/Thing"}`, []string{"paths", clients, "patch", "responses", "200", "content",
			"application/json", "schema"}},
		{`{"description":"No Content"}`, []string{"paths", things, "delete", "responses", "204"}},
		{`{"description":"No Content"}`, []string{"paths", clients, "delete", "responses", "204"}},
		{`{"$ref":"#/components/schemas/Client"}`,
			[]string{"paths", clients, "get", "responses", "200", "content", "application/json", "schema", "items"}},
		{`{"name":{"type":"string"},"since":{"format":"date-time","type":"string"}}`,
			[]string{"components", "schemas", "Thing", "properties"}},
		{`["name"]`, []string{"components", "schemas", "Thing", "required"}},
	} {
		if got := read(test.path...); got != test.want {
			t.Errorf("%q is %s, want %s", test.path, got, test.want)
		}
	}
}
