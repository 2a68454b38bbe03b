package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Completion completes or reopens one occurrence of an event that repeats.
type Completion struct {
	Occurrence  time.Time // its start
	IsCompleted bool
	CompletedAt *time.Time // nil for now
}

func (c *Completion) check(problems *problem.Fields) error {
	if c.CompletedAt != nil {
		problems.CheckTime("completed_at", *c.CompletedAt)
	}
	return nil
}

// CompleteOccurrence completes or reopens one occurrence of an event of the caller, and returns it.
func (s *Service) CompleteOccurrence(
	ctx context.Context, who actor.Actor, id int64, completion problem.Input[Completion],
) (occurrence Event, err error) {
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		e, err := lockOwn(ctx, tx, who, id)
		if err != nil {
			return err
		}
		c, err := completion.Check((*Completion).check)
		if err != nil {
			return err
		}
		series, repeats := e.series()
		switch {
		case !repeats:
			return problem.InvalidField("occurrence", "This event does not repeat.")
		case !series.Has(c.Occurrence):
			return problem.InvalidField("occurrence", "There is no occurrence at this time.")
		}
		occurrence, err = e.completeAt(ctx, tx, c)
		return err
	})
	return occurrence, err
}

// completeAt stores a completion. The event counts as changed: calendar programs must learn of it.
func (e *stored) completeAt(ctx context.Context, tx *database.Tx, c Completion) (Event, error) {
	now, at := database.Now(), c.CompletedAt
	switch {
	case !c.IsCompleted:
		at = nil
	case at == nil:
		at = &now
	}
	query, args := "delete from planner_occurrences where event_id = $1 and occurs_at = $2", []any{e.ID, c.Occurrence}
	if at != nil {
		query, args = `insert into planner_occurrences (event_id, occurs_at, completed_at) values ($1, $2, $3)
			on conflict (event_id, occurs_at) do update set completed_at = excluded.completed_at`, append(args, *at)
	}
	if _, err := tx.ExecContext(ctx, query, args...); err != nil {
		return Event{}, fmt.Errorf("completing an occurrence: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "update planner_events set updated_at = $1 where id = $2", now, e.ID); err != nil {
		return Event{}, fmt.Errorf("marking an event as changed: %w", err)
	}
	return e.at(c.Occurrence, at), nil
}
