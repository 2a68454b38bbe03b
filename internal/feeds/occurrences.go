package feeds

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/feeds/icalendar"
)

// Occurrence is an event of a feed, at one of its times.
type Occurrence struct {
	FeedID           int64
	CourseID         *int64 // of the feed
	CalendarTitle    string
	Title            string // the calendar's where the event has none
	StartsAt, EndsAt time.Time
	IsAllDay         bool // from midnight to midnight, in UTC
}

// event is a row of calendar_feed_events with what is shown of its feed.
type event struct {
	FeedID        int64
	CourseID      *int64
	CalendarTitle string
	Title         string
	StartsAt      time.Time
	EndsAt        time.Time
	IsAllDay      bool
	IsFloating    bool
	TimeZone      string
	Recurrence    string
	LastEndsAt    time.Time
}

const (
	maxEvents    = 2000           // that are looked at: those that begin last
	maxFollowing = time.Second    // for which rules of series are followed; they come from strangers
	maxOfSeries  = 500            // occurrences of one series: others have to have a place beside it
	floatsBy     = 26 * time.Hour // is more than clocks of two zones differ
)

// Occurrences returns what the caller's enabled feeds have between two times, by the start: everything that is not over
// at from and begins before to, 1,000 at most. Times for which a calendar names no zone are those of the reader. It
// sends one statement, fetches and parses nothing.
func (s *Service) Occurrences(
	ctx context.Context, who actor.Actor, from, to time.Time, reader *time.Location,
) ([]Occurrence, error) {
	events, err := database.All[event](ctx, s.DB.Read(), `
		select e.feed_id, f.course_id, f.title as calendar_title, e.title, e.starts_at, e.ends_at, e.is_all_day,
			e.is_floating, e.time_zone, e.recurrence, e.last_ends_at
		from calendar_feeds f join calendar_feed_events e on e.feed_id = f.id
		where f.user_id = $1 and f.is_enabled and e.last_ends_at >= $2 and e.starts_at < $3
		order by e.starts_at desc, e.id limit $4`, who.UserID, from.Add(-floatsBy), to.Add(floatsBy), maxEvents)
	if err != nil {
		return nil, fmt.Errorf("reading the events of calendar feeds: %w", err)
	}
	list := []Occurrence{}
	for begun := time.Now(); len(events) > 0 && time.Since(begun) < maxFollowing; events = events[1:] {
		list = append(list, events[0].between(from, to, reader)...)
	}
	slices.SortStableFunc(list, func(a, b Occurrence) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt), cmp.Compare(a.Title, b.Title), cmp.Compare(a.FeedID, b.FeedID))
	})
	return list[:min(len(list), maxListed)], nil
}

// between returns the occurrences of an event. A series that can't be followed has none: one must not end the week.
func (e event) between(from, to time.Time, reader *time.Location) []Occurrence {
	series := icalendar.Event{
		Start: e.StartsAt, End: e.EndsAt, AllDay: e.IsAllDay, Floating: e.IsFloating, Zone: e.TimeZone,
		Recurrence: e.Recurrence, LastEnd: e.LastEndsAt,
	}
	occurrences, err := series.Between(from, to, reader, maxOfSeries)
	if err != nil { // a zone that was given up, a rule of another version
		return nil
	}
	list := make([]Occurrence, 0, len(occurrences))
	for _, o := range occurrences {
		list = append(list, Occurrence{
			FeedID: e.FeedID, CourseID: e.CourseID, CalendarTitle: e.CalendarTitle, Title: cmp.Or(e.Title, e.CalendarTitle),
			StartsAt: o.Start, EndsAt: o.End, IsAllDay: e.IsAllDay,
		})
	}
	return list
}
