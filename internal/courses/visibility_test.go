package courses_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// wantSeen expects a course in the lists of these accounts, and by its id, and for nobody else.
func (s *site) wantSeen(t *testing.T, when string, course int64, by ...string) {
	t.Helper()
	for who, token := range map[string]string{"alice": s.Alice.Token, "bob": s.Bob.Token, "nobody": ""} {
		want := slices.Contains(by, who)
		listed := slices.ContainsFunc(s.list(t, token), func(c any) bool { return c.(object)["id"] == float64(course) })
		if listed != want {
			t.Errorf("%s: listed for %s is %t, want %t", when, who, listed, want)
		}
		reply := s.Call(t, "GET", byID(course), token, nil)
		if want {
			reply.WantKeys(t, 200, courseKeys...)
			continue
		}
		if reply.WantKeys(t, 404, "detail").String("detail") != "No Course matches the given query." {
			t.Errorf("%s: a hidden course is told from an unknown one: %s", when, reply.Text)
		}
	}
}

func TestACourseIsSeenByOthersWhileItHoldsAPublicNote(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Algebra")
		s.wantSeen(t, "empty", course, "alice")
		s.note(t, s.Alice, course, "Private", false)
		s.wantSeen(t, "with a private note", course, "alice")
		note := s.note(t, s.Alice, course, "Public", true)
		s.wantSeen(t, "with a public note", course, "alice", "bob", "nobody")
		path := fmt.Sprintf("%s%d/", notesPath, note.Int("id"))
		s.Call(t, "PATCH", path, s.Alice.Token, object{"is_public": false}).Want(t, 200)
		s.wantSeen(t, "with a note that was public", course, "alice")
		s.Call(t, "PATCH", path, s.Alice.Token, object{"is_public": true}).Want(t, 200)
		s.wantSeen(t, "with a note that is public again", course, "alice", "bob", "nobody")
		s.deleteNote(t, s.Alice, note.JSON)
		s.wantSeen(t, "with a deleted note", course, "alice")
	})
}

func TestAnInboxIsSeenByItsOwnerAlone(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		inbox := s.inbox(t, s.Alice)
		s.note(t, s.Alice, inbox, "Public", true)
		s.wantSeen(t, "with a public note", inbox, "alice")
		if titles := apptest.Texts(s.list(t, ""), "title"); len(titles) != 0 {
			t.Errorf("strangers see %q", titles)
		}
		for _, account := range []apptest.Account{s.Alice, s.Bob} {
			if titles := apptest.Texts(s.list(t, account.Token), "title"); !slices.Equal(titles, []string{"Inbox"}) {
				t.Errorf("%s sees %q, want one Inbox", account.Username, titles)
			}
		}
	})
}

func TestASubscriberSeesTheCourse(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Algebra")
		s.subscribe(t, s.Bob, course, "2026-01-02T03:04:05Z", "2026-02-03T04:05:06Z")
		s.wantSeen(t, "with a subscriber", course, "alice", "bob")
		path := byID(course)
		apptest.WantFields(t, s.Call(t, "GET", path, s.Bob.Token, nil).JSON, object{
			"is_subscribed": true, "subscriber_count": 1, "last_opened_at": "2026-02-03T04:05:06Z", "owner": object{
				"id": s.Alice.ID, "username": "alice", "display_name": "alice", "image_url": s.picture(t),
			},
		})
		apptest.WantFields(t, s.Call(t, "GET", path, s.Alice.Token, nil).JSON, object{
			"is_subscribed": false, "subscriber_count": 1, "last_opened_at": nil,
		})
		s.Exec(t, "update course_subscriptions set is_active = false")
		s.wantSeen(t, "without a subscription any more", course, "alice")
		apptest.WantFields(t, s.Call(t, "GET", path, s.Alice.Token, nil).JSON, object{"subscriber_count": 0})
	})
}

// picture is the address of alice's picture.
func (s *site) picture(t *testing.T) any {
	t.Helper()
	return s.Call(t, "GET", "/api/v1/settings/", s.Alice.Token, nil).Want(t, 200).Object()["image_url"]
}

func TestACourseWithoutAnOwnerHasNone(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Algebra")
		s.note(t, s.Bob, s.shared(t, course), "Public", true)
		s.Exec(t, "update courses set owner_id = null where id = $1", course)
		for _, token := range []string{s.Alice.Token, s.Bob.Token, ""} {
			apptest.WantFields(t, s.Call(t, "GET", byID(course), token, nil).WantKeys(t, 200, courseKeys...).JSON,
				object{"owner": nil})
		}
	})
}

// shared lets bob file notes in a course, and returns its id.
func (s *site) shared(t *testing.T, course int64) int64 {
	t.Helper()
	s.subscribe(t, s.Bob, course, "2026-01-01T00:00:00Z", "")
	return course
}

func TestUnknownCoursesAre404(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, id := range []string{"0", "999999", "9223372036854775807", "99999999999999999999999999"} {
			for _, token := range []string{s.Alice.Token, ""} {
				s.Call(t, "GET", apptest.CoursesPath+id+"/", token, nil).WantKeys(t, 404, "detail")
			}
		}
		s.Call(t, "GET", apptest.CoursesPath+"-1/", "", nil).WantKeys(t, 404, "detail", "status_code", "path")
		s.Call(t, "GET", apptest.CoursesPath, "0123456789", nil).WantKeys(t, 401, "detail")
		s.Call(t, "GET", apptest.CoursesPath+"999999/", "0123456789", nil).WantKeys(t, 401, "detail")
	})
}

func TestACourseShowsTheNewestNotesThatTheViewerCanRead(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.shared(t, s.Course(t, s.Alice, "Algebra"))
		first := s.note(t, s.Alice, course, "alice, public 1", true)
		s.note(t, s.Bob, course, "bob, private", false)
		for i := range 5 {
			s.note(t, s.Alice, course, fmt.Sprint("alice, private ", i+1), false)
		}
		s.note(t, s.Bob, course, "bob, public", true)
		s.note(t, s.Alice, course, "alice, public 2", true)
		s.deleteNote(t, s.Alice, s.note(t, s.Alice, course, "deleted", true).JSON)
		s.Call(t, "PATCH", fmt.Sprintf("%s%d/", notesPath, first.Int("id")), s.Alice.Token, object{}).Want(t, 200)

		for token, want := range map[string][]string{
			s.Alice.Token: {"alice, public 1", "alice, public 2", "bob, public", "alice, private 5", "alice, private 4"},
			s.Bob.Token:   {"alice, public 1", "alice, public 2", "bob, public", "bob, private"},
			"":            {"alice, public 1", "alice, public 2"},
		} {
			one := s.Call(t, "GET", byID(course), token, nil).Want(t, 200).JSON
			listed := s.list(t, token)
			for _, shown := range []any{one, listed[len(listed)-1]} {
				if got := recent(shown); !slices.Equal(got, want) {
					t.Errorf("the notes are %q, want %q", got, want)
				}
			}
		}
	})
}

func TestEachCourseShowsItsOwnNotesAsSummaries(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		algebra, botany := s.Course(t, s.Alice, "Algebra"), s.Course(t, s.Alice, "Botany")
		s.note(t, s.Alice, algebra, "Groups", true)
		s.note(t, s.Alice, botany, "Ferns", true)
		s.Exec(t, "update notes set updated_at = created_at")
		list := s.list(t, s.Alice.Token)
		if got := [][]string{recent(list[0]), recent(list[1]), recent(list[2])}; fmt.Sprint(got) != "[[] [Groups] [Ferns]]" {
			t.Errorf("the notes of the courses are %q", got)
		}
		note := list[1].(object)["recent_notes"].([]any)[0]
		summary := s.Call(t, "GET", notesPath+"?course_id="+fmt.Sprint(algebra), s.Alice.Token,
			nil).Want(t, 200).List()[0].(object)
		apptest.WantFields(t, note, summary)
		if len(note.(object)) != len(summary) {
			t.Errorf("a course shows %v, the list %v", note, summary)
		}
	})
}
