package notes_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestCreateKeepsAllFields(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Ports")
		sent := object{
			"title": "Rotterdam", "description": "A port", "course_id": course, "is_public": true, "editor_mode": "G",
			"content": "# Rotterdam\n\nCranes.\n\nShips.\n\nFog.\n\nRain.", "note_type": "C",
			"metadata_json": `{"section": "one",  "autosave": false}`, "custom_meta": `{"mood": "grey"}`,
		}
		want := maps.Clone(sent)
		maps.Copy(want, object{
			"excerpt": "Cranes.\n\nShips.\n\nFog.\n\nRain.", "preview_lines": []string{"Cranes.", "Ships.", "Fog."},
			"course": object{"id": course, "title": "Ports", "slug": "ports"}, "source_note_uuid": nil, "cover_image_url": "",
		})
		note := s.create(t, s.alice, sent)
		apptest.WantFields(t, note.JSON, want)
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, want)
	})
}

func TestCreateFillsInWhatIsNotSent(t *testing.T) {
	want := object{
		"title": "Antwerp", "description": "", "excerpt": "", "preview_lines": []string{}, "editor_mode": "P",
		"note_type": "N",
		"is_public": false, "course_id": nil, "course": nil, "source_note_uuid": nil, "cover_image_url": "", "content": "",
		"metadata_json": "", "custom_meta": "",
	}
	nulls := object{
		"title": "Antwerp", "description": nil, "course_id": nil, "is_public": nil, "editor_mode": nil, "content": nil,
		"markdown": nil, "metadata_json": nil, "custom_meta": nil, "note_type": nil, "source_note_uuid": nil,
		"client_draft_id": nil,
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, body := range []object{{"title": "Antwerp"}, nulls, {"title": "Antwerp", "no_such_key": object{}}} {
			apptest.WantFields(t, s.create(t, s.alice, body).JSON, want)
		}
		if count := len(s.titles(t, s.alice, "")); count != 3 {
			t.Errorf("notes without a client_draft_id are %d, want 3", count)
		}
	})
}

func TestCreateTakesTheEditorModeOfTheAccount(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Call(t, "PATCH", "/api/v1/settings/", s.alice, object{"editor_mode": "B"}).Want(t, 200)
		apptest.WantFields(t, s.create(t, s.alice, object{"title": "x"}).JSON, object{"editor_mode": "B"})
		apptest.WantFields(t, s.create(t, s.bob, object{"title": "x"}).JSON, object{"editor_mode": "P"})
	})
}

func TestCreateReadsFieldsLeniently(t *testing.T) {
	const spaces = " \t\r\n\u00a0\u3000\u2028\u001f"
	cases := []struct {
		sent, want object
	}{
		{object{"editor_mode": "M"}, object{"editor_mode": "G"}},
		{object{"editor_mode": "T"}, object{"editor_mode": "P"}},
		{object{"editor_mode": "b"}, object{"editor_mode": "B"}},
		{object{"editor_mode": "odd"}, object{"editor_mode": "P"}},
		{object{"course_id": 0}, object{"course_id": nil, "course": nil}},
		{object{"course_id": -1718000000000000}, object{"course_id": nil, "course": nil}},
		{object{"course_id": "0"}, object{"course_id": nil}},
		{object{"title": 1992}, object{"title": "1992"}},
		{object{"title": spaces + "Bruges" + spaces}, object{"title": "Bruges"}},
		{object{"title": strings.Repeat("é", 100)}, object{"title": strings.Repeat("é", 100)}},
		{object{"title": " " + strings.Repeat("🚢", 100) + " "}, object{"title": strings.Repeat("🚢", 100)}},
		{object{"description": strings.Repeat("港", 600)}, object{"description": strings.Repeat("港", 600)}},
		{object{"description": " Canals "}, object{"description": "Canals", "excerpt": "Canals"}},
		{object{"content": spaces + "# B\n\n\n  Lace. " + spaces}, object{"content": "# B\n\n\n  Lace.", "excerpt": "Lace."}},
		{object{"content": "one", "markdown": "two"}, object{"content": "one"}},
		{object{"content": "", "markdown": " two "}, object{"content": "two"}},
		{object{"content": nil, "markdown": "two"}, object{"content": "two"}},
		{object{"metadata_json": ` {"a":1} `, "custom_meta": " no JSON "},
			object{"metadata_json": `{"a":1}`, "custom_meta": "no JSON"}},
		{object{"is_public": "true"}, object{"is_public": true}},
		{object{"source_note_uuid": ""}, object{"source_note_uuid": nil}},
		{object{"client_draft_id": ""}, object{"note_type": "N"}},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			body := object{"title": "Note"}
			maps.Copy(body, c.sent)
			note := s.create(t, s.alice, body)
			apptest.WantFields(t, note.JSON, c.want)
			apptest.WantFields(t, s.read(t, s.alice, note).JSON, c.want)
		}
	})
}

func TestCreateRefusesFields(t *testing.T) {
	cases := []struct {
		sent   string // JSON
		fields []string
	}{
		{`{"content": "no title"}`, []string{"title"}},
		{``, []string{"title"}},
		{`{"title": ""}`, []string{"title"}},
		{`{"title": " \u3000\n "}`, []string{"title"}},
		{`{"title": null}`, []string{"title"}},
		{`{"title": true}`, []string{"title"}},
		{`{"title": ["x"]}`, []string{"title"}},
		{`{"title": "a\u0000b"}`, []string{"title"}},
		{fmt.Sprintf(`{"title": %q}`, strings.Repeat("é", 101)), []string{"title"}},
		{fmt.Sprintf(`{"title": "x", "description": %q}`, strings.Repeat("é", 601)), []string{"description"}},
		{`{"title": "x", "content": "a\u0000b"}`, []string{"content"}},
		{`{"title": "x", "content": {"ops": []}}`, []string{"content"}},
		{`{"title": "x", "markdown": []}`, []string{"markdown"}},
		{`{"title": "x", "metadata_json": {"section": ""}}`, []string{"metadata_json"}},
		{`{"title": "x", "custom_meta": {}}`, []string{"custom_meta"}},
		{`{"title": "x", "is_public": "maybe"}`, []string{"is_public"}},
		{`{"title": "x", "is_public": {}}`, []string{"is_public"}},
		{`{"title": "x", "course_id": "abc"}`, []string{"course_id"}},
		{`{"title": "x", "course_id": 1.5}`, []string{"course_id"}},
		{`{"title": "x", "course_id": true}`, []string{"course_id"}},
		{`{"title": "x", "course_id": 9223372036854775808}`, []string{"course_id"}},
		{`{"title": "x", "note_type": "Z"}`, []string{"note_type"}},
		{`{"title": "x", "source_note_uuid": "nope"}`, []string{"source_note_uuid"}},
		{fmt.Sprintf(`{"title": "x", "client_draft_id": %q}`, strings.Repeat("d", 65)), []string{"client_draft_id"}},
		{`{"course_id": "abc", "source_note_uuid": "nope", "custom_meta": {}}`,
			[]string{"title", "course_id", "source_note_uuid", "custom_meta"}},
		{`["title"]`, []string{"non_field_errors"}},
		{`"title"`, []string{"non_field_errors"}},
		{`null`, []string{"non_field_errors"}},
		{`{"title": `, []string{}},
		{"{\"title\": \"\xff\"}", []string{}},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			reply := s.Call(t, "POST", notesPath, s.alice, c.sent)
			if len(c.fields) == 0 {
				reply.WantKeys(t, 400, "detail")
				continue
			}
			reply.WantFieldErrors(t, c.fields...)
		}
		s.Call(t, "POST", notesPath, "", object{}).WantKeys(t, 401, "detail")
		if titles := s.titles(t, s.alice, ""); len(titles) != 0 {
			t.Errorf("refused notes were stored: %q", titles)
		}
	})
}

func TestCreateFilesOnlyWhereTheAuthorMay(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		own, foreign := s.course(t, s.alice, "Ports"), s.course(t, s.bob, "Rivers")
		apptest.WantFields(t, s.create(t, s.alice, object{"title": "x", "course_id": own}).JSON, object{"course_id": own})

		unknown := s.Call(t, "POST", notesPath, s.alice, object{"title": "y", "course_id": 999999}).WantKeys(t, 404, "detail")
		for _, course := range []any{foreign, json.Number("9223372036854775807")} {
			reply := s.Call(t, "POST", notesPath, s.alice, object{"title": "y", "course_id": course}).Want(t, 404)
			if reply.Text != unknown.Text {
				t.Errorf("a foreign course is told from an unknown one: %s", reply.Text)
			}
		}
		if count := len(s.titles(t, s.alice, "")); count != 1 {
			t.Errorf("there are %d notes, want the one that could be filed", count)
		}
		s.Exec(t, `insert into course_subscriptions (user_id, course_id, subscribed_at)
			select id, $1, date_joined from users where username = 'alice'`, foreign)
		note := s.create(t, s.alice, object{"title": "z", "course_id": foreign})
		apptest.WantFields(t, note.JSON, object{"course": object{"id": foreign, "title": "Rivers", "slug": "rivers"}})
		s.Exec(t, "update course_subscriptions set is_active = false")
		s.Call(t, "POST", notesPath, s.alice, object{"title": "y", "course_id": foreign}).WantKeys(t, 404, "detail")
	})
}

func TestCommentsNameOnlyWhatTheirAuthorCanRead(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		public := s.create(t, s.bob, object{"title": "Open", "is_public": true}).String("uuid")
		private := s.create(t, s.bob, object{"title": "Closed"}).String("uuid")
		own := s.create(t, s.alice, object{"title": "Mine"}).String("uuid")
		deleted := s.create(t, s.alice, object{"title": "Gone"})
		s.Call(t, "DELETE", byID(deleted.JSON), s.alice, nil).Want(t, 204)
		cases := []struct {
			sent string
			want any
		}{
			{public, public}, {strings.ToUpper(public), public}, {strings.ReplaceAll(public, "-", ""), public}, {own, own},
			{private, nil}, {deleted.String("uuid"), nil}, {"00000000-0000-4000-8000-000000000000", nil},
		}
		for _, c := range cases {
			note := s.create(t, s.alice, object{"title": "I think", "note_type": "C", "source_note_uuid": c.sent})
			apptest.WantFields(t, note.JSON, object{"source_note_uuid": c.want, "note_type": "C"})
		}
	})
}
