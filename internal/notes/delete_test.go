package notes_test

import (
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestADeletedNoteIsGone(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, path := range []func(any) string{byID, byUUID} {
			note := s.create(t, s.alice, object{"title": "x", "is_public": true})
			reply := s.Call(t, "DELETE", path(note.JSON), s.alice, nil).Want(t, 204)
			if reply.Text != "" {
				t.Errorf("the answer has a body: %s", reply.Text)
			}
			for _, again := range []string{byID(note.JSON), byUUID(note.JSON)} {
				wantAbsent(t, s.Call(t, "GET", again, s.alice, nil))
				wantAbsent(t, s.Call(t, "DELETE", again, s.alice, nil))
			}
		}
		for _, query := range []string{"", "?limit=5", "?scope=all"} {
			list := s.Call(t, "GET", notesPath+query, s.alice, nil).Want(t, 200)
			if len(list.List()) != 0 || list.Int("total") != 0 {
				t.Errorf("%s still lists a deleted note: %s", query, list.Text)
			}
		}
		if got := s.titles(t, "", ""); len(got) != 0 {
			t.Errorf("strangers still see %q", got)
		}
	})
}

func TestDeletingANoteHidesItsComments(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Open", "is_public": true})
		unrelated := s.create(t, s.bob, object{"title": "Other", "is_public": true})
		comment := func(token, title string, on apptest.Reply) apptest.Reply {
			return s.create(t, token,
				object{"title": title, "is_public": true, "note_type": "C", "source_note_uuid": on.String("uuid")})
		}
		comments := map[string]apptest.Reply{s.alice: comment(s.alice, "Mine", note), s.bob: comment(s.bob, "Bob's", note)}
		comment(s.bob, "Elsewhere", unrelated)

		s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		for author, comment := range comments {
			wantPrivate(t, s.Call(t, "GET", byID(comment.JSON), "", nil))
			apptest.WantFields(t, s.read(t, author, comment).JSON, object{
				"is_public": false, "last_edit": comment.Object()["last_edit"], "source_note_uuid": note.Object()["uuid"],
			})
		}
		got := s.titles(t, "", "")
		if slices.Sort(got); !slices.Equal(got, []string{"Elsewhere", "Other"}) {
			t.Errorf("the public notes are %q, want those that have nothing to do with the deleted one", got)
		}
	})
}
