package activity_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
)

const (
	frontPath    = "/api/v1/front-page/"
	activityPath = "/api/v1/activity/"
)

var (
	visitorKeys = []string{"default_course", "carousel_courses", "recent_notes", "recommended_notes", "collections"}
	memberKeys  = append([]string{"heatmap", "upcoming_events"}, visitorKeys...)
)

// front is the front page of a visitor.
func (s *site) front(t testing.TB) apptest.Reply {
	t.Helper()
	return s.Call(t, "GET", frontPath, "", nil).WantKeys(t, 200, visitorKeys...)
}

// frontOf is the front page of somebody who is signed in.
func (s *site) frontOf(t testing.TB, a apptest.Account) apptest.Reply {
	t.Helper()
	return s.Call(t, "GET", frontPath, a.Token, nil).WantKeys(t, 200, memberKeys...)
}

// list is a list of an answer's object.
func list(t testing.TB, reply apptest.Reply, key string) []any {
	t.Helper()
	found, ok := reply.Object()[key].([]any)
	if !ok {
		t.Fatalf("%s is no list: %s", key, reply.Text)
	}
	return found
}

func wantTitles(t testing.TB, what string, list []any, want ...string) {
	t.Helper()
	if got := apptest.Texts(list, "title"); !slices.Equal(got, want) {
		t.Errorf("%s are %q, want %q", what, got, want)
	}
}

func TestTheFrontPageOfAnEmptySite(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		page := s.front(t)
		for _, key := range visitorKeys[1:] {
			wantTitles(t, key, list(t, page, key))
		}
		apptest.WantFields(t, page.JSON, object{"default_course": nil})
		s.Call(t, "GET", frontPath, "0000000000000000000000000000000000000000", nil).WantKeys(t, 401, "detail")
		s.Call(t, "POST", frontPath, s.Alice.Token, nil).WantKeys(t, 405, "detail")
	})
}

func TestWhoSeesWhatOnTheFrontPage(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Algebra")
		s.Course(t, s.Bob, "Botany") // without a public note
		s.note(t, s.Alice, object{"title": "Groups", "is_public": true, "course_id": course})
		s.note(t, s.Alice, object{"title": "Rings", "course_id": course})
		s.note(t, s.Bob, object{"title": "In Bob's Inbox", "is_public": true, "course_id": s.inbox(t, s.Bob)})
		shelf := func(page apptest.Reply, want ...string) []any {
			t.Helper()
			wantTitles(t, "collections", list(t, page, "collections"), want...)
			wantTitles(t, "carousel_courses", list(t, page, "carousel_courses"), want...)
			wantTitles(t, "recommended_notes", list(t, page, "recommended_notes"), "In Bob's Inbox", "Groups")
			wantTitles(t, "recent_notes", list(t, page, "recent_notes"), "In Bob's Inbox", "Groups")
			return list(t, page, "collections")
		}
		algebra := shelf(s.front(t), "Algebra")[0]
		apptest.WantFields(t, s.front(t).JSON, object{"default_course": algebra})
		wantTitles(t, "the notes that a visitor sees", algebra.(object)["recent_notes"].([]any), "Groups")

		own := shelf(s.frontOf(t, s.Alice), "Inbox", "Algebra")
		apptest.WantFields(t, s.frontOf(t, s.Alice).JSON, object{"default_course": own[0]})
		apptest.WantFields(t, own[0], object{"is_default": true, "id": s.inbox(t, s.Alice)})
		wantTitles(t, "the notes that the owner sees", own[1].(object)["recent_notes"].([]any), "Rings", "Groups")

		s.Call(t, "POST", fmt.Sprintf("/api/v1/courses/%d/subscribe/", course), s.Bob.Token, nil).Want(t, 200)
		subscribed := shelf(s.frontOf(t, s.Bob), "Inbox", "Algebra", "Botany")
		apptest.WantFields(t, subscribed[0], object{"id": s.inbox(t, s.Bob)})
		apptest.WantFields(t, subscribed[1], object{"is_subscribed": true})
		wantTitles(t, "the notes that a subscriber sees", subscribed[1].(object)["recent_notes"].([]any), "Groups")
	})
}

// The former system let people subscribe to the Inboxes of others.
func TestTheDefaultCourseIsNeverTheInboxOfSomebodyElse(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		own := s.inbox(t, s.Bob)
		s.Exec(t, "insert into course_subscriptions (user_id, course_id, subscribed_at) values ($1, $2, $3)", s.Bob.ID,
			s.inbox(t, s.Alice), time.Now().UTC())
		page := s.frontOf(t, s.Bob)
		wantTitles(t, "collections", list(t, page, "collections"), "Inbox", "Inbox")
		apptest.WantFields(t, page.Object()["default_course"], object{"id": own})
	})
}

func TestTheFrontPageIsShort(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		var newest []string
		for i := range 14 {
			course := s.Course(t, s.Alice, fmt.Sprintf("Course %02d", i))
			title := fmt.Sprintf("Note %02d", i)
			s.note(t, s.Alice, object{"title": title, "is_public": true, "course_id": course})
			newest = slices.Insert(newest, 0, title)
		}
		deleted := s.note(t, s.Alice, object{"title": "Deleted", "is_public": true})
		s.deleteNote(t, s.Alice, deleted)
		for _, page := range []apptest.Reply{s.front(t), s.frontOf(t, s.Bob)} {
			wantTitles(t, "recommended_notes", list(t, page, "recommended_notes"), newest[:12]...)
			wantTitles(t, "recent_notes", list(t, page, "recent_notes"), newest[:6]...)
			for _, key := range []string{"carousel_courses", "collections"} {
				if got := len(list(t, page, key)); got != 6 {
					t.Errorf("there are %d of %s", got, key)
				}
			}
		}
	})
}

func TestWhatIsUpcomingOnTheFrontPage(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		wantTitles(t, "events", list(t, s.frontOf(t, s.Alice), "upcoming_events"))
		for _, e := range []struct{ title, date, clock string }{
			{"Past", "2001-01-01", "12"}, {"c", "2098-03-10", "08"}, {"b", "2098-03-10", "09"}, {"a", "2098-03-10", "10"},
			{"Z", "2098-03-09", "12"},
			{"z", "2099-01-01", "12"}, {"y", "2099-01-02", "12"}, {"x", "2099-01-03", "12"}, {"w", "2099-01-04", "12"},
			{"too late", "2099-01-05", "12"},
		} {
			s.Event(t, object{"title": e.title, "event_date": e.date, "starts_at": e.date + "T" + e.clock + ":00:00Z"})
		}
		s.Event(t, object{"title": "Done", "event_date": "2098-01-01", "is_completed": true})
		wantTitles(t, "events", list(t, s.frontOf(t, s.Alice), "upcoming_events"), "Z", "a", "b", "c", "z", "y", "x", "w")
		apptest.WantKeys(t, "an event", list(t, s.frontOf(t, s.Alice), "upcoming_events")[0], eventKeys...)
		wantTitles(t, "Bob's events", list(t, s.frontOf(t, s.Bob), "upcoming_events"))
	})
}

func TestTheHeatmapOnTheFrontPage(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Event(t, object{"title": "x", "event_date": s.heatmap(t, "").date(9), "difficulty_weight": 3})
		page := s.frontOf(t, s.Alice)
		apptest.WantFields(t, page.Object()["heatmap"], s.heatmap(t, "").Object())
		apptest.WantFields(t, s.frontOf(t, s.Bob).Object()["heatmap"], object{"max_future_value": 0})
		const behind = "time_zone=Etc/GMT%2B12"
		page = s.Call(t, "GET", frontPath+"?"+behind, s.Alice.Token, nil).WantKeys(t, 200, memberKeys...)
		apptest.WantFields(t, page.Object()["heatmap"], object{"today": s.heatmap(t, behind).String("today")})
	})
}

func TestActivityHasTheTenOwnNotesThatWereEditedLast(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		if got := s.Call(t, "GET", activityPath, "", nil).Want(t, 200).Text; got != "[]" {
			t.Errorf("a visitor gets %s", got)
		}
		s.Call(t, "GET", activityPath, "0000000000000000000000000000000000000000", nil).WantKeys(t, 401, "detail")
		first := s.note(t, s.Alice, object{"title": "first"})
		var want []string
		for i := range 11 {
			title := fmt.Sprint("note ", i)
			s.note(t, s.Alice, object{"title": title, "is_public": i%2 == 0})
			want = slices.Insert(want, 0, title)
		}
		s.deleteNote(t, s.Alice, s.note(t, s.Alice, object{"title": "deleted"}))
		s.note(t, s.Bob, object{"title": "Bob's", "is_public": true})
		s.Call(t, "PATCH", fmt.Sprintf("%s%d/", notesPath, first.Int("id")), s.Alice.Token,
			object{"content": "Edited."}).Want(t, 200)
		notes := s.Call(t, "GET", activityPath, s.Alice.Token, nil).Want(t, 200).List()
		wantTitles(t, "the notes", notes, append([]string{"first"}, want[:9]...)...)
		wantTitles(t, "Bob's notes", s.Call(t, "GET", activityPath, s.Bob.Token, nil).Want(t, 200).List(), "Bob's",
			"Welcome to Notechondria")
	})
}
