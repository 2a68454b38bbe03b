package notes

import (
	"context"
	"errors"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// handleWrite registers an operation that changes a note. Where the note was changed since the client read it, the
// answer shows what it is now.
func handleWrite[In, Out any](
	api *rest.API, op rest.Operation, handler func(ctx context.Context, who actor.Actor, in *In) (Out, error),
) {
	rest.Handle(api, op, func(ctx context.Context, who actor.Actor, in *In) (Out, error) {
		out, err := handler(ctx, who, in)
		var stale *problem.Error
		if errors.As(err, &stale) && stale.Kind == problem.Stale {
			if now, ok := stale.Now.(Note); ok {
				err = rest.PreconditionFailed(stale, op.Process, rest.ETag(now.Revision), ToJSON(ctx, now))
			}
		}
		return out, err
	})
}
