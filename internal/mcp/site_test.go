package mcp_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

type object = map[string]any

// site is a server with two accounts that have no notes, and API keys.
type site struct {
	*apptest.Server
	alice, bob person
}

type person struct {
	apptest.Account
	key string
}

// onSite runs a test on each engine, on a site of its own.
func onSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) { test(t, newSite(t, engine)) })
}

func newSite(t testing.TB, engine database.Engine, settings ...string) *site {
	t.Helper()
	s := &site{Server: apptest.Start(t, engine, settings...)}
	s.alice, s.bob = s.newcomer(t, "alice"), s.newcomer(t, "bob")
	return s
}

func (s *site) newcomer(t testing.TB, name string) person {
	t.Helper()
	p := person{Account: s.SignUp(t, name)}
	for _, note := range s.Call(t, "GET", "/api/v1/notes/", p.Token, nil).Want(t, 200).List() { // the welcome
		s.Call(t, "DELETE", fmt.Sprintf("/api/v1/notes/%d/", id(note)), p.Token, nil).Want(t, 204)
	}
	p.key = s.Call(t, "POST", "/api/v1/auth/rotate-api-key/", p.Token, nil).Want(t, 200).String("api_key")
	return p
}

const endpoint = "/mcp/"

// send sends a message, or a text as it is, with a key, in a recent version of the protocol.
func (s *site) send(t testing.TB, key string, body any, headers ...string) apptest.Reply {
	t.Helper()
	return s.sendTo(t, endpoint, key, body, headers...)
}

func (s *site) sendTo(t testing.TB, path, key string, body any, headers ...string) apptest.Reply {
	t.Helper()
	request := s.Request(t, http.MethodPost, path, body)
	request.Header.Set("Accept", "application/json, text/event-stream")
	request.Header.Set("MCP-Protocol-Version", "2025-11-25")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i < len(headers); i += 2 {
		if request.Header.Del(headers[i]); headers[i+1] != "" {
			request.Header.Set(headers[i], headers[i+1])
		}
	}
	return apptest.Do(t, request)
}

func message(method string, params any) object {
	m := object{"jsonrpc": "2.0", "id": 1, "method": method}
	if params != nil {
		m["params"] = params
	}
	return m
}

// ask returns the result of a method.
func (s *site) ask(t testing.TB, key, method string, params any) object {
	t.Helper()
	result, ok := s.send(t, key, message(method, params)).Want(t, 200).Object()["result"].(object)
	if !ok {
		t.Fatalf("%s has no result", method)
	}
	return result
}

// answer is how a tool answered.
type answer struct {
	failed     bool
	text       string
	structured object // nil for none
}

// use calls a tool.
func (s *site) use(t testing.TB, key, tool string, arguments object) answer {
	t.Helper()
	return answerOf(t, s.send(t, key, message("tools/call", object{"name": tool, "arguments": arguments})))
}

func answerOf(t testing.TB, reply apptest.Reply) answer {
	t.Helper()
	reply.Want(t, 200)
	var body struct {
		Result struct {
			Content []struct{ Type, Text string }
			IsError bool
			Struct  object `json:"structuredContent"`
		}
		Error *struct{ Message string }
	}
	if err := json.Unmarshal([]byte(reply.Text), &body); err != nil {
		t.Fatal(err)
	}
	if body.Error != nil {
		return answer{failed: true, text: body.Error.Message}
	}
	if len(body.Result.Content) != 1 || body.Result.Content[0].Type != "text" {
		t.Fatalf("no single text: %s", reply.Text)
	}
	return answer{body.Result.IsError, body.Result.Content[0].Text, body.Result.Struct}
}

// good is what a tool returns that succeeds: as its text and its structure say.
func (s *site) good(t testing.TB, key, tool string, arguments object) object {
	t.Helper()
	a := s.use(t, key, tool, arguments)
	if a.failed {
		t.Fatalf("%s failed: %s", tool, a.text)
	}
	var result object
	if err := json.Unmarshal([]byte(a.text), &result); err != nil {
		t.Fatalf("%s: %v", tool, err)
	}
	if !reflect.DeepEqual(a.structured, result) {
		t.Errorf("%s: the structure %v differs from the text %v", tool, a.structured, result)
	}
	return result
}

// bad is the text with which a tool fails, which has no structure.
func (s *site) bad(t testing.TB, key, tool string, arguments object) string {
	t.Helper()
	a := s.use(t, key, tool, arguments)
	if !a.failed || a.structured != nil {
		t.Fatalf("%s did not fail as it should: %+v", tool, a)
	}
	return a.text
}

func id(value any) int64 {
	o, _ := value.(object)
	n, _ := o["id"].(float64)
	return int64(n)
}
