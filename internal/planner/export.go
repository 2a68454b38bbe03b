package planner

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// Exported is an event with what calendar programs are told of it.
type Exported struct {
	Event
	CreatedAt time.Time
	UpdatedAt time.Time
	Completed []time.Time `db:"-"` // starts of the occurrences that are completed, in their order
}

// Export returns the caller's events that are not completed and not over at from, 1,000 at most: series first, then the
// latest. It sends two statements.
func (s *Service) Export(ctx context.Context, who actor.Actor, from time.Time) ([]Exported, error) {
	events, err := database.All[Exported](ctx, s.DB.Read(), `
		select id, title, starts_at, ends_at, difficulty_weight, description, course_id, is_completed, completed_at, rrule,
			time_zone, created_at, updated_at
		from planner_events
		where user_id = $1 and not is_completed
			and (event_date >= $2 or rrule <> '' and (recurs_until is null or recurs_until >= $3))
		order by rrule <> '' desc, event_date desc, id desc limit $4`,
		who.UserID, from.UTC().Format(time.DateOnly), from, maxListed)
	if err != nil {
		return nil, fmt.Errorf("reading the events to export: %w", err)
	}
	done, err := completions(ctx, s.DB.Read(), who, from, endOfTime)
	if err != nil {
		return nil, err
	}
	starts := map[int64][]time.Time{}
	for key := range done {
		starts[key.event] = append(starts[key.event], time.UnixMicro(key.start).UTC())
	}
	for i := range events {
		events[i].Completed = starts[events[i].ID]
		slices.SortFunc(events[i].Completed, time.Time.Compare)
	}
	return events, nil
}

// RevisionOf is an SQL expression: a text that becomes another one with every change to the events of the user whose id
// stands in that column. So a published calendar learns in one query, with that for its key, whether it has changed.
func RevisionOf(column string) string {
	return `(select count(*) || ' ' || coalesce(cast(max(e.updated_at) as text), '')
		from planner_events e where e.user_id = ` + column + ")"
}
