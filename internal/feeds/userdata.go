package feeds

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// UserData tells which calendars are kept for a user. They go with the account.
func (s *Service) UserData(ctx context.Context, q database.Querier, userID int64) (accounts.UserData, error) {
	feeds, err := database.One[int64](ctx, q, "select count(*) from calendar_feeds where user_id = $1", userID)
	if err != nil {
		return accounts.UserData{}, fmt.Errorf("counting the calendar feeds of user %d: %w", userID, err)
	}
	return accounts.UserData{Counts: []accounts.Count{{What: "calendar feeds", Number: feeds}}}, nil
}

// DeleteUserData has nothing to do: all of it goes with the account.
func (s *Service) DeleteUserData(context.Context, *database.Tx, int64) error { return nil }
