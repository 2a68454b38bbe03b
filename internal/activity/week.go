package activity

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/feeds"
	"github.com/trance-0/notechondria/internal/planner"
	"github.com/trance-0/notechondria/internal/problem"
)

const (
	weekDays     = 7
	maxDeadlines = 40
)

// Week is seven days.
type Week struct {
	Start     time.Time // its first date, a midnight in UTC
	Days      []Day
	Deadlines []Deadline // from today on, whatever the week; the most urgent first
}

// Day is a day of a week.
type Day struct {
	Date    time.Time // a midnight in UTC
	Entries []Entry   // by their start
}

// Entry is something that happens on a day: one of the three.
type Entry struct {
	Event      *planner.Event
	Session    *Session
	Occurrence *feeds.Occurrence

	// It stands in the day in which it starts, and in further ones before its end, if it has one here.
	start, end time.Time
}

// Deadline is an event that comes.
type Deadline struct {
	planner.Event
	Urgency float64 // the weight by hours to the start
}

// Week returns the seven days of a zone from a date on, a midnight in UTC; the zero time is today.
func (s *Service) Week(ctx context.Context, who actor.Actor, start time.Time, zone *time.Location) (Week, error) {
	switch {
	case start.IsZero():
		start = today(zone)
	case !inCalendar(start):
		return Week{}, problem.InvalidField("start_date", "The date is out of range.")
	}
	days, err := s.days(ctx, who, start, zone)
	if err != nil {
		return Week{}, err
	}
	deadlines, err := s.deadlines(ctx, who, zone)
	if err != nil {
		return Week{}, err
	}
	return Week{Start: start, Days: days, Deadlines: deadlines}, nil
}

// days are the seven days of a zone from a date on.
func (s *Service) days(ctx context.Context, who actor.Actor, start time.Time, zone *time.Location) ([]Day, error) {
	end := beginning(start.AddDate(0, 0, weekDays), zone)
	entries, err := s.entries(ctx, who, beginning(start, zone), end, zone)
	if err != nil {
		return nil, err
	}
	days := make([]Day, weekDays)
	for i := range days {
		date := start.AddDate(0, 0, i)
		from, to := beginning(date, zone), beginning(date.AddDate(0, 0, 1), zone)
		days[i].Date = date
		for _, e := range entries {
			if e.isIn(from, to) {
				days[i].Entries = append(days[i].Entries, e)
			}
		}
	}
	return days, nil
}

func (e Entry) isIn(from, to time.Time) bool {
	return e.start.Before(to) && (e.end.After(from) || !e.start.Before(from))
}

// entries are the caller's of all kinds between two times, by their start.
func (s *Service) entries(
	ctx context.Context, who actor.Actor, from, to time.Time, zone *time.Location,
) ([]Entry, error) {
	events, err := s.Planner.Occurrences(ctx, who, planner.Period{From: from, To: to})
	if err != nil {
		return nil, err
	}
	sessions, err := s.sessionsOf(ctx, who, from, to)
	if err != nil {
		return nil, err
	}
	occurrences, err := s.Feeds.Occurrences(ctx, who, from, to, zone)
	if err != nil {
		return nil, err
	}
	list := make([]Entry, 0, len(events)+len(sessions)+len(occurrences))
	for i := range events {
		list = append(list, Entry{Event: &events[i], start: events[i].StartsAt})
	}
	for i := range sessions {
		list = append(list, Entry{Session: &sessions[i], start: sessions[i].StartedAt})
	}
	for i := range occurrences {
		list = append(list, entryOf(&occurrences[i], zone))
	}
	slices.SortStableFunc(list, func(a, b Entry) int { return a.start.Compare(b.start) })
	return list, nil
}

// entryOf is an event of a feed as a reader in that zone has it in the calendar. Whole days are those of the reader,
// whatever the zone. What lasts a day or longer stands in each of its days; what is shorter, and goes past midnight,
// only in the first.
func entryOf(o *feeds.Occurrence, zone *time.Location) Entry {
	e := Entry{Occurrence: o, start: o.StartsAt}
	switch {
	case o.IsAllDay:
		e.start, e.end = beginning(o.StartsAt, zone), beginning(o.EndsAt, zone)
	case o.EndsAt.Sub(o.StartsAt) >= 24*time.Hour:
		e.end = o.EndsAt
	}
	return e
}

// deadlines are what comes next, the most urgent first.
func (s *Service) deadlines(ctx context.Context, who actor.Actor, zone *time.Location) ([]Deadline, error) {
	events, err := s.Planner.Upcoming(ctx, who, beginning(today(zone), zone))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	deadlines := make([]Deadline, 0, maxDeadlines)
	for _, e := range events[:min(len(events), maxDeadlines)] {
		hours := max(e.StartsAt.Sub(now).Hours(), 1.0/60)
		deadlines = append(deadlines, Deadline{Event: e, Urgency: math.Round(float64(e.Weight)/hours*1e4) / 1e4})
	}
	slices.SortStableFunc(deadlines, func(a, b Deadline) int {
		return cmp.Or(cmp.Compare(b.Urgency, a.Urgency), a.StartsAt.Compare(b.StartsAt), cmp.Compare(a.Title, b.Title))
	})
	return deadlines, nil
}
