package planner

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	serveTimeout  = 10 * time.Second
	useResolution = time.Hour // how exactly the last use of a key is kept
)

// published is a planner that a key opens.
type published struct {
	UserID     int64
	LastUsedAt *rest.Time
	Events     int64
	Changed    *string
}

// serveCalendar answers calendar programs. One that has the present state already is told so after one query.
func (s *Service) serveCalendar(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), serveTimeout)
	defer cancel()
	p, err := s.byKey(ctx, r.URL.Query().Get("key"))
	if err != nil {
		return err
	}
	now := database.Now()
	if err := s.noteUse(ctx, p, now); err != nil {
		return err
	}
	h := w.Header()
	h.Set("ETag", p.etag(now))
	h.Set("Cache-Control", "private, max-age=300")
	if matches(r.Header.Get("If-None-Match"), p.etag(now)) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	text, err := s.calendar(ctx, p.UserID, now)
	if err != nil {
		return err
	}
	h.Set("Content-Type", "text/calendar; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="planner.ics"`)
	h.Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write(text) // the client may be gone
	return nil
}

func (s *Service) byKey(ctx context.Context, key string) (published, error) {
	p, err := database.One[published](ctx, s.DB.Read(), `
		select k.user_id, k.last_used_at, (select count(*) from planner_events e where e.user_id = k.user_id) as events,
			(select cast(max(e.updated_at) as text) from planner_events e where e.user_id = k.user_id) as changed
		from calendar_keys k join users u on u.id = k.user_id
		where k.key_hash = $1 and `+accounts.OpenUser, hashKey(key))
	if errors.Is(err, database.ErrNotFound) {
		return published{}, rest.NotFound("Calendar")
	}
	if err != nil {
		return published{}, fmt.Errorf("looking for a published planner: %w", err)
	}
	return p, nil
}

func (s *Service) noteUse(ctx context.Context, p published, now time.Time) error {
	if p.LastUsedAt != nil && now.Sub(p.LastUsedAt.Time) < useResolution {
		return nil
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, "update calendar_keys set last_used_at = $1 where user_id = $2", rest.Time{Time: now}, p.UserID)
		if err != nil {
			return fmt.Errorf("noting the use of a calendar key: %w", err)
		}
		return nil
	})
}

// calendarVersion changes when the same events are written in another way.
const calendarVersion = 1

// etag names the state of a planner: every write of an event changes the number or the newest change of the events, and
// the first day that is shown moves with time.
func (p published) etag(now time.Time) string {
	changed := ""
	if p.Changed != nil {
		changed = *p.Changed
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %s %s", calendarVersion, p.UserID, p.Events, changed, firstShown(now)))
	return fmt.Sprintf(`"%x"`, sum[:16])
}

// matches reports whether a header If-None-Match names the tag.
func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimPrefix(strings.TrimSpace(candidate), "W/")
		if candidate == "*" || candidate == etag {
			return true
		}
	}
	return false
}
