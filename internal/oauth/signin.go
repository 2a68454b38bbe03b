package oauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/secret"
)

// errNotSignedIn says that nobody has signed in to decide on this request, or too long ago.
var errNotSignedIn = errors.New("nobody is signed in to decide on this request")

// SignIn signs somebody in by password, to decide on one request. The key belongs into their browser.
func (s *Service) SignIn(
	ctx context.Context, who actor.Actor, r Request, identifier, password string,
) (key string, err error) {
	in, err := s.Accounts.SignIn(ctx, who, identifier, password)
	if err != nil {
		return "", err
	}
	return s.keepSignIn(ctx, r, in)
}

// keepSignIn remembers a session, whose token nobody gets. It ends with the decision, or when time is up.
func (s *Service) keepSignIn(ctx context.Context, r Request, in accounts.SignedIn) (key string, err error) {
	key = randomHex(32)
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx,
			"insert into oauth_sign_ins (key_hash, session_id, request_hash, expires_at) values ($1, $2, $3, $4)",
			secret.HashKey(key), in.Session.ID, r.Hash(), database.Now().Add(signInLife))
		if err != nil {
			return fmt.Errorf("storing a sign-in: %w", err)
		}
		return nil
	})
	return key, err
}

// Decider is a user who has signed in to decide on a request.
type Decider struct {
	SessionID int64
	UserID    int64
	Username  string
}

// Decider returns the user who has signed in with that key to decide on that request, or errNotSignedIn.
func (s *Service) Decider(ctx context.Context, r Request, key string) (Decider, error) {
	return deciderOf(ctx, s.DB.Read(), r, key)
}

// deciderOf returns the user who has signed in with that key to decide on that request.
func deciderOf(ctx context.Context, q database.Querier, r Request, key string) (Decider, error) {
	in, err := database.One[Decider](ctx, q, `
		select x.id as session_id, u.id as user_id, u.username
		from oauth_sign_ins s join sessions x on x.id = s.session_id join users u on u.id = x.user_id
		where s.key_hash = $1 and s.request_hash = $2 and s.expires_at > $3 and x.revoked_at is null and `+accounts.OpenUser,
		secret.HashKey(key), r.Hash(), database.Now())
	switch {
	case errors.Is(err, database.ErrNotFound):
		return Decider{}, errNotSignedIn
	case err != nil:
		return Decider{}, fmt.Errorf("looking for a sign-in: %w", err)
	}
	return in, nil
}

// endSignIn ends the session that was started to decide.
func (s *Service) endSignIn(ctx context.Context, tx *database.Tx, key string, in Decider) error {
	if _, err := tx.ExecContext(ctx, "delete from oauth_sign_ins where key_hash = $1", secret.HashKey(key)); err != nil {
		return fmt.Errorf("ending a sign-in: %w", err)
	}
	return s.Accounts.EndSessions(ctx, tx, in.SessionID)
}

const endedAtOnce = 500 // sign-ins, so that other writers get their turn

// endSignIns ends those whose time is up.
func (s *Service) endSignIns(ctx context.Context, now time.Time) error {
	for ended := endedAtOnce; ended == endedAtOnce; {
		err := s.DB.Write(ctx, func(tx *database.Tx) error {
			sessions, err := database.All[int64](ctx, tx, `delete from oauth_sign_ins where key_hash in (
				select key_hash from oauth_sign_ins where expires_at < $1 limit $2) returning session_id`, now, endedAtOnce)
			if err != nil {
				return fmt.Errorf("ending old sign-ins: %w", err)
			}
			ended = len(sessions)
			return s.Accounts.EndSessions(ctx, tx, sessions...)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
