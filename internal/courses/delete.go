package courses

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// delete loses no note, not even one in the recycle bin: the owner's go to the Inbox; those of others are without a course
// then, as are events and feeds. Subscriptions, media and the log go with the course.
func (s *Service) delete(ctx context.Context, in *courseInput) (rest.NoContent, error) {
	err := s.write(ctx, func(tx *database.Tx, _ bool) error {
		course, err := lockOwn(ctx, tx, in.ID, toRename, deleting)
		if err != nil {
			return err
		}
		if course.isInbox() {
			return deleting.inboxStays()
		}
		if err := empty(ctx, tx, course.ID); err != nil {
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
	return rest.NoContent{}, err
}

// empty takes the notes out of one of the caller's courses. Whoever saves a note in it holds the note and refers to the
// course: so they are taken out while others can still refer to it; then those are waited for, and what they filed
// meanwhile is taken out too.
func empty(ctx context.Context, tx *database.Tx, courseID int64) error {
	inbox, err := EnsureInbox(ctx, tx, rest.CallerID(ctx))
	if err != nil {
		return err
	}
	if err := takeOut(ctx, tx, courseID, inbox); err != nil {
		return err
	}
	if err := exists(ctx, tx, courseID, own, tx.Locking(toDelete)); err != nil {
		return err
	}
	return takeOut(ctx, tx, courseID, inbox)
}

// takeOut moves the caller's notes from a course to the Inbox, and leaves those of others without a course.
func takeOut(ctx context.Context, tx *database.Tx, courseID, inbox int64) error {
	_, err := tx.ExecContext(ctx, `
		update notes set course_id = case when author_id = $1 then cast($2 as bigint) end, revision = revision + 1
		where course_id = $3`, rest.CallerID(ctx), inbox, courseID)
	if err != nil {
		return fmt.Errorf("taking the notes out of a course: %w", err)
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
