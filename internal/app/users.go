package app

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes"
)

// HoldingsOf tells what all parts of the server keep for a user.
func (a *App) HoldingsOf(ctx context.Context, userID int64) (accounts.Holdings, error) {
	return holdingsOf(ctx, a.DB.Read(), userID)
}

func holdingsOf(ctx context.Context, q database.Querier, userID int64) (all accounts.Holdings, err error) {
	for _, part := range []func(context.Context, database.Querier, int64) (accounts.Holdings, error){
		notes.HoldingsOf, courses.HoldingsOf, accounts.HoldingsOf,
	} {
		holdings, err := part(ctx, q, userID)
		if err != nil {
			return accounts.Holdings{}, err
		}
		all.Add(holdings)
	}
	return all, nil
}

// DeleteUser removes a user with everything that is the user's, and returns what that was.
func (a *App) DeleteUser(ctx context.Context, userID int64) (gone accounts.Holdings, err error) {
	err = a.DB.Write(ctx, func(tx *database.Tx) error {
		if gone, err = holdingsOf(ctx, tx, userID); err != nil {
			return err
		}
		if err := courses.DeleteOwned(ctx, tx, userID); err != nil {
			return err
		}
		if err := a.Accounts.DeleteUser(ctx, tx, userID); err != nil {
			return err
		}
		return a.Media.Remove(ctx, tx, gone.Files...)
	})
	return gone, err
}
