package social

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// UserData tells which accounts elsewhere are linked to a user's.
func (s *Service) UserData(ctx context.Context, q database.Querier, userID int64) (accounts.UserData, error) {
	linked, err := database.One[int64](ctx, q, "select count(*) from social_accounts where user_id = $1", userID)
	if err != nil {
		return accounts.UserData{}, fmt.Errorf("counting the linked accounts of user %d: %w", userID, err)
	}
	return accounts.UserData{Counts: []accounts.Count{{What: "linked accounts", Number: linked}}}, nil
}

// DeleteUserData has nothing to do: links go with the account.
func (s *Service) DeleteUserData(context.Context, *database.Tx, int64) error { return nil }
