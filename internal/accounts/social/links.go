package social

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/social/provider"
	"github.com/trance-0/notechondria/internal/database"
)

// Link is an account at a provider that is linked to one here.
type Link struct {
	ID          int64
	Provider    Name
	ProviderUID string `db:"provider_uid"`
	Email       string // verified by the provider; "" when it names none
	CreatedAt   time.Time
	LinkedAt    *time.Time // when this identity took the place of another; nil for a link of an earlier version
}

// uniqueIndexes are those that a sign-in beside another one can run into: two first ones of one person, or of two
// people who get the same user name.
var uniqueIndexes = []string{
	accounts.UsernameIndex, accounts.EmailIndex, "social_accounts_provider_uid_key", "social_accounts_user_id_key",
}

// write runs f in a transaction, and again where another one was faster.
func (s *Service) write(ctx context.Context, f func(tx *database.Tx) error) error {
	return s.DB.WriteAgain(ctx, uniqueIndexes, func(tx *database.Tx, _ int) error { return f(tx) })
}

// ownerOf returns the user to whom an identity is linked, or ErrNoUser.
func ownerOf(ctx context.Context, q database.Querier, name Name, i provider.Identity) (int64, error) {
	id, err := database.One[int64](ctx, q,
		"select user_id from social_accounts where provider = $1 and issuer = $2 and provider_uid = $3",
		name, i.Issuer, i.UID)
	if errors.Is(err, database.ErrNotFound) {
		return 0, accounts.ErrNoUser
	}
	if err != nil {
		return 0, fmt.Errorf("looking for the owner of a social account: %w", err)
	}
	return id, nil
}

// insert links an identity to a user who has none at that provider.
func insert(ctx context.Context, tx *database.Tx, userID int64, name Name, i provider.Identity) (int64, error) {
	id, err := database.One[int64](ctx, tx, `
		insert into social_accounts (user_id, provider, issuer, provider_uid, email, extra_data, created_at, updated_at,
			linked_at)
		values ($1, $2, $3, $4, $5, $6, $7, $7, $7) returning id`,
		userID, name, i.Issuer, i.UID, i.Email, extraData(i), database.Now())
	if err != nil {
		return 0, fmt.Errorf("linking a social account: %w", err)
	}
	return id, nil
}

// replace links an identity to a user in place of the one at that provider; database.ErrNotFound when there is none.
func replace(ctx context.Context, tx *database.Tx, userID int64, name Name, i provider.Identity) (int64, error) {
	id, err := database.One[int64](ctx, tx, `
		update social_accounts set issuer = $1, provider_uid = $2, email = $3, extra_data = $4, updated_at = $5,
			linked_at = $5
		where user_id = $6 and provider = $7 returning id`,
		i.Issuer, i.UID, i.Email, extraData(i), database.Now(), userID, name)
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		err = fmt.Errorf("linking another social account: %w", err)
	}
	return id, err
}

// refresh stores what a provider says now about a linked identity.
func refresh(ctx context.Context, tx *database.Tx, userID int64, name Name, i provider.Identity) error {
	_, err := tx.ExecContext(ctx,
		"update social_accounts set extra_data = $1, updated_at = $2 where user_id = $3 and provider = $4",
		extraData(i), database.Now(), userID, name)
	if err != nil {
		return fmt.Errorf("renewing what is known of a social account: %w", err)
	}
	return nil
}

func extraData(i provider.Identity) string {
	text, _ := json.Marshal(i.Extra) // texts by keys: always JSON
	return string(text)
}
