package accounts

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// RegisterPublishers adds features in which what people have published can be hidden.
func (s *Service) RegisterPublishers(features ...Publisher) {
	s.publishers = append(s.publishers, features...)
}

// hide makes private what a user has published.
func (s *Service) hide(ctx context.Context, tx *database.Tx, userID int64) error {
	_, err := tx.ExecContext(ctx, "update users set hidden_at = coalesce(hidden_at, $1) where id = $2",
		database.Now(), userID)
	if err != nil {
		return fmt.Errorf("marking a user as hidden: %w", err)
	}
	for _, feature := range s.publishers {
		if err := feature.HidePublished(ctx, tx, userID); err != nil {
			return err
		}
	}
	return nil
}

// unhide undoes hide.
func (s *Service) unhide(ctx context.Context, tx *database.Tx, userID int64) error {
	_, err := tx.ExecContext(ctx, "update users set hidden_at = null where id = $1", userID)
	if err != nil {
		return fmt.Errorf("taking the mark of hiding off a user: %w", err)
	}
	for _, feature := range s.publishers {
		if err := feature.ShowHidden(ctx, tx, userID); err != nil {
			return err
		}
	}
	return nil
}
