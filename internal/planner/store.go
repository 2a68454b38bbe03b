package planner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
	"github.com/trance-0/notechondria/internal/problem"
)

// stored is an Event with what the table keeps beside it.
type stored struct {
	Event
	RecursUntil *time.Time // end of the last occurrence of a series; nil where there is none
}

const columns = `id, title, starts_at, ends_at, difficulty_weight, description, course_id, is_completed, completed_at,
	rrule, time_zone, recurs_until`

// series is Event.Series, with its end where that is known.
func (e *stored) series() (series recurrence.Series, ok bool) {
	series, ok = e.Series()
	if ok && e.RecursUntil != nil {
		series.Until = e.RecursUntil.Add(-e.duration())
	}
	return series, ok
}

// at is the occurrence of the event that starts then, completed at that time unless it is nil.
func (e *stored) at(start time.Time, completed *time.Time) Event {
	occurrence := e.Event
	occurrence.StartsAt, occurrence.EndsAt, occurrence.Occurrence = start, start.Add(e.duration()), &start
	if !e.IsCompleted {
		occurrence.IsCompleted, occurrence.CompletedAt = completed != nil, completed
	}
	return occurrence
}

// end works RecursUntil out.
func (e *stored) end() *time.Time {
	series, ok := e.Series()
	if !ok {
		return nil
	}
	last, endless := series.Last()
	end := last.Add(e.duration())
	if endless || end.Year() > 9999 {
		return nil
	}
	return &end
}

// repeats reports whether the event counts among the open ones that repeat.
func (e *stored) repeats() bool { return e.Rule != "" && !e.IsCompleted }

// checkNumber refuses another event that repeats for somebody who has as many as one may have.
func checkNumber(ctx context.Context, tx *database.Tx, who actor.Actor) error {
	present, err := database.One[int](ctx, tx,
		"select count(*) from planner_events where user_id = $1 and rrule <> '' and not is_completed", who.UserID)
	if err != nil {
		return fmt.Errorf("counting repeating events: %w", err)
	}
	if present >= MaxSeries {
		return problem.Refuse("Event not saved", fmt.Sprintf("you already have %d repeating events", present))
	}
	return nil
}

// completed is a row that says that one occurrence is completed.
type completed struct {
	OccursAt    time.Time
	CompletedAt time.Time
}

// plain is the events without what the table keeps beside them.
func plain(rows []stored) []Event {
	events := make([]Event, 0, len(rows))
	for _, row := range rows {
		events = append(events, row.Event)
	}
	return events
}

// lockOwn locks an event of the caller for the rest of the transaction.
func lockOwn(ctx context.Context, tx *database.Tx, who actor.Actor, id int64) (stored, error) {
	e, err := database.One[stored](ctx, tx,
		"update planner_events set id = id where id = $1 and user_id = $2 returning "+columns, id, who.UserID)
	if errors.Is(err, database.ErrNotFound) {
		return stored{}, errNoEvent
	}
	if err != nil {
		return stored{}, fmt.Errorf("locking an event: %w", err)
	}
	return e, nil
}

func (e *stored) insert(ctx context.Context, tx *database.Tx, userID int64) error {
	id, err := database.One[int64](ctx, tx, `
		insert into planner_events (user_id, course_id, title, event_date, starts_at, ends_at, difficulty_weight, description,
			is_completed, completed_at, rrule, time_zone, recurs_until, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) returning id`,
		userID, e.CourseID, e.Title, e.Date(), e.StartsAt, e.EndsAt, e.Weight, e.Description,
		e.IsCompleted, e.CompletedAt, e.Rule, e.TimeZone, e.RecursUntil, database.Now())
	if err != nil {
		return fmt.Errorf("storing an event: %w", err)
	}
	e.ID = id
	return nil
}

func (e *stored) update(ctx context.Context, tx *database.Tx) error {
	changed, err := database.Exec(ctx, tx, `
		update planner_events set course_id = $2, title = $3, event_date = $4, starts_at = $5, ends_at = $6,
			difficulty_weight = $7, description = $8, is_completed = $9, completed_at = $10, rrule = $11, time_zone = $12,
			recurs_until = $13, updated_at = $14
		where id = $1`,
		e.ID, e.CourseID, e.Title, e.Date(), e.StartsAt, e.EndsAt, e.Weight,
		e.Description, e.IsCompleted, e.CompletedAt, e.Rule, e.TimeZone, e.RecursUntil, database.Now())
	if err == nil && changed != 1 {
		err = errors.New("it is gone")
	}
	if err != nil {
		return fmt.Errorf("changing an event: %w", err)
	}
	return nil
}
