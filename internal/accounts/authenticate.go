package accounts

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

const lastSeenInterval = time.Minute // how exact is what is noted about the use of sessions and API keys

// Authenticate finds out whose credentials these are: an API key, under Bearer, as tools send it, or under Token, as the
// apps do; or a session's key under Token. Anything else counts as none.
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
		return actor.Actor{}, unauthenticated("Invalid token.")
	case err != nil:
		return actor.Actor{}, err
	case !row.IsOpen:
		return actor.Actor{}, unauthenticated(textDisabled)
	}
	if time.Since(row.LastSeenAt.Time) >= lastSeenInterval {
		s.sessionUses.Used(row.ID)
	}
	return actor.Actor{UserID: row.UserID, Username: row.Username, Staff: row.IsStaff, By: actor.Session, SessionID: row.ID}, nil
}

// unauthenticated refuses credentials. The apps look for the text "Invalid token." to learn that a session has ended.
func unauthenticated(text string) error {
	return &problem.Error{Kind: problem.Unauthenticated, Cause: text}
}

var errNoSession = errors.New("no such session")

func (s *Service) sessionOf(ctx context.Context, token string) (session, error) {
	if len(token) > maxKeyLength {
		return session{}, errNoSession
	}
	idle, absolute := s.oldest(database.Now())
	row, err := database.One[session](ctx, s.DB.Read(), `
		select s.id, s.user_id, s.device_label, s.created_at, s.last_seen_at, u.username, u.is_staff, `+openAccount+` as is_open
		from sessions s join users u on u.id = s.user_id
		where s.key_hash = $1 and `+live, hashKey(token), idle, absolute)
	if errors.Is(err, database.ErrNotFound) {
		return session{}, errNoSession
	}
	if err != nil {
		return session{}, fmt.Errorf("looking up a session: %w", err)
	}
	return row, nil
}
