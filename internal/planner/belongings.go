package planner

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// HoldingsOf tells what the planner keeps for a user. It goes with the account.
func (s *Service) HoldingsOf(ctx context.Context, q database.Querier, userID int64) (accounts.Holdings, error) {
	events, err := database.One[int64](ctx, q, "select count(*) from planner_events where user_id = $1", userID)
	if err != nil {
		return accounts.Holdings{}, fmt.Errorf("counting the events of user %d: %w", userID, err)
	}
	return accounts.Holdings{Counts: []accounts.Count{{What: "events", Number: events}}}, nil
}

// DeleteOwned has nothing to do: all of it goes with the account.
func (s *Service) DeleteOwned(context.Context, *database.Tx, int64) error { return nil }
