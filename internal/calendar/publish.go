package calendar

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/secret"
)

// Status says whether and since when a calendar is published.
type Status struct {
	IsPublished bool
	CreatedAt   *time.Time
	LastUsedAt  *time.Time // to the hour
}

// Status tells whether the caller's calendar is published.
func (s *Service) Status(ctx context.Context, who actor.Actor) (Status, error) {
	status, err := database.One[Status](ctx, s.DB.Read(),
		"select true as is_published, created_at, last_used_at from calendar_keys where user_id = $1", who.UserID)
	if errors.Is(err, database.ErrNotFound) {
		return Status{}, nil
	}
	if err != nil {
		return Status{}, fmt.Errorf("looking for a calendar key: %w", err)
	}
	return status, nil
}

// Publish publishes the caller's calendar, which takes a session, and returns the key that opens it, which can't be had
// again. An earlier key does not open it any more.
func (s *Service) Publish(ctx context.Context, who actor.Actor) (key string, status Status, err error) {
	if err := who.CheckSession(); err != nil {
		return "", Status{}, err
	}
	key = rand.Text()
	now := database.Now()
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			insert into calendar_keys (user_id, key_hash, created_at) values ($1, $2, $3)
			on conflict (user_id) do update set
				key_hash = excluded.key_hash, created_at = excluded.created_at, last_used_at = null`,
			who.UserID, secret.HashKey(key), now)
		if err != nil {
			return fmt.Errorf("storing a calendar key: %w", err)
		}
		tx.AfterCommit(func() { s.uses.Forget(who.UserID) })
		return s.Events.Record(ctx, tx, who, events.Entry{Kind: events.CalendarPublished, UserID: who.UserID})
	})
	if err != nil {
		return "", Status{}, err
	}
	return key, Status{IsPublished: true, CreatedAt: &now}, nil
}

// Unpublish ends the publication of the caller's calendar, which takes a session.
func (s *Service) Unpublish(ctx context.Context, who actor.Actor) error {
	if err := who.CheckSession(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		ended, err := s.RevokeAccess(ctx, tx, who.UserID)
		if err != nil || len(ended) == 0 {
			return err
		}
		return s.Events.Record(ctx, tx, who, events.Entry{Kind: events.CalendarUnpublished, UserID: who.UserID})
	})
}
