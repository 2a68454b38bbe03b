package accounts

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

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

// HoldingsOf tells what accounts keep for a user.
func HoldingsOf(ctx context.Context, q database.Querier, userID int64) (Holdings, error) {
	counts, err := database.One[struct{ Sessions, Linked int64 }](ctx, q, `
		select (select count(*) from sessions where user_id = $1) as sessions,
			(select count(*) from social_accounts where user_id = $1) as linked`, userID)
	if err != nil {
		return Holdings{}, fmt.Errorf("counting the sessions of user %d: %w", userID, err)
	}
	files, err := database.All[string](ctx, q, "select avatar_path from users where id = $1 and avatar_path <> ''", userID)
	if err != nil {
		return Holdings{}, fmt.Errorf("reading the picture of user %d: %w", userID, err)
	}
	return Holdings{Counts: []Count{{"sessions", counts.Sessions}, {"linked accounts", counts.Linked}}, Files: files}, nil
}

// DeleteUser removes an account with all rows that go with it. What outlives its owner is for other packages to remove
// first; an account that nobody ever used gives its invitation back.
func (s *Service) DeleteUser(ctx context.Context, tx *database.Tx, id int64) error {
	unused, err := database.All[int64](ctx, tx, "select id from users where id = $1 and "+waiting+" and welcomed_at is null", id)
	if err != nil {
		return fmt.Errorf("looking up a user: %w", err)
	}
	if err := s.releaseInvitations(ctx, tx, unused...); err != nil {
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
