package backup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

// What is remembered, each with a time.
const (
	markRunning   = "running"   // when a backup under way began
	markSucceeded = "succeeded" // when the last one was verified
	markTold      = "told"      // when administrators were last told of a failure
)

// mark does nothing in a schema of before there were backups, which a backup before an upgrade finds.
func (s *Service) mark(ctx context.Context, name string, at time.Time) error {
	if there, err := s.remembers(ctx); err != nil || !there {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `insert into backup_marks (name, marked_at) values ($1, $2)
			on conflict (name) do update set marked_at = excluded.marked_at`, name, at)
		if err != nil {
			return fmt.Errorf("recording the state of backups: %w", err)
		}
		return nil
	})
}

// unmark takes a mark back, also when the work was broken off. If that fails, the mark grows old.
func (s *Service) unmark(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTimeout)
	defer cancel()
	there, err := s.remembers(ctx)
	if err == nil && there {
		err = s.DB.Write(ctx, func(tx *database.Tx) error {
			_, err := tx.ExecContext(ctx, "delete from backup_marks where name = $1", name)
			return err
		})
	}
	if err != nil {
		s.Log.Warn("recording the end of a backup failed", "error", err)
	}
}

// remembers reports whether the schema has the tables of backups.
func (s *Service) remembers(ctx context.Context) (bool, error) {
	status, err := s.DB.Status(ctx)
	return slices.Contains(status.Applied, tablesMigration), err
}

// marked returns the time of a mark; the zero time for none.
func (s *Service) marked(ctx context.Context, name string) (time.Time, error) {
	row, err := database.One[struct{ MarkedAt time.Time }](ctx, s.DB.Read(),
		"select marked_at from backup_marks where name = $1", name)
	if errors.Is(err, database.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("reading the state of backups: %w", err)
	}
	return row.MarkedAt, nil
}
