package rest

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/problem"
)

// queue bounds how many requests of a kind are worked on at once. Others wait in order. A request that finds too many
// waiting, or has waited too long, is told to come back.
type queue struct {
	working chan struct{}
	inside  chan struct{} // working and waiting
}

const (
	maxWaiting = 500
	maxWait    = 5 * time.Second

	// Of what gives way.
	strangersAtOnce  = 2
	strangersWaiting = 20
)

func newQueue(working, waiting int) *queue {
	return &queue{working: make(chan struct{}, working), inside: make(chan struct{}, working+waiting)}
}

// enter waits for a place to work. leave gives it up, and may be called again.
func (q *queue) enter(ctx context.Context) (leave func(), err error) {
	select {
	case q.inside <- struct{}{}:
	default:
		return nil, errOverloaded
	}
	leave = sync.OnceFunc(func() { <-q.working; <-q.inside })
	select {
	case q.working <- struct{}{}:
		return leave, nil
	default:
	}
	patience := time.NewTimer(maxWait)
	defer patience.Stop()
	select {
	case q.working <- struct{}{}:
		return leave, nil
	case <-patience.C:
		err = errOverloaded
	case <-ctx.Done():
		err = ctx.Err()
	}
	<-q.inside
	return nil, err
}

var errOverloaded = &problem.Error{Kind: problem.Unavailable, Cause: "The server is too busy, please try again.",
	RetryAfter: time.Second}

// queues keep readers from waiting for writers, both from waiting for files that go to a slow store, and the apps from
// waiting for busy programs and for strangers. Large bodies, of which few fit into memory together with what is made of
// them, have a queue of their own.
type queues struct{ reading, writing, files, exchanges, strangers, large *queue }

// largeBody is the size in bytes from which a body uses that queue.
const largeBody = 256 << 10

func newQueues(working, large int) queues {
	return queues{
		newQueue(working, maxWaiting), newQueue(working, maxWaiting), newQueue(working, maxWaiting),
		newQueue(working, maxWaiting), newQueue(strangersAtOnce, strangersWaiting), newQueue(large, maxWaiting),
	}
}

func (q queues) of(op Operation, body *blob.Spooled) *queue {
	switch {
	case op.GivesWay:
		return q.strangers
	case op.MaxFileBytes > 0:
		return q.files
	case body != nil && body.Size > largeBody:
		return q.large
	case op.Method == http.MethodGet:
		return q.reading
	}
	return q.writing
}
