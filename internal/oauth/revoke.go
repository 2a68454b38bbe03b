package oauth

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/secret"
)

// Revoke ends what a program does not need any more: with a refresh token the grant, with an access token that alone. A
// token that is not known has ended already.
func (s *Service) Revoke(ctx context.Context, c Credentials, token string) error {
	clientID, err := authenticate(ctx, s.DB.Read(), c)
	if err != nil {
		return err
	}
	table, condition, hash := "oauth_access_tokens",
		"token_hash = $1 and grant_id in (select id from oauth_grants where client_id = $2)",
		secret.HashKey(token)
	if refreshShape().MatchString(token) {
		table, condition = "oauth_grants", "family_hash = $1 and client_id = $2"
		hash = secret.HashKey(strings.TrimPrefix(token, refreshPrefix)[:2*familyBytes])
	}
	found, err := database.All[int64](ctx, s.DB.Read(), "select id from "+table+" where "+condition, hash, clientID)
	if err != nil {
		return fmt.Errorf("looking for a token: %w", err)
	}
	if len(found) == 0 {
		return nil
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		statement := "delete from " + table + " where " + condition
		if _, err := tx.ExecContext(ctx, statement, hash, clientID); err != nil {
			return fmt.Errorf("revoking a token: %w", err)
		}
		return nil
	})
}
