package courses

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// record logs what somebody did with a course.
func record(ctx context.Context, tx *database.Tx, who actor.Actor, courseID int64, operation string) error {
	_, err := tx.ExecContext(ctx,
		"insert into course_operations (user_id, course_id, operation, occurred_at) values ($1, $2, $3, $4)",
		who.UserID, courseID, operation, database.Now())
	if err != nil {
		return fmt.Errorf("logging what was done with a course: %w", err)
	}
	return nil
}

// purge removes what was done with courses more than a year ago.
func (s *Service) purge(ctx context.Context) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, "delete from course_operations where occurred_at < $1",
			database.Now().AddDate(-1, 0, 0)); err != nil {
			return fmt.Errorf("purging the log of courses: %w", err)
		}
		return nil
	})
}
