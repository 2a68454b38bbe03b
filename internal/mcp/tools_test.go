package mcp_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/rest"
)

// secret stands in everything of alice's that nobody else may read.
const secret = "Wintergarten"

// belongings are things of alice's, by name.
type belongings map[string]any

// furnish gives alice one of everything.
func (s *site) furnish(t testing.TB) belongings {
	t.Helper()
	key, b := s.alice.key, belongings{}
	b["course"] = id(s.good(t, key, "create_course", object{"title": secret, "description": secret}))
	b["other course"] = id(s.good(t, key, "create_course", object{"title": "More " + secret}))
	note := s.good(t, key, "create_note", object{
		"title": secret, "content": "# " + secret + "\n\nThe plan is " + secret + ".\n\n## Open\n\n- a door",
		"course_id": b["course"],
	})
	b["note"], b["uuid"] = id(note), note["uuid"]
	b["version"] = s.good(t, key, "snapshot_note", object{"note_id": b["note"], "reason": secret})["version_id"]
	deleted := s.good(t, key, "create_note", object{"title": "Old " + secret})
	b["deleted"] = id(deleted)
	s.good(t, key, "delete_note", object{"note_id": b["deleted"]})
	s.Upload(t, "POST", fmt.Sprintf("/api/v1/notes/%d/attachments/", b["note"]), s.alice.Token,
		apptest.Part{Name: "file", FileName: secret + ".txt", Content: "wall"}).Want(t, 201)
	attachments, _ := s.good(t, key, "list_attachments", object{"note_id": b["note"]})["attachments"].([]any)
	b["attachment"] = id(attachments[0])
	b["event"] = id(s.good(t, key, "create_event", object{
		"title": secret, "event_date": "2099-06-01", "starts_at": "09:00", "rrule": "FREQ=DAILY", "description": secret,
	}))
	b["feed"] = id(s.good(t, key, "create_calendar_feed", object{"title": secret, "raw_ical": calendar}))
	b["session"] = s.good(t, key, "start_note_session", object{"note_id": b["note"]})["session_id"]
	return b
}

const calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n" +
	"BEGIN:VEVENT\r\nUID:1@test\r\nDTSTAMP:20260101T000000Z\r\n" +
	"DTSTART:20990602T090000Z\r\nDTEND:20990602T100000Z\r\nSUMMARY:" + secret + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// uses are a call of every tool that means things of alice's where it can mean something, in an order in which alice
// can make them one after the other; with the scopes that it takes.
func uses(b belongings) []use {
	edits := []object{{"old_text": "a door", "new_text": "two doors"}}
	return []use{
		{"get_profile", nil, "account:read"},
		{"update_profile", object{"motto": "Slow and steady"}, "account:write"},
		{"list_notes", object{"course_id": b["course"]}, "notes:read"},
		{"search_notes", object{"query": secret, "scope": "all"}, "notes:read"},
		{"get_note", object{"note_id": b["note"]}, "notes:read"},
		{"get_note_by_uuid", object{"uuid": b["uuid"], "offset": 2, "limit": 1}, "notes:read"},
		{"create_note", object{"title": "New", "course_id": b["course"]}, "notes:write"},
		{"update_note", object{"note_id": b["note"], "description": "Changed"}, "notes:write"},
		{"edit_note", object{"note_id": b["note"], "edits": edits, "dry_run": true}, "notes:write"},
		{"append_to_note", object{"note_id": b["note"], "text": "- a window", "heading": "open"}, "notes:write"},
		{"list_note_versions", object{"note_id": b["note"]}, "notes:read"},
		{"snapshot_note", object{"note_id": b["note"]}, "notes:write"},
		{"restore_note_version", object{"note_id": b["note"], "version_id": b["version"]}, "notes:write"},
		{"list_attachments", object{"note_id": b["note"]}, "notes:read"},
		{"delete_attachment", object{"note_id": b["note"], "attachment_id": b["attachment"]}, "notes:write"},
		{"list_deleted_notes", nil, "notes:read"},
		{"restore_deleted_note", object{"note_id": b["deleted"]}, "notes:write"},
		{"list_courses", nil, "notes:read"},
		{"get_course", object{"course_id": b["course"]}, "notes:read"},
		{"list_course_notes", object{"course_id": b["course"], "limit": 1}, "notes:read"},
		{"create_course", object{"title": "New"}, "notes:write"},
		{"update_course", object{"course_id": b["course"], "icon": 58000}, "notes:write"},
		{"reorder_courses", object{"course_ids": []any{b["other course"], b["course"]}}, "notes:write"},
		{"subscribe_course", object{"course_id": b["course"]}, "notes:write"},
		{"unsubscribe_course", object{"course_id": b["course"]}, "notes:write"},
		{"list_events", object{"include_completed": true}, "planner:read"},
		{"create_event", object{"title": "New", "event_date": "2099-06-02", "course_id": b["course"]}, "planner:write"},
		{"update_event", object{"event_id": b["event"], "difficulty_weight": 4}, "planner:write"},
		{"complete_occurrence", object{"event_id": b["event"], "occurrence": "2099-06-02T09:00:00Z"}, "planner:write"},
		{"list_calendar_feeds", nil, "planner:read"},
		{"create_calendar_feed", object{"title": "New", "raw_ical": calendar, "course_id": b["course"]}, "planner:write"},
		{"update_calendar_feed", object{"feed_id": b["feed"], "is_enabled": true}, "planner:write"},
		{"get_heatmap", object{"time_zone": "Europe/Berlin"}, "notes:read planner:read"},
		{"get_recent_activity", nil, "notes:read"},
		{"get_activity_week", object{"start_date": "2099-06-01"}, "notes:read planner:read"},
		{"start_note_session", object{"note_id": b["note"]}, "notes:write"},
		{"update_note_session", object{"session_id": b["session"], "ended_at": "2099-01-01T00:00:00Z"}, "notes:write"},
		{"delete_event", object{"event_id": b["event"]}, "planner:write"},
		{"delete_calendar_feed", object{"feed_id": b["feed"]}, "planner:write"},
		{"delete_course", object{"course_id": b["course"]}, "notes:write"},
		{"delete_note", object{"note_id": b["note"]}, "notes:write"},
		{"empty_recycle_bin", nil, "notes:write"},
	}
}

type use struct {
	tool      string
	arguments object
	scopes    string
}

// tools are the descriptions of all tools, by name.
func (s *site) tools(t testing.TB) map[string]object {
	t.Helper()
	list, _ := s.ask(t, s.alice.key, "tools/list", nil)["tools"].([]any)
	tools := map[string]object{}
	for _, described := range list {
		name, _ := described.(object)["name"].(string)
		tools[name], _ = described.(object)
	}
	return tools
}

// TestEveryTool calls each with success. What it returns is what its schema says.
func TestEveryTool(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		tools := s.tools(t)
		for _, u := range uses(s.furnish(t)) {
			wantSchema(t, u.tool, tools[u.tool]["outputSchema"], s.good(t, s.alice.key, u.tool, u.arguments))
			delete(tools, u.tool)
		}
		if len(tools) > 0 {
			t.Errorf("these are not called: %q", slices.Sorted(maps.Keys(tools)))
		}
	})
}

func wantSchema(t testing.TB, tool string, described any, result object) {
	t.Helper()
	data, err := json.Marshal(described)
	if err != nil {
		t.Fatal(err)
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := resolved.Validate(result); err != nil {
		t.Errorf("the result of %s does not fit its schema: %v\n%v", tool, err, result)
	}
}

// TestSchemas walks all schemas: no type is a list of types, all are described, and no object leaves out what it has.
func TestSchemas(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for name, tool := range s.tools(t) {
			for _, key := range []string{"title", "description", "annotations", "inputSchema", "outputSchema"} {
				if tool[key] == nil || tool[key] == "" {
					t.Errorf("%s has no %s", name, key)
				}
			}
			for _, key := range []string{"inputSchema", "outputSchema"} {
				schema, _ := tool[key].(object)
				if _, listed := schema["required"].([]any); schema["type"] != "object" || schema["properties"] == nil || !listed {
					t.Errorf("the %s of %s is %v", key, name, schema)
				}
				walk(t, name+"."+key, schema)
			}
			hints, _ := tool["annotations"].(object)
			if reads := strings.HasPrefix(name, "get_") || strings.HasPrefix(name, "list_") ||
				name == "search_notes"; hints["readOnlyHint"] != reads {
				t.Errorf("%s has the hints %v", name, hints)
			}
			if strings.HasPrefix(name, "delete_") && hints["destructiveHint"] != true {
				t.Errorf("%s has the hints %v", name, hints)
			}
		}
	})
}

func walk(t *testing.T, where string, value any) {
	t.Helper()
	switch value := value.(type) {
	case object:
		for key, inner := range value {
			if _, isText := inner.(string); key == "type" && !isText && !strings.HasSuffix(where, "properties") {
				t.Errorf("the type of %s is %v", where, inner)
			}
			walk(t, where+"."+key, inner)
		}
	case []any:
		for i, inner := range value {
			walk(t, fmt.Sprintf("%s[%d]", where, i), inner)
		}
	}
}

// TestToolsOfAnotherUser has bob call every tool with what is alice's. He learns nothing, and changes nothing of it.
func TestToolsOfAnotherUser(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		b := s.furnish(t)
		before := s.possessions(t)
		for _, u := range uses(b) {
			told := strings.Replace(s.use(t, s.bob.key, u.tool, u.arguments).text, `"query":"`+secret, "", 1)
			if strings.Contains(told, secret) {
				t.Errorf("%s tells bob: %s", u.tool, told)
			}
		}
		if after := s.possessions(t); after != before {
			t.Errorf("alice has\n%s\nno longer, but\n%s", before, after)
		}
		for method, params := range map[string]object{
			"resources/list": {},
			"resources/read": {"uri": fmt.Sprintf("note://%s", b["uuid"])},
			"prompts/get":    {"name": "summarize_note", "arguments": object{"note": b["uuid"]}},
			"completion/complete": {"ref": object{"type": "ref/resource", "uri": "note://{uuid}"},
				"argument": object{"name": "uuid", "value": b["uuid"]}},
		} {
			reply := s.send(t, s.bob.key, message(method, params)).Want(t, 200).Text
			if strings.Contains(reply, secret) || method != "resources/read" && strings.Contains(reply, fmt.Sprint(b["uuid"])) {
				t.Errorf("%s tells bob: %s", method, reply)
			}
		}
	})
}

// possessions are all that alice has, as the HTTP API shows it.
func (s *site) possessions(t testing.TB) string {
	t.Helper()
	var text strings.Builder
	for _, path := range []string{
		"notes/", "notes/deleted/", "courses/", "planner-events/", "calendar-feeds/", "settings/",
		"activity/week/?start_date=2099-06-01",
	} {
		text.WriteString(s.Call(t, "GET", "/api/v1/"+path, s.alice.Token, nil).Want(t, 200).Text + "\n")
	}
	for _, note := range s.Call(t, "GET", "/api/v1/notes/", s.alice.Token, nil).Want(t, 200).List() {
		for _, part := range []string{"", "history/", "attachments/"} {
			path := fmt.Sprintf("/api/v1/notes/%d/%s", id(note), part)
			text.WriteString(s.Call(t, "GET", path, s.alice.Token, nil).Want(t, 200).Text + "\n")
		}
	}
	return text.String()
}

// granted authenticates everybody as a program of one user's, with scopes.
type granted struct {
	userID int64
	scopes []string
}

// Authenticate takes any credentials.
func (g granted) Authenticate(context.Context, string, string, string) (actor.Actor, error) {
	return actor.Actor{UserID: g.userID, Username: "alice", By: actor.Key, Scopes: g.scopes}, nil
}

// TestScopes has a program with each single scope, and one with each scope but one, call every tool.
func TestScopes(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		all := []string{"notes:read", "notes:write", "planner:read", "planner:write", "account:read", "account:write"}
		b := s.furnish(t)
		for _, scopes := range [][]string{{}, all[:1], all[1:2], all[2:3], all[3:4], all[4:5], all[5:],
			{"notes:read", "planner:read"}} {
			p := s.program(t, scopes)
			var want []string
			for _, u := range uses(b) {
				opened := !slices.ContainsFunc(strings.Fields(u.scopes),
					func(scope string) bool { return !slices.Contains(scopes, scope) })
				if opened {
					want = append(want, u.tool)
				}
				// What would succeed is not done, so that all can be tried: the arguments are of a wrong kind.
				reply := p.send(t, "any", message("tools/call", object{"name": u.tool, "arguments": "nothing"}))
				if opened != (reply.Status == 200) {
					t.Errorf("%s with %q is answered %d", u.tool, scopes, reply.Status)
				}
				if challenge := reply.Header.Get("WWW-Authenticate"); !opened &&
					!strings.Contains(challenge, `error="insufficient_scope"`) {
					t.Errorf("%s with %q is challenged by %q", u.tool, scopes, challenge)
				}
				inBatch := p.send(t, "any", []object{message("tools/call", object{"name": u.tool, "arguments": "nothing"})},
					"MCP-Protocol-Version", "2025-03-26")
				if got := strings.Contains(inBatch.Text, "lacks the scope"); got == opened {
					t.Errorf("%s in a batch with %q: %s", u.tool, scopes, inBatch.Text)
				}
			}
			slices.Sort(want)
			if got := slices.Sorted(maps.Keys(p.tools(t))); !slices.Equal(got, want) {
				t.Errorf("with %q, these are listed: %q, want %q", scopes, got, want)
			}
			read := p.send(t, "any", message("resources/read", object{"uri": fmt.Sprintf("note://%s", b["uuid"])})).Text
			if got := strings.Contains(read, secret); got != slices.Contains(scopes, "notes:read") {
				t.Errorf("with %q, a note is read: %v", scopes, got)
			}
		}
	})
}

// program is the site as a program sees it that was granted some scopes.
func (s *site) program(t testing.TB, scopes []string) *site {
	t.Helper()
	api := rest.New(rest.Options{
		Log: s.App(t).Log, Authenticator: s.App(t).Accounts, Hosts: []string{"*"}, MaxJSONBytes: 1 << 20,
	})
	s.App(t).ToolsFor("test", granted{s.alice.ID, scopes}.Authenticate).Register(api)
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	return &site{Server: &apptest.Server{URL: server.URL}}
}
