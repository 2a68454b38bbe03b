package notes

import (
	"context"
	"errors"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// edit is a change to a note in its author's name.
type edit struct {
	ref       Ref
	revisions []int64 // to which it may be made; nil for whichever
	problems  error   // with the input, which come after the look at whose note it is
}

// errStale says that a note has another revision than those to which a change may be made.
var errStale = errors.New("the note has changed")

// change locks a note of the caller, and runs f on it in a transaction. If the note has another revision, the problem
// says what it is now.
func (s *Service) change(ctx context.Context, who actor.Actor, e edit, f func(tx *database.Tx, n state) error) error {
	err := s.DB.Write(ctx, func(tx *database.Tx) error { return changeIn(ctx, tx, who, e, f) })
	return s.explain(ctx, who, e.ref, err)
}

// changeIn is change within a transaction, after which the caller has the error explained.
func changeIn(
	ctx context.Context, tx *database.Tx, who actor.Actor, e edit, f func(tx *database.Tx, n state) error,
) error {
	condition, value := e.ref.where()
	n, err := lock(ctx, tx, "n.deleted_at is null and "+condition, value)
	if errors.Is(err, database.ErrNotFound) {
		return e.ref.notFound()
	}
	if err != nil {
		return err
	}
	n.byServer = who.By == actor.Server
	if err := checkOwner(who, n.AuthorID, n.IsPublic || e.ref.block != 0, notChanged); err != nil {
		return err
	}
	if e.problems != nil {
		return e.problems
	}
	if e.revisions != nil && !slices.Contains(e.revisions, n.Revision) {
		return errStale
	}
	return f(tx, n)
}

// explain tells of errStale with the note as it is now.
func (s *Service) explain(ctx context.Context, who actor.Actor, ref Ref, err error) error {
	if !errors.Is(err, errStale) {
		return err
	}
	now, err := s.Get(ctx, who, ref)
	if err != nil {
		return err
	}
	return problem.Changed(notChanged, now)
}
