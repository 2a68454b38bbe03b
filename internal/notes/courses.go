package notes

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// leaveCourses takes notes out of courses that are deleted: the owner's go to the Inbox where there is one (0 for none),
// those of others are without a course then.
func (s *Service) leaveCourses(ctx context.Context, tx *database.Tx, courseIDs []int64, owner, inbox int64) error {
	_, err := tx.ExecContext(ctx, `
		update notes set course_id = case when author_id = $1 then nullif(cast($2 as bigint), 0) end, revision = revision + 1
		where `+s.DB.In("course_id", 3), owner, inbox, database.List(courseIDs))
	if err != nil {
		return fmt.Errorf("taking notes out of courses: %w", err)
	}
	return nil
}
