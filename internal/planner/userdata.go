package planner

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// UserData tells what the planner keeps for a user. It goes with the account.
func (s *Service) UserData(ctx context.Context, q database.Querier, userID int64) (accounts.UserData, error) {
	events, err := database.One[int64](ctx, q, "select count(*) from planner_events where user_id = $1", userID)
	if err != nil {
		return accounts.UserData{}, fmt.Errorf("counting the events of user %d: %w", userID, err)
	}
	return accounts.UserData{Counts: []accounts.Count{{What: "events", Number: events}}}, nil
}

// DeleteUserData has nothing to do: all of it goes with the account.
func (s *Service) DeleteUserData(context.Context, *database.Tx, int64) error { return nil }
