package courses

import (
	"context"
	"fmt"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// Reorder numbers the caller's courses from 1, in the order of ids, and returns them. The ids of others' courses and of
// the Inbox, and unknown ones, are skipped: the apps send all that they show. Courses that are not named keep their
// number.
func (s *Service) Reorder(ctx context.Context, who actor.Actor, ids []int64) ([]Course, error) {
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		// Locked in one order, whatever the wanted one is: of two requests at once one waits for the other.
		sortable, err := database.All[int64](ctx, tx,
			"select c.id from courses c where c.owner_id = $1 and not c.is_default and "+
				s.DB.In("c.id", 2)+" order by c.id"+tx.Locking(toRename), who.UserID, database.List(ids))
		if err != nil {
			return fmt.Errorf("locking courses: %w", err)
		}
		order := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool {
			_, found := slices.BinarySearch(sortable, id)
			return !found
		})
		if _, err := tx.ExecContext(ctx, "with p as materialized "+s.DB.Places(1)+
			" update courses set sort_order = p.place from p where courses.id = p.id", database.List(order)); err != nil {
			return fmt.Errorf("ordering courses: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.list(ctx, who, own, Page{})
}
