package calendar

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// AccessOf tells whether a user's calendar is published: whoever has the address reads it.
func (s *Service) AccessOf(ctx context.Context, q database.Querier, userID int64) ([]accounts.Access, error) {
	return toAccess(database.All[publication](ctx, q, "select created_at from calendar_keys where user_id = $1", userID))
}

// RevokeAccess ends the publication of a user's calendar.
func (s *Service) RevokeAccess(ctx context.Context, tx *database.Tx, userID int64) ([]accounts.Access, error) {
	tx.AfterCommit(func() { s.uses.Forget(userID) })
	return toAccess(database.All[publication](ctx, tx,
		"delete from calendar_keys where user_id = $1 returning created_at", userID))
}

// publication is a row of calendar_keys.
type publication struct{ CreatedAt time.Time }

func toAccess(published []publication, err error) ([]accounts.Access, error) {
	if err != nil {
		return nil, fmt.Errorf("looking for calendar keys: %w", err)
	}
	access := make([]accounts.Access, 0, len(published))
	for _, p := range published {
		access = append(access, accounts.Access{Kind: "calendar", Since: &p.CreatedAt})
	}
	return access, nil
}
