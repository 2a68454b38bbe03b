package notes

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// TakeOut takes a note by any author out of a course of the caller. The note stays as it is, in no course.
func (s *Service) TakeOut(ctx context.Context, who actor.Actor, courseID, noteID int64) error {
	course, err := s.Courses.Get(ctx, who, courseID)
	if err != nil {
		return err
	}
	if course.Owner == nil || !who.Is(course.Owner.ID) {
		return problem.Deny(notChanged, "the course belongs to somebody else")
	}
	taken, err := s.takeOut(ctx, "n.id = $1 and n.course_id = $2", noteID, courseID)
	if err == nil && !taken {
		return errNoNote
	}
	return err
}

// takeOutOfOwn takes somebody else's public note out of a course of the caller. It returns false for any other note.
func (s *Service) takeOutOfOwn(ctx context.Context, who actor.Actor, ref Ref) (bool, error) {
	condition, value := ref.where()
	return s.takeOut(ctx, condition+` and n.is_public and n.author_id <> $2
		and n.course_id in (select id from courses where owner_id = $2)`, value, who.UserID)
}

// takeOut has the search index know nothing: it holds no courses.
func (s *Service) takeOut(ctx context.Context, condition string, args ...any) (taken bool, err error) {
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		changed, err := database.Exec(ctx, tx, `update notes set course_id = null, revision = revision + 1
			where id = (select n.id from notes n where n.deleted_at is null and `+condition+")", args...)
		if err != nil {
			return fmt.Errorf("taking a note out of a course: %w", err)
		}
		taken = changed > 0
		return nil
	})
	return taken, err
}
