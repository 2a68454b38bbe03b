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

// Listing says which events are wanted.
type Listing struct {
	Completed bool  // completed ones as well
	Limit     int64 // 1 to 1,000; 0 for as many as there may be
	Offset    int64 // with a limit
}

func (l Listing) bounds() (limit, offset int64) {
	if l.Limit == 0 {
		return maxListed, 0
	}
	return min(max(l.Limit, 1), maxListed), max(l.Offset, 0)
}

// ListEvents returns the caller's events, by date and title. One that repeats is among them once, with its first start.
func (s *Service) ListEvents(ctx context.Context, who actor.Actor, l Listing) ([]Event, error) {
	open := " and not is_completed"
	if l.Completed {
		open = ""
	}
	limit, offset := l.bounds()
	rows, err := database.All[stored](ctx, s.DB.Read(), "select "+columns+` from planner_events
		where user_id = $1`+open+" order by event_date, id limit $2 offset $3", who.UserID, limit, offset)
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
