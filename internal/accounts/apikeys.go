package accounts

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerAPIKeys(api *rest.API) {
	rest.Handle(api, rest.Operation{
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
	return made, nil
}

// apiKeyOf reads an Authorization header that holds an API key. It stands under Bearer, as tools send it, or under
// Token, as the apps do.
func apiKeyOf(header string) (string, bool) {
	scheme, key := credentialsOf(header)
	return key, (scheme == "bearer" || scheme == "token") && strings.HasPrefix(key, apiKeyMark)
}

// keyOwner is what authentication needs of the user whose API key is sent.
type keyOwner struct {
	ID               int64
	Username         string
	IsOpen           bool
	IsStaff          bool
	APIKeyLastUsedAt *rest.Time `db:"api_key_last_used_at"`
}

func (s *Service) authenticateKey(ctx context.Context, key string) (*rest.Identity, error) {
	hash := hashKey(key)
	owner, err := database.One[keyOwner](ctx, s.DB.Read(), `
		select id, username, is_staff, api_key_last_used_at, `+openAccount+` as is_open
		from users where api_key_hash = $1 and api_key_hash <> ''`, hash)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return nil, rest.Unauthorized("Invalid API key.")
	case err != nil:
		return nil, fmt.Errorf("looking up an API key: %w", err)
	case !owner.IsOpen:
		return nil, rest.Unauthorized(textDisabled)
	}
	if err := s.keyUsed(ctx, owner, hash); err != nil { // no reason to refuse a reader: the disk may be full
		s.Log.WarnContext(ctx, "noting the use of an API key", "error", err)
	}
	return &rest.Identity{UserID: owner.ID, Username: owner.Username, IsStaff: owner.IsStaff, Token: key}, nil
}

// keyUsed notes that a key was used, once a minute at most.
func (s *Service) keyUsed(ctx context.Context, owner keyOwner, hash string) error {
	now := database.Now()
	if owner.APIKeyLastUsedAt != nil && now.Sub(owner.APIKeyLastUsedAt.Time) < lastSeenInterval {
		return nil
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			update users set api_key_last_used_at = $1
			where id = $2 and api_key_hash = $3 and (api_key_last_used_at is null or api_key_last_used_at <= $4)`,
			now, owner.ID, hash, now.Add(-lastSeenInterval))
		if err != nil {
			return fmt.Errorf("noting the use of an API key: %w", err)
		}
		return nil
	})
}
