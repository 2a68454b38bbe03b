package planner

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// UpdateEvent changes an event of the caller. Moving one that repeats moves what is known of its occurrences. What is
// wrong with the change is said only to the owner.
func (s *Service) UpdateEvent(
	ctx context.Context, who actor.Actor, id int64, change problem.Input[Patch],
) (updated Event, err error) {
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		e, err := lockOwn(ctx, tx, who, id)
		if err != nil {
			return err
		}
		p, err := change.Check((*Patch).check)
		if err != nil {
			return err
		}
		before := e
		if err := e.apply(p, database.Now()); err != nil {
			return err
		}
		if err := p.checkFiling(ctx, tx, who); err != nil {
			return err
		}
		if err := e.update(ctx, tx); err != nil {
			return err
		}
		updated = e.Event
		return s.moveCompletions(ctx, tx, &before, &e)
	})
	return updated, err
}
