package notes

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// HidePublished makes the public notes of a user private, and marks them. Whatever looks at who may see a note goes by
// is_public alone, so that none shows where another rule was forgotten; and an older server beside this one knows it,
// too.
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

// ShowHidden makes public again what HidePublished has marked, but for what is in the recycle bin by now.
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
