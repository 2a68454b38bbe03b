package mcp

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
)

// call holds the caller, and which tools it sees, in the context of a request.
type call struct {
	who     actor.Actor
	filter  toolFilter
	request context.Context // the SDK gives its handlers one that outlives the request
}

type callKey struct{}

// with returns the context that the SDK's handlers see.
func with(ctx context.Context, who actor.Actor, f toolFilter) context.Context {
	return context.WithValue(ctx, callKey{}, call{who, f, ctx})
}

func callOf(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	return c
}

// callTimeout bounds the work on one call.
const callTimeout = 30 * time.Second

// bounded is the context of a call, which ends with the request that it came in: the SDK's own does not, since answers
// could be sent later in other transports than ours.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	request := callOf(ctx).request
	if request == nil {
		return ctx, cancel
	}
	stop := context.AfterFunc(request, cancel)
	return ctx, func() { stop(); cancel() }
}
