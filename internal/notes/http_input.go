package notes

import (
	"context"
	"errors"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	allPath  = "/api/v1/notes/"
	idPath   = allPath + "{id}/"
	uuidPath = allPath + "uuid/{uuid}/"
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

type idInput struct {
	ID int64 `path:"id"`
}

func (in idInput) ref() Ref { return ByID(in.ID) }

type uuidInput struct {
	UUID string `path:"uuid"`
}

func (in uuidInput) ref() Ref { return ByUUID(in.UUID) }

// precondition is the input of operations that change a note.
type precondition struct {
	IfMatch string `header:"If-Match" doc:"ETag of the version you read. If the note has changed since, the response is 412."`
}

func (p precondition) revisions() []int64 { return rest.Revisions(p.IfMatch) }

type idWrite struct {
	idInput
	precondition
}

type uuidWrite struct {
	uuidInput
	precondition
}
