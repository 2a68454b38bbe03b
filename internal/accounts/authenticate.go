package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

const lastSeenInterval = time.Minute // how exact is what is noted about the use of sessions and API keys

// Authenticate finds out who sends a request: by an API key, or by the session of a `Token <key>` header. Anything else
// counts as no credentials.
func (s *Service) Authenticate(ctx context.Context, r *http.Request) (*rest.Identity, error) {
	header := r.Header.Get("Authorization")
	if key, ok := apiKeyOf(header); ok {
		return s.authenticateKey(ctx, key)
	}
	token, ok := tokenOf(header)
	if !ok {
		return nil, nil
	}
	row, err := s.sessionOf(ctx, token)
	switch {
	case errors.Is(err, errNoSession):
		return nil, rest.Unauthorized(rest.TextInvalidToken)
	case err != nil:
		return nil, err
	case !row.IsOpen:
		return nil, rest.Unauthorized(textDisabled)
	}
	if err := s.seen(ctx, row); err != nil { // no reason to refuse a reader: the disk may be full
		s.Log.WarnContext(ctx, "noting the use of a session", "error", err)
	}
	return &rest.Identity{UserID: row.UserID, Username: row.Username, IsStaff: row.IsStaff, SessionID: row.ID, Token: token}, nil
}

// tokenOf reads what stands in an Authorization header under the scheme Token.
func tokenOf(header string) (string, bool) {
	scheme, token := credentialsOf(header)
	return token, scheme == "token" && token != ""
}

// credentialsOf reads an Authorization header: the scheme, in small letters, any white space, the key as it stands.
func credentialsOf(header string) (scheme, key string) {
	words := strings.Fields(header)
	if len(words) == 0 {
		return "", ""
	}
	return strings.ToLower(words[0]), strings.Join(words[1:], " ")
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

// seen notes that a session was used, once a minute at most: most requests write nothing.
func (s *Service) seen(ctx context.Context, row session) error {
	now := database.Now()
	if now.Sub(row.LastSeenAt.Time) < lastSeenInterval {
		return nil
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, "update sessions set last_seen_at = $1 where id = $2 and last_seen_at <= $3",
			now, row.ID, now.Add(-lastSeenInterval))
		if err != nil {
			return fmt.Errorf("noting the use of a session: %w", err)
		}
		return nil
	})
}
