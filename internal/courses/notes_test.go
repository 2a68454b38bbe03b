package courses_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestTheNotesOfACourse(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.shared(t, s.course(t, s.alice, "Algebra"))
		first := s.note(t, s.alice, course, "alice, public", true)
		s.note(t, s.alice, course, "alice, private", false)
		s.note(t, s.bob, course, "bob, public", true)
		s.note(t, s.bob, course, "bob, private", false)
		s.deleteNote(t, s.alice, s.note(t, s.alice, course, "deleted", true).JSON)
		s.note(t, s.alice, s.inbox(t, s.alice), "elsewhere", true)
		s.Call(t, "PATCH", fmt.Sprintf("%s%d/", notesPath, first.Int("id")), s.alice.Token, object{}).Want(t, 200)
		list := func(token, query string) []any {
			return s.Call(t, "GET", byID(course)+"notes/"+query, token, nil).Want(t, 200).List()
		}
		for token, want := range map[string][]string{
			s.alice.Token: {"alice, public", "bob, public", "alice, private"},
			s.bob.Token:   {"alice, public", "bob, private", "bob, public"},
			"":            {"alice, public"},
		} {
			notes := list(token, "")
			if got := titlesOf(notes); !slices.Equal(got, want) {
				t.Errorf("the notes are %q, want %q", got, want)
			}
			summary := s.Call(t, "GET", notesPath+"?scope=all&course_id="+fmt.Sprint(course), s.alice.Token,
				nil).Want(t, 200).List()[0].(object)
			apptest.WantFields(t, notes[0], summary)
			if len(notes[0].(object)) != len(summary) {
				t.Errorf("the course lists %v, the notes %v", notes[0], summary)
			}
		}
		for query, want := range map[string][]string{
			"?limit=1":           {"alice, public"},
			"?limit=0":           {"alice, public"},
			"?limit=2&offset=1":  {"bob, public", "alice, private"},
			"?offset=-1&limit=1": {"alice, public"},
			"?offset=3":          {},
		} {
			if got := titlesOf(list(s.alice.Token, query)); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		s.Call(t, "GET", byID(course)+"notes/?limit=many", s.alice.Token, nil).WantFieldErrors(t, "limit")
		s.Call(t, "GET", byID(course)+"notes/", "0123456789", nil).WantKeys(t, 401, "detail")
	})
}

func TestOwnPrivateNotesAreSeenInACourseThatOneHasLeft(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course, carol := s.shared(t, s.course(t, s.alice, "Algebra")), s.SignUp(t, "carol")
		s.note(t, s.alice, course, "alice, public", true)
		s.note(t, s.alice, course, "alice, private", false)
		s.note(t, s.bob, course, "bob, private", false)
		s.Call(t, "DELETE", byID(course)+"subscribe/", s.bob.Token, nil).Want(t, 200)
		for token, want := range map[string][]string{
			s.bob.Token: {"bob, private", "alice, public"},
			carol.Token: {"alice, public"},
			"":          {"alice, public"},
		} {
			if got := titlesOf(s.Call(t, "GET", byID(course)+"notes/", token,
				nil).Want(t, 200).List()); !slices.Equal(got, want) {
				t.Errorf("the notes are %q, want %q", got, want)
			}
			recent, _ := s.Call(t, "GET", byID(course), token, nil).Want(t, 200).Object()["recent_notes"].([]any)
			if got := titlesOf(recent); !slices.Equal(got, want) {
				t.Errorf("the newest notes are %q, want %q", got, want)
			}
		}
	})
}

func TestTheNotesOfACourseThatIsNotSeenAre404(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		hidden, inbox := s.course(t, s.alice, "Algebra"), s.inbox(t, s.alice)
		s.note(t, s.alice, hidden, "Private", false)
		s.note(t, s.alice, inbox, "Public", true)
		for _, id := range []string{fmt.Sprint(hidden), fmt.Sprint(inbox), "999999", "99999999999999999999"} {
			for _, token := range []string{s.bob.Token, ""} {
				s.Call(t, "GET", coursesPath+id+"/notes/", token, nil).WantKeys(t, 404, "detail")
			}
		}
		if notes := s.Call(t, "GET", byID(s.course(t, s.alice, "Empty"))+"notes/", s.alice.Token,
			nil).Want(t, 200); notes.Text != "[]" {
			t.Errorf("an empty course lists %s", notes.Text)
		}
	})
}

func TestAPartOfTheListOfCourses(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, title := range []string{"Algebra", "Botany", "Chemistry"} {
			s.course(t, s.alice, title)
		}
		got := titlesOf(s.Call(t, "GET", coursesPath+"?limit=2&offset=1", s.alice.Token, nil).Want(t, 200).List())
		if !slices.Equal(got, []string{"Algebra", "Botany"}) {
			t.Errorf("the courses are %q", got)
		}
	})
}
