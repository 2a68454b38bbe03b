// Package jobs runs work outside requests: jobs that a transaction enqueues, tried again with growing pauses until they
// succeed, and periodic work that is due by a stored time. Jobs survive restarts and run on any instance. The package
// knows nothing of what a job does. A job may run twice, and handlers must cope with that.
package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"maragu.dev/goqite"

	"github.com/trance-0/notechondria/internal/database"
)

// Handler does one job. If it returns an error the job is tried again later, unless the error is Permanent.
type Handler func(ctx context.Context, payload []byte) error

// Permanent marks an error that another attempt will not fix.
func Permanent(err error) error { return permanentError{err} }

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Postponed is the error of a handler that wants its job started again after a time, without counting this as an
// attempt.
type Postponed time.Duration

func (p Postponed) Error() string { return "postponed by " + time.Duration(p).String() }

// Options are how jobs of a kind are run; the zero value suits most.
type Options struct {
	// Lane names a group of jobs with workers of its own, so that what waits for a mail server, say, delays nothing else.
	Lane string
	// Attempts is the number of tries before a job is discarded; 0 means twelve, which take two and a half hours.
	Attempts int
	// Time is how long a job may take, an hour at most. The server interrupts such a job when it stops, and starts it
	// again later. 0 means twenty seconds, which a stopping server waits for.
	Time time.Duration
	// Delay is the time between the commit and the start of a job.
	Delay time.Duration

	interval time.Duration // of periodic work
}

// kind is what the queue knows of jobs of one kind.
type kind struct {
	Options
	handler Handler
}

// Queue holds jobs in the database and runs them.
type Queue struct {
	db      *database.DB
	log     *slog.Logger
	kinds   map[string]kind
	lanes   map[string]*lane
	observe func(kind string, took time.Duration, err error)
}

// The lanes that every queue has. The first one's name is that of all jobs which earlier versions have left behind.
const (
	mainLane = "jobs"
	longLane = "long"
)

// New makes a queue; handlers are registered before Run.
func New(db *database.DB, log *slog.Logger) *Queue {
	q := &Queue{
		db: db, log: log, kinds: map[string]kind{}, lanes: map[string]*lane{},
		observe: func(string, time.Duration, error) {},
	}
	q.addLane(mainLane)
	return q
}

// Observe sets a function that is told of each attempt at a job, by its kind. Call it before Run.
func (q *Queue) Observe(tell func(kind string, took time.Duration, err error)) { q.observe = tell }

// Handle registers the handler of a kind of jobs.
func (q *Queue) Handle(name string, h Handler) { q.HandleWith(name, Options{}, h) }

// HandleWith is Handle for jobs with other options.
func (q *Queue) HandleWith(name string, o Options, h Handler) {
	if o.Lane == "" {
		o.Lane = mainLane
	}
	if o.Attempts == 0 {
		o.Attempts = maxAttempts
	}
	q.addLane(o.Lane)
	q.kinds[name] = kind{o, h}
}

// Every runs work about once per interval, on one of all instances. The time is kept in the database, so that even an
// instance that sleeps most of the day gets to it.
func (q *Queue) Every(interval time.Duration, name string, work func(ctx context.Context) error) {
	q.HandleWith(name, Options{interval: interval}, func(ctx context.Context, _ []byte) error { return work(ctx) })
}

// EveryLong is Every for work of up to ten minutes. A stopping server interrupts it, and it starts again later.
func (q *Queue) EveryLong(interval time.Duration, name string, work func(ctx context.Context) error) {
	q.EveryWith(interval, name, Options{Lane: longLane, Time: longTimeout}, work)
}

// EveryWith is Every for work with other options.
func (q *Queue) EveryWith(interval time.Duration, name string, o Options, work func(ctx context.Context) error) {
	o.interval = interval
	q.HandleWith(name, o, func(ctx context.Context, _ []byte) error { return work(ctx) })
}

// envelope is a job as the queue's table holds it.
type envelope struct {
	Kind    string          `json:"kind"`
	Attempt int             `json:"attempt"`
	Payload json.RawMessage `json:"payload"`
}

// Enqueue adds a job, which exists once tx commits. It starts then, or after the delay of its kind.
func (q *Queue) Enqueue(ctx context.Context, tx *database.Tx, name string, payload any) error {
	data, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("writing the job %s: %w", name, err)
	}
	return q.send(ctx, tx, envelope{Kind: name, Payload: data}, q.kinds[name].Delay)
}

func (q *Queue) send(ctx context.Context, tx *database.Tx, e envelope, delay time.Duration) error {
	l := q.laneOf(e.Kind)
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("writing the job %s: %w", e.Kind, err)
	}
	if err := l.queue.SendTx(ctx, tx.Tx, goqite.Message{Body: body, Delay: delay}); err != nil {
		return fmt.Errorf("queueing the job %s: %w", e.Kind, err)
	}
	tx.AfterCommit(func() { l.wakeAfter(delay) })
	return nil
}

// Run runs jobs until ctx is done, then waits for those in progress.
func (q *Queue) Run(ctx context.Context) {
	var group sync.WaitGroup
	for _, l := range q.lanes {
		for range workers {
			group.Go(func() { q.work(ctx, l) })
		}
	}
	group.Go(func() { q.schedule(ctx) })
	group.Wait()
}

// Waiting counts the jobs that wait or run.
func (q *Queue) Waiting(ctx context.Context) (int, error) {
	return database.One[int](ctx, q.db.Read(), "select count(*) from goqite")
}

// Purge removes jobs that crashed the process on every attempt, which the queue no longer hands out.
func (q *Queue) Purge(ctx context.Context) error {
	return q.db.Write(ctx, func(tx *database.Tx) error {
		gone, err := database.Exec(ctx, tx, "delete from goqite where received >= $1", maxReceived)
		if err != nil {
			return fmt.Errorf("removing crashing jobs: %w", err)
		}
		if gone > 0 {
			q.log.Error("discarded jobs that crashed the process on every attempt", "number", gone)
		}
		return nil
	})
}
