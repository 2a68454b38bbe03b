package oauth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// tool calls a tool of the endpoint.
func tool(t testing.TB, s *apptest.Server, path, token, name string, arguments keys) apptest.Reply {
	t.Helper()
	request := s.Request(t, http.MethodPost, path, keys{
		"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": keys{"name": name, "arguments": arguments},
	})
	request.Header.Set("Accept", "application/json, text/event-stream")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	return apptest.Do(t, request)
}

// wantResult fails the test unless the tool did what it was asked for.
func wantResult(t testing.TB, reply apptest.Reply) {
	t.Helper()
	result, ok := reply.Want(t, 200).Object()["result"].(keys)
	if !ok || result["isError"] == true {
		t.Fatalf("the tool failed: %s", reply.Text)
	}
}

// wantChallenge fails the test unless a program is told how to get a better token.
func wantChallenge(t testing.TB, reply apptest.Reply, status int, words ...string) {
	t.Helper()
	header := reply.Header.Get("WWW-Authenticate")
	for _, word := range append(words, "Bearer ") {
		if reply.Status != status || !strings.Contains(header, word) {
			t.Errorf("want %d and a challenge with %s: %d %q", status, word, reply.Status, header)
		}
	}
}

func TestTokensWorkAtTheEndpoint(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		token := p.connect(t, alice).String("access_token") // notes:read notes:write planner:read
		wantResult(t, tool(t, s, "/mcp/", token, "create_note", keys{"title": "By a program"}))
		wantResult(t, tool(t, s, "/mcp", token, "list_notes", keys{}))
		wantResult(t, tool(t, s, "/mcp/readonly", token, "list_events", keys{}))
		wantChallenge(t, tool(t, s, "/mcp", token, "create_event", keys{"title": "x", "event_date": "2026-01-01"}), 403,
			`error="insufficient_scope"`, `scope="`, "planner:write", "notes:read", "/.well-known/oauth-protected-resource/mcp")

		readOnly := p.redeem(t, p.ask(t, alice, keys{"resource": s.URL + "/mcp/readonly", "scope": ""}),
			keys{"resource": ""}).Want(t, 200)
		if readOnly.String("scope") != "notes:read planner:read account:read" {
			t.Errorf("the scopes are %s", readOnly.String("scope"))
		}
		wantResult(t, tool(t, s, "/mcp/readonly/", readOnly.String("access_token"), "get_profile", keys{}))
		for _, path := range []string{"/mcp", "/mcp/", "/mcp/x/notes"} {
			wantChallenge(t, tool(t, s, path, readOnly.String("access_token"), "list_notes", keys{}), 401,
				`error="invalid_token"`,
				`resource_metadata="`+s.URL+`/.well-known/oauth-protected-resource`+strings.TrimSuffix(path, "/")+`"`)
		}
		wantChallenge(t, tool(t, s, "/mcp", "", "list_notes", keys{}), 401, "resource_metadata=")
		s.Exec(t, "update oauth_access_tokens set expires_at = $1", apptest.Ago(time.Second))
		wantChallenge(t, tool(t, s, "/mcp", token, "list_notes", keys{}), 401, `error="invalid_token"`)
		wantChallenge(t, tool(t, s, "/mcp", "nta_"+strings.Repeat("0", 64), "list_notes", keys{}), 401,
			`error="invalid_token"`)
	})
}
