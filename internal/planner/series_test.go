package planner_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/planner"
)

var (
	seriesKeys     = append([]string{"rrule", "time_zone"}, eventKeys...)
	occurrenceKeys = append([]string{"occurrence"}, seriesKeys...)
)

// starts are the starts of alice's occurrences from one day to another.
func (s *site) starts(t testing.TB, from, to string) (starts []string) {
	t.Helper()
	events, err := s.planner(t).Occurrences(t.Context(), s.asAlice(),
		planner.Period{From: apptest.Moment(t, from+"T00:00:00Z"), To: apptest.Moment(t, to+"T00:00:00Z")})
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		starts = append(starts, event.StartsAt.Format(time.RFC3339))
	}
	return starts
}

func (s *site) wantStarts(t testing.TB, from, to string, want ...string) {
	t.Helper()
	if got := s.starts(t, from, to); !slices.Equal(got, want) {
		t.Errorf("from %s to %s: got %q, want %q", from, to, got, want)
	}
}

func TestASeriesOnTheWire(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		series := s.Event(t, apptest.Weekly()).WantKeys(t, 201, seriesKeys...)
		want := object{"rrule": "FREQ=WEEKLY;BYDAY=MO", "time_zone": "Europe/Berlin", "starts_at": "2026-03-16T08:00:00Z",
			"event_date": "2026-03-16"}
		apptest.WantFields(t, series.JSON, want)
		apptest.WantFields(t, s.listed(t)[0], series.Object())
		apptest.WantFields(t, s.ChangeEvent(t, series, object{"title": "Lecture"}).WantKeys(t, 200, seriesKeys...).JSON, want)
		apptest.WantFields(t, s.ChangeEvent(t, series, object{"time_zone": nil}).Want(t, 200).JSON,
			object{"time_zone": "UTC"})
		s.ChangeEvent(t, series, object{"rrule": nil}).WantKeys(t, 200, eventKeys...)
		if list := s.listed(t); len(list) != 1 {
			t.Errorf("there are %d events", len(list))
		} else {
			apptest.WantKeys(t, "an event that repeats no more", list[0], eventKeys...)
		}
		s.wantStarts(t, "2026-01-01", "2027-01-01", "2026-03-16T08:00:00Z")
		again := s.ChangeEvent(t, series, object{"rrule": "FREQ=DAILY;COUNT=2"}).WantKeys(t, 200, seriesKeys...)
		apptest.WantFields(t, again.JSON, object{"time_zone": "UTC"})
		s.wantStarts(t, "2026-01-01", "2027-01-01", "2026-03-16T08:00:00Z", "2026-03-17T08:00:00Z")
	})
}

func TestOccurrencesKeepTheClockTimeOfTheirZone(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Event(t, apptest.Weekly())
		s.Event(t, object{"title": "Exam", "event_date": "2026-03-24"})
		s.Call(t, "POST", apptest.EventsPath, s.Bob.Token, apptest.Weekly()).Want(t, 201)
		s.wantStarts(t, "2026-03-01", "2026-03-16")
		s.wantStarts(t, "2026-03-16", "2026-04-12", "2026-03-16T08:00:00Z", "2026-03-23T08:00:00Z", "2026-03-24T12:00:00Z",
			"2026-03-30T07:00:00Z", "2026-04-06T07:00:00Z")
		s.wantStarts(t, "2050-01-03", "2050-01-10", "2050-01-03T08:00:00Z")
	})
}

func TestCompletingOneOccurrence(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		series := s.Event(t, apptest.Weekly())
		done := s.ChangeEvent(t, series, object{"occurrence": "2026-03-23T09:00:00+01:00", "is_completed": true,
			"completed_at": "2026-03-24T10:00:00.000Z"})
		done.WantKeys(t, 200, occurrenceKeys...)
		apptest.WantFields(t, done.JSON, object{"id": series.Int("id"), "occurrence": "2026-03-23T08:00:00Z",
			"starts_at": "2026-03-23T08:00:00Z",
			"ends_at":   "2026-03-23T09:30:00Z", "event_date": "2026-03-23",
			"is_completed": true, "completed_at": "2026-03-24T10:00:00Z"})
		s.wantStarts(t, "2026-03-16", "2026-04-05", "2026-03-16T08:00:00Z", "2026-03-30T07:00:00Z")
		apptest.WantFields(t, s.listed(t)[0], series.Object())

		again := s.ChangeEvent(t, series, object{"occurrence": "2026-03-23T08:00:00Z", "is_completed": true}).Want(t, 200)
		if again.String("completed_at") == done.String("completed_at") {
			t.Errorf("completed again, it keeps its time: %s", again.Text)
		}
		open := s.ChangeEvent(t, series, object{"occurrence": "2026-03-23T08:00:00Z", "is_completed": false}).WantKeys(t, 200,
			occurrenceKeys...)
		apptest.WantFields(t, open.JSON, object{"is_completed": false, "completed_at": nil})
		s.wantStarts(t, "2026-03-16", "2026-04-05", "2026-03-16T08:00:00Z", "2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z")

		apptest.WantFields(t, s.ChangeEvent(t, series, object{"is_completed": true}).WantKeys(t, 200, seriesKeys...).JSON,
			object{"is_completed": true})
		s.wantStarts(t, "2026-03-16", "2026-04-05")
	})
}

func TestRefusedOccurrences(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		series, single := s.Event(t, apptest.Weekly()), s.Event(t, object{"title": "Exam", "event_date": "2099-03-10"})
		s.ChangeEvent(t, single, object{"occurrence": "2099-03-10T12:00:00Z",
			"is_completed": true}).WantFieldErrors(t, "occurrence")
		for _, other := range []string{"2026-03-24T08:00:00Z", "2026-03-30T08:00:00Z", "2026-03-09T08:00:00Z", "monday"} {
			s.ChangeEvent(t, series, object{"occurrence": other, "is_completed": true}).WantFieldErrors(t, "occurrence")
		}
		s.ChangeEvent(t, series, object{"occurrence": "2026-03-23T08:00:00Z"}).WantFieldErrors(t, "is_completed")
		s.ChangeEvent(t, series, object{"occurrence": "2026-03-23T08:00:00Z", "is_completed": true,
			"title": "New"}).WantFieldErrors(t, "occurrence")
		s.Call(t, "PATCH", apptest.EventPath(series), s.Bob.Token,
			object{"occurrence": "2026-03-23T08:00:00Z", "is_completed": true}).WantKeys(t, 404, "detail")
		s.wantStarts(t, "2026-03-16", "2026-03-30", "2026-03-16T08:00:00Z", "2026-03-23T08:00:00Z")
	})
}

func TestCompletedOccurrencesFollowTheirSeries(t *testing.T) {
	cases := []struct {
		change object
		want   []string // what is left to do from 15 March to 13 April, where the second and fourth were done
	}{
		{object{"title": "Lecture"}, []string{"2026-03-16T08:00:00Z", "2026-03-30T07:00:00Z"}},
		// By a day and an hour.
		{object{"starts_at": "2026-03-17T09:00:00Z", "ends_at": nil, "rrule": "FREQ=WEEKLY;BYDAY=TU"},
			[]string{"2026-03-17T09:00:00Z", "2026-03-31T08:00:00Z"}},
		{object{"event_date": "2026-03-17", "rrule": "FREQ=WEEKLY"},
			[]string{"2026-03-17T08:00:00Z", "2026-03-31T07:00:00Z"}},
		// Into another zone: nine o'clock there. Starts that do not move stay done.
		{object{"time_zone": "UTC"}, []string{"2026-03-16T08:00:00Z", "2026-03-30T08:00:00Z"}},
		{object{"event_date": "2026-03-23", "rrule": "FREQ=WEEKLY;INTERVAL=2"}, nil},
		{object{"rrule": "FREQ=WEEKLY;INTERVAL=3"}, []string{"2026-03-16T08:00:00Z"}},
		{object{"rrule": "FREQ=WEEKLY;INTERVAL=2"}, []string{"2026-03-16T08:00:00Z", "2026-03-30T07:00:00Z"}},
		{object{"rrule": "FREQ=WEEKLY;COUNT=3"}, []string{"2026-03-16T08:00:00Z", "2026-03-30T07:00:00Z"}},
		{object{"rrule": ""}, []string{"2026-03-16T08:00:00Z"}},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			series := s.Event(t, apptest.Weekly())
			for _, start := range []string{"2026-03-23T08:00:00Z", "2026-04-06T07:00:00Z"} {
				s.ChangeEvent(t, series, object{"occurrence": start, "is_completed": true}).Want(t, 200)
			}
			s.ChangeEvent(t, series, c.change).Want(t, 200)
			if got := s.starts(t, "2026-03-15", "2026-04-13"); !slices.Equal(got, c.want) {
				t.Errorf("%v: left are %q, want %q", c.change, got, c.want)
			}
			s.Call(t, "DELETE", apptest.EventPath(series), s.Alice.Token, nil).Want(t, 204)
		}
		s.wantStarts(t, "2026-03-15", "2026-04-13")
	})
}

func TestUpcomingHasTheNextOccurrenceOnly(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		series := s.Event(t, apptest.Weekly())
		s.Event(t, object{"title": "Past", "event_date": "2026-03-20"})
		s.Event(t, object{"title": "Exam", "event_date": "2026-05-01"})
		ended := maps.Clone(apptest.Weekly())
		ended["rrule"] = "FREQ=WEEKLY;COUNT=2"
		s.Event(t, ended)
		for _, start := range []string{"2026-03-23T08:00:00Z", "2026-03-30T07:00:00Z"} {
			s.ChangeEvent(t, series, object{"occurrence": start, "is_completed": true}).Want(t, 200)
		}
		upcoming, err := s.planner(t).Upcoming(t.Context(), s.asAlice(), apptest.Moment(t, "2026-03-24T00:00:00Z"))
		if err != nil {
			t.Fatal(err)
		}
		got := []string{}
		for _, event := range upcoming {
			got = append(got, event.Title+" "+event.Date())
		}
		if !slices.Equal(got, []string{"Seminar 2026-04-06", "Exam 2026-05-01"}) {
			t.Errorf("next are %q", got)
		}
	})
}

func TestAllOccurrencesForTheHeatmap(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		series := s.Event(t, apptest.Weekly())
		s.Event(t, object{"title": "Exam", "event_date": "2026-03-24", "is_completed": true})
		s.ChangeEvent(t, series, object{"occurrence": "2026-03-23T08:00:00Z", "is_completed": true}).Want(t, 200)
		period := planner.Period{From: apptest.Moment(t, "2026-03-16T00:00:00Z"),
			To:        apptest.Moment(t, "2026-04-01T00:00:00Z"),
			Completed: true}
		for limit, want := range map[int]string{0: "[false true true false]", 2: "[false true]"} {
			period.Limit = limit
			events, err := s.planner(t).Occurrences(t.Context(), s.asAlice(), period)
			if err != nil {
				t.Fatal(err)
			}
			done := []bool{}
			for _, event := range events {
				done = append(done, event.IsCompleted)
			}
			if fmt.Sprint(done) != want {
				t.Errorf("limit %d: completed are %v, want %s", limit, done, want)
			}
		}
	})
}

func TestTheFirstOccurrencesOfAllSeriesFillTheLimit(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, title := range []string{"c", "b", "a"} {
			s.Event(t, object{"title": title, "event_date": "2026-03-16", "rrule": "FREQ=DAILY"})
		}
		s.Event(t, object{"title": "early", "event_date": "2026-03-16", "starts_at": "2026-03-16T06:00:00Z"})
		period := planner.Period{From: apptest.Moment(t, "2026-03-16T00:00:00Z"),
			To: apptest.Moment(t, "2027-01-01T00:00:00Z"), Limit: 3}
		events, err := s.planner(t).Occurrences(t.Context(), s.asAlice(), period)
		if err != nil {
			t.Fatal(err)
		}
		titles := []string{}
		for _, event := range events {
			titles = append(titles, event.Title)
		}
		if !slices.Equal(titles, []string{"early", "a", "b"}) {
			t.Errorf("the first three are %q", titles)
		}
	})
}
