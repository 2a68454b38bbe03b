package planner_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/planner"
)

func TestTheNumberOfStatementsDoesNotGrowWithTheEvents(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{apptest.NewSite(t, server)}
	daily := object{"title": "Run", "event_date": "2026-01-01", "rrule": "FREQ=DAILY"}
	s.Event(t, object{"title": "Exam", "event_date": "2099-03-10"})
	series := s.Event(t, daily)
	service := s.planner(t)
	period := planner.Period{From: apptest.Moment(t, "2026-03-01T00:00:00Z"),
		To: apptest.Moment(t, "2026-03-08T00:00:00Z")}
	complete := func(day int) {
		s.ChangeEvent(t, series, object{"occurrence": time.Date(2026, 1, 1+day, 12, 0, 0, 0, time.UTC),
			"is_completed": true}).Want(t, 200)
	}
	complete(0)
	hour := 0
	measure := func() map[string]int {
		work := map[string]func(){
			"the list":    func() { s.listed(t) },
			"a new event": func() { s.Event(t, object{"title": "Exam", "event_date": "2099-03-10"}) },
			"completing":  func() { complete(1) },
			"moving a series": func() {
				hour++
				s.ChangeEvent(t, series, object{"starts_at": time.Date(2026, 1, 1, 12, hour, 0, 0, time.UTC)}).Want(t, 200)
			},
			"a week": func() {
				if _, err := service.Occurrences(t.Context(), s.asAlice(), period); err != nil {
					t.Error(err)
				}
			},
			"what is next": func() {
				if _, err := service.Upcoming(t.Context(), s.asAlice(), period.From); err != nil {
					t.Error(err)
				}
			},
		}
		found := map[string]int{}
		for _, what := range []string{"the list", "a new event", "completing", "a week", "what is next", "moving a series"} {
			found[what] = statements.Fewest(work[what], "planner_")
		}
		s.ChangeEvent(t, series, object{"starts_at": "2026-01-01T12:00:00Z"}).Want(t, 200)
		return found
	}
	few := measure()
	for i := range 100 {
		s.Event(t, object{"title": fmt.Sprint(i), "event_date": "2099-03-10"})
		s.Event(t, daily)
		complete(i)
	}
	many := measure()
	for what, number := range few {
		if number == 0 || many[what] != number {
			t.Errorf("%s takes %d statements with few rows, and %d with many", what, number, many[what])
		}
	}
	t.Log(few)
}
