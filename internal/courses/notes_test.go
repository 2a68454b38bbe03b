package courses_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestTheNotesOfACourse(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.shared(t, s.Course(t, s.Alice, "Algebra"))
		first := s.note(t, s.Alice, course, "alice, public", true)
		s.note(t, s.Alice, course, "alice, private", false)
		s.note(t, s.Bob, course, "bob, public", true)
		s.note(t, s.Bob, course, "bob, private", false)
		s.deleteNote(t, s.Alice, s.note(t, s.Alice, course, "deleted", true).JSON)
		s.note(t, s.Alice, s.inbox(t, s.Alice), "elsewhere", true)
		s.Call(t, "PATCH", fmt.Sprintf("%s%d/", notesPath, first.Int("id")), s.Alice.Token, object{}).Want(t, 200)
		list := func(token, query string) []any {
			return s.Call(t, "GET", byID(course)+"notes/"+query, token, nil).Want(t, 200).List()
		}
		for token, want := range map[string][]string{
			s.Alice.Token: {"alice, public", "bob, public", "alice, private"},
			s.Bob.Token:   {"alice, public", "bob, private", "bob, public"},
			"":            {"alice, public"},
		} {
			notes := list(token, "")
			if got := apptest.Texts(notes, "title"); !slices.Equal(got, want) {
				t.Errorf("the notes are %q, want %q", got, want)
			}
			summary := s.Call(t, "GET", notesPath+"?scope=all&course_id="+fmt.Sprint(course), s.Alice.Token,
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
			if got := apptest.Texts(list(s.Alice.Token, query), "title"); !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", query, got, want)
			}
		}
		s.Call(t, "GET", byID(course)+"notes/?limit=many", s.Alice.Token, nil).WantFieldErrors(t, "limit")
		s.Call(t, "GET", byID(course)+"notes/", "0123456789", nil).WantKeys(t, 401, "detail")
	})
}

func TestOwnPrivateNotesAreSeenInACourseThatOneHasLeft(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course, carol := s.shared(t, s.Course(t, s.Alice, "Algebra")), s.SignUp(t, "carol")
		s.note(t, s.Alice, course, "alice, public", true)
		s.note(t, s.Alice, course, "alice, private", false)
		s.note(t, s.Bob, course, "bob, private", false)
		s.Call(t, "DELETE", byID(course)+"subscribe/", s.Bob.Token, nil).Want(t, 200)
		for token, want := range map[string][]string{
			s.Bob.Token: {"bob, private", "alice, public"},
			carol.Token: {"alice, public"},
			"":          {"alice, public"},
		} {
			if got := apptest.Texts(s.Call(t, "GET", byID(course)+"notes/", token,
				nil).Want(t, 200).List(), "title"); !slices.Equal(got, want) {
				t.Errorf("the notes are %q, want %q", got, want)
			}
			recent, _ := s.Call(t, "GET", byID(course), token, nil).Want(t, 200).Object()["recent_notes"].([]any)
			if got := apptest.Texts(recent, "title"); !slices.Equal(got, want) {
				t.Errorf("the newest notes are %q, want %q", got, want)
			}
		}
	})
}

func TestTheNotesOfACourseThatIsNotSeenAre404(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		hidden, inbox := s.Course(t, s.Alice, "Algebra"), s.inbox(t, s.Alice)
		s.note(t, s.Alice, hidden, "Private", false)
		s.note(t, s.Alice, inbox, "Public", true)
		for _, id := range []string{fmt.Sprint(hidden), fmt.Sprint(inbox), "999999", "99999999999999999999"} {
			for _, token := range []string{s.Bob.Token, ""} {
				s.Call(t, "GET", apptest.CoursesPath+id+"/notes/", token, nil).WantKeys(t, 404, "detail")
			}
		}
		if notes := s.Call(t, "GET", byID(s.Course(t, s.Alice, "Empty"))+"notes/", s.Alice.Token,
			nil).Want(t, 200); notes.Text != "[]" {
			t.Errorf("an empty course lists %s", notes.Text)
		}
	})
}

func TestAPartOfTheListOfCourses(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, title := range []string{"Algebra", "Botany", "Chemistry"} {
			s.Course(t, s.Alice, title)
		}
		got := apptest.Texts(s.Call(t, "GET", apptest.CoursesPath+"?limit=2&offset=1", s.Alice.Token, nil).Want(t,
			200).List(), "title")
		if !slices.Equal(got, []string{"Algebra", "Botany"}) {
			t.Errorf("the courses are %q", got)
		}
	})
}
