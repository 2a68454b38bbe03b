package notes

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
)

// checkFiling refuses a course in which a note may not be filed: its author files in their own courses and in those to
// which they have subscribed, the server itself in each. The course can't be deleted before tx ends.
func checkFiling(ctx context.Context, tx *database.Tx, n state, courseID int64) error {
	if n.byServer {
		return courses.Refer(ctx, tx, courseID)
	}
	return courses.CheckFiling(ctx, tx, n.AuthorID, &courseID)
}

// leaveCourses takes notes out of courses that are deleted. The owner's notes go to the Inbox, or to no course if it is
// 0; those of others are in no course.
func (s *Service) leaveCourses(ctx context.Context, tx *database.Tx, courseIDs []int64, owner, inbox int64) error {
	_, err := tx.ExecContext(ctx, `
		update notes set course_id = case when author_id = $1 then nullif(cast($2 as bigint), 0) end, revision = revision + 1
		where `+s.DB.In("course_id", 3), owner, inbox, database.List(courseIDs))
	if err != nil {
		return fmt.Errorf("taking notes out of courses: %w", err)
	}
	return nil
}
