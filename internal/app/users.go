package app

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// HoldingsOf tells what all parts of the server keep for a user.
func (a *App) HoldingsOf(ctx context.Context, userID int64) (accounts.Holdings, error) {
	return a.holdingsOf(ctx, a.DB.Read(), userID)
}

func (a *App) holdingsOf(ctx context.Context, q database.Querier, userID int64) (all accounts.Holdings, err error) {
	for _, part := range []func(context.Context, database.Querier, int64) (accounts.Holdings, error){
		a.notes.HoldingsOf, a.courses.HoldingsOf, a.planner.HoldingsOf, a.feeds.HoldingsOf, accounts.HoldingsOf,
	} {
		holdings, err := part(ctx, q, userID)
		if err != nil {
			return accounts.Holdings{}, err
		}
		all.Add(holdings)
	}
	return all, nil
}

// DeleteUser removes a user with everything that is the user's, and returns what that was. A file that is uploaded at the
// same time is left to the sweep of files without a row.
func (a *App) DeleteUser(ctx context.Context, userID int64) (gone accounts.Holdings, err error) {
	err = a.DB.Write(ctx, func(tx *database.Tx) error {
		if gone, err = a.holdingsOf(ctx, tx, userID); err != nil {
			return err
		}
		for _, part := range []func(context.Context, *database.Tx, int64) error{
			a.notes.DeleteOwned, a.courses.DeleteOwned, a.Accounts.DeleteUser,
		} {
			if err := part(ctx, tx, userID); err != nil {
				return err
			}
		}
		return a.Media.Remove(ctx, tx, gone.Files...)
	})
	return gone, err
}
