package courses

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// delete loses no note, not even one in the recycle bin: the owner's go to the Inbox; those of others are without a course
// then, as are events and feeds. Subscriptions, media and the log go with the course.
func (s *Service) delete(ctx context.Context, in *courseInput) (rest.Nothing, error) {
	err := s.write(ctx, func(tx *database.Tx, _ bool) error {
		course, err := lockOwn(ctx, tx, in.ID, toDelete, deleting)
		if err != nil {
			return err
		}
		if course.isInbox() {
			return deleting.inboxStays()
		}
		inbox, err := EnsureInbox(ctx, tx, rest.CallerID(ctx))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "update notes set course_id = $1 where course_id = $2 and author_id = $3",
			inbox, course.ID, rest.CallerID(ctx)); err != nil {
			return fmt.Errorf("moving the notes of a course: %w", err)
		}
		// The foreign keys do the rest.
		if _, err := tx.ExecContext(ctx, "delete from courses where id = $1", course.ID); err != nil {
			return fmt.Errorf("deleting a course: %w", err)
		}
		return nil
	})
	return rest.Nothing{}, err
}
