package feeds

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// Invalidate has all copies of calendars read again, as if an older version had read them: their events are in no
// backup.
func (s *Service) Invalidate(ctx context.Context, tx *database.Tx) error {
	if _, err := tx.ExecContext(ctx, "update calendar_feed_bodies set parser_version = 0"); err != nil {
		return fmt.Errorf("marking calendars as unread: %w", err)
	}
	return nil
}

// Rebuild reads them.
func (s *Service) Rebuild(ctx context.Context) error {
	for {
		if more, err := s.readAgain(ctx); err != nil || !more {
			return err
		}
	}
}
