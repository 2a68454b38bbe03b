package accounts

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerAPIKeys(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/rotate-api-key/", Tag: "auth", Access: rest.SessionOnly,
		Summary:     "Make a new API key; the former one ends at once",
		Description: "The answer is the only one that shows the key. An API key opens all that a session opens, except this and changing password or address.",
	}, s.rotateAPIKey)
}

const (
	apiKeyMark         = "ntc_" // how a key is told from a session's token
	apiKeyRandom       = 16     // bytes
	apiKeyPrefixLength = 8      // of what is shown of a key later on
)

type apiKeyPayload struct {
	APIKey       string `json:"api_key"`
	APIKeyPrefix string `json:"api_key_prefix"`
}

func (s *Service) rotateAPIKey(ctx context.Context, _ *struct{}) (apiKeyPayload, error) {
	var random [apiKeyRandom]byte
	_, _ = rand.Read(random[:]) // never fails
	key := apiKeyMark + hex.EncodeToString(random[:])
	made := apiKeyPayload{APIKey: key, APIKeyPrefix: key[:apiKeyPrefixLength]}
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, "update users set api_key_hash = $1, api_key_prefix = $2, api_key_last_used_at = null where id = $3",
			hashKey(key), made.APIKeyPrefix, rest.CallerID(ctx))
		if err != nil {
			return fmt.Errorf("storing an API key: %w", err)
		}
		return nil
	})
	if err != nil {
		return apiKeyPayload{}, err
	}
	s.keyUses.Forget(rest.CallerID(ctx))
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
		from users where api_key_hash = $1 and api_key_hash <> ''`, hashKey(key))
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
