package notes_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// wantPrivate expects the answer that the apps know for a private note of somebody else: a list of one text.
func wantPrivate(t *testing.T, reply apptest.Reply) {
	t.Helper()
	list := reply.Want(t, 400).List()
	if len(list) != 1 {
		t.Fatalf("want a list of one text: %s", reply.Text)
	}
	if text, ok := list[0].(string); !ok || text == "" {
		t.Errorf("want a text: %s", reply.Text)
	}
}

func TestStrangersAreToldThatANoteIsPrivate(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Secret"})
		for _, path := range []string{byID(note.JSON), byUUID(note.JSON)} {
			wantPrivate(t, s.Call(t, "GET", path, s.bob, nil))
			wantPrivate(t, s.Call(t, "GET", path, "", nil))
			wantPrivate(t, s.Call(t, "PATCH", path, s.bob, object{"title": "Mine"}))
			wantPrivate(t, s.Call(t, "DELETE", path, s.bob, nil))
		}
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"title": "Secret"})
	})
}

func TestStrangersReadAPublicNoteAndCannotWriteIt(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Open", "is_public": true})
		for _, path := range []string{byID(note.JSON), byUUID(note.JSON)} {
			for _, token := range []string{s.bob, ""} {
				apptest.WantFields(t, s.Call(t, "GET", path, token, nil).Want(t, 200).JSON,
					object{"title": "Open", "can_edit": false})
			}
			s.Call(t, "PATCH", path, s.bob, object{"title": "Mine"}).WantKeys(t, 403, "detail")
			s.Call(t, "DELETE", path, s.bob, nil).WantKeys(t, 403, "detail")
		}
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"title": "Open"})
	})
}

func TestANoteInAnInboxIsPrivateUnlessItIsPublic(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		inbox := s.Call(t, "GET", "/api/v1/courses/", s.alice, nil).Want(t, 200).List()[0].(object)["id"]
		note := s.create(t, s.alice, object{"title": "Filed", "course_id": inbox})
		wantPrivate(t, s.Call(t, "GET", byID(note.JSON), s.bob, nil))
		s.Call(t, "PATCH", byID(note.JSON), s.alice, object{"is_public": true}).Want(t, 200)
		s.Call(t, "GET", byID(note.JSON), s.bob, nil).Want(t, 200)
	})
}

func TestAbsentNotesAre404ForEverybody(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		private, public := s.create(t, s.alice, object{"title": "x"}), s.create(t, s.alice,
			object{"title": "y", "is_public": true})
		paths := []string{
			notesPath + "999999/", notesPath + "0/", notesPath + "9223372036854775807/",
			notesPath + strings.Repeat("9", 60) + "/",
			notesPath + "uuid/00000000-0000-4000-8000-000000000000/",
		}
		for _, note := range []apptest.Reply{private, public} {
			s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
			paths = append(paths, byID(note.JSON), byUUID(note.JSON))
		}
		for _, path := range paths {
			for _, token := range []string{s.alice, s.bob, ""} {
				wantAbsent(t, s.Call(t, "GET", path, token, nil))
			}
			for _, token := range []string{s.alice, s.bob} {
				wantAbsent(t, s.Call(t, "PATCH", path, token, object{"title": ""}))
				wantAbsent(t, s.Call(t, "DELETE", path, token, nil))
			}
			s.Call(t, "PATCH", path, "", object{}).WantKeys(t, 401, "detail")
			s.Call(t, "DELETE", path, "", nil).WantKeys(t, 401, "detail")
		}
	})
}

func wantAbsent(t *testing.T, reply apptest.Reply) {
	t.Helper()
	if reply.WantKeys(t, 404, "detail").String("detail") != "No Note matches the given query." {
		t.Errorf("the text is %q", reply.Text)
	}
}

func TestOnlyLowerCaseUUIDsAreARoute(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		id := s.create(t, s.alice, object{"title": "x"}).String("uuid")
		for _, text := range []string{strings.ToUpper(id), strings.ReplaceAll(id, "-", ""), "12345"} {
			path := notesPath + "uuid/" + text + "/"
			reply := s.Call(t, "GET", path, s.alice, nil).WantKeys(t, 404, "detail", "status_code", "path")
			apptest.WantFields(t, reply.JSON, object{"status_code": 404, "path": path})
		}
	})
}

func TestTheLookAtTheNoteComesBeforeTheLookAtTheBody(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		private, public := s.create(t, s.alice, object{"title": "x"}), s.create(t, s.alice,
			object{"title": "y", "is_public": true})
		for _, body := range []string{`{"title": ""}`, `{"title": `, `[]`, `{"course_id": {}}`} {
			s.Call(t, "PATCH", byID(private.JSON), "", body).WantKeys(t, 401, "detail")
			s.Call(t, "PATCH", byID(private.JSON), "0123456789", body).WantKeys(t, 401, "detail")
			s.Call(t, "PATCH", notesPath+"999999/", s.bob, body).WantKeys(t, 404, "detail")
			wantPrivate(t, s.Call(t, "PATCH", byID(private.JSON), s.bob, body))
			s.Call(t, "PATCH", byID(public.JSON), s.bob, body).WantKeys(t, 403, "detail")
		}
		s.Call(t, "PATCH", byID(private.JSON), s.alice, `{"title": ""}`).WantFieldErrors(t, "title")
		s.Call(t, "PATCH", byID(private.JSON), s.alice, `{"title": `).WantKeys(t, 400, "detail")
		s.Call(t, "PATCH", byID(private.JSON), s.alice, `[]`).WantFieldErrors(t, "non_field_errors")
		s.Call(t, "PATCH", byID(private.JSON), s.alice, `{"course_id": {}}`).WantFieldErrors(t, "course_id")
	})
}
