package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

const (
	maxKept     = 5000   // completed occurrences of a series that are kept when it moves: the newest
	maxCompared = 50_000 // occurrences that are looked at for it
)

// moveCompletions has the completed occurrences follow their series: they move with it, stay where they are when the
// series still occurs there, and else go.
func (s *Service) moveCompletions(ctx context.Context, tx *database.Tx, before, after *stored) error {
	from, was := before.series()
	to, is := after.series()
	if !was || is && before.Rule == after.Rule && from.Start.Equal(to.Start) && before.TimeZone == after.TimeZone {
		return nil
	}
	rows, err := database.All[completed](ctx, tx, `
		select occurs_at, completed_at from planner_occurrences where event_id = $1 order by occurs_at desc limit $2`,
		after.ID, maxKept)
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
	return s.storeCompletions(ctx, tx, after.ID, follow(rows, from, to))
}

// follow returns the rows, newest first, as they are after their series has changed.
func follow(rows []completed, from, to recurrence.Series) []completed {
	newest, oldest := rows[0].OccursAt, rows[len(rows)-1].OccursAt
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
	kept := make([]completed, 0, len(rows))
	for _, row := range rows {
		at := from.Moved(row.OccursAt, to)
		if !occurs[at.UnixMicro()] {
			at = row.OccursAt
		}
		if occurs[at.UnixMicro()] && !taken[at.UnixMicro()] {
			taken[at.UnixMicro()] = true
			kept = append(kept, completed{OccursAt: at, CompletedAt: row.CompletedAt})
		}
	}
	return kept
}

// storeCompletions writes all rows with one statement.
func (s *Service) storeCompletions(ctx context.Context, tx *database.Tx, eventID int64, rows []completed) error {
	type record struct {
		OccursAt    database.RecordTime `json:"occurs_at"`
		CompletedAt database.RecordTime `json:"completed_at"`
	}
	records := make([]record, 0, len(rows))
	for _, row := range rows {
		records = append(records, record{database.RecordTime(row.OccursAt), database.RecordTime(row.CompletedAt)})
	}
	list, err := database.JSON(records)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		insert into planner_occurrences (event_id, occurs_at, completed_at)
		select cast($1 as bigint), occurs_at, completed_at from `+
		s.DB.Records(2, "occurs_at timestamptz", "completed_at timestamptz")+" r", eventID, list)
	if err != nil {
		return fmt.Errorf("storing completed occurrences: %w", err)
	}
	return nil
}
