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
	rest.Handle(api, rest.Operation{
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
	first, ok := parseDay(in.StartDate, zone)
	if !ok {
		first = today(zone)
	}
	days, err := s.days(ctx, first)
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

// entry is an event of whatever kind with its start.
type entry struct {
	start time.Time
	event any
}

// days are the seven days that begin with first, at midnight in its zone.
func (s *Service) days(ctx context.Context, first time.Time) ([]Day, error) {
	after := first.AddDate(0, 0, weekDays)
	caller := rest.CallerID(ctx)
	events, err := Occurrences(ctx, s.DB.Read(), Span{UserID: caller, From: first, To: after})
	if err != nil {
		return nil, err
	}
	sessions, err := sessionsOf(ctx, s.DB.Read(), caller, first, after)
	if err != nil {
		return nil, err
	}
	feeds, err := FeedOccurrences(ctx, s.DB.Read(), caller, first, after)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, e := range events {
		entries = append(entries, entry{e.StartsAt.Time, plannedEvent{Event: e, Kind: "plan", SourceID: e.ID}})
	}
	for _, e := range sessions {
		entries = append(entries, entry{e.StartsAt.Time, e})
	}
	for _, e := range feeds {
		entries = append(entries, entriesOf(e, first, after)...)
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return a.start.Compare(b.start) })

	days := make([]Day, weekDays)
	for i := range days {
		begin, end := first.AddDate(0, 0, i), first.AddDate(0, 0, i+1)
		days[i] = Day{Date: begin.Format(time.DateOnly), Events: []any{}}
		for _, e := range entries {
			if !e.start.Before(begin) && e.start.Before(end) {
				days[i].Events = append(days[i].Events, e.event)
			}
		}
	}
	return days, nil
}

// entriesOf puts an event of a feed into the week where it begins, and one that takes whole days into each of its days.
// Such an event has no zone: its days are those of the calendar that the reader looks at.
func entriesOf(e FeedOccurrence, first, after time.Time) (entries []entry) {
	shown := calendarEvent{
		Title: e.Title, Kind: "calendar", CourseID: e.CourseID, SourceID: e.FeedID, CalendarTitle: e.CalendarTitle,
		StartsAt: rest.Time{Time: e.StartsAt}, EndsAt: rest.Time{Time: e.EndsAt},
	}
	if !e.IsAllDay {
		return []entry{{e.StartsAt, shown}}
	}
	for i := range weekDays {
		day := first.AddDate(0, 0, i)
		same := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
		if !same.Before(e.StartsAt) && same.Before(e.EndsAt) && day.Before(after) {
			entries = append(entries, entry{day, shown})
		}
	}
	return entries
}

// deadlines are what comes next, the most urgent first.
func (s *Service) deadlines(ctx context.Context, zone *time.Location) ([]Deadline, error) {
	events, err := Upcoming(ctx, s.DB.Read(), rest.CallerID(ctx), today(zone))
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
