package accounts

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/secret"
)

// APIKey is a new API key.
type APIKey struct {
	Key    string // can't be read again
	Prefix string // how it begins, which is shown later on
}

const (
	apiKeyMark         = "ntc_" // how a key is told from a session's token
	apiKeyRandom       = 16     // bytes
	apiKeyPrefixLength = 8
)

// RotateAPIKey makes a new API key for who asks, which takes a session; the former one ends at once.
func (s *Service) RotateAPIKey(ctx context.Context, who actor.Actor) (APIKey, error) {
	if err := who.CheckSession(); err != nil {
		return APIKey{}, err
	}
	var random [apiKeyRandom]byte
	_, _ = rand.Read(random[:]) // never fails
	key := apiKeyMark + hex.EncodeToString(random[:])
	made := APIKey{Key: key, Prefix: key[:apiKeyPrefixLength]}
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx,
			"update users set api_key_hash = $1, api_key_prefix = $2, api_key_last_used_at = null where id = $3",
			secret.HashKey(key), made.Prefix, who.UserID)
		if err != nil {
			return fmt.Errorf("storing an API key: %w", err)
		}
		return nil
	})
	if err != nil {
		return APIKey{}, err
	}
	s.keyUses.Forget(who.UserID)
	return made, nil
}

// keyOwner is what authentication needs of the user whose API key is sent.
type keyOwner struct {
	ID               int64
	Username         string
	IsOpen           bool
	IsStaff          bool
	APIKeyLastUsedAt *time.Time `db:"api_key_last_used_at"`
}

func (s *Service) authenticateKey(ctx context.Context, key string) (actor.Actor, error) {
	owner, err := database.One[keyOwner](ctx, s.DB.Read(), `
		select id, username, is_staff, api_key_last_used_at, `+openAccount+` as is_open
		from users where api_key_hash = $1 and api_key_hash <> ''`, secret.HashKey(key))
	switch {
	case errors.Is(err, database.ErrNotFound):
		return actor.Actor{}, unauthenticated("Invalid API key.")
	case err != nil:
		return actor.Actor{}, fmt.Errorf("looking up an API key: %w", err)
	case !owner.IsOpen:
		return actor.Actor{}, unauthenticated(textDisabled)
	}
	if owner.APIKeyLastUsedAt == nil || time.Since(*owner.APIKeyLastUsedAt) >= lastSeenInterval {
		s.keyUses.Used(owner.ID)
	}
	return actor.Actor{UserID: owner.ID, Username: owner.Username, Staff: owner.IsStaff, By: actor.Key}, nil
}
