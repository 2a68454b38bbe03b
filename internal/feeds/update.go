package feeds

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Update changes a feed of the caller. What is wrong with the change is said only to the owner.
func (s *Service) Update(ctx context.Context, who actor.Actor, id int64, change problem.Input[Patch]) (Feed, error) {
	p, wrong := change.Check((*Patch).check)
	var c *content
	if wrong == nil {
		c = s.content(p)
	}
	var f stored
	err := s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if f, err = lockOwn(ctx, tx, who, id); err != nil {
			return err
		}
		if wrong != nil {
			return wrong
		}
		if err := courses.CheckFiling(ctx, tx, who.UserID, p.CourseID.Value); err != nil {
			return err
		}
		return s.apply(ctx, tx, who.UserID, &f, p, c, database.Now())
	})
	return f.Feed, err
}
