package planner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/icalendar"
	"github.com/trance-0/notechondria/internal/rest"
)

// FeedOccurrence is an event of a calendar feed, at one of its times.
type FeedOccurrence struct {
	FeedID           int64
	CourseID         *int64 // of the feed
	CalendarTitle    string
	Title            string // the calendar's where the event has none
	StartsAt, EndsAt time.Time
	IsAllDay         bool // from midnight to midnight, in UTC
}

// feedEvent is a row of calendar_feed_events with what the week shows of its feed.
type feedEvent struct {
	FeedID        int64
	CourseID      *int64
	CalendarTitle string
	Title         string
	StartsAt      rest.Time
	EndsAt        rest.Time
	IsAllDay      bool
	TimeZone      string
	Recurrence    string
	LastEndsAt    rest.Time
}

const (
	maxFeedEvents = 2000        // that are looked at: those that begin last
	maxFollowing  = time.Second // for which rules of series are followed; they come from strangers
)

// FeedOccurrences returns what the user's feeds that are switched on have between two times, by the start: everything
// that is not over at from and begins before to, 1,000 at most. It sends one statement, fetches and parses nothing.
func FeedOccurrences(ctx context.Context, q database.Querier, userID int64, from, to time.Time) ([]FeedOccurrence, error) {
	events, err := database.All[feedEvent](ctx, q, `
		select e.feed_id, f.course_id, f.title as calendar_title, e.title, e.starts_at, e.ends_at, e.is_all_day, e.time_zone, e.recurrence,
			e.last_ends_at
		from calendar_feeds f join calendar_feed_events e on e.feed_id = f.id
		where f.user_id = $1 and f.is_enabled and e.last_ends_at >= $2 and e.starts_at < $3
		order by e.starts_at desc, e.id limit $4`, userID, from, to, maxFeedEvents)
	if err != nil {
		return nil, fmt.Errorf("reading the events of calendar feeds: %w", err)
	}
	list := []FeedOccurrence{}
	for begun := time.Now(); len(events) > 0 && time.Since(begun) < maxFollowing; events = events[1:] {
		list = append(list, events[0].between(from, to)...)
	}
	slices.SortStableFunc(list, func(a, b FeedOccurrence) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt), cmp.Compare(a.Title, b.Title), cmp.Compare(a.FeedID, b.FeedID))
	})
	return list[:min(len(list), maxListed)], nil
}

// between returns the occurrences of an event. A series that can't be followed has none: one must not end the week.
func (e feedEvent) between(from, to time.Time) []FeedOccurrence {
	series := icalendar.Event{Start: e.StartsAt.Time, End: e.EndsAt.Time, Zone: e.TimeZone, Recurrence: e.Recurrence, LastEnd: e.LastEndsAt.Time}
	starts, err := series.Between(from, to, maxListed)
	if err != nil { // a zone that was given up, a rule of another version
		return nil
	}
	list := make([]FeedOccurrence, 0, len(starts))
	for _, start := range starts {
		list = append(list, FeedOccurrence{
			FeedID: e.FeedID, CourseID: e.CourseID, CalendarTitle: e.CalendarTitle, Title: cmp.Or(e.Title, e.CalendarTitle),
			StartsAt: start, EndsAt: start.Add(series.End.Sub(series.Start)), IsAllDay: e.IsAllDay,
		})
	}
	return list
}
