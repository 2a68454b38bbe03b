package planner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// Period says which events are looked for: those that start at or after From and before To.
type Period struct {
	From, To  time.Time
	Completed bool // completed ones as well
	Limit     int  // at most so many; 0 for 1,000
}

// Occurrences returns the caller's events of a period by their start: those that happen once, and the occurrences of
// those that repeat. It sends three statements at most. Where there are more than the limit, the latest are missing.
// Series are followed for half a second together; those that are not reached by then are missing, too.
func (s *Service) Occurrences(ctx context.Context, who actor.Actor, p Period) ([]Event, error) {
	p.Limit = cmp.Or(p.Limit, maxListed)
	found, series, done, err := s.read(ctx, who, p)
	if err != nil {
		return nil, err
	}
	err = eachSeries(ctx, series, func(e *stored) {
		for _, start := range e.starts(p, p.Limit+len(done)) {
			at := done[occurrenceKey{e.ID, start.UnixMicro()}]
			if at == nil || p.Completed {
				found = append(found, e.at(start, at))
			}
		}
		if len(found) > 2*p.Limit { // what is later than the limit need not be kept, nor looked for
			found = firstByStart(found, p.Limit)
			p.To = found[p.Limit-1].StartsAt.Add(time.Microsecond)
		}
	})
	return firstByStart(found, p.Limit), err
}

// Upcoming returns what is next for the caller from a time on, by its start, 1,000 at most: events that happen once and
// are not completed, and of those that repeat the next occurrence that is not. Series are followed as for Occurrences.
func (s *Service) Upcoming(ctx context.Context, who actor.Actor, from time.Time) ([]Event, error) {
	p := Period{From: from, To: endOfTime, Limit: maxListed}
	found, series, done, err := s.read(ctx, who, p)
	if err != nil {
		return nil, err
	}
	skipped := map[int64]int{}
	for key := range done {
		skipped[key.event]++
	}
	err = eachSeries(ctx, series, func(e *stored) {
		for _, start := range e.starts(p, skipped[e.ID]+1) {
			if done[occurrenceKey{e.ID, start.UnixMicro()}] == nil {
				found = append(found, e.at(start, nil))
				return
			}
		}
	})
	return firstByStart(found, p.Limit), err
}

// eachSeries calls f with one series after the other, until maxFollowing has passed.
func eachSeries(ctx context.Context, series []stored, f func(e *stored)) error {
	begun := time.Now()
	for i := range series {
		if err := ctx.Err(); err != nil {
			return err
		}
		if time.Since(begun) > maxFollowing {
			return nil
		}
		f(&series[i])
	}
	return nil
}

// starts are the first starts of a series in a period, completed or not.
func (e *stored) starts(p Period, limit int) []time.Time {
	series, ok := e.series()
	if !ok {
		return nil
	}
	return series.Between(p.From, p.To, limit)
}

var endOfTime = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

func firstByStart(events []Event, limit int) []Event {
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt), cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	return events[:min(len(events), limit)]
}

// read returns what a period needs: events that happen once, those that repeat, and which occurrences are completed.
func (s *Service) read(ctx context.Context, who actor.Actor, p Period) (
	once []Event, series []stored, done map[occurrenceKey]*time.Time, err error,
) {
	q := s.DB.Read()
	if once, err = single(ctx, q, who, p); err != nil {
		return nil, nil, nil, err
	}
	if series, err = repeating(ctx, q, who, p); err != nil || len(series) == 0 {
		return once, nil, nil, err
	}
	done, err = completions(ctx, q, who, p.From, p.To)
	return once, series, done, err
}

// open is a condition that leaves completed events out, where they are not wanted.
func (p Period) open() string {
	if p.Completed {
		return ""
	}
	return " and not is_completed"
}

// single returns the events of a period that happen once, by their start.
func single(ctx context.Context, q database.Querier, who actor.Actor, p Period) ([]Event, error) {
	rows, err := database.All[stored](ctx, q, "select "+columns+` from planner_events
		where user_id = $1 and event_date >= $2 and event_date <= $3 and starts_at >= $4 and starts_at < $5
			and rrule = ''`+p.open()+`
		order by event_date, starts_at, id limit $6`,
		who.UserID, p.From.UTC().Format(time.DateOnly), p.To.UTC().Format(time.DateOnly), p.From, p.To, p.Limit)
	if err != nil {
		return nil, fmt.Errorf("reading the events of a period: %w", err)
	}
	return firstByStart(plain(rows), p.Limit), nil
}

// repeating returns the series that may have an occurrence in a period.
func repeating(ctx context.Context, q database.Querier, who actor.Actor, p Period) ([]stored, error) {
	rows, err := database.All[stored](ctx, q, "select "+columns+` from planner_events
		where user_id = $1 and rrule <> '' and starts_at < $2 and (recurs_until is null or recurs_until >= $3)`+p.open()+`
		order by id limit $4`, who.UserID, p.To, p.From, maxListed)
	if err != nil {
		return nil, fmt.Errorf("reading the repeating events of a period: %w", err)
	}
	return rows, nil
}

// occurrenceKey is an occurrence: the event, and the start in microseconds since 1970.
type occurrenceKey struct {
	event int64
	start int64
}

// maxCompletions bounds what is read of completed occurrences.
const maxCompletions = 10_000

// completions returns when the occurrences from one time to another were completed.
func completions(
	ctx context.Context, q database.Querier, who actor.Actor, from, to time.Time,
) (map[occurrenceKey]*time.Time, error) {
	type row struct {
		EventID int64
		completed
	}
	rows, err := database.All[row](ctx, q, `
		select o.event_id, o.occurs_at, o.completed_at from planner_occurrences o join planner_events e on e.id = o.event_id
		where e.user_id = $1 and e.rrule <> '' and o.occurs_at >= $2 and o.occurs_at < $3 order by o.occurs_at limit $4`,
		who.UserID, from, to, maxCompletions)
	if err != nil {
		return nil, fmt.Errorf("reading completed occurrences: %w", err)
	}
	done := make(map[occurrenceKey]*time.Time, len(rows))
	for i := range rows {
		done[occurrenceKey{rows[i].EventID, rows[i].OccursAt.UnixMicro()}] = &rows[i].CompletedAt
	}
	return done, nil
}
