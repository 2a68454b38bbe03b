package activity_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestTheNumberOfStatementsOfActivityDoesNotGrow(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{apptest.NewSite(t, server)}
	var session apptest.Reply
	add := func(i int) {
		course := s.Course(t, s.Alice, fmt.Sprint("Course ", i))
		note := s.note(t, s.Alice, object{"title": fmt.Sprint("Note ", i), "content": "Words", "is_public": true,
			"course_id": course}).Int("id")
		session = s.session(t, object{"note_id": note, "started_at": "2026-03-02T09:00:00Z"}).Want(t, 201)
		s.Event(t, object{"title": "Exam", "event_date": "2099-03-10"})
		series := s.Event(t, object{"title": "Run", "event_date": "2026-03-02", "rrule": "FREQ=DAILY"})
		s.ChangeEvent(t, series, object{"occurrence": "2026-03-03T12:00:00Z", "is_completed": true}).Want(t, 200)
		if i < 50 {
			s.Feed(t, object{"title": "x", "raw_ical": apptest.Calendar("Lecture", "Seminar")})
		}
	}
	measure := func() map[string]int {
		found := map[string]int{}
		for _, path := range []string{heatmapPath, frontPath, activityPath, weekPath + "?start_date=2026-03-02"} {
			found[path] = statements.Fewest(func() { s.Call(t, "GET", path, s.Alice.Token, nil).Want(t, 200) }, "notes", "note_",
				"courses", "course_", "planner_", "calendar_")
		}
		found["a visitor's front page"] = statements.Fewest(func() { s.front(t) }, "notes", "courses", "course_")
		found["a new session"] = statements.Fewest(
			func() { s.session(t, object{"note_id": session.Int("note_id")}).Want(t, 201) }, "notes", "note_")
		found["the end of a session"] = statements.Fewest(func() {
			s.changeSession(t, session, object{"ended_at": "2026-03-02T10:00:00Z"}).Want(t, 200)
		}, "note_sessions")
		return found
	}
	add(0)
	few := measure()
	for i := range 100 {
		add(i + 1)
	}
	many := measure()
	for what, number := range few {
		if number == 0 || many[what] != number {
			t.Errorf("%s takes %d statements with few rows, and %d with many", what, number, many[what])
		}
	}
	t.Log(few)
}
