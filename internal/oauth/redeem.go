package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/secret"
)

// Redemption is a code, with what proves that it is the program's own.
type Redemption struct {
	Credentials
	Code        string
	Verifier    string
	RedirectURI string // "" where the program does not repeat it, as in OAuth 2.1
	Resource    string // "" where it does not repeat it
	Issuer      string
}

// Redeem gives a program tokens for its code, once. A code that is used twice ends the grant, since somebody has
// intercepted it.
func (s *Service) Redeem(ctx context.Context, r Redemption) (tokens Tokens, err error) {
	hash := secret.HashKey(r.Code)
	clientID, err := s.admit(ctx, r.Credentials, "code_hash", hash)
	if err != nil {
		return Tokens{}, err
	}
	err = s.writeOrEnd(ctx, func(tx *database.Tx) error {
		g, err := lockGrant(ctx, tx, "code_hash", hash)
		if err != nil {
			return err
		}
		if err := r.check(g, clientID); err != nil {
			return err
		}
		switch {
		case g.RedeemedAt != nil:
			return &ending{g.ID, "its code was used twice"}
		case g.ExpiresAt.Before(database.Now()):
			return errNoGrant
		}
		if err := g.checkOpen(ctx, tx); err != nil {
			return err
		}
		family := randomHex(familyBytes)
		if _, err := tx.ExecContext(ctx, "update oauth_grants set family_hash = $1, redeemed_at = $2 where id = $3",
			secret.HashKey(family), database.Now(), g.ID); err != nil {
			return fmt.Errorf("redeeming a code: %w", err)
		}
		tokens, err = issue(ctx, tx, g, family, strings.Fields(g.Scopes), "")
		return err
	})
	return tokens, err
}

// check looks at what proves that the code is the program's. Nobody learns which of it was wrong.
func (r Redemption) check(g grantRow, clientID int64) error {
	digest := sha256.Sum256([]byte(r.Verifier))
	switch {
	case g.ClientID != clientID,
		!sameHash(base64.RawURLEncoding.EncodeToString(digest[:]), g.CodeChallenge),
		r.RedirectURI != "" && r.RedirectURI != g.RedirectURI:
		return errNoGrant
	case r.Resource != "" && normalResource(r.Issuer, r.Resource) != g.Resource:
		return refuse(invalidTarget, "The code is for another resource.")
	}
	return nil
}
