package planner_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner"
)

// copyEvents makes a number of copies of the only event.
func (s *site) copyEvents(t testing.TB, number int) {
	t.Helper()
	s.Exec(t, `
		insert into planner_events
			(user_id, title, event_date, starts_at, ends_at, rrule, time_zone, created_at, updated_at)
		with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
		select user_id, title, event_date, starts_at, ends_at, rrule, time_zone, created_at, updated_at
		from planner_events cross join n`, number)
}

func TestSoManyEventsMayRepeat(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		series := s.Event(t, apptest.Weekly())
		s.copyEvents(t, planner.MaxSeries-2)
		last := s.Event(t, apptest.Weekly())
		s.Call(t, "POST", apptest.EventsPath, s.Alice.Token, apptest.Weekly()).WantKeys(t, 400, "detail")
		s.Call(t, "POST", apptest.EventsPath, s.Bob.Token, apptest.Weekly()).Want(t, 201)
		single := s.Event(t, object{"title": "Exam", "event_date": "2026-03-10"})
		s.ChangeEvent(t, single, object{"rrule": "FREQ=DAILY"}).WantKeys(t, 400, "detail")
		s.ChangeEvent(t, series, object{"title": "Lecture", "rrule": "FREQ=DAILY"}).Want(t, 200)
		s.ChangeEvent(t, last, object{"is_completed": true}).Want(t, 200)
		s.ChangeEvent(t, single, object{"rrule": "FREQ=DAILY"}).Want(t, 200)
		s.ChangeEvent(t, last, object{"is_completed": false}).WantKeys(t, 400, "detail")
		if got := s.listed(t); len(got) != planner.MaxSeries {
			t.Errorf("%d events are listed", len(got))
		}
	})
}

// The limit holds for requests beside each other, too.
func TestParallelSeriesDoNotPassTheLimit(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Event(t, apptest.Weekly())
		s.copyEvents(t, planner.MaxSeries-4)
		made := 0
		for _, reply := range apptest.AtOnce(12, func(int) apptest.Reply {
			return s.Call(t, "POST", apptest.EventsPath, s.Alice.Token, apptest.Weekly())
		}) {
			if reply.Status == 201 {
				made++
			}
		}
		if made != 3 {
			t.Errorf("%d more repeat", made)
		}
	})
}

// The dearest rule that is taken, as often as one may have it, and from long ago: the server answers within the time of
// a request.
func TestTheDearestSeriesAreAnswered(t *testing.T) {
	t.Parallel()
	s := &site{apptest.StartSite(t, database.SQLite)}
	hours := make([]string, 24)
	for i := range hours {
		hours[i] = strconv.Itoa(i)
	}
	dearest := object{"title": "x", "event_date": "1900-01-01", "starts_at": "1900-01-01T10:00:00Z",
		"ends_at": "1900-01-01T11:00:00Z",
		"rrule":   "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=" + strings.Join(hours, ",")}
	s.Event(t, dearest)
	s.copyEvents(t, 999)
	for _, path := range []string{"/api/v1/activity/week/", "/api/v1/front-page/", "/api/v1/heatmap/",
		apptest.EventsPath} {
		s.Call(t, "GET", path, s.Alice.Token, nil).Want(t, 200)
	}
}
