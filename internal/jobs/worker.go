package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"maragu.dev/goqite"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	workers      = 2                // of a lane
	pollInterval = 10 * time.Second // for delayed jobs, and those of instances that died
	visibility   = time.Minute      // after which a job whose process died is given to another
	// Less than a server takes to stop, and than visibility: no job is handed out while it runs.
	jobTimeout     = 20 * time.Second
	longTimeout    = 10 * time.Minute // of work that a stopping server breaks off
	receiveTimeout = 10 * time.Second
	finishTimeout  = 5 * time.Second
	lockPause      = 50 * time.Millisecond
	maxAttempts    = 12
	maxReceived    = 12 // tries that end neither well nor badly, since the process ended with them
	firstPause     = 5 * time.Second
	longestPause   = time.Hour
)

func (q *Queue) work(ctx context.Context, l *lane) {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for ctx.Err() == nil {
		message, err := q.receive(ctx, l)
		if err != nil && ctx.Err() == nil {
			q.log.Error("receiving a job failed", "error", err)
		}
		if message != nil {
			l.wake() // there may be more: the other worker looks too
			q.do(ctx, l, message)
			continue
		}
		select {
		case <-ctx.Done():
		case <-l.kick:
		case <-poll.C:
		}
	}
}

// errLocked says that another instance is receiving a job.
var errLocked = errors.New("another instance holds the queue's lock")

// receive takes a job. On PostgreSQL the queue's statement could hand one job to two instances, so they take turns, by
// a lock that nobody waits for inside a transaction: the process that holds it may have stopped in the middle.
func (q *Queue) receive(ctx context.Context, l *lane) (*goqite.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, receiveTimeout)
	defer cancel()
	for {
		message, err := q.receiveOnce(ctx, l)
		if !errors.Is(err, errLocked) {
			return message, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(lockPause):
		}
	}
}

func (q *Queue) receiveOnce(ctx context.Context, l *lane) (message *goqite.Message, err error) {
	err = q.db.Write(ctx, func(tx *database.Tx) error {
		if q.db.Engine() == database.PostgreSQL {
			locked, err := database.One[bool](ctx, tx, "select pg_try_advisory_xact_lock($1)", l.lock)
			if err != nil {
				return fmt.Errorf("taking the lock of the queue: %w", err)
			}
			if !locked {
				return errLocked
			}
		}
		message, err = l.queue.ReceiveTx(ctx, tx.Tx)
		return err
	})
	return message, err
}

// do runs one job, and replaces it by what comes after it.
func (q *Queue) do(ctx context.Context, l *lane, message *goqite.Message) {
	start := time.Now()
	e, err := q.run(ctx, l, message)
	took := time.Since(start)
	failure := err
	if _, postponed := errors.AsType[Postponed](err); postponed {
		failure = nil
	}
	q.observe(e.Kind, took, failure)
	log := q.log.With("kind", e.Kind, "attempt", e.Attempt+1, "took", took.Round(time.Millisecond).String())
	next, delay := q.after(e, err, log)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	if err := q.finish(ctx, l, message.ID, next, delay); err != nil {
		log.Error("finishing a job failed", "error", err)
	}
}

// run calls the handler of a job: of a long one until the process is asked to stop, of others to their end.
func (q *Queue) run(ctx context.Context, l *lane, message *goqite.Message) (e envelope, err error) {
	if err := json.Unmarshal(message.Body, &e); err != nil {
		return e, Permanent(fmt.Errorf("reading a job of %d bytes: %w", len(message.Body), err))
	}
	k, known := q.kinds[e.Kind]
	switch {
	case !known:
		// Another version's job, during a deploy: that version, or the next one, will know it.
		return e, fmt.Errorf("this version has no handler for the job %q", e.Kind)
	case k.Time > 0:
		return e, q.callLong(ctx, l, message.ID, k, e)
	}
	return e, call(context.WithoutCancel(ctx), jobTimeout, k.handler, e)
}

// after logs how a job went, and returns its next attempt, with the delay until then. Where there is none, that has no
// kind.
func (q *Queue) after(e envelope, err error, log *slog.Logger) (next envelope, delay time.Duration) {
	next = envelope{Kind: e.Kind, Attempt: e.Attempt + 1, Payload: e.Payload}
	postponed, isPostponed := errors.AsType[Postponed](err)
	switch {
	case err == nil:
		log.Debug("job done")
		return envelope{}, 0
	case isPostponed:
		log.Debug("job postponed", "delay", time.Duration(postponed).String())
		next.Attempt = e.Attempt
		return next, time.Duration(postponed)
	case errors.As(err, new(permanentError)) || next.Attempt >= cmp.Or(q.kinds[e.Kind].Attempts, maxAttempts):
		log.Error("job given up", "error", err)
		return envelope{}, 0
	}
	log.Warn("job failed, will be retried", "error", err)
	return next, pause(next.Attempt)
}

// finish replaces a job by its next attempt after the delay, or by nothing when next has no kind.
func (q *Queue) finish(ctx context.Context, l *lane, id goqite.ID, next envelope, delay time.Duration) error {
	return q.db.Write(ctx, func(tx *database.Tx) error {
		if err := l.queue.DeleteTx(ctx, tx.Tx, id); err != nil {
			return fmt.Errorf("deleting a job: %w", err)
		}
		if next.Kind == "" {
			return nil
		}
		return q.send(ctx, tx, next, delay)
	})
}

// callLong runs a long job, and keeps the queue from handing it to another instance.
func (q *Queue) callLong(ctx context.Context, l *lane, id goqite.ID, k kind, e envelope) error {
	err := q.db.Write(ctx, func(tx *database.Tx) error { return l.queue.ExtendTx(ctx, tx.Tx, id, k.Time+visibility) })
	if err != nil {
		return fmt.Errorf("reserving the time of a long job: %w", err)
	}
	return call(ctx, k.Time, k.handler, e)
}

func call(ctx context.Context, timeout time.Duration, handler Handler, e envelope) (err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the job panicked: %v", cause)
		}
	}()
	return handler(ctx, e.Payload)
}

// pause doubles with each try.
func pause(attempt int) time.Duration { return min(firstPause<<min(attempt-1, 30), longestPause) }
