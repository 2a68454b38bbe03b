package oauth

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/secret"
)

// How tokens begin, so that they are recognised where they should not lie.
const (
	accessPrefix  = "nta_"
	refreshPrefix = "ntr_"
)

// A refresh token is the name of its family and a secret that changes with each use. A known name with an outdated
// secret shows that somebody has kept an earlier token.
const (
	familyBytes = 16
	secretBytes = 32
)

var refreshShape = pattern.New(fmt.Sprintf("^%s[0-9a-f]{%d}$", refreshPrefix, 2*(familyBytes+secretBytes)))

// maxAccessTokens is how many access tokens of a grant are good at once.
const maxAccessTokens = 5

// Tokens are what a program gets. Only hashes are kept.
type Tokens struct {
	Access  string
	Refresh string
	Scopes  []string // of Access
	Life    time.Duration
}

// Credentials are how a program names itself, with its secret if it has one.
type Credentials struct{ ClientID, Secret string }

// authenticate checks that a program is what it says.
func authenticate(ctx context.Context, q database.Querier, c Credentials) (int64, error) {
	row, err := findClient(ctx, q, c.ClientID)
	if err != nil {
		return 0, err
	}
	if row.AuthMethod != authNone && !sameHash(secret.HashKey(c.Secret), row.SecretHash) {
		return 0, refuse(invalidClient, "Wrong client secret.")
	}
	return row.ID, nil
}

func sameHash(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// admit authenticates a program, checks that there is a grant with that hash, and returns the id of the program. It
// does not lock: made-up hashes must not hold up those who write.
func (s *Service) admit(ctx context.Context, c Credentials, column, hash string) (int64, error) {
	clientID, err := authenticate(ctx, s.DB.Read(), c)
	if err != nil {
		return 0, err
	}
	found, err := database.All[int64](ctx, s.DB.Read(), "select id from oauth_grants where "+column+" = $1", hash)
	if err != nil {
		return 0, fmt.Errorf("looking for a grant: %w", err)
	}
	if len(found) == 0 {
		return 0, errNoGrant
	}
	return clientID, nil
}

// grantRow is a row of oauth_grants.
type grantRow struct {
	ID                  int64
	UserID              int64
	ClientID            int64 `db:"client_id"`
	Scopes              string
	Resource            string
	RedirectURI         string `db:"redirect_uri"`
	CodeChallenge       string
	RefreshHash         string
	PreviousRefreshHash string
	RefreshedAt         *time.Time
	RedeemedAt          *time.Time
	ExpiresAt           time.Time
}

// lockGrant locks a grant against other uses.
func lockGrant(ctx context.Context, tx *database.Tx, column, hash string) (grantRow, error) {
	row, err := database.One[grantRow](ctx, tx, "update oauth_grants set id = id where "+column+` = $1
		returning id, user_id, client_id, scopes, resource, redirect_uri, code_challenge, refresh_hash, previous_refresh_hash,
			refreshed_at, redeemed_at, expires_at`, hash)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return grantRow{}, errNoGrant
	case err != nil:
		return grantRow{}, fmt.Errorf("looking for a grant: %w", err)
	}
	return row, nil
}

var errNoGrant = refuse(invalidGrant, "The grant is unknown, expired or revoked.")

// ending is an error for which a grant ends; the transaction is committed nevertheless.
type ending struct {
	grantID int64
	why     string
}

func (e *ending) Error() string { return e.why }

// writeOrEnd runs f in a transaction, and ends a grant where f says so.
func (s *Service) writeOrEnd(ctx context.Context, f func(tx *database.Tx) error) error {
	var end *ending
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		end = nil // of an earlier run
		err := f(tx)
		if !errors.As(err, &end) {
			return err
		}
		if _, err := tx.ExecContext(ctx, "delete from oauth_grants where id = $1", end.grantID); err != nil {
			return fmt.Errorf("ending a grant: %w", err)
		}
		return nil
	})
	if err != nil || end == nil {
		return err
	}
	s.Log.WarnContext(ctx, "a grant has ended: "+end.why, "grant", end.grantID)
	return errNoGrant
}

// checkOpen ends the grant where nobody may sign in to the account.
func (g grantRow) checkOpen(ctx context.Context, tx *database.Tx) error {
	open, err := database.All[int64](ctx, tx, "select u.id from users u where u.id = $1 and "+accounts.OpenUser, g.UserID)
	if err != nil {
		return fmt.Errorf("looking at an account: %w", err)
	}
	if len(open) == 0 {
		return &ending{g.ID, "its account is disabled"}
	}
	return nil
}

// issue gives out tokens of a grant, in place of the refresh token with the hash that is previous from now on; "" for
// none.
func issue(
	ctx context.Context, tx *database.Tx, g grantRow, family string, scopes []string, previous string,
) (Tokens, error) {
	now, next := database.Now(), randomHex(secretBytes)
	t := Tokens{Access: accessPrefix + randomHex(secretBytes), Refresh: refreshPrefix + family + next, Scopes: scopes,
		Life: accessLife}
	for _, statement := range []struct {
		text string
		args []any
	}{
		{`update oauth_grants set refresh_hash = $1, previous_refresh_hash = $2,
			refreshed_at = $3, expires_at = $4 where id = $5`,
			[]any{secret.HashKey(next), previous, refreshedAt(g, previous, now), now.Add(grantLife), g.ID}},
		{`delete from oauth_access_tokens where grant_id = $1 and (expires_at < $2 or id not in (
			select id from oauth_access_tokens where grant_id = $1 order by id desc limit $3))`,
			[]any{g.ID, now, maxAccessTokens - 1}},
		{"insert into oauth_access_tokens (grant_id, token_hash, scopes, expires_at) values ($1, $2, $3, $4)",
			[]any{g.ID, secret.HashKey(t.Access), strings.Join(scopes, " "), now.Add(accessLife)}},
	} {
		if _, err := tx.ExecContext(ctx, statement.text, statement.args...); err != nil {
			return Tokens{}, fmt.Errorf("storing tokens: %w", err)
		}
	}
	return t, nil
}

// refreshedAt is when the token with that hash was used first: asking again for a lost answer does not make it last.
func refreshedAt(g grantRow, previous string, now time.Time) time.Time {
	if g.RefreshedAt != nil && previous != "" && previous == g.PreviousRefreshHash {
		return *g.RefreshedAt
	}
	return now
}
