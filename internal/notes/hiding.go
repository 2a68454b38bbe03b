package notes

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// HidePublished makes the public notes of a user private, and marks them. All rules on who may see a note go by
// is_public, so that this one can't be forgotten anywhere, and an older server beside this one follows it.
func (s *Service) HidePublished(ctx context.Context, tx *database.Tx, userID int64) error {
	hidden, err := database.All[int64](ctx, tx, `
		update notes set is_public = false, is_hidden = true, revision = revision + 1
		where author_id = $1 and is_public returning id`, userID)
	if err != nil {
		return fmt.Errorf("hiding the notes of a user: %w", err)
	}
	s.index.Refresh(tx, len(hidden))
	return nil
}

// ShowHidden makes the notes public again that HidePublished marked, except those in the recycle bin.
func (s *Service) ShowHidden(ctx context.Context, tx *database.Tx, userID int64) error {
	shown, err := database.All[int64](ctx, tx, `
		update notes set is_public = (deleted_at is null), is_hidden = false, revision = revision + 1
		where author_id = $1 and is_hidden returning id`, userID)
	if err != nil {
		return fmt.Errorf("showing the notes of a user again: %w", err)
	}
	s.index.Refresh(tx, len(shown))
	return nil
}
