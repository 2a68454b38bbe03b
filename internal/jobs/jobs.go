// Package jobs runs work outside requests: jobs that a transaction leaves behind, tried again with growing pauses until
// they succeed, and periodic work that is due by a stored time. Jobs survive restarts and run on any instance. The
// package knows nothing of what a job does; a job may run twice, so handlers must bear that.
package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"maragu.dev/goqite"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	workers       = 2
	pollInterval  = 10 * time.Second // for delayed jobs, and those of instances that died
	visibility    = time.Minute      // after which a job whose process died is given to another
	jobTimeout    = 20 * time.Second // less than a server takes to stop, and than visibility: no job is handed out while it runs
	longTimeout   = 10 * time.Minute // of work that a stopping server breaks off
	finishTimeout = 5 * time.Second
	maxAttempts   = 12
	firstPause    = 5 * time.Second
	longestPause  = time.Hour
	// receiveLock makes receiving exclusive on PostgreSQL, where the queue's statement could hand one job to two instances.
	receiveLock = 7243392015
)

// Handler does one job. An error has the job tried again later, unless it is Permanent.
type Handler func(ctx context.Context, payload []byte) error

// Permanent marks an error that no further try will mend.
func Permanent(err error) error { return permanentError{err} }

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Queue holds jobs in the database and runs them.
type Queue struct {
	db       *database.DB
	log      *slog.Logger
	queue    *goqite.Queue
	handlers map[string]Handler
	periodic map[string]time.Duration
	long     map[string]bool
	kick     chan struct{}
	observe  func(kind string, took time.Duration, err error)
}

// New makes a queue; handlers are registered before Run.
func New(db *database.DB, log *slog.Logger) *Queue {
	flavor := goqite.SQLFlavorPostgreSQL
	if db.Engine() == database.SQLite {
		flavor = goqite.SQLFlavorSQLite
	}
	return &Queue{
		db: db, log: log,
		queue: goqite.New(goqite.NewOpts{DB: db.Writer(), Name: "jobs", Timeout: visibility, SQLFlavor: flavor,
			MaxReceive: maxAttempts}), // also ends a job that takes its process down each time
		handlers: map[string]Handler{},
		periodic: map[string]time.Duration{},
		long:     map[string]bool{},
		kick:     make(chan struct{}, 1),
		observe:  func(string, time.Duration, error) {},
	}
}

// Purge removes jobs that took down the process at each try, which the queue does not hand out any more.
func (q *Queue) Purge(ctx context.Context) error {
	return q.db.Write(ctx, func(tx *database.Tx) error {
		gone, err := database.Exec(ctx, tx, "delete from goqite where received >= $1", maxAttempts)
		if err != nil {
			return fmt.Errorf("removing jobs that never end: %w", err)
		}
		if gone > 0 {
			q.log.Error("jobs given up that ended the process each time", "number", gone)
		}
		return nil
	})
}

// Observe has each try of a job told, by its kind. It is called before Run.
func (q *Queue) Observe(tell func(kind string, took time.Duration, err error)) { q.observe = tell }

// Waiting counts the jobs that wait or run.
func (q *Queue) Waiting(ctx context.Context) (int, error) {
	return database.One[int](ctx, q.db.Read(), "select count(*) from goqite")
}

// Handle registers what does the jobs of a kind.
func (q *Queue) Handle(kind string, h Handler) { q.handlers[kind] = h }

// Every has work done about once per interval by one of all instances, by a time kept in the database: an instance that
// sleeps most of the day still gets to it.
func (q *Queue) Every(interval time.Duration, kind string, work func(ctx context.Context) error) {
	q.periodic[kind] = interval
	q.Handle(kind, func(ctx context.Context, _ []byte) error { return work(ctx) })
}

// EveryLong is Every for work of up to ten minutes. A server that is asked to stop breaks it off, and it is begun again later.
func (q *Queue) EveryLong(interval time.Duration, kind string, work func(ctx context.Context) error) {
	q.long[kind] = true
	q.Every(interval, kind, work)
}

// envelope is a job as the queue's table holds it.
type envelope struct {
	Kind    string          `json:"kind"`
	Attempt int             `json:"attempt"`
	Payload json.RawMessage `json:"payload"`
}

// Enqueue leaves a job behind: it exists when tx commits, and is begun at once then.
func (q *Queue) Enqueue(ctx context.Context, tx *database.Tx, kind string, payload any) error {
	data, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("writing the job %s: %w", kind, err)
	}
	if err := q.send(ctx, tx, envelope{Kind: kind, Payload: data}, 0); err != nil {
		return err
	}
	tx.AfterCommit(q.wake)
	return nil
}

func (q *Queue) send(ctx context.Context, tx *database.Tx, e envelope, delay time.Duration) error {
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("writing the job %s: %w", e.Kind, err)
	}
	if err := q.queue.SendTx(ctx, tx.Tx, goqite.Message{Body: body, Delay: delay}); err != nil {
		return fmt.Errorf("queueing the job %s: %w", e.Kind, err)
	}
	return nil
}

func (q *Queue) wake() {
	select {
	case q.kick <- struct{}{}:
	default: // a wake-up is waiting already
	}
}

// Run does jobs until ctx is done, then waits for those that run.
func (q *Queue) Run(ctx context.Context) {
	var group sync.WaitGroup
	for range workers {
		group.Go(func() { q.work(ctx) })
	}
	group.Go(func() { q.schedule(ctx) })
	group.Wait()
}

func (q *Queue) work(ctx context.Context) {
	poll := time.NewTicker(pollInterval)
	defer poll.Stop()
	for ctx.Err() == nil {
		message, err := q.receive(ctx)
		if err != nil && ctx.Err() == nil {
			q.log.Error("receiving a job", "error", err)
		}
		if message != nil {
			q.wake() // there may be more: the other worker looks too
			q.do(ctx, message)
			continue
		}
		select {
		case <-ctx.Done():
		case <-q.kick:
		case <-poll.C:
		}
	}
}

func (q *Queue) receive(ctx context.Context) (message *goqite.Message, err error) {
	err = q.db.Write(ctx, func(tx *database.Tx) error {
		if q.db.Engine() == database.PostgreSQL {
			if _, err := tx.ExecContext(ctx, "select pg_advisory_xact_lock($1)", int64(receiveLock)); err != nil {
				return fmt.Errorf("taking the lock of the queue: %w", err)
			}
		}
		message, err = q.queue.ReceiveTx(ctx, tx.Tx)
		return err
	})
	return message, err
}

// do runs one job: a long one until the process is asked to stop, others to their end.
func (q *Queue) do(ctx context.Context, message *goqite.Message) {
	var e envelope
	start := time.Now()
	err := json.Unmarshal(message.Body, &e)
	switch {
	case err != nil:
		err = Permanent(fmt.Errorf("reading a job of %d bytes: %w", len(message.Body), err))
	case q.long[e.Kind]:
		err = q.callLong(ctx, message.ID, e)
	default:
		err = q.call(context.WithoutCancel(ctx), jobTimeout, e)
	}
	q.observe(e.Kind, time.Since(start), err)
	log := q.log.With("kind", e.Kind, "attempt", e.Attempt+1, "took", time.Since(start).Round(time.Millisecond).String())
	retry := envelope{Kind: e.Kind, Attempt: e.Attempt + 1, Payload: e.Payload}
	switch {
	case err == nil:
		log.Debug("job done")
		retry.Kind = ""
	case errors.As(err, new(permanentError)) || retry.Attempt >= maxAttempts:
		log.Error("job given up", "error", err)
		retry.Kind = ""
	default:
		log.Warn("job failed, it is tried again", "error", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	if err := q.finish(ctx, message.ID, retry); err != nil {
		log.Error("putting a job away", "error", err)
	}
}

// finish replaces a job by its next try, or by nothing when next has no kind.
func (q *Queue) finish(ctx context.Context, id goqite.ID, next envelope) error {
	return q.db.Write(ctx, func(tx *database.Tx) error {
		if err := q.queue.DeleteTx(ctx, tx.Tx, id); err != nil {
			return fmt.Errorf("deleting a job: %w", err)
		}
		if next.Kind == "" {
			return nil
		}
		return q.send(ctx, tx, next, pause(next.Attempt))
	})
}

// callLong keeps the job from being handed out to another instance meanwhile.
func (q *Queue) callLong(ctx context.Context, id goqite.ID, e envelope) error {
	err := q.db.Write(ctx, func(tx *database.Tx) error { return q.queue.ExtendTx(ctx, tx.Tx, id, longTimeout+visibility) })
	if err != nil {
		return fmt.Errorf("reserving the time of a long job: %w", err)
	}
	return q.call(ctx, longTimeout, e)
}

func (q *Queue) call(ctx context.Context, timeout time.Duration, e envelope) (err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the job panicked: %v", cause)
		}
	}()
	handler := q.handlers[e.Kind]
	if handler == nil {
		// Another version's job, during a deploy: that version, or the next one, will know it.
		return fmt.Errorf("this version has no handler for the job %q", e.Kind)
	}
	return handler(ctx, e.Payload)
}

// pause doubles with each try.
func pause(attempt int) time.Duration {
	return min(firstPause<<(attempt-1), longestPause)
}

// schedule turns periodic work that is due into jobs.
func (q *Queue) schedule(ctx context.Context) {
	poll := time.NewTicker(time.Minute)
	defer poll.Stop()
	for ctx.Err() == nil {
		for kind, interval := range q.periodic {
			if err := q.enqueueDue(ctx, kind, interval); err != nil && ctx.Err() == nil {
				q.log.Error("scheduling periodic work", "kind", kind, "error", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-poll.C:
		}
	}
}

func (q *Queue) enqueueDue(ctx context.Context, kind string, interval time.Duration) error {
	now := database.Now()
	due, err := database.All[struct{ Name string }](ctx, q.db.Read(),
		"select name from periodic_jobs where name = $1 and due_at > $2", kind, now)
	if err != nil || len(due) > 0 {
		return err // not due yet: nothing is written
	}
	return q.db.Write(ctx, func(tx *database.Tx) error {
		moved, err := database.Exec(ctx, tx, `
			insert into periodic_jobs (name, due_at) values ($1, $2)
			on conflict (name) do update set due_at = excluded.due_at where periodic_jobs.due_at <= $3`,
			kind, now.Add(interval), now)
		if err != nil || moved == 0 { // another instance was faster
			return err
		}
		return q.Enqueue(ctx, tx, kind, nil)
	})
}
