package planner

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// DeleteEvent deletes an event of the caller, with all its occurrences.
func (s *Service) DeleteEvent(ctx context.Context, who actor.Actor, id int64) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		deleted, err := database.Exec(ctx, tx, "delete from planner_events where id = $1 and user_id = $2", id, who.UserID)
		if err != nil {
			return fmt.Errorf("deleting an event: %w", err)
		}
		if deleted == 0 {
			return errNoEvent
		}
		return nil
	})
}
