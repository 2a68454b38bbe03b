// Package jobs runs work outside requests: jobs that a transaction leaves behind, tried again with growing pauses until
// they succeed, and periodic work that is due by a stored time. Jobs survive restarts and run on any instance. The
// package knows nothing of what a job does; a job may run twice, so handlers must bear that.
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

// Handler does one job. An error has the job tried again later, unless it is Permanent.
type Handler func(ctx context.Context, payload []byte) error

// Permanent marks an error that no further try will mend.
func Permanent(err error) error { return permanentError{err} }

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Postponed is the error of a handler that wants its job begun again after a time, without counting this as a try.
type Postponed time.Duration

func (p Postponed) Error() string { return "postponed by " + time.Duration(p).String() }

// Options say how jobs of a kind are done; the zero value is how most are.
type Options struct {
	// Lane is a name for workers of their own: what waits for a mail server, say, keeps no other work waiting.
	Lane string
	// Attempts is after how many tries a job is given up; 0 for twelve, which take two and a half hours.
	Attempts int
	// Time is how long a job may take, an hour at most, broken off when the server stops and begun again later; 0 for
	// twenty seconds, which a stopping server waits for.
	Time time.Duration
	// Delay is how long after its commit a job is begun, 0 for at once.
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

// Observe has each try of a job told, by its kind. It is called before Run.
func (q *Queue) Observe(tell func(kind string, took time.Duration, err error)) { q.observe = tell }

// Handle registers what does the jobs of a kind.
func (q *Queue) Handle(name string, h Handler) { q.HandleWith(name, Options{}, h) }

// HandleWith is Handle for jobs that are done in another way than most.
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

// Every has work done about once per interval by one of all instances, by a time kept in the database: an instance that
// sleeps most of the day still gets to it.
func (q *Queue) Every(interval time.Duration, name string, work func(ctx context.Context) error) {
	q.HandleWith(name, Options{interval: interval}, func(ctx context.Context, _ []byte) error { return work(ctx) })
}

// EveryLong is Every for work of up to ten minutes. A server that is asked to stop breaks it off, and it is begun again
// later.
func (q *Queue) EveryLong(interval time.Duration, name string, work func(ctx context.Context) error) {
	q.EveryWith(interval, name, Options{Lane: longLane, Time: longTimeout}, work)
}

// EveryWith is Every for work that is done in another way than most.
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

// Enqueue leaves a job behind: it exists when tx commits, and is begun then, or after the delay of its kind.
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

// Run does jobs until ctx is done, then waits for those that run.
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

// Purge removes jobs that took down the process at each try, which the queue does not hand out any more.
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
