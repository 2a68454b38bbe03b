package planner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// Span says which events of a user are looked for: those that start at or after From and before To.
type Span struct {
	UserID    int64
	From, To  time.Time
	Completed bool // completed ones as well
	Limit     int  // 0 for 1,000
}

// Occurrences returns the events of a span by their start: those that happen once, and the occurrences of those that
// repeat. It sends three statements at most. Where there are more than the limit, the latest are missing.
func Occurrences(ctx context.Context, q database.Querier, span Span) ([]Event, error) {
	span.Limit = cmp.Or(span.Limit, maxListed)
	found, series, done, err := read(ctx, q, span)
	if err != nil {
		return nil, err
	}
	for i := range series {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e := &series[i]
		for _, start := range e.starts(span, span.Limit+len(done)) {
			at := done[occurrenceKey{e.ID, start.UnixMicro()}]
			if at == nil || span.Completed {
				found = append(found, e.at(start, at))
			}
		}
		if len(found) > 2*span.Limit { // what is later than the limit need not be kept, nor looked for
			found = firstByStart(found, span.Limit)
			span.To = found[span.Limit-1].StartsAt.Add(time.Microsecond)
		}
	}
	return firstByStart(found, span.Limit), nil
}

// Upcoming returns what is next for a user from a time on, by its start, 1,000 at most: events that happen once and are
// not completed, and of those that repeat the next occurrence that is not.
func Upcoming(ctx context.Context, q database.Querier, userID int64, from time.Time) ([]Event, error) {
	span := Span{UserID: userID, From: from, To: endOfTime, Limit: maxListed}
	found, series, done, err := read(ctx, q, span)
	if err != nil {
		return nil, err
	}
	skipped := map[int64]int{}
	for key := range done {
		skipped[key.event]++
	}
	for i := range series {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		e := &series[i]
		for _, start := range e.starts(span, skipped[e.ID]+1) {
			if done[occurrenceKey{e.ID, start.UnixMicro()}] == nil {
				found = append(found, e.at(start, nil))
				break
			}
		}
	}
	return firstByStart(found, span.Limit), nil
}

// starts are the first starts of a series in a span, completed or not.
func (e *event) starts(span Span, limit int) []time.Time {
	series, ok := e.series()
	if !ok {
		return nil
	}
	return series.Between(span.From, span.To, limit)
}

var endOfTime = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

func firstByStart(events []Event, limit int) []Event {
	slices.SortFunc(events, func(a, b Event) int {
		return cmp.Or(a.StartsAt.Compare(b.StartsAt.Time), cmp.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	return events[:min(len(events), limit)]
}

// read returns what a span needs: events that happen once, those that repeat, and which occurrences are completed.
func read(ctx context.Context, q database.Querier, span Span) (once []Event, series []event, done map[occurrenceKey]*rest.Time, err error) {
	if once, err = single(ctx, q, span); err != nil {
		return nil, nil, nil, err
	}
	if series, err = repeating(ctx, q, span); err != nil || len(series) == 0 {
		return once, nil, nil, err
	}
	done, err = completions(ctx, q, span)
	return once, series, done, err
}

// single returns the events of a span that happen once, by their start.
func single(ctx context.Context, q database.Querier, span Span) ([]Event, error) {
	open := " and not is_completed"
	if span.Completed {
		open = ""
	}
	rows, err := database.All[event](ctx, q, "select "+eventColumns+` from planner_events
		where user_id = $1 and event_date >= $2 and event_date <= $3 and starts_at >= $4 and starts_at < $5 and rrule = ''`+open+`
		order by event_date, starts_at, id limit $6`, span.UserID, span.From.UTC().Format(time.DateOnly), span.To.UTC().Format(time.DateOnly),
		rest.Time{Time: span.From}, rest.Time{Time: span.To}, span.Limit)
	if err != nil {
		return nil, fmt.Errorf("reading the events of a span: %w", err)
	}
	events := make([]Event, 0, len(rows))
	for _, row := range rows {
		events = append(events, row.payload())
	}
	return firstByStart(events, span.Limit), nil
}

// repeating returns the series that may have an occurrence in a span.
func repeating(ctx context.Context, q database.Querier, span Span) ([]event, error) {
	open := " and not is_completed"
	if span.Completed {
		open = ""
	}
	rows, err := database.All[event](ctx, q, "select "+eventColumns+` from planner_events
		where user_id = $1 and rrule <> '' and starts_at < $2 and (recurs_until is null or recurs_until >= $3)`+open+`
		order by id limit $4`, span.UserID, rest.Time{Time: span.To}, rest.Time{Time: span.From}, maxListed)
	if err != nil {
		return nil, fmt.Errorf("reading the repeating events of a span: %w", err)
	}
	return rows, nil
}

// occurrenceKey is an occurrence: the event, and the start in microseconds since 1970.
type occurrenceKey struct {
	event int64
	start int64
}

// completions returns when occurrences of a span were completed.
func completions(ctx context.Context, q database.Querier, span Span) (map[occurrenceKey]*rest.Time, error) {
	type row struct {
		EventID int64
		occurrence
	}
	rows, err := database.All[row](ctx, q, `
		select o.event_id, o.occurs_at, o.completed_at from planner_occurrences o join planner_events e on e.id = o.event_id
		where e.user_id = $1 and e.rrule <> '' and o.occurs_at >= $2 and o.occurs_at < $3 order by o.occurs_at limit $4`,
		span.UserID, rest.Time{Time: span.From}, rest.Time{Time: span.To}, maxCompletions)
	if err != nil {
		return nil, fmt.Errorf("reading completed occurrences: %w", err)
	}
	done := make(map[occurrenceKey]*rest.Time, len(rows))
	for i := range rows {
		done[occurrenceKey{rows[i].EventID, rows[i].OccursAt.UnixMicro()}] = &rows[i].CompletedAt
	}
	return done, nil
}

// maxCompletions bounds what is read of completed occurrences.
const maxCompletions = 10_000
