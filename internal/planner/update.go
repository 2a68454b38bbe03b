package planner

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// UpdateEvent changes an event of the caller. Moving one that repeats moves what is known of its occurrences. What is
// wrong with the change is said only to the owner.
func (s *Service) UpdateEvent(
	ctx context.Context, who actor.Actor, id int64, change problem.Input[Patch],
) (updated Event, err error) {
	p, wrong := change.Check((*Patch).check)
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		mayRepeat := p.Rule.Value != "" || p.IsCompleted.Set
		if wrong == nil && mayRepeat {
			if err := accounts.Lock(ctx, tx, who.UserID); err != nil {
				return err
			}
		}
		e, err := lockOwn(ctx, tx, who, id)
		if err != nil {
			return err
		}
		if wrong != nil {
			return wrong
		}
		before := e
		if err := e.apply(p, database.Now()); err != nil {
			return err
		}
		if err := courses.CheckFiling(ctx, tx, who.UserID, p.CourseID.Value); err != nil {
			return err
		}
		if e.repeats() && !before.repeats() {
			if err := checkNumber(ctx, tx, who); err != nil {
				return err
			}
		}
		if err := e.update(ctx, tx); err != nil {
			return err
		}
		updated = e.Event
		return s.moveCompletions(ctx, tx, &before, &e)
	})
	return updated, err
}
