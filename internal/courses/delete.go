package courses

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// Delete deletes a course of the caller, and loses no note, not even in the recycle bin: the owner's notes go to the
// Inbox; those of others are then in no course, as are events and feeds. Subscriptions, pictures and the log are
// deleted. It returns the id of the Inbox.
func (s *Service) Delete(ctx context.Context, who actor.Actor, id int64) (inbox int64, err error) {
	err = s.write(ctx, func(tx *database.Tx, _ bool) error {
		course, err := lockOwn(ctx, tx, who, id, notDeleted)
		if err != nil {
			return err
		}
		if course.isInbox() {
			return inboxStays(notDeleted)
		}
		if inbox, err = EnsureInbox(ctx, tx, who.UserID); err != nil {
			return err
		}
		if err := s.emptyAndLock(ctx, tx, course.ID, who.UserID, inbox); err != nil {
			return err
		}
		if err := s.removeFiles(ctx, tx, course.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "delete from courses where id = $1", course.ID); err != nil {
			return fmt.Errorf("deleting a course: %w", err)
		}
		return nil
	})
	return inbox, err
}

// emptyAndLock takes the notes out of a course, and locks it. Saving a note locks the note and then refers to the
// course, so the notes are taken out while others can still refer to it. After the lock has waited for those, what they
// have filed is taken out too.
func (s *Service) emptyAndLock(ctx context.Context, tx *database.Tx, id, owner, inbox int64) error {
	if err := s.empty(ctx, tx, []int64{id}, owner, inbox); err != nil {
		return err
	}
	if err := lockIf(ctx, tx, owner, id, own, toDelete); err != nil {
		return err
	}
	return s.empty(ctx, tx, []int64{id}, owner, inbox)
}

func (s *Service) empty(ctx context.Context, tx *database.Tx, ids []int64, owner, inbox int64) error {
	for _, f := range s.beforeDelete {
		if err := f(ctx, tx, ids, owner, inbox); err != nil {
			return err
		}
	}
	return nil
}

// removeFiles has the cover and the pictures of a course removed when tx commits.
func (s *Service) removeFiles(ctx context.Context, tx *database.Tx, courseID int64) error {
	keys, err := database.All[string](ctx, tx, `
		select cover_path from courses where id = $1
		union all
		select image_path from course_media where course_id = $1`, courseID)
	if err != nil {
		return fmt.Errorf("collecting the files of a course: %w", err)
	}
	return s.Media.Remove(ctx, tx, keys...)
}
