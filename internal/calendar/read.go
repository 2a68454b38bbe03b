package calendar

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/secret"
)

// useResolution is how exactly the last use of a key is kept.
const useResolution = time.Hour

// Document is a published calendar. It is written only for readers who do not have it already.
type Document struct {
	Revision string // another one whenever the text is

	service *Service
	owner   actor.Actor
	now     time.Time
}

// Open finds the calendar that a key opens: whoever has the key may read it. It takes one query, and writes nothing.
func (s *Service) Open(ctx context.Context, key string) (Document, error) {
	found, err := database.One[struct {
		UserID     int64
		LastUsedAt *time.Time
		Revision   string
	}](ctx, s.DB.Read(), `
		select k.user_id, k.last_used_at, `+planner.RevisionOf("k.user_id")+` as revision
		from calendar_keys k join users u on u.id = k.user_id
		where k.key_hash = $1 and `+accounts.OpenUser, secret.HashKey(key))
	if errors.Is(err, database.ErrNotFound) {
		return Document{}, problem.NoSuch("Calendar")
	}
	if err != nil {
		return Document{}, fmt.Errorf("looking for a published calendar: %w", err)
	}
	now := database.Now()
	if found.LastUsedAt == nil || now.Sub(*found.LastUsedAt) >= useResolution {
		s.uses.Used(found.UserID)
	}
	return Document{
		Revision: revision(found.UserID, found.Revision, now),
		service:  s, owner: actor.ServerFor(found.UserID), now: now,
	}, nil
}

// formatVersion changes when the same events are written in another way.
const formatVersion = 2

// revision names the state of a calendar: that of the events, and the first day that is shown, which moves with time.
func revision(userID int64, events string, now time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s %s", formatVersion, userID, events, firstShown(now)))
	return hex.EncodeToString(sum[:16])
}

// Text writes the calendar as iCalendar: what is not completed, 1,000 events at most, the latest.
func (d Document) Text(ctx context.Context) ([]byte, error) {
	events, err := d.service.Planner.Export(ctx, d.owner, firstShown(d.now))
	if err != nil {
		return nil, err
	}
	return write(events, d.now)
}

// firstShown is the first day of a published calendar: about a year ago. It moves by months, so that calendar programs
// need not read everything each day.
func firstShown(now time.Time) time.Time {
	return time.Date(now.Year()-1, now.Month(), 1, 0, 0, 0, 0, time.UTC)
}
