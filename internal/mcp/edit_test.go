package mcp_test

import (
	"strings"
	"testing"
)

const text = "# Bread\n\nMix flour and water.\nWait an hour.\n\n## Oven\n\n- heat it\n\n## Notes\n\nWait an hour.\n"

func TestEditingANote(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		key := s.alice.key
		note := id(s.good(t, key, "create_note", object{"title": "Bread", "content": text}))
		content := func() string {
			got, _ := s.good(t, key, "get_note", object{"note_id": note})["content"].(string)
			return got
		}
		edit := func(edits ...object) object {
			return object{"note_id": note, "edits": append([]object{}, edits...)}
		}
		replace := func(from, to string) object { return object{"old_text": from, "new_text": to} }

		for why, wrong := range map[string]object{
			"The closest text, in line 3, is: Mix flour and water.": edit(replace("Mix flour with water", "x")),
			"It is not in the note: read the note again.":           edit(replace("quantum physics", "x")),
			"several places (lines 4, 12)":                          edit(replace("Wait an hour.", "x")),
			"edits[1].old_text":                                     edit(replace("flour", "rye"), replace("flour", "x")),
			"edits[0].old_text: It must not be empty":               edit(replace("", "x")),
			"Send 1 to 100 edits":                                   edit(),
			"edits: This field is required":                         {"note_id": note},
			"note_id: It must be a whole number": {"note_id": "one",
				"edits": []object{replace("flour", "x")}},
		} {
			if got := s.bad(t, key, "edit_note", wrong); !strings.Contains(got, why) {
				t.Errorf("want %q, got %q", why, got)
			}
		}
		if content() != text {
			t.Fatalf("an edit that failed has changed it to %q", content())
		}

		try := edit(replace("flour", "rye"))
		try["dry_run"] = true
		before := s.good(t, key, "get_note", object{"note_id": note})["revision"]
		tried := s.good(t, key, "edit_note", try)
		if diff, _ := tried["diff"].(string); !strings.Contains(diff, "-Mix flour and water.\n+Mix rye and water.") ||
			content() != text {
			t.Errorf("trying it gives %v", tried)
		}
		try["dry_run"], try["revision"] = false, before
		if made := s.good(t, key, "edit_note", try); made["revision"] == before ||
			content() != strings.Replace(text, "flour", "rye", 1) {
			t.Errorf("doing it gives %v", made)
		}
		if why := s.bad(t, key, "edit_note", try); !strings.Contains(why, "read it again") {
			t.Errorf("an edit of an old revision is refused with %q", why)
		}
		s.good(t, key, "append_to_note", object{"note_id": note, "text": "- bake", "heading": "## oven"})
		s.good(t, key, "append_to_note", object{"note_id": note, "text": "The end."})
		want := strings.Replace(strings.Replace(text, "flour", "rye", 1), "- heat it\n", "- heat it\n- bake\n",
			1) + "\nThe end.\n"
		if content() != want {
			t.Errorf("the text is %q, want %q", content(), want)
		}
		why := s.bad(t, key, "append_to_note", object{"note_id": note, "text": "x", "heading": "Butter"})
		if !strings.Contains(why, "Bread; Oven; Notes") {
			t.Errorf("a heading that there is not is answered with %q", why)
		}
		lines := s.good(t, key, "get_note", object{"note_id": note, "offset": 2, "limit": 2})
		if lines["content"] != "Mix rye and water.\nWait an hour.\n" {
			t.Errorf("the lines are %v", lines)
		}
	})
}

func TestTimesOfEvents(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		key := s.alice.key
		event := s.good(t, key, "create_event", object{
			"title": "Quiz", "event_date": "2099-06-01", "starts_at": "09:00", "ends_at": "09:30:00",
		})
		if event["starts_at"] != "2099-06-01T09:00:00Z" || event["ends_at"] != "2099-06-01T09:30:00Z" {
			t.Errorf("it is %v", event)
		}
		for why, wrong := range map[string]object{
			"event_date":        {"title": "Quiz", "event_date": "tomorrow"},
			"starts_at":         {"title": "Quiz", "event_date": "2099-06-01", "starts_at": "25:00"},
			"difficulty_weight": {"title": "Quiz", "event_date": "2099-06-01", "difficulty_weight": -1},
			"title":             {"title": " ", "event_date": "2099-06-01"},
		} {
			if got := s.bad(t, key, "create_event", wrong); !strings.HasPrefix(got, why+": ") {
				t.Errorf("want something about %s, got %q", why, got)
			}
		}
		s.good(t, key, "update_event", object{"event_id": id(event), "is_completed": true})
		s.good(t, key, "update_event", object{"event_id": id(event), "is_completed": false})
		for _, completed := range []bool{false, true} {
			list, _ := s.good(t, key, "list_events",
				object{"include_completed": completed, "limit": -5, "offset": -1})["events"].([]any)
			if len(list) != 1 {
				t.Errorf("with completed ones %v, there are %v", completed, list)
			}
		}
		if got := s.bad(t, key, "search_notes", object{"query": "  "}); got != `{"error":"query is required"}` {
			t.Errorf("a blank search is answered with %q", got)
		}
		if got := s.bad(t, key, "update_profile", object{"editor_mode": "Z"}); !strings.Contains(got, "editor_mode") {
			t.Errorf("an unknown mode is answered with %q", got)
		}
		if got := s.bad(t, key, "update_profile",
			object{"social_link": "javascript:alert(1)"}); !strings.Contains(got, "social_link") {
			t.Errorf("a dangerous link is answered with %q", got)
		}
	})
}
