package planner

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerWeek(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/activity/week/", Tag: "activity", Access: rest.Account,
		Summary:     "Seven days with one's events, sessions and calendars, and the deadlines that come",
		Description: "What an event has beside its title and its times depends on its kind: plan, note_session or calendar.",
	}, s.week)
}

// Week is seven days.
type Week struct {
	StartDate     string     `json:"start_date"`
	PreviousStart string     `json:"previous_week_start"`
	NextStart     string     `json:"next_week_start"`
	Days          []Day      `json:"days"`
	Deadlines     []Deadline `json:"deadlines" doc:"From today on, whatever the week; the most urgent first"`
}

// Day is a day of a week.
type Day struct {
	Date   string `json:"date"`
	Events []any  `json:"events"`
}

// plannedEvent is one's own event in a week.
type plannedEvent struct {
	Event
	Kind     string `json:"kind"`
	SourceID int64  `json:"source_id"`
}

// calendarEvent is an event of a feed in a week.
type calendarEvent struct {
	Title         string    `json:"title"`
	Kind          string    `json:"kind"`
	CourseID      *int64    `json:"course_id"`
	SourceID      int64     `json:"source_id"`
	CalendarTitle string    `json:"calendar_title"`
	StartsAt      rest.Time `json:"starts_at"`
	EndsAt        rest.Time `json:"ends_at"`
}

// Deadline is an event that comes.
type Deadline struct {
	Event
	UrgencyScore float64 `json:"urgency_score" doc:"Weight by hours to the start"`
}

type weekInput struct {
	zoneInput
	StartDate string `query:"start_date" doc:"Today where it is absent or no date"`
}

const (
	weekDays     = 7
	maxDeadlines = 40
)

func (s *Service) week(ctx context.Context, in *weekInput) (Week, error) {
	zone := in.zone()
	first, ok := parseDate(in.StartDate)
	if !ok {
		first = today(zone)
	}
	days, err := s.days(ctx, first, zone)
	if err != nil {
		return Week{}, err
	}
	deadlines, err := s.deadlines(ctx, zone)
	if err != nil {
		return Week{}, err
	}
	date := func(offset int) string { return first.AddDate(0, 0, offset).Format(time.DateOnly) }
	return Week{StartDate: date(0), PreviousStart: date(-weekDays), NextStart: date(weekDays), Days: days, Deadlines: deadlines}, nil
}

// entry is an event of whatever kind. It stands in the day in which it starts, and in further ones before its end.
type entry struct {
	start, end time.Time
	event      any
}

func (e entry) isIn(from, to time.Time) bool {
	return e.start.Before(to) && (e.end.After(from) || !e.start.Before(from))
}

// days are the seven days of a zone that begin with the date first.
func (s *Service) days(ctx context.Context, first time.Time, zone *time.Location) ([]Day, error) {
	entries, err := s.entries(ctx, beginning(first, zone), beginning(first.AddDate(0, 0, weekDays), zone), zone)
	if err != nil {
		return nil, err
	}
	days := make([]Day, weekDays)
	for i := range days {
		date := first.AddDate(0, 0, i)
		from, to := beginning(date, zone), beginning(date.AddDate(0, 0, 1), zone)
		days[i] = Day{Date: date.Format(time.DateOnly), Events: []any{}}
		for _, e := range entries {
			if e.isIn(from, to) {
				days[i].Events = append(days[i].Events, e.event)
			}
		}
	}
	return days, nil
}

// entries are the caller's events of all kinds between two times, by their start.
func (s *Service) entries(ctx context.Context, from, to time.Time, zone *time.Location) ([]entry, error) {
	caller := rest.CallerID(ctx)
	events, err := Occurrences(ctx, s.DB.Read(), Span{UserID: caller, From: from, To: to})
	if err != nil {
		return nil, err
	}
	sessions, err := sessionsOf(ctx, s.DB.Read(), caller, from, to)
	if err != nil {
		return nil, err
	}
	feeds, err := FeedOccurrences(ctx, s.DB.Read(), caller, from, to)
	if err != nil {
		return nil, err
	}
	list := make([]entry, 0, len(events)+len(sessions)+len(feeds))
	for _, e := range events {
		list = append(list, entry{start: e.StartsAt.Time, event: plannedEvent{Event: e, Kind: "plan", SourceID: e.ID}})
	}
	for _, e := range sessions {
		list = append(list, entry{start: e.StartsAt.Time, event: e})
	}
	for _, e := range feeds {
		list = append(list, e.entry(zone))
	}
	slices.SortStableFunc(list, func(a, b entry) int { return a.start.Compare(b.start) })
	return list, nil
}

// entry is the event as a reader in that zone has it in the calendar. Whole days are those of the reader, whatever the
// zone. What lasts a day or longer stands in each of its days; what is shorter, and goes past midnight, only in the first.
func (e FeedOccurrence) entry(zone *time.Location) entry {
	shown := entry{start: e.StartsAt, event: calendarEvent{
		Title: e.Title, Kind: "calendar", CourseID: e.CourseID, SourceID: e.FeedID, CalendarTitle: e.CalendarTitle,
		StartsAt: rest.Time{Time: e.StartsAt}, EndsAt: rest.Time{Time: e.EndsAt},
	}}
	switch {
	case e.IsAllDay:
		shown.start, shown.end = beginning(e.StartsAt, zone), beginning(e.EndsAt, zone)
	case e.EndsAt.Sub(e.StartsAt) >= 24*time.Hour:
		shown.end = e.EndsAt
	}
	return shown
}

// deadlines are what comes next, the most urgent first.
func (s *Service) deadlines(ctx context.Context, zone *time.Location) ([]Deadline, error) {
	events, err := Upcoming(ctx, s.DB.Read(), rest.CallerID(ctx), beginning(today(zone), zone))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	deadlines := make([]Deadline, 0, maxDeadlines)
	for _, e := range events[:min(len(events), maxDeadlines)] {
		hours := max(e.StartsAt.Sub(now).Hours(), 1.0/60)
		deadlines = append(deadlines, Deadline{Event: e, UrgencyScore: math.Round(float64(e.DifficultyWeight)/hours*1e4) / 1e4})
	}
	slices.SortStableFunc(deadlines, func(a, b Deadline) int {
		return cmp.Or(cmp.Compare(b.UrgencyScore, a.UrgencyScore), a.StartsAt.Compare(b.StartsAt.Time), cmp.Compare(a.Title, b.Title))
	})
	return deadlines, nil
}
