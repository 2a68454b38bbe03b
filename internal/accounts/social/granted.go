package social

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
)

// newLink is for how long a link may be an intruder's: a reset of the password unlinks it.
const newLink = 30 * 24 * time.Hour

// linkedSince is when the identity of a row was linked. Rows of earlier versions tell only when they were made.
const linkedSince = "coalesce(linked_at, created_at)"

// AccessOf lists the identities that are linked to an account.
func (s *Service) AccessOf(ctx context.Context, q database.Querier, userID int64) ([]accounts.Access, error) {
	links, err := database.All[Link](ctx, q,
		"select id, provider, provider_uid, email, created_at, linked_at from social_accounts where user_id = $1 order by "+
			"id", userID)
	if err != nil {
		return nil, fmt.Errorf("listing linked accounts: %w", err)
	}
	return toAccess(links), nil
}

// RevokeAccess unlinks what was linked in the last thirty days.
func (s *Service) RevokeAccess(ctx context.Context, tx *database.Tx, userID int64) ([]accounts.Access, error) {
	links, err := database.All[Link](ctx, tx, `
		delete from social_accounts where user_id = $1 and `+linkedSince+` > $2
		returning id, provider, provider_uid, email, created_at, linked_at`, userID, database.Now().Add(-newLink))
	if err != nil {
		return nil, fmt.Errorf("unlinking what was linked lately: %w", err)
	}
	return toAccess(links), nil
}

func toAccess(links []Link) []accounts.Access {
	access := make([]accounts.Access, 0, len(links))
	for _, l := range links {
		since := l.CreatedAt
		if l.LinkedAt != nil {
			since = *l.LinkedAt
		}
		access = append(access, accounts.Access{Kind: "linked_account", Name: string(l.Provider), Since: &since})
	}
	return access
}
