package oauth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/secret"
)

// usedInterval is how exactly the time of last use of grants is kept.
const usedInterval = time.Minute

// IsToken reports whether a text looks like a token of this package, and not like an API key.
func IsToken(text string) bool { return strings.HasPrefix(text, accessPrefix) }

// Authenticate returns whose token this is at a resource, as ResourceAt names it, with the scopes that it opens, at
// least one. An unknown, expired or revoked token, or one for another resource, is an Unauthenticated problem. The
// actor is never an administrator: nobody has granted that.
func (s *Service) Authenticate(ctx context.Context, token, resource string) (actor.Actor, error) {
	if !IsToken(token) {
		return actor.Actor{}, errBadToken
	}
	now := database.Now()
	found, err := database.One[struct {
		GrantID    int64
		UserID     int64
		Username   string
		Resource   string
		Scopes     string
		LastUsedAt *time.Time
	}](ctx, s.DB.Read(), `
		select g.id as grant_id, u.id as user_id, u.username, g.resource, t.scopes, g.last_used_at
		from oauth_access_tokens t join oauth_grants g on g.id = t.grant_id join users u on u.id = g.user_id
		where t.token_hash = $1 and t.expires_at > $2 and `+accounts.OpenUser, secret.HashKey(token), now)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return actor.Actor{}, errBadToken
	case err != nil:
		return actor.Actor{}, fmt.Errorf("looking for a token: %w", err)
	case !covers(found.Resource, resource):
		return actor.Actor{}, errBadToken
	}
	if found.LastUsedAt == nil || now.Sub(*found.LastUsedAt) >= usedInterval {
		s.uses.Used(found.GrantID)
	}
	return actor.Actor{
		UserID: found.UserID, Username: found.Username, By: actor.Grant, GrantID: found.GrantID,
		Scopes: strings.Fields(found.Scopes),
	}, nil
}

var errBadToken error = &problem.Error{Kind: problem.Unauthenticated,
	Cause: "The access token is unknown, expired, revoked, or for another resource."}
