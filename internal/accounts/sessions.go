package accounts

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/secret"
)

// Session is a device on which somebody is signed in.
type Session struct {
	ID          int64
	DeviceLabel string
	UserAgent   string
	ClientKey   string `db:"ip_hash"` // stands for the client's address; "" for an unknown one
	CreatedAt   time.Time
	LastSeenAt  time.Time
}

// SignedIn is the answer to a sign-in, or to a question about the session.
type SignedIn struct {
	Token         string // opens the session; only its hash is kept
	Session       Session
	OtherSessions int64 // how many the user has besides
	User          User
}

const (
	tokenLength      = 40
	maxSessionsShown = 1000
)

// live is the condition that a session is good; s is its table, and the parameters are the two oldest times allowed.
const live = "s.revoked_at is null and s.last_seen_at >= $2 and s.created_at >= $3"

func (s *Service) oldest(now time.Time) (idle, absolute time.Time) {
	return now.Add(-s.SessionIdle), now.Add(-s.SessionAbsolute)
}

// StartSession signs a user in, and fills the account when it is the first time. All ways to sign in end here, so it
// refuses an account that is not open.
func (s *Service) StartSession(ctx context.Context, tx *database.Tx, who actor.Actor, userID int64) (SignedIn, error) {
	now := database.Now()
	open, err := database.Exec(ctx, tx, "update users set last_login_at = $1 where id = $2 and "+openAccount, now, userID)
	if err != nil {
		return SignedIn{}, fmt.Errorf("storing the time of a sign-in: %w", err)
	}
	if open == 0 {
		return SignedIn{}, unauthenticated(textDisabled)
	}
	u, err := userByID(ctx, tx, userID) // after the update, which waits for another first sign-in
	if err != nil {
		return SignedIn{}, err
	}
	if u.WelcomedAt == nil {
		if err := s.fillAccount(ctx, tx, userID, now); err != nil {
			return SignedIn{}, err
		}
	}
	others, err := s.countSessions(ctx, tx, userID, 0, now)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.recordSignIn(ctx, tx, who, u); err != nil { // before there is a session from here
		return SignedIn{}, err
	}
	token, session, err := s.insertSession(ctx, tx, who.Client, userID, now)
	if err != nil {
		return SignedIn{}, err
	}
	return SignedIn{Token: token, Session: session, OtherSessions: others, User: u.profile()}, nil
}

// recordSignIn tells apart devices that the account does not know. The first one of all is none: it made the account.
func (s *Service) recordSignIn(ctx context.Context, tx *database.Tx, who actor.Actor, u user) error {
	e := events.Entry{Kind: events.SignedIn, UserID: u.ID}
	if u.WelcomedAt != nil {
		isNew, err := s.Events.IsNewDevice(ctx, tx, who, u.ID)
		if err != nil {
			return err
		}
		if isNew {
			e.Detail = events.NewDevice
		}
	}
	return s.Events.Record(ctx, tx, who, e)
}

// fillAccount fills an account at its first sign-in.
func (s *Service) fillAccount(ctx context.Context, tx *database.Tx, userID int64, now time.Time) error {
	if _, err := tx.ExecContext(ctx, "update users set welcomed_at = $1 where id = $2", now, userID); err != nil {
		return fmt.Errorf("storing the time of a first sign-in: %w", err)
	}
	if err := s.Welcome(ctx, tx, userID); err != nil {
		return fmt.Errorf("filling the new account: %w", err)
	}
	return nil
}

func (s *Service) insertSession(
	ctx context.Context, tx *database.Tx, client actor.Client, userID int64, now time.Time,
) (token string, row Session, err error) {
	var random [tokenLength / 2]byte
	rand.Read(random[:])
	token = hex.EncodeToString(random[:])
	row = Session{
		DeviceLabel: events.DeviceLabel(client.UserAgent), UserAgent: client.UserAgent, ClientKey: s.Clients.Key(client),
		CreatedAt: now, LastSeenAt: now,
	}
	row.ID, err = database.One[int64](ctx, tx, `
		insert into sessions (user_id, key_hash, device_label, user_agent, ip_hash, created_at, last_seen_at)
		values ($1, $2, $3, $4, $5, $6, $6) returning id`,
		userID, secret.HashKey(token), row.DeviceLabel, row.UserAgent, row.ClientKey, now)
	if err != nil {
		return "", Session{}, fmt.Errorf("storing a session: %w", err)
	}
	return token, row, nil
}

// countSessions counts the user's good sessions but the one with that id.
func (s *Service) countSessions(
	ctx context.Context, q database.Querier, userID, except int64, now time.Time,
) (int64, error) {
	idle, absolute := s.oldest(now)
	n, err := database.One[int64](ctx, q, "select count(*) from sessions s where s.user_id = $1 and s.id <> $4 and "+live,
		userID, idle, absolute, except)
	if err != nil {
		return 0, fmt.Errorf("counting sessions: %w", err)
	}
	return n, nil
}

// openSession is a session with what authentication needs of its user.
type openSession struct {
	Session
	UserID   int64
	Username string
	IsStaff  bool
	IsOpen   bool // the account is
}

var errNoSession = errors.New("no such session")

func (s *Service) sessionOf(ctx context.Context, token string) (openSession, error) {
	if len(token) > tokenLength {
		return openSession{}, errNoSession
	}
	idle, absolute := s.oldest(database.Now())
	row, err := database.One[openSession](ctx, s.DB.Read(), `
		select s.id, s.user_id, s.device_label, s.created_at, s.last_seen_at,
			u.username, u.is_staff, `+openAccount+` as is_open
		from sessions s join users u on u.id = s.user_id
		where s.key_hash = $1 and `+live, secret.HashKey(token), idle, absolute)
	if errors.Is(err, database.ErrNotFound) {
		return openSession{}, errNoSession
	}
	if err != nil {
		return openSession{}, fmt.Errorf("looking up a session: %w", err)
	}
	return row, nil
}

// ProbeSession tells whose session a token opens; ok is false when it opens none.
func (s *Service) ProbeSession(ctx context.Context, token string) (found SignedIn, ok bool, err error) {
	row, err := s.sessionOf(ctx, token)
	if errors.Is(err, errNoSession) || err == nil && !row.IsOpen {
		return SignedIn{}, false, nil
	}
	if err != nil {
		return SignedIn{}, false, err
	}
	u, err := userByID(ctx, s.DB.Read(), row.UserID)
	if err != nil {
		return SignedIn{}, false, err
	}
	others, err := s.countSessions(ctx, s.DB.Read(), row.UserID, row.ID, database.Now())
	if err != nil {
		return SignedIn{}, false, err
	}
	return SignedIn{Token: token, Session: row.Session, OtherSessions: others, User: u.profile()}, true, nil
}

// ListSessions returns the newest 1,000 of one's sessions, those first that were used last.
func (s *Service) ListSessions(ctx context.Context, who actor.Actor) ([]Session, error) {
	idle, absolute := s.oldest(database.Now())
	list, err := database.All[Session](ctx, s.DB.Read(), `
		select s.id, s.device_label, s.user_agent, s.ip_hash, s.created_at, s.last_seen_at
		from sessions s where s.user_id = $1 and `+live+`
		order by s.last_seen_at desc, s.id desc limit $4`, who.UserID, idle, absolute, maxSessionsShown)
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	return list, nil
}

// RevokeSession ends one of the caller's sessions; if it has ended already, that time is kept. It requires a session.
func (s *Service) RevokeSession(ctx context.Context, who actor.Actor, id int64) error {
	if err := who.CheckSession(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		known, err := database.Exec(ctx, tx,
			"update sessions set revoked_at = coalesce(revoked_at, $1) where id = $2 and user_id = $3",
			database.Now(), id, who.UserID)
		if err != nil {
			return fmt.Errorf("revoking a session: %w", err)
		}
		if known == 0 {
			return &problem.Error{Kind: problem.NotFound, Cause: "Session not found."}
		}
		return s.Events.Record(ctx, tx, who, events.Entry{Kind: events.SessionEnded, UserID: who.UserID})
	})
}

// SignOut ends the caller's session. An API key has none to end.
func (s *Service) SignOut(ctx context.Context, who actor.Actor) error {
	if who.SessionID == 0 {
		return nil
	}
	return s.RevokeSession(ctx, who, who.SessionID)
}

// keepSession ends all of the caller's sessions except the current one, if that has not ended by now.
func keepSession(ctx context.Context, tx *database.Tx, who actor.Actor) (Session, error) {
	current, err := database.One[Session](ctx, tx,
		"select id, device_label, created_at, last_seen_at from sessions where id = $1 and revoked_at is null", who.SessionID)
	if errors.Is(err, database.ErrNotFound) {
		return Session{}, unauthenticated(textInvalidToken)
	}
	if err != nil {
		return Session{}, fmt.Errorf("reading the session that goes on: %w", err)
	}
	return current, revokeSessions(ctx, tx, who.UserID, who.SessionID)
}

// revokeSessions ends the sessions of a user but the one with that id; 0 spares none.
func revokeSessions(ctx context.Context, tx *database.Tx, userID, spared int64) error {
	if _, err := tx.ExecContext(ctx,
		"update sessions set revoked_at = $1 where user_id = $2 and id <> $3 and revoked_at is null",
		database.Now(), userID, spared); err != nil {
		return fmt.Errorf("revoking sessions: %w", err)
	}
	return nil
}

// EndSessions ends sessions by id, for sign-ins that serve one purpose only.
func (s *Service) EndSessions(ctx context.Context, tx *database.Tx, ids ...int64) error {
	_, err := tx.ExecContext(ctx,
		"update sessions set revoked_at = $1 where revoked_at is null and "+s.DB.In("id", 2),
		database.Now(), database.List(ids))
	if err != nil {
		return fmt.Errorf("ending sessions: %w", err)
	}
	return nil
}
