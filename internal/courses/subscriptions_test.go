package courses_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestSubscribingOpeningAndLeaving(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Algebra")
		s.note(t, s.Alice, course, "Public", true)
		call := func(method, action string) apptest.Reply {
			return s.Call(t, method, byID(course)+action+"/", s.Bob.Token, nil)
		}
		want := func(reply apptest.Reply, subscribed bool, opened any) {
			t.Helper()
			count := 0
			if subscribed {
				count = 1
			}
			for _, course := range []any{reply.WantKeys(t, 200, courseKeys...).JSON,
				s.Call(t, "GET", byID(course), s.Bob.Token, nil).JSON} {
				apptest.WantFields(t, course,
					object{"is_subscribed": subscribed, "subscriber_count": count, "last_opened_at": opened})
			}
		}
		call("DELETE", "subscribe").WantKeys(t, 404, "detail")
		call("POST", "open").WantKeys(t, 404, "detail")
		want(call("POST", "subscribe"), true, nil)
		want(call("POST", "subscribe"), true, nil)
		opened := call("POST", "open")
		want(opened, true, opened.String("last_opened_at"))
		if !strings.HasSuffix(opened.String("last_opened_at"), "Z") {
			t.Errorf("opened at %q", opened.String("last_opened_at"))
		}
		want(call("DELETE", "subscribe"), false, nil)
		for action, method := range map[string]string{"subscribe": "DELETE", "open": "POST"} {
			if text := call(method, action).WantKeys(t, 404,
				"detail").String("detail"); text != "No CourseSubscription matches the given query." {
				t.Errorf("%s: %q", action, text)
			}
		}
		want(call("POST", "subscribe"), true, opened.String("last_opened_at"))

		logged, err := database.All[string](t.Context(), s.Database(t).Read(),
			"select operation from course_operations where user_id = $1 and course_id = $2 and metadata_json = '' order by id",
			s.Bob.ID, course)
		if wanted := []string{"subscribe", "subscribe", "open", "unsubscribe", "subscribe"}; err != nil ||
			!slices.Equal(logged, wanted) {
			t.Errorf("logged are %q (%v), want %q", logged, err, wanted)
		}
	})
}

func TestSubscribingPrivately(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Algebra")
		s.note(t, s.Alice, course, "Public", true)
		private := func() int64 { return s.count(t, "course_subscriptions where is_private and is_active") }
		subscribe := func(action string) {
			t.Helper()
			reply := s.Call(t, "POST", byID(course)+action+"/", s.Bob.Token, object{}).WantKeys(t, 200, courseKeys...)
			apptest.WantFields(t, reply.JSON, object{"is_subscribed": true, "subscriber_count": 1})
		}
		subscribe("subscribe")
		if private() != 0 {
			t.Error("a plain subscription is private")
		}
		subscribe("subscribe-private")
		subscribe("subscribe")
		if private() != 1 {
			t.Error("subscribing again has made a private subscription plain")
		}
	})
}

func TestSubscriptionsNeedASignInAndACourseThatIsSeen(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		hidden, inbox := s.Course(t, s.Alice, "Algebra"), s.inbox(t, s.Alice)
		s.note(t, s.Alice, inbox, "Public", true)
		for _, c := range []struct{ method, action string }{
			{"POST", "subscribe"}, {"DELETE", "subscribe"}, {"POST", "subscribe-private"}, {"POST", "open"},
		} {
			s.Call(t, c.method, byID(hidden)+c.action+"/", "", nil).WantKeys(t, 401, "detail")
			for _, id := range []string{fmt.Sprint(hidden), fmt.Sprint(inbox), "999999", "99999999999999999999"} {
				reply := s.Call(t, c.method, apptest.CoursesPath+id+"/"+c.action+"/", s.Bob.Token, nil).WantKeys(t, 404, "detail")
				if reply.String("detail") != "No Course matches the given query." {
					t.Errorf("%s %s of %s: %s", c.method, c.action, id, reply.Text)
				}
			}
		}
		own := s.Call(t, "POST", byID(hidden)+"subscribe/", s.Alice.Token, nil).Want(t, 200)
		apptest.WantFields(t, own.JSON, object{"is_subscribed": true, "subscriber_count": 1})
	})
}

func TestWhoLeavesACourseKeepsTheNotesInIt(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Algebra")
		public := s.note(t, s.Alice, course, "Public", true)
		s.Call(t, "POST", byID(course)+"subscribe/", s.Bob.Token, nil).Want(t, 200)
		note := s.Call(t, "POST", notesPath, s.Bob.Token,
			object{"title": "Bob's", "course_id": course, "client_draft_id": "phone-1"}).Want(t, 201)
		s.deleteNote(t, s.Alice, public.JSON) // nobody but subscribers sees the course now
		left := s.Call(t, "DELETE", byID(course)+"subscribe/", s.Bob.Token, nil).WantKeys(t, 200, courseKeys...)
		apptest.WantFields(t, left.JSON, object{"id": course, "is_subscribed": false, "subscriber_count": 0})
		s.wantSeen(t, "after the last subscriber left", course, "alice")

		path := fmt.Sprintf("%s%d/", notesPath, note.Int("id"))
		saved := s.Call(t, "PATCH", path, s.Bob.Token, object{"content": "More", "course_id": course}).Want(t, 200)
		apptest.WantFields(t, saved.JSON, object{"content": "More", "course_id": course})
		s.Call(t, "POST", notesPath, s.Bob.Token, object{"title": "New", "course_id": course}).WantKeys(t, 404, "detail")
		s.Call(t, "POST", notesPath, s.Bob.Token,
			object{"title": "New", "course_id": course, "client_draft_id": "phone-2"}).WantKeys(t, 404, "detail")
		again := s.Call(t, "POST", notesPath, s.Bob.Token,
			object{"title": "Again", "course_id": course, "client_draft_id": "phone-1"}).Want(t, 200)
		apptest.WantFields(t, again.JSON, object{"id": note.Int("id"), "course_id": course})
		s.Call(t, "PATCH", path, s.Bob.Token, object{"course_id": nil}).Want(t, 200)
		s.Call(t, "PATCH", path, s.Bob.Token, object{"course_id": course}).WantKeys(t, 404, "detail")
	})
}

func TestOldOperationsArePurged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := apptest.Environment(t, engine)
		s := &site{apptest.StartSite(t, engine, environment...)}
		course := s.Course(t, s.Alice, "Algebra")
		now := database.Now()
		for _, age := range []int{1, 364, 367, 1000} { // days
			s.Exec(t, "insert into course_operations (user_id, course_id, operation, occurred_at) values ($1, $2, 'open', $3)",
				s.Alice.ID, course, now.AddDate(0, 0, -age))
		}
		s.Exec(t, "update periodic_jobs set due_at = $1 where name = 'courses.purge'", now)
		apptest.Start(t, engine, environment...) // looks at once for what is due
		db := s.Database(t)
		apptest.Eventually(t, "the old operations are gone", func() bool {
			n, err := database.One[int64](t.Context(), db.Read(), "select count(*) from course_operations")
			return err == nil && n == 2
		})
	})
}
