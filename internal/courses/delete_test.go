package courses_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// filed reads, of all notes with a title, in the recycle bin too, the titles of the courses they lie in.
func (s *site) filed(t *testing.T, title string) []string {
	t.Helper()
	found, err := database.All[string](t.Context(), s.Database(t).Read(), `
		select coalesce(c.title, 'none') from notes n left join courses c on c.id = n.course_id
			where n.title = $1 order by n.id`, title)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (s *site) count(t *testing.T, query string, args ...any) int64 {
	t.Helper()
	n, err := database.One[int64](t.Context(), s.Database(t).Read(), "select count(*) from "+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDeletingACourseLosesNoNote(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.shared(t, s.Course(t, s.Alice, "Algebra"))
		mine := s.note(t, s.Alice, course, "mine", false)
		s.deleteNote(t, s.Alice, s.note(t, s.Alice, course, "in the bin", false).JSON)
		theirs := s.note(t, s.Bob, course, "theirs", true)
		elsewhere := s.Course(t, s.Alice, "Botany")
		s.note(t, s.Alice, elsewhere, "elsewhere", false)
		s.medium(t, course, "Cover", "covers/a.png")
		s.Call(t, "POST", byID(course)+"open/", s.Bob.Token, object{}).Want(t, 200)

		if reply := s.Call(t, "DELETE", byID(course), s.Alice.Token, nil).Want(t, 204); reply.Text != "" {
			t.Errorf("the answer has a body: %s", reply.Text)
		}
		for title, want := range map[string]string{"mine": "Inbox", "in the bin": "Inbox", "theirs": "none",
			"elsewhere": "Botany"} {
			if got := s.filed(t, title); !slices.Equal(got, []string{want}) {
				t.Errorf("%q lies in %q, want %q", title, got, want)
			}
		}
		for note, token := range map[*apptest.Reply]string{&mine: s.Alice.Token, &theirs: s.Bob.Token} {
			now := s.Call(t, "GET", fmt.Sprintf("%s%d/", notesPath, note.Int("id")), token, nil).Want(t, 200)
			apptest.WantFields(t, now.JSON, object{"last_edit": note.String("last_edit")})
			if etag := now.Header.Get("ETag"); etag == note.Header.Get("ETag") {
				t.Errorf("the note lies elsewhere, and has the same ETag %s", etag)
			}
		}
		for _, table := range []string{"course_subscriptions", "course_media", "course_operations"} {
			if n := s.count(t, table); n != 0 {
				t.Errorf("%s has %d rows of the deleted course", table, n)
			}
		}
		s.Call(t, "DELETE", byID(course), s.Alice.Token, nil).WantKeys(t, 404, "detail")
		s.Call(t, "GET", byID(course)+"notes/", s.Alice.Token, nil).WantKeys(t, 404, "detail")
	})
}

func TestTheInboxCannotBeDeleted(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		inbox := s.inbox(t, s.Alice)
		s.Call(t, "DELETE", byID(inbox), s.Alice.Token, nil).WantKeys(t, 400, "detail")
		s.Exec(t, "update courses set title = 'Box', title_folded = 'box' where id = $1", inbox) // as some imports have it
		s.Call(t, "DELETE", byID(inbox), s.Alice.Token, nil).WantKeys(t, 400, "detail")
	})
}

func TestDeletingMakesTheInboxThatIsMissing(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Exec(t, "delete from courses where id = $1", s.inbox(t, s.Alice))
		course := s.Course(t, s.Alice, "Algebra")
		s.note(t, s.Alice, course, "mine", false)
		s.Call(t, "DELETE", byID(course), s.Alice.Token, nil).Want(t, 204)
		list := s.list(t, s.Alice.Token)
		if got := apptest.Texts(list, "title"); !slices.Equal(got, []string{"Inbox"}) {
			t.Fatalf("the courses are %q", got)
		}
		apptest.WantFields(t, list[0], object{"is_default": true, "description": "Default category"})
		if got := recent(list[0]); !slices.Equal(got, []string{"mine"}) {
			t.Errorf("the Inbox has %q", got)
		}
	})
}

func TestNotesFiledWhileTheirCourseIsDeletedAreNotLost(t *testing.T) {
	const calls = 24
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=10")
		course := s.Course(t, s.Alice, "Algebra")
		var moved, saved []int64
		draft := func(i int) object {
			return object{"title": "draft", "course_id": course, "client_draft_id": fmt.Sprint("phone-", i/4)}
		}
		for i := range calls / 4 {
			s.Call(t, "POST", notesPath, s.Alice.Token, draft(4*i)).Want(t, 201)
			moved = append(moved, s.note(t, s.Alice, s.inbox(t, s.Alice), "moved", false).Int("id"))
			saved = append(saved, s.note(t, s.Alice, course, "saved", false).Int("id"))
		}
		file := func(i int) apptest.Reply {
			patch := func(id int64) apptest.Reply {
				return s.Call(t, "PATCH", fmt.Sprintf("%s%d/", notesPath, id), s.Alice.Token,
					object{"course_id": course, "content": "new"})
			}
			switch i % 4 {
			case 0:
				return patch(moved[i/4])
			case 1:
				return patch(saved[i/4])
			case 2:
				return s.Call(t, "POST", notesPath, s.Alice.Token, draft(i))
			}
			return s.Call(t, "POST", notesPath, s.Alice.Token, object{"title": "made", "course_id": course})
		}
		replies := apptest.AtOnce(calls+1, func(i int) apptest.Reply {
			if i == calls/2 {
				return s.Call(t, "DELETE", byID(course), s.Alice.Token, nil)
			}
			return file(min(i, calls-1))
		})
		var made int
		for i, reply := range replies {
			switch {
			case i == calls/2:
				reply.Want(t, 204)
			case reply.Status == 201:
				made++
			case reply.Status != 200 && reply.Status != 404:
				t.Errorf("status %d: %s", reply.Status, reply.Text)
			}
		}
		for title, want := range map[string]int{"made": made, "moved": calls / 4, "saved": calls / 4, "draft": calls / 4} {
			got := s.filed(t, title)
			if len(got) != want || slices.ContainsFunc(got, func(in string) bool { return in != "Inbox" }) {
				t.Errorf("the notes %q lie in %q, want %d in the Inbox", title, got, want)
			}
		}
	})
}

func TestSubscribingToACourseThatIsBeingDeleted(t *testing.T) {
	const calls = 12
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=10")
		course := s.shared(t, s.Course(t, s.Alice, "Algebra"))
		s.note(t, s.Alice, course, "Public", true)
		replies := apptest.AtOnce(calls+1, func(i int) apptest.Reply {
			switch {
			case i == calls/2:
				return s.Call(t, "DELETE", byID(course), s.Alice.Token, nil)
			case i%3 == 0:
				return s.Call(t, "DELETE", byID(course)+"subscribe/", s.Bob.Token, nil)
			case i%3 == 1:
				return s.Call(t, "POST", byID(course)+"open/", s.Bob.Token, object{})
			}
			return s.Call(t, "POST", byID(course)+"subscribe/", s.Bob.Token, object{})
		})
		for i, reply := range replies {
			if i == calls/2 {
				reply.Want(t, 204)
			} else if reply.Status != 200 && reply.Status != 404 {
				t.Errorf("status %d: %s", reply.Status, reply.Text)
			}
		}
		if n := s.count(t, "course_subscriptions"); n != 0 {
			t.Errorf("%d subscriptions are left", n)
		}
	})
}
