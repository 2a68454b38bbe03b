package oauth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/secret"
)

// RefreshRequest asks for new tokens.
type RefreshRequest struct {
	Credentials
	Token    string
	Scope    string // fewer than were granted; "" for all of them
	Resource string // "" where it is not repeated
	Issuer   string
}

// Refresh gives a program new tokens for its refresh token, which it invalidates. A refresh token that is used twice
// ends the grant, so that nobody shares it unnoticed. The exception is the latest one, which may be repeated for a
// moment, since its answer may be lost: that invalidates the tokens of the first answer, and using those ends the
// grant.
func (s *Service) Refresh(ctx context.Context, r RefreshRequest) (tokens Tokens, err error) {
	if !refreshShape().MatchString(r.Token) {
		return Tokens{}, errNoGrant
	}
	text := strings.TrimPrefix(r.Token, refreshPrefix)
	family, hash := text[:2*familyBytes], secret.HashKey(text[2*familyBytes:])
	clientID, err := s.admit(ctx, r.Credentials, "family_hash", secret.HashKey(family))
	if err != nil {
		return Tokens{}, err
	}
	err = s.writeOrEnd(ctx, func(tx *database.Tx) error {
		g, err := lockGrant(ctx, tx, "family_hash", secret.HashKey(family))
		if err != nil {
			return err
		}
		again := hash == g.PreviousRefreshHash
		switch {
		case g.ClientID != clientID, g.ExpiresAt.Before(database.Now()):
			return errNoGrant
		case hash != g.RefreshHash && !(again && g.RefreshedAt != nil && time.Since(*g.RefreshedAt) < refreshLost):
			return &ending{g.ID, "a refresh token was used twice"}
		}
		scopes, err := r.check(g)
		if err != nil {
			return err
		}
		if err := g.checkOpen(ctx, tx); err != nil {
			return err
		}
		if again {
			if _, err := tx.ExecContext(ctx, "delete from oauth_access_tokens where grant_id = $1", g.ID); err != nil {
				return fmt.Errorf("ending tokens: %w", err)
			}
		}
		tokens, err = issue(ctx, tx, g, family, scopes, hash)
		return err
	})
	return tokens, err
}

// check returns the scopes of the new access token.
func (r RefreshRequest) check(g grantRow) ([]string, error) {
	if r.Resource != "" && normalResource(r.Issuer, r.Resource) != g.Resource {
		return nil, refuse(invalidTarget, "The grant is for another resource.")
	}
	granted := strings.Fields(g.Scopes)
	if r.Scope == "" {
		return granted, nil
	}
	asked := parseScopes(r.Scope)
	if len(asked) == 0 || len(intersect(asked, granted)) != len(asked) {
		return nil, refuse(invalidScope, "The scope exceeds what was granted, or is unknown.")
	}
	return asked, nil
}
