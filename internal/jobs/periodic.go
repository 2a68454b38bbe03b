package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	lookInterval    = time.Minute
	scheduleTimeout = 10 * time.Second // of one look at one kind
	skew            = time.Minute      // by which the clocks of instances may differ
	// latestDue is how far in the future a job can be due; anything later was stored by a clock that was ahead.
	latestDue = longestPause + longTimeout + visibility
)

// schedule enqueues periodic work that is due.
func (q *Queue) schedule(ctx context.Context) {
	poll := time.NewTicker(lookInterval)
	defer poll.Stop()
	for ctx.Err() == nil {
		q.look(ctx)
		select {
		case <-ctx.Done():
		case <-poll.C:
		}
	}
}

func (q *Queue) look(ctx context.Context) {
	tell := func(name string, err error) {
		if err != nil && ctx.Err() == nil {
			q.log.Error("scheduling periodic work failed", "kind", name, "error", err)
		}
	}
	tell("", q.advanceJobsPutOff(ctx))
	for name, k := range q.kinds {
		if k.interval > 0 {
			tell(name, q.enqueueDue(ctx, name, k.interval))
		}
	}
}

func (q *Queue) enqueueDue(ctx context.Context, name string, interval time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, scheduleTimeout)
	defer cancel()
	now := database.Now()
	next := now.Add(interval)
	latest := next.Add(skew) // what is due later was stored by a clock that was ahead
	waiting, err := database.All[string](ctx, q.db.Read(),
		"select name from periodic_jobs where name = $1 and due_at > $2 and due_at <= $3", name, now, latest)
	if err != nil || len(waiting) > 0 {
		return err // not due yet: nothing is written
	}
	return q.db.Write(ctx, func(tx *database.Tx) error {
		moved, err := database.Exec(ctx, tx, `
			insert into periodic_jobs (name, due_at) values ($1, $2)
			on conflict (name) do update set due_at = excluded.due_at
				where periodic_jobs.due_at <= $3 or periodic_jobs.due_at > $4`,
			name, next, now, latest)
		if err != nil || moved == 0 { // another instance was faster
			return err
		}
		return q.Enqueue(ctx, tx, name, nil)
	})
}

// advanceJobsPutOff makes jobs due that a clock which was ahead has put off for longer than any pause is.
func (q *Queue) advanceJobsPutOff(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, scheduleTimeout)
	defer cancel()
	now, latest := any(database.Now()), any(database.Now().Add(latestDue))
	if q.db.Engine() == database.SQLite { // where the queue's library keeps times as texts
		now, latest = queueTime(database.Now()), queueTime(database.Now().Add(latestDue))
	}
	late, err := database.One[int64](ctx, q.db.Read(), "select count(*) from goqite where timeout > $1", latest)
	if err != nil || late == 0 {
		return err
	}
	return q.db.Write(ctx, func(tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, "update goqite set timeout = $1 where timeout > $2", now, latest); err != nil {
			return fmt.Errorf("bringing jobs forward: %w", err)
		}
		for _, l := range q.lanes {
			tx.AfterCommit(l.wake)
		}
		return nil
	})
}

func queueTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.000Z07:00") }
