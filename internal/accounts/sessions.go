package accounts

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSessions(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/session/", Tag: "auth", Access: rest.Anonymous,
		Summary: "Ask whether a token is still good; never refused",
	}, s.probe)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/sessions/", Tag: "auth", Access: rest.Account,
		Summary: "List the devices that are signed in",
	}, s.listSessions)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: "/api/v1/auth/sessions/{id}/", Tag: "auth", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Sign a device out",
	}, s.revokeSession)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/logout/", Tag: "auth", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Sign this device out",
	}, s.signOut)
}

const (
	maxKeyLength     = 40
	maxSessionsShown = 1000
)

// session is a row of sessions, with what authentication needs of its user.
type session struct {
	ID          int64
	UserID      int64
	DeviceLabel string
	UserAgent   string
	IPHash      string `db:"ip_hash"`
	CreatedAt   rest.Time
	LastSeenAt  rest.Time
	RevokedAt   *rest.Time
	Username    string
	IsOpen      bool // the account is
	IsStaff     bool
}

type sessionStub struct {
	ID          int64     `json:"id"`
	DeviceLabel string    `json:"device_label"`
	CreatedAt   rest.Time `json:"created_at"`
	LastSeenAt  rest.Time `json:"last_seen_at"`
}

func (row session) stub() sessionStub {
	return sessionStub{ID: row.ID, DeviceLabel: row.DeviceLabel, CreatedAt: row.CreatedAt, LastSeenAt: row.LastSeenAt}
}

// authPayload is the answer of everything that signs in.
type authPayload struct {
	Token              string      `json:"token"`
	Session            sessionStub `json:"session"`
	MultiDevice        bool        `json:"multi_device"`
	OtherSessionsCount int64       `json:"other_sessions_count"`
	User               userPayload `json:"user"`
}

const textDisabled = "User account is disabled."

// startSession signs the user in, and fills the account when it is the first time. All ways to sign in end here, so it
// refuses an account that is not open.
func (s *Service) startSession(ctx context.Context, tx *database.Tx, userID int64) (authPayload, error) {
	now := database.Now()
	noted, err := database.Exec(ctx, tx, "update users set last_login_at = $1 where id = $2 and "+openAccount, now, userID)
	if err != nil {
		return authPayload{}, fmt.Errorf("noting the sign-in: %w", err)
	}
	if noted == 0 {
		return authPayload{}, rest.Unauthorized(textDisabled)
	}
	u, err := userByID(ctx, tx, userID) // after the update, which waits for another first sign-in
	if err != nil {
		return authPayload{}, err
	}
	if u.WelcomedAt == nil {
		if err := s.fillAccount(ctx, tx, userID, now); err != nil {
			return authPayload{}, err
		}
	}
	others, err := s.countSessions(ctx, tx, userID, 0, now)
	if err != nil {
		return authPayload{}, err
	}
	token, row, err := s.insertSession(ctx, tx, userID, now)
	if err != nil {
		return authPayload{}, err
	}
	return authPayload{Token: token, Session: row.stub(), MultiDevice: others > 0, OtherSessionsCount: others, User: s.payload(ctx, u)}, nil
}

// fillAccount welcomes who signs in for the first time.
func (s *Service) fillAccount(ctx context.Context, tx *database.Tx, userID int64, now time.Time) error {
	if _, err := tx.ExecContext(ctx, "update users set welcomed_at = $1 where id = $2", now, userID); err != nil {
		return fmt.Errorf("noting the first sign-in: %w", err)
	}
	if err := s.Welcome(ctx, tx, userID); err != nil {
		return fmt.Errorf("filling the new account: %w", err)
	}
	return nil
}

func (s *Service) insertSession(ctx context.Context, tx *database.Tx, userID int64, now time.Time) (token string, row session, err error) {
	var random [maxKeyLength / 2]byte
	_, _ = rand.Read(random[:]) // never fails
	token = hex.EncodeToString(random[:])
	agent := rest.ClientOf(ctx).UserAgent
	row = session{UserID: userID, DeviceLabel: deviceLabel(agent), CreatedAt: rest.Time{Time: now}, LastSeenAt: rest.Time{Time: now}}
	row.ID, err = database.One[int64](ctx, tx, `
		insert into sessions (user_id, key_hash, device_label, user_agent, ip_hash, created_at, last_seen_at)
		values ($1, $2, $3, $4, $5, $6, $6) returning id`,
		userID, hashKey(token), row.DeviceLabel, agent, s.addressHash(ctx), now)
	if err != nil {
		return "", session{}, fmt.Errorf("storing a session: %w", err)
	}
	return token, row, nil
}

// live is the condition that a session is good; s is its table, and the parameters are the two oldest times allowed.
const live = "s.revoked_at is null and s.last_seen_at >= $2 and s.created_at >= $3"

func (s *Service) oldest(now time.Time) (idle, absolute time.Time) {
	return now.Add(-s.SessionIdle), now.Add(-s.SessionAbsolute)
}

// countSessions counts the user's good sessions but the one with that id.
func (s *Service) countSessions(ctx context.Context, q database.Querier, userID, except int64, now time.Time) (int64, error) {
	idle, absolute := s.oldest(now)
	n, err := database.One[int64](ctx, q, "select count(*) from sessions s where s.user_id = $1 and s.id <> $4 and "+live,
		userID, idle, absolute, except)
	if err != nil {
		return 0, fmt.Errorf("counting sessions: %w", err)
	}
	return n, nil
}

type probeInput struct {
	Authorization string `header:"Authorization"`
}

// probePayload is an authPayload with authenticated true, or authenticated false alone.
type probePayload struct {
	Authenticated bool `json:"authenticated"`
	*authPayload
}

// probe is asked at each start of the editor, which signs out on anything but a plain answer.
func (s *Service) probe(ctx context.Context, in *probeInput) (probePayload, error) {
	scheme, token := rest.Credentials(in.Authorization)
	if scheme != "token" {
		return probePayload{}, nil
	}
	row, err := s.sessionOf(ctx, token)
	if errors.Is(err, errNoSession) || err == nil && !row.IsOpen {
		return probePayload{}, nil
	}
	if err != nil {
		return probePayload{}, err
	}
	u, err := userByID(ctx, s.DB.Read(), row.UserID)
	if err != nil {
		return probePayload{}, err
	}
	others, err := s.countSessions(ctx, s.DB.Read(), row.UserID, row.ID, database.Now())
	if err != nil {
		return probePayload{}, err
	}
	return probePayload{Authenticated: true, authPayload: &authPayload{
		Token: token, Session: row.stub(), MultiDevice: others > 0, OtherSessionsCount: others, User: s.payload(ctx, u),
	}}, nil
}

type sessionPayload struct {
	ID           int64     `json:"id"`
	DeviceLabel  string    `json:"device_label"`
	UserAgent    string    `json:"user_agent"`
	IPHashPrefix string    `json:"ip_hash_prefix"`
	CreatedAt    rest.Time `json:"created_at"`
	LastSeenAt   rest.Time `json:"last_seen_at"`
	IsCurrent    bool      `json:"is_current"`
}

type sessionList struct {
	Sessions         []sessionPayload `json:"sessions"`
	CurrentSessionID *int64           `json:"current_session_id" doc:"null when an API key is used"`
}

func (s *Service) listSessions(ctx context.Context, _ *struct{}) (sessionList, error) {
	caller := rest.Caller(ctx)
	idle, absolute := s.oldest(database.Now())
	rows, err := database.All[session](ctx, s.DB.Read(), `
		select s.id, s.device_label, s.user_agent, s.ip_hash, s.created_at, s.last_seen_at
		from sessions s where s.user_id = $1 and `+live+`
		order by s.last_seen_at desc, s.id desc limit $4`, caller.UserID, idle, absolute, maxSessionsShown)
	if err != nil {
		return sessionList{}, fmt.Errorf("listing sessions: %w", err)
	}
	list := sessionList{Sessions: make([]sessionPayload, 0, len(rows))}
	if caller.SessionID != 0 {
		list.CurrentSessionID = &caller.SessionID
	}
	for _, row := range rows {
		list.Sessions = append(list.Sessions, sessionPayload{
			ID: row.ID, DeviceLabel: row.DeviceLabel, UserAgent: row.UserAgent, IPHashPrefix: row.IPHash[:min(8, len(row.IPHash))],
			CreatedAt: row.CreatedAt, LastSeenAt: row.LastSeenAt, IsCurrent: row.ID == caller.SessionID,
		})
	}
	return list, nil
}

type sessionInput struct {
	ID int64 `path:"id"`
}

func (s *Service) revokeSession(ctx context.Context, in *sessionInput) (rest.NoContent, error) {
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		known, err := database.Exec(ctx, tx, "update sessions set revoked_at = coalesce(revoked_at, $1) where id = $2 and user_id = $3",
			database.Now(), in.ID, rest.CallerID(ctx))
		if err != nil {
			return fmt.Errorf("revoking a session: %w", err)
		}
		if known == 0 {
			return rest.Detail(http.StatusNotFound, "Session not found.")
		}
		return nil
	})
	return rest.NoContent{}, err
}

// signOut does nothing for who comes with an API key: there is no session to end.
func (s *Service) signOut(ctx context.Context, _ *struct{}) (rest.NoContent, error) {
	id := rest.Caller(ctx).SessionID
	if id == 0 {
		return rest.NoContent{}, nil
	}
	return s.revokeSession(ctx, &sessionInput{ID: id})
}

// revokeSessions ends the sessions of a user but the one with that id; 0 spares none.
func revokeSessions(ctx context.Context, tx *database.Tx, userID, spared int64) error {
	if _, err := tx.ExecContext(ctx, "update sessions set revoked_at = $1 where user_id = $2 and id <> $3 and revoked_at is null",
		database.Now(), userID, spared); err != nil {
		return fmt.Errorf("revoking sessions: %w", err)
	}
	return nil
}

// deviceLabel names the kind of device by its browser's name; the first word that is found decides.
func deviceLabel(userAgent string) string {
	agent := strings.ToLower(userAgent)
	if agent == "" {
		return "Unknown device"
	}
	for _, rule := range []struct{ word, label string }{
		{"iphone", "iPhone"}, {"ipad", "iPad"}, {"android", "Android device"}, {"macintosh", "Mac"}, {"mac os x", "Mac"},
		{"windows", "Windows PC"}, {"linux", "Linux"},
	} {
		if strings.Contains(agent, rule.word) {
			return rule.label
		}
	}
	return "Web browser"
}
