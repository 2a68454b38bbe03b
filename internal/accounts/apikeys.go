package accounts

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/events"
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

// RotateAPIKey makes a new API key for the caller; the former one ends at once. It requires a session.
func (s *Service) RotateAPIKey(ctx context.Context, who actor.Actor) (APIKey, error) {
	if err := who.CheckSession(); err != nil {
		return APIKey{}, err
	}
	var random [apiKeyRandom]byte
	rand.Read(random[:])
	key := apiKeyMark + hex.EncodeToString(random[:])
	made := APIKey{Key: key, Prefix: key[:apiKeyPrefixLength]}
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := s.setAPIKey(ctx, tx, who.UserID, secret.HashKey(key), made.Prefix); err != nil {
			return err
		}
		return s.Events.Record(ctx, tx, who,
			events.Entry{Kind: events.KeyMade, UserID: who.UserID, Detail: made.Prefix + "…"})
	})
	if err != nil {
		return APIKey{}, err
	}
	return made, nil
}

// DeleteAPIKey deletes the caller's API key, if there is one. It requires a session.
func (s *Service) DeleteAPIKey(ctx context.Context, who actor.Actor) error {
	if err := who.CheckSession(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		had, err := apiKeyOf(ctx, tx, who.UserID)
		if err != nil || len(had) == 0 {
			return err
		}
		if err := s.deleteAPIKey(ctx, tx, who.UserID); err != nil {
			return err
		}
		return s.Events.Record(ctx, tx, who, events.Entry{Kind: events.KeyRemoved, UserID: who.UserID, Detail: had[0].Name})
	})
}

func (s *Service) deleteAPIKey(ctx context.Context, tx *database.Tx, userID int64) error {
	return s.setAPIKey(ctx, tx, userID, "", "")
}

func (s *Service) setAPIKey(ctx context.Context, tx *database.Tx, userID int64, hash, prefix string) error {
	_, err := tx.ExecContext(ctx,
		"update users set api_key_hash = $1, api_key_prefix = $2, api_key_last_used_at = null where id = $3",
		hash, prefix, userID)
	if err != nil {
		return fmt.Errorf("storing an API key: %w", err)
	}
	tx.AfterCommit(func() { s.keyUses.Forget(userID) })
	return nil
}

// apiKeyOf is the access that a user's API key gives, if there is one.
func apiKeyOf(ctx context.Context, q database.Querier, userID int64) ([]Access, error) {
	prefixes, err := database.All[string](ctx, q,
		"select api_key_prefix from users where id = $1 and api_key_hash <> ''", userID)
	if err != nil {
		return nil, fmt.Errorf("looking for an API key: %w", err)
	}
	keys := make([]Access, 0, len(prefixes))
	for _, prefix := range prefixes {
		keys = append(keys, Access{Kind: "api_key", Name: prefix + "…"})
	}
	return keys, nil
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
