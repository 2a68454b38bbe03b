package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest/secondopinion"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// plan makes events of many kinds, each with its number as its title, and completes some occurrences.
func plan(t *testing.T, s *site) {
	t.Helper()
	g := rand.New(rand.NewPCG(20260101, 2))
	pick := func(list ...string) string { return list[g.IntN(len(list))] }
	edges := []time.Time{
		time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
	}
	for i := range 180 {
		zone := pick("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Australia/Sydney", "Asia/Kathmandu", "UTC")
		start := edges[g.IntN(len(edges))].AddDate(0, 0, -g.IntN(20)).Add(time.Duration(g.IntN(24*4)) * 15 * time.Minute)
		rule := pick(
			"FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;COUNT=9", "FREQ=DAILY;UNTIL=20261210T120000Z",
			"FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU", "FREQ=WEEKLY;COUNT=5;BYDAY=TU,TH",
			"FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=6",
			"FREQ=YEARLY;BYMONTH=4,11;BYDAY=1SU",
			"FREQ=DAILY;UNTIL=20261130", "FREQ=WEEKLY;UNTIL=20261201T090000", "FREQ=YEARLY;BYWEEKNO=45", "",
		)
		event := s.Event(t, object{
			"title": fmt.Sprint(i, " ", rule, " in ", zone), "event_date": "2026-01-01", "starts_at": start,
			"ends_at": start.Add(time.Duration(1+g.IntN(20)) * 15 * time.Minute), "rrule": rule, "time_zone": zone,
		})
		if rule == "" {
			continue
		}
		parsed, err1 := recurrence.Parse(rule)
		in, err2 := recurrence.Zone(zone)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		series := recurrence.Series{Rule: parsed, Start: start, Zone: in}
		for j, occurrence := range series.Between(start, start.AddDate(0, 1, 0), 30) {
			if g.IntN(8) == 0 || j == 0 && g.IntN(4) == 0 {
				s.ChangeEvent(t, event, object{"occurrence": occurrence, "is_completed": true}).Want(t, 200)
			}
		}
	}
}

// Programs that people use read a published planner as we show it.
func TestOthersReadThePublishedPlanner(t *testing.T) {
	t.Parallel()
	s := newSite(t, database.SQLite)
	plan(t, s)
	published := secondopinion.Source{
		Name: "the planner", Text: s.Call(t, "GET", s.publish(t), "", nil).Want(t, 200).Text, From: "2026-01-01",
		To: "2027-06-01",
	}
	service := planner.New(planner.Options{DB: s.Database(t)})
	from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	var ours []secondopinion.Event
	for ; from.Before(to); from = from.AddDate(0, 0, 7) { // a list is bounded
		events, err := service.Occurrences(t.Context(), actor.Actor{UserID: s.Alice.ID, By: actor.Session}, planner.Period{
			From: from, To: from.AddDate(0, 0, 7), Limit: 5000,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			ours = append(ours, secondopinion.Event{
				Summary: e.Title, Start: e.StartsAt.UTC().Format(time.RFC3339), End: e.EndsAt.UTC().Format(time.RFC3339),
			})
		}
	}
	for program, ask := range map[string]func(testing.TB, []secondopinion.Source) []secondopinion.Opinion{
		"recurring-ical-events": secondopinion.Python, "ical.js": secondopinion.ICalJS,
	} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			opinion := ask(t, []secondopinion.Source{published})[0]
			if opinion.Error != "" {
				t.Fatal(opinion.Error)
			}
			tally := secondopinion.Tally{}
			tally.Add(published, strings.Count(published.Text, "BEGIN:VEVENT"), ours)
			for _, d := range secondopinion.Differences(published, ours, opinion.Events) {
				if why := explained(t, program, d); why != "" {
					tally.Explained(why)
				} else {
					t.Errorf("%+v", d)
				}
			}
			t.Log(tally.String())
		})
	}
}

// explained is why a program has something else, "" where we are wrong.
func explained(t *testing.T, program string, d secondopinion.Difference) string {
	t.Helper()
	_, name, _ := strings.Cut(d.Summary, " in ")
	zone, err := recurrence.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	start, err := time.Parse(time.RFC3339, d.Start)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case d.Ours != nil && d.Theirs == nil && recurrence.Clock(start, zone).Equal(recurrence.Clock(start.Add(time.Hour),
		zone)),
		d.Ours == nil && d.Theirs != nil && recurrence.Clock(start, zone).Equal(recurrence.Clock(start.Add(-time.Hour),
			zone)):
		return "it takes the second of times that clocks show twice"
	case program != "ical.js":
	case strings.Contains(d.Summary, "BYWEEKNO"):
		return "it does not follow BYWEEKNO"
	case len(d.Ours) == 1 && len(d.Theirs) == 1 && changesDuring(start, d.Ours[0], zone):
		return "it adds lengths by the clock"
	}
	return ""
}

// changesDuring reports whether clocks are changed while an event lasts.
func changesDuring(start time.Time, end string, zone *time.Location) bool {
	until, err := time.Parse(time.RFC3339, end)
	_, changed := recurrence.NextChange(start, until.Add(time.Second), zone)
	return err == nil && changed
}
