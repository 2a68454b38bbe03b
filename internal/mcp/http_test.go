package mcp_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const ping = `{"jsonrpc": "2.0", "id": 7, "method": "ping"}`

func TestCredentials(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for name, test := range map[string]struct {
			authorization string
			status        int
		}{
			"none":              {"", 401},
			"an unknown key":    {"Bearer ntc_" + strings.Repeat("0", 32), 401},
			"a session":         {"Token " + s.alice.Token, 401},
			"a key":             {"Bearer " + s.alice.key, 200},
			"in another case":   {"bEARER  " + s.alice.key, 200},
			"as the apps do it": {"Token " + s.alice.key, 200},
		} {
			reply := s.send(t, "", ping, "Authorization", test.authorization).Want(t, test.status)
			challenge := reply.Header.Get("WWW-Authenticate")
			if (test.status == 401) != strings.HasPrefix(challenge, "Bearer ") {
				t.Errorf("%s is challenged by %q", name, challenge)
			}
		}
	})
}

func TestMethodsAndPaths(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, path := range []string{"/mcp", "/mcp/", "/mcp/readonly", "/mcp/x/notes,planner", "/mcp/x/account/"} {
			s.sendTo(t, path, s.alice.key, ping).Want(t, 200)
			for _, method := range []string{"GET", "DELETE"} {
				reply := s.Call(t, method, path, s.alice.key, nil).Want(t, 405)
				apptest.WantKeys(t, "the refusal of "+method, reply.JSON, "detail")
			}
		}
		s.sendTo(t, "/mcp/x/notes,nonsense/", s.alice.key, ping).Want(t, 404)
		s.sendTo(t, "/mcp/other/", s.alice.key, ping).Want(t, 404)
	})
}

func TestOrigins(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for origin, status := range map[string]int{
			"": 200, "https://notes.example.org": 200, "http://localhost:6274": 200,
			"https://evil.example.com": 403, "null": 403, "https://notes.example.org.evil.example.com": 403,
		} {
			s.send(t, s.alice.key, ping, "Origin", origin).Want(t, status)
		}
		// Behind a proxy on this machine, the host is another one than that of the connection.
		s.send(t, s.alice.key, ping, "X-Forwarded-Host", "notes.example.org").Want(t, 200)

		request := s.Request(t, "OPTIONS", endpoint, nil)
		request.Header.Set("Origin", "https://notes.example.org")
		allowed := apptest.Do(t, request).Want(t, 204).Header
		for header, names := range map[string][]string{
			"Access-Control-Allow-Headers": {"Authorization", "Content-Type", "Mcp-Session-Id",
				"Mcp-Protocol-Version", "Mcp-Method"},
			"Access-Control-Expose-Headers": {"WWW-Authenticate", "Mcp-Session-Id"},
		} {
			for _, name := range names {
				if !strings.Contains(allowed.Get(header), name) {
					t.Errorf("%s lacks %s", header, name)
				}
			}
		}
	})
}

func TestMessages(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		batch := "[" + ping + `, {"jsonrpc": "2.0", "id": "b", "method": "ping"}]`
		for _, test := range []struct {
			name, body, version string
			status              int
			code                int // of the error; 0 for none
		}{
			{"no JSON", `{"jsonrpc": "2.0"`, "", 400, -32700},
			{"nothing", "", "", 400, -32700},
			{"no object", "5", "", 400, -32600},
			{"another protocol", `{"jsonrpc": "1.0", "id": 7, "method": "ping"}`, "", 400, -32600},
			{"no method", `{"jsonrpc": "2.0", "id": 7}`, "", 400, -32600},
			{"unknown method", `{"jsonrpc": "2.0", "id": 7, "method": "coffee/brew"}`, "", 200, -32601},
			{"unknown tool", `{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": "brew"}}`, "", 200, -32602},
			{"no parameters", `{"jsonrpc": "2.0", "id": 7, "method": "tools/call"}`, "", 200, -32602},
			{"odd parameters", `{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": [1]}`, "", 200, -32602},
			{"a tool that is a list", `{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {"name": []}}`,
				"", 200, -32602},
			{"notification", `{"jsonrpc": "2.0", "method": "notifications/initialized"}`, "", 202, 0},
			{"cancellation", `{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}}`, "", 202, 0},
			{"unknown notification", `{"jsonrpc": "2.0", "method": "notifications/coffee"}`, "", 202, 0},
			{"ping that nobody waits for", `{"jsonrpc": "2.0", "method": "ping"}`, "", 202, 0},
			{"response", `{"jsonrpc": "2.0", "id": 3, "result": {}}`, "", 202, 0},
			{"unsupported version", ping, "1999-01-01", 400, -32600},
			{"batch", batch, "2025-03-26", 200, 0},
			{"batch in a version without", batch, "2025-06-18", 400, -32600},
			{"empty batch", "[]", "2025-03-26", 400, -32600},
			{"long batch", "[" + ping + strings.Repeat(","+ping, 20) + "]", "2025-03-26", 400, -32600},
		} {
			t.Run(test.name, func(t *testing.T) {
				headers := []string{}
				if test.version != "" {
					headers = []string{"MCP-Protocol-Version", test.version}
				}
				reply := s.send(t, s.alice.key, test.body, headers...).Want(t, test.status)
				problem, _ := reply.Object()["error"].(object)
				code, _ := problem["code"].(float64)
				if int(code) != test.code {
					t.Errorf("the error is %v, want the code %d: %s", problem, test.code, reply.Text)
				}
				if test.status == 202 && reply.Text != "" {
					t.Errorf("there is an answer to %s: %q", test.name, reply.Text)
				}
			})
		}
	})
}

func TestBodies(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.send(t, s.alice.key, ping, "Content-Type", "text/plain").Want(t, 415)
		s.send(t, s.alice.key, ping, "Content-Type", "application/json-rpc").Want(t, 200)
		s.send(t, s.alice.key, ping, "Accept", "").Want(t, 200)
		large := message("tools/call", object{"name": "create_note", "arguments": object{
			"title": "Large", "content": strings.Repeat("x", 3<<20),
		}})
		reply := s.send(t, s.alice.key, large).Want(t, 413)
		apptest.WantKeys(t, "the refusal", reply.JSON, "detail", "status_code", "path")
	})
}

func TestVersions(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for sent, agreed := range map[string]string{
			"2024-11-05": "2024-11-05", "2025-03-26": "2025-03-26", "2025-06-18": "2025-06-18", "2025-11-25": "2025-11-25",
			"1999-01-01": "2025-11-25",
		} {
			result := s.ask(t, s.alice.key, "initialize", object{
				"protocolVersion": sent, "capabilities": object{}, "clientInfo": object{"name": "test", "version": "1"},
			})
			if result["protocolVersion"] != agreed {
				t.Errorf("to %s the answer is %v, want %s", sent, result["protocolVersion"], agreed)
			}
		}
		// Structured results came with 2025-06-18.
		call := message("tools/call", object{"name": "get_profile"})
		for version, structured := range map[string]bool{"": false, "2025-03-26": false, "2025-06-18": true} {
			reply := s.send(t, s.alice.key, call, "MCP-Protocol-Version", version)
			if got := answerOf(t, reply).structured != nil; got != structured {
				t.Errorf("in version %q, structured is %v", version, got)
			}
		}
	})
}

func TestInstructions(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		set := func(text string) string {
			s.Call(t, "PATCH", "/api/v1/settings/", s.alice.Token, object{"mcp_skill_md": text}).Want(t, 200)
			text, _ = s.ask(t, s.alice.key, "initialize", nil)["instructions"].(string)
			return text
		}
		if got := set(""); !strings.Contains(got, "Notechondria") || len(got) > 512 {
			t.Errorf("without a word of the user, they are %q", got)
		}
		if got := set("\n Answer in English.\n"); got != "Answer in English." {
			t.Errorf("the user's are %q", got)
		}
		long := strings.Repeat("Answer in English. ", 5000)
		if got := set(long); !strings.HasSuffix(got, "Answer in English. …") || len(got) > 9000 ||
			!strings.Contains(got[:512], "get_profile") {
			t.Errorf("long ones are %q", got[:600])
		}
		if skill := s.good(t, s.alice.key, "get_profile", nil)["mcp_skill_md"]; skill != strings.TrimSpace(long) {
			t.Errorf("the profile holds others")
		}
		if got, _ := s.ask(t, s.bob.key, "initialize", nil)["instructions"].(string); strings.Contains(got, "English") {
			t.Errorf("bob is told what alice wants: %q", got)
		}
	})
}

func TestViews(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		names := func(path string) []string {
			result, _ := s.sendTo(t, path, s.alice.key, message("tools/list", nil)).Want(t, 200).Object()["result"].(object)
			tools, _ := result["tools"].([]any)
			list := map[string]bool{}
			for _, tool := range tools {
				name, _ := tool.(object)["name"].(string)
				list[name] = true
			}
			return slices.Sorted(maps.Keys(list))
		}
		all, readers, planner := names("/mcp/"), names("/mcp/readonly/"), names("/mcp/x/planner,calendars/")
		if len(all) < 40 || len(readers) >= len(all) {
			t.Errorf("there are %d tools, %d of which change nothing", len(all), len(readers))
		}
		if want := []string{
			"complete_occurrence", "create_calendar_feed", "create_event", "delete_calendar_feed", "delete_event",
			"list_calendar_feeds", "list_events", "update_calendar_feed", "update_event",
		}; !slices.Equal(planner, want) {
			t.Errorf("the planner's are %q", planner)
		}
		for path, hidden := range map[string]string{"/mcp/readonly/": "create_note", "/mcp/x/planner/": "get_note"} {
			reply := s.sendTo(t, path, s.alice.key, message("tools/call",
				object{"name": hidden, "arguments": object{"title": "x"}}))
			if problem, _ := reply.Object()["error"].(object); problem["code"] != -32602.0 {
				t.Errorf("%s is there at %s: %s", hidden, path, reply.Text)
			}
		}
		if n := len(s.Call(t, "GET", "/api/v1/notes/", s.alice.Token, nil).Want(t, 200).List()); n != 0 {
			t.Errorf("a hidden tool was used: there are %d notes", n)
		}
	})
}

func TestLimits(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		var refused apptest.Reply
		for range 1000 {
			if refused = s.send(t, s.alice.key, ping); refused.Status != 200 {
				break
			}
		}
		apptest.WantTooMany(t, refused)
		s.send(t, s.bob.key, ping).Want(t, 200)
	})
}

func TestLogOfCalls(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		address := fmt.Sprintf("127.0.0.1:%d", apptest.FreePort(t))
		s := newSite(t, engine, "METRICS_ADDRESS="+address)
		s.good(t, s.alice.key, "create_note", object{"title": "A secret title", "content": "A secret text"})
		s.bad(t, s.alice.key, "get_note", object{"note_id": 4711})
		log := s.Logs.String()
		for _, line := range []string{
			`"msg":"tool call","tool":"create_note","outcome":"ok"`, `"msg":"tool call","tool":"get_note","outcome":"refused"`,
		} {
			if !strings.Contains(log, line) {
				t.Errorf("the log lacks %s", line)
			}
		}
		if strings.Contains(log, "secret") {
			t.Error("the log holds what was sent")
		}
		request := s.Request(t, "GET", "/metrics", nil)
		request.URL.Host = address
		counts := apptest.Do(t, request).Want(t, 200).Text
		if !strings.Contains(counts, `notechondria_tool_seconds_count{outcome="refused",tool="get_note"} 1`) {
			t.Errorf("calls are not counted:\n%s", counts)
		}
	})
}
