package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// ListEvents returns the caller's events that are not completed, by date and title, 1,000 at most. One that repeats is
// among them once, with its first start.
func (s *Service) ListEvents(ctx context.Context, who actor.Actor) ([]Event, error) {
	rows, err := database.All[stored](ctx, s.DB.Read(), "select "+columns+` from planner_events
		where user_id = $1 and not is_completed order by event_date, id limit $2`, who.UserID, maxListed)
	if err != nil {
		return nil, fmt.Errorf("listing events: %w", err)
	}
	events := plain(rows)
	SortByDate(events)
	return events, nil
}

// SortByDate sorts events as lists of them are: by date and title.
func SortByDate(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Date(), b.Date()), cmp.Compare(a.Title, b.Title))
	})
}

// GetEvent returns an event of the caller.
func (s *Service) GetEvent(ctx context.Context, who actor.Actor, id int64) (Event, error) {
	row, err := database.One[stored](ctx, s.DB.Read(),
		"select "+columns+" from planner_events where id = $1 and user_id = $2", id, who.UserID)
	if errors.Is(err, database.ErrNotFound) {
		return Event{}, errNoEvent
	}
	if err != nil {
		return Event{}, fmt.Errorf("reading an event: %w", err)
	}
	return row.Event, nil
}
