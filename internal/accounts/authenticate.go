package accounts

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
)

// Authenticate finds out whose credentials these are: an API key, sent as Bearer by tools or as Token by the apps, or a
// session's token, sent as Token. Anything else counts as none.
func (s *Service) Authenticate(ctx context.Context, scheme, key string) (actor.Actor, error) {
	switch {
	case (scheme == "bearer" || scheme == "token") && strings.HasPrefix(key, apiKeyMark):
		return s.authenticateKey(ctx, key)
	case scheme != "token" || key == "":
		return actor.Actor{}, nil
	}
	row, err := s.sessionOf(ctx, key)
	switch {
	case errors.Is(err, errNoSession):
		return actor.Actor{}, unauthenticated(textInvalidToken)
	case err != nil:
		return actor.Actor{}, err
	case !row.IsOpen:
		return actor.Actor{}, unauthenticated(textDisabled)
	}
	if time.Since(row.LastSeenAt) >= lastSeenInterval {
		s.sessionUses.Used(row.ID)
	}
	return actor.Actor{
		UserID: row.UserID, Username: row.Username, Staff: row.IsStaff, By: actor.Session, SessionID: row.ID,
	}, nil
}

// ActAs returns an actor for an operator who works as a user, found as by FindUser. It may do what an API key may.
func (s *Service) ActAs(ctx context.Context, who actor.Actor, name string) (actor.Actor, error) {
	found, err := s.FindUser(ctx, who, name)
	switch {
	case err != nil:
		return actor.Actor{}, err
	case found.State() != stateActive:
		return actor.Actor{}, problem.Refuse("", "the account is "+found.State())
	}
	return actor.Actor{UserID: found.ID, Username: found.Username, By: actor.Key}, nil
}
