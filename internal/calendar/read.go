package planner

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strconv"
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
	if p.LastUsedAt == nil || now.Sub(p.LastUsedAt.Time) >= useResolution {
		s.uses.Used(p.UserID)
	}
	h := w.Header()
	h.Set("Cache-Control", "private, max-age=300")
	if rest.NotModified(w, r, p.etag(now)) {
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
