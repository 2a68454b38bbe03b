package planner

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
	"github.com/trance-0/notechondria/internal/rest"
)

// completeOccurrence completes or reopens one occurrence, and returns it.
func (e *event) completeOccurrence(ctx context.Context, tx *database.Tx, start time.Time, f *eventFields) (Event, error) {
	series, ok := e.series()
	switch {
	case !ok:
		return Event{}, rest.Invalid("occurrence", "This event does not repeat.")
	case f.others():
		return Event{}, rest.Invalid("occurrence", "Of one occurrence, only is_completed and completed_at can be changed.")
	case !f.IsCompleted.Set:
		return Event{}, rest.Invalid("is_completed", "This field is required.")
	case !series.Has(start):
		return Event{}, rest.Invalid("occurrence", "The event does not occur then.")
	}
	now := rest.Time{Time: database.Now()}
	done := f.CompletedAt.Or(now)
	query, args := "delete from planner_occurrences where event_id = $1 and occurs_at = $2", []any{e.ID, rest.Time{Time: start}}
	if f.IsCompleted.Value {
		query, args = `insert into planner_occurrences (event_id, occurs_at, completed_at) values ($1, $2, $3)
			on conflict (event_id, occurs_at) do update set completed_at = excluded.completed_at`, append(args, done)
	}
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return Event{}, fmt.Errorf("completing an occurrence: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "update planner_events set updated_at = $1 where id = $2", now, e.ID); err != nil {
		return Event{}, fmt.Errorf("noting that an event has changed: %w", err)
	}
	if !f.IsCompleted.Value {
		return e.at(start, nil), nil
	}
	return e.at(start, &done), nil
}

// others reports whether a field was sent that is none of a single occurrence.
func (f *eventFields) others() bool {
	return f.Title.Present() || f.EventDate.Present() || f.StartsAt.Present() || f.EndsAt.Present() || f.DifficultyWeight.Present() ||
		f.Description.Present() || f.CourseID.Present() || f.RRule.Present() || f.TimeZone.Present()
}

// occurrence is a row that says that one occurrence is done.
type occurrence struct {
	OccursAt    rest.Time
	CompletedAt rest.Time
}

const (
	maxKept     = 5000   // completed occurrences of a series that are kept when it moves: the newest
	maxCompared = 50_000 // occurrences that are looked at for it
)

// moveOccurrences has the completed occurrences follow their series: they move with it, stay where they are when the
// series still occurs there, and else go.
func (s *Service) moveOccurrences(ctx context.Context, tx *database.Tx, before, after *event) error {
	from, was := before.series()
	to, is := after.series()
	if !was || is && before.RRule == after.RRule && from.Start.Equal(to.Start) && before.TimeZone == after.TimeZone {
		return nil
	}
	rows, err := database.All[occurrence](ctx, tx, `
		select occurs_at, completed_at from planner_occurrences where event_id = $1 order by occurs_at desc limit $2`, after.ID, maxKept)
	if err != nil {
		return fmt.Errorf("reading completed occurrences: %w", err)
	}
	if len(rows) == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "delete from planner_occurrences where event_id = $1", after.ID); err != nil {
		return fmt.Errorf("removing completed occurrences: %w", err)
	}
	if !is {
		return nil
	}
	return s.storeOccurrences(ctx, tx, after.ID, follow(rows, from, to))
}

// follow returns the rows, newest first, as they are after their series has changed.
func follow(rows []occurrence, from, to recurrence.Series) []occurrence {
	newest, oldest := rows[0].OccursAt.Time, rows[len(rows)-1].OccursAt.Time
	first, last := from.Moved(oldest, to), from.Moved(newest, to)
	if oldest.Before(first) {
		first = oldest
	}
	if newest.After(last) {
		last = newest
	}
	occurs, taken := map[int64]bool{}, map[int64]bool{}
	for _, t := range to.Between(first, last.Add(time.Microsecond), maxCompared) {
		occurs[t.UnixMicro()] = true
	}
	kept := make([]occurrence, 0, len(rows))
	for _, row := range rows {
		at := from.Moved(row.OccursAt.Time, to)
		if !occurs[at.UnixMicro()] {
			at = row.OccursAt.Time
		}
		if occurs[at.UnixMicro()] && !taken[at.UnixMicro()] {
			taken[at.UnixMicro()] = true
			kept = append(kept, occurrence{OccursAt: rest.Time{Time: at}, CompletedAt: row.CompletedAt})
		}
	}
	return kept
}

// storedTime is how SQLite's driver writes times, which PostgreSQL reads as well.
const storedTime = "2006-01-02 15:04:05.999999-07:00"

// storeOccurrences writes all rows with one statement, as JSON: only the name of the function differs by engine, and
// that SQLite has no type for times.
func (s *Service) storeOccurrences(ctx context.Context, tx *database.Tx, eventID int64, rows []occurrence) error {
	pairs := make([][2]string, 0, len(rows))
	for _, row := range rows {
		pairs = append(pairs, [2]string{row.OccursAt.Format(storedTime), row.CompletedAt.Format(storedTime)})
	}
	list, err := json.Marshal(pairs)
	if err != nil {
		return fmt.Errorf("writing occurrences as JSON: %w", err)
	}
	columns := "value->>0, value->>1 from json_each($2)"
	if s.DB.Engine() == database.PostgreSQL {
		columns = "cast(value->>0 as timestamptz), cast(value->>1 as timestamptz) from json_array_elements(cast($2 as json))"
	}
	_, err = tx.ExecContext(ctx, "insert into planner_occurrences (event_id, occurs_at, completed_at) select cast($1 as bigint), "+columns, eventID, string(list))
	if err != nil {
		return fmt.Errorf("storing completed occurrences: %w", err)
	}
	return nil
}
