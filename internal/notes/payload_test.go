package notes_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestPayloadsHaveTheKeysThatTheAppsRead(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Ports")
		note := s.create(t, s.alice,
			object{"title": "Ghent", "content": "# Ghent\n\nCanals.", "course_id": course}).WantKeys(t, 201, detailKeys...)
		s.Call(t, "GET", byID(note.JSON), s.alice, nil).WantKeys(t, 200, editDetailKeys...)
		s.Call(t, "GET", byUUID(note.JSON), s.alice, nil).WantKeys(t, 200, editDetailKeys...)
		s.Call(t, "PATCH", byID(note.JSON), s.alice, object{"title": "Gent"}).WantKeys(t, 200, detailKeys...)
		s.Call(t, "PATCH", byUUID(note.JSON), s.alice, object{"title": "Gand"}).WantKeys(t, 200, editDetailKeys...)
		for _, summary := range s.Call(t, "GET", notesPath, s.alice, nil).Want(t, 200).List() {
			apptest.WantKeys(t, "a summary", summary, summaryKeys...)
		}
		page := s.Call(t, "GET", notesPath+"?limit=5", s.alice, nil).WantKeys(t, 200, "results", "total", "offset",
			"limit", "has_more")
		for _, summary := range page.Object()["results"].([]any) {
			apptest.WantKeys(t, "a summary on a page", summary, summaryKeys...)
		}
		apptest.WantKeys(t, "the course", note.Object()["course"], "id", "title", "slug")
		apptest.WantKeys(t, "the author", note.Object()["author"], "id", "username", "display_name", "image_url")
		for _, block := range note.Object()["blocks"].([]any) {
			apptest.WantKeys(t, "a block", block,
				"id", "block_type", "text", "args", "is_AI_generated", "image_url", "date_created", "last_edit")
		}
	})
}

func TestPayloadValues(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		carol := s.SignUp(t, "carol")
		note := s.create(t, carol.Token, object{"title": "Ghent", "content": "# Ghent\n\nCanals."})
		author, _ := note.Object()["author"].(object)
		apptest.WantFields(t, author, object{"id": carol.ID, "username": "carol", "display_name": "carol"})
		if picture, _ := author["image_url"].(string); !strings.HasPrefix(picture, s.URL+"/media/") {
			t.Errorf("the author's picture is %q, want an absolute address on %s", picture, s.URL)
		}
		if !uuidForm.MatchString(note.String("uuid")) {
			t.Errorf("the UUID is %q", note.String("uuid"))
		}
		block := note.Object()["blocks"].([]any)[0].(object)
		for _, text := range []any{note.String("date_created"), note.String("last_edit"), block["date_created"],
			block["last_edit"]} {
			if text, _ := text.(string); !timeForm.MatchString(text) {
				t.Errorf("a time is %q", text)
			}
		}
		if note.String("date_created") != note.String("last_edit") {
			t.Errorf("a new note was edited after it was created: %s", note.Text)
		}
	})
}

var (
	uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	timeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$`)
)

func TestOnlyTheAuthorCanEdit(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Ghent", "is_public": true})
		for who, token := range map[string]string{"the author": s.alice, "a stranger": s.bob, "nobody": ""} {
			for _, path := range []string{byID(note.JSON), byUUID(note.JSON)} {
				reply := s.Call(t, "GET", path, token, nil).Want(t, 200)
				if want := token == s.alice; reply.Object()["can_edit"] != want {
					t.Errorf("%s at %s: can_edit is %v, want %v", who, path, reply.Object()["can_edit"], want)
				}
			}
		}
	})
}
