package feeds

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// Delete removes a feed of the caller, with its events.
func (s *Service) Delete(ctx context.Context, who actor.Actor, id int64) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		deleted, err := database.Exec(ctx, tx, "delete from calendar_feeds where id = $1 and user_id = $2", id, who.UserID)
		if err != nil {
			return fmt.Errorf("deleting a calendar feed: %w", err)
		}
		if deleted == 0 {
			return errNoFeed
		}
		return nil
	})
}
