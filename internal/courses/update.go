package courses

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// updateInput keeps the problems of its body, since they come after the look at whose course it is.
type updateInput struct {
	courseInput
	rest.Problems
	Body struct {
		Title          rest.Optional[string] `json:"title" maxLength:"120"`
		Description    rest.Optional[string] `json:"description" nullable:"true" blank:"true" maxLength:"100000"`
		ClientCourseID rest.Optional[string] `json:"client_course_id" nullable:"true" blank:"true" maxLength:"64" doc:"Stays what it is"`
		Icon           rest.Optional[int64]  `json:"icon" nullable:"true" minimum:"0" maximum:"2147483647"`
	}
}

func (s *Service) update(ctx context.Context, in *updateInput) (Course, error) {
	err := s.write(ctx, func(tx *database.Tx, _ bool) error {
		course, err := lockOwn(ctx, tx, in.ID, toRename, updating)
		if err != nil {
			return err
		}
		if err := in.Err(); err != nil {
			return err
		}
		return change(ctx, tx, course, in)
	})
	if err != nil {
		return Course{}, err
	}
	return s.show(ctx, in.ID, visible)
}

func change(ctx context.Context, tx *database.Tx, course target, in *updateInput) error {
	b := &in.Body
	title, description := b.Title.Or(course.Title), b.Description.Value
	if title != course.Title {
		if err := checkRename(ctx, tx, course, title); err != nil {
			return err
		}
	}
	if !b.Description.Present() {
		description = course.Description
	}
	return overwrite(ctx, tx, course.ID, title, description, b.Icon)
}

// checkRename goes by the titles alone, as the old system did. A course that becomes an Inbox by its new title is not
// marked as the default one.
func checkRename(ctx context.Context, tx *database.Tx, course target, title string) error {
	if course.TitleFolded == inboxTitle {
		return updating.inboxStays()
	}
	_, err := database.One[int64](ctx, tx, "select id from courses where owner_id = $1 and title_folded = $2 and id <> $3",
		rest.CallerID(ctx), database.Fold(title), course.ID)
	if errors.Is(err, database.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for a course of that title: %w", err)
	}
	return updating.titleTaken(title)
}
