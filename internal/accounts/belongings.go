package accounts

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// Belongings are what a feature keeps for people.
type Belongings interface {
	// HoldingsOf tells what there is.
	HoldingsOf(ctx context.Context, q database.Querier, userID int64) (Holdings, error)
	// DeleteOwned removes the rows that would outlive the account. Rows that refer to it go by themselves, and files are
	// removed for all features together.
	DeleteOwned(ctx context.Context, tx *database.Tx, userID int64) error
}

// Holdings are what a user has: rows by kind, in the order of Counts, and the keys of files in the media store.
type Holdings struct {
	Counts []Count
	Files  []string
}

// Count is how many rows of a kind a user has.
type Count struct {
	What   string
	Number int64
}

// Add joins what another part of the server keeps for the user.
func (h *Holdings) Add(more Holdings) {
	h.Counts = append(h.Counts, more.Counts...)
	h.Files = append(h.Files, more.Files...)
}

// DeletedWith registers what features keep for people: it is counted, and deleted with their accounts, in this order.
func (s *Service) DeletedWith(features ...Belongings) {
	s.belongings = append(s.belongings, features...)
}

// HoldingsOf tells what all parts of the server keep for a user.
func (s *Service) HoldingsOf(ctx context.Context, who actor.Actor, userID int64) (Holdings, error) {
	if err := who.CheckOperator(); err != nil {
		return Holdings{}, err
	}
	return s.holdingsOf(ctx, s.DB.Read(), userID)
}

func (s *Service) holdingsOf(ctx context.Context, q database.Querier, userID int64) (all Holdings, err error) {
	for _, feature := range s.belongings {
		holdings, err := feature.HoldingsOf(ctx, q, userID)
		if err != nil {
			return Holdings{}, err
		}
		all.Add(holdings)
	}
	sessions, err := database.One[int64](ctx, q, "select count(*) from sessions where user_id = $1", userID)
	if err != nil {
		return Holdings{}, fmt.Errorf("counting the sessions of user %d: %w", userID, err)
	}
	files, err := database.All[string](ctx, q, "select avatar_path from users where id = $1 and avatar_path <> ''", userID)
	if err != nil {
		return Holdings{}, fmt.Errorf("reading the picture of user %d: %w", userID, err)
	}
	all.Add(Holdings{Counts: []Count{{"sessions", sessions}}, Files: files})
	return all, nil
}

// DeleteUser removes an account with everything that belongs to it, and returns what that was. A file that is
// uploaded at the same time is left to the sweep of files without a row.
func (s *Service) DeleteUser(ctx context.Context, who actor.Actor, id int64) (gone Holdings, err error) {
	if err := who.CheckOperator(); err != nil {
		return Holdings{}, err
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if gone, err = s.holdingsOf(ctx, tx, id); err != nil {
			return err
		}
		for _, feature := range s.belongings {
			if err := feature.DeleteOwned(ctx, tx, id); err != nil {
				return err
			}
		}
		if err := s.deleteRow(ctx, tx, id); err != nil {
			return err
		}
		return s.Media.Remove(ctx, tx, gone.Files...)
	})
	return gone, err
}

// deleteRow removes the row of a user; an account that nobody ever used gives its invitation back.
func (s *Service) deleteRow(ctx context.Context, tx *database.Tx, id int64) error {
	unused, err := database.All[int64](ctx, tx,
		"select id from users where id = $1 and "+waiting+" and welcomed_at is null", id)
	if err != nil {
		return fmt.Errorf("looking up a user: %w", err)
	}
	if err := s.Invitations.Release(ctx, tx, unused...); err != nil {
		return err
	}
	deleted, err := database.Exec(ctx, tx, "delete from users where id = $1", id)
	if err != nil {
		return fmt.Errorf("deleting a user: %w", err)
	}
	if deleted == 0 {
		return ErrNoUser
	}
	return nil
}
