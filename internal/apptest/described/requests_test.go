package described_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest/described"
)

const document = `{"openapi": "3.1.0", "paths": {
	"/things/{id}/": {"post": {
		"parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
		"requestBody": {"required": true, "content": {
			"application/json": {"schema": {"type": "object"}},
			"multipart/form-data": {"schema": {"type": "object", "properties": {
				"count": {"type": ["integer", "null"]}, "title": {"type": "string"}, "file": {"type": "string"}}}}}},
		"responses": {}}},
	"/things/": {"post": {
		"requestBody": {"content": {"application/json": {"schema": {"type": "object", "required": ["title"],
			"properties": {"title": {"type": "string", "maxLength": 3}, "at": {"type": "string", "format": "date-time"}}}}}},
		"responses": {}}},
	"/things/empty/": {"post": {"responses": {}}}}}`

func TestMisfitsOfRequests(t *testing.T) {
	t.Parallel()
	const form = "multipart/form-data; boundary=b"
	part := func(name, value string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	d, err := described.Read([]byte(document), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		address, kind, body string
		want                []string
	}{
		{"/elsewhere/", "application/json", `{"title": 1}`, nil},
		{"/things/", "application/json", `{"title": "abc", "at": "2026-01-02T03:04:05Z"}`, nil},
		{"/things/", "application/json; charset=utf-8", `{"title": "abcd", "at": "soon"}`, []string{
			"/things/: at: 'soon' is not valid date-time: less than 20 characters long",
			"/things/: title: maxLength: got 4, want 3"}},
		{"/things/", "application/json", `{"name": "abc"}`, []string{
			"/things/: : missing property 'title'", "/things/: name is not described"}},
		{"/things/", "application/json", "", nil},
		{"/things/", "text/plain", `{"title": "abc"}`, []string{`/things/: a body that is "text/plain" is not described`}},
		{"/things/empty/", "application/json", "{}", nil},
		{"/things/empty/", "application/json", `{"a": 1}`, []string{"/things/empty/: no body is described"}},
		{"/things/7/?limit=3", form, part("count", "2") + part("title", "7") + part("file", "x") + "--b--\r\n", nil},
		{"/things/7/?limit=all&page=2", form, part("count", "two") + part("no", "1") + "--b--\r\n", []string{
			"/things/{id}/: ?limit: got string, want integer", "/things/{id}/: ?page is not described",
			"/things/{id}/: count: got string, want null or integer", "/things/{id}/: no is not described"}},
		{"/things/7/", "", "", []string{"/things/{id}/: the body is required"}},
	} {
		address, err := url.Parse(test.address)
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Misfits(described.Request{Method: "POST", URL: address, Type: test.kind, Body: []byte(test.body)})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		for i := range test.want {
			test.want[i] = "POST " + test.want[i]
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %s %s: got %q, want %q", test.address, test.kind, test.body, got, test.want)
		}
	}
}
