package jobs_test

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestEachOfManyJobsRunsOnce(t *testing.T) {
	const number = 200
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		var runs [number]atomic.Int64
		var stops []func()
		done := make(chan struct{}, number)
		list := instances(t, engine, 2)
		for _, q := range list {
			q.Handle("count", func(_ context.Context, payload []byte) error {
				var n int
				if err := json.Unmarshal(payload, &n); err != nil {
					return err
				}
				runs[n].Add(1)
				done <- struct{}{}
				return nil
			})
			stops = append(stops, q.run(t))
		}
		for n := range number {
			list[n%2].enqueue(t, "count", n)
		}
		for range number {
			select {
			case <-done:
			case <-time.After(30 * time.Second):
				t.Fatal("some jobs do not run")
			}
		}
		for _, stop := range stops {
			stop()
		}
		for n := range runs {
			if runs[n].Load() != 1 {
				t.Errorf("job %d ran %d times", n, runs[n].Load())
			}
		}
		if left := list[0].queued(t); len(left) != 0 {
			t.Errorf("the queue holds %v", left)
		}
	})
}

func TestAJobOfAnInstanceThatDiedIsTakenOver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		q.Handle("orphan", func(context.Context, []byte) error { return nil })
		q.enqueue(t, "orphan", nil)
		// As an instance leaves it that received the job and was killed.
		if _, err := q.db.Writer().ExecContext(t.Context(), "update goqite set received = 1, timeout = created"); err != nil {
			t.Fatal(err)
		}
		q.runUntil(t, "job done", "kind=orphan")
	})
}

func TestStopWaitsForTheJobThatRuns(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		started, release := make(chan struct{}), make(chan struct{})
		finished := false
		q.Handle("slow", func(ctx context.Context, _ []byte) error {
			close(started)
			<-release
			if _, err := q.db.Status(ctx); err != nil {
				t.Errorf("the job can't finish its work: %v", err)
			}
			finished = true
			return nil
		})
		q.enqueue(t, "slow", nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); q.Run(ctx) }()
		<-started
		cancel()
		close(release)
		<-ended
		if !finished || len(q.queued(t)) != 0 {
			t.Errorf("finished %v; the queue holds %v", finished, q.queued(t))
		}
	})
}

func dueAt(t *testing.T, q *instance, kind string) time.Time {
	t.Helper()
	row, err := database.One[struct{ DueAt time.Time }](t.Context(), q.db.Read(),
		"select due_at from periodic_jobs where name = $1", kind)
	if err != nil {
		t.Fatal(err)
	}
	return row.DueAt
}

func TestPeriodicWorkRunsOnceForAllInstances(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		var runs atomic.Int64
		ran := make(chan struct{}, 100)
		list := instances(t, engine, 3)
		before := database.Now()
		var stops []func()
		for _, q := range list {
			q.Every(time.Hour, "sweep", func(context.Context) error { runs.Add(1); ran <- struct{}{}; return nil })
			stops = append(stops, q.run(t))
		}
		select {
		case <-ran:
		case <-time.After(30 * time.Second):
			t.Fatal("it does not run")
		}
		for _, stop := range stops {
			stop()
		}
		if n := runs.Load(); n != 1 || len(list[0].queued(t)) != 0 {
			t.Errorf("it ran %d times; the queue holds %v", n, list[0].queued(t))
		}
		if due := dueAt(t, list[0], "sweep"); due.Before(before.Add(time.Hour)) || due.After(database.Now().Add(time.Hour)) {
			t.Errorf("it was begun at %v, and is due at %v", before, due)
		}
	})
}

func TestPeriodicWorkIsRememberedAcrossRestarts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		var runs atomic.Int64
		q := instances(t, engine, 1)[0]
		startUntil := func(done string, others ...string) {
			q.restart()
			q.Every(time.Hour, "sweep", func(context.Context) error { runs.Add(1); return nil })
			for _, kind := range others {
				q.Every(time.Hour, kind, func(context.Context) error { return nil })
			}
			q.runUntil(t, "job done", "kind="+done)
		}
		startUntil("sweep")
		due := dueAt(t, q, "sweep")
		for _, kind := range []string{"a", "b", "c", "d", "e"} { // never done before, so they are due
			startUntil(kind, kind)
		}
		if runs.Load() != 1 || !dueAt(t, q, "sweep").Equal(due) {
			t.Errorf("it ran %d times, and is due at %v instead of %v", runs.Load(), dueAt(t, q, "sweep"), due)
		}
		if _, err := q.db.Writer().ExecContext(t.Context(), "update periodic_jobs set due_at = $1 where name = 'sweep'",
			database.Now()); err != nil {
			t.Fatal(err)
		}
		startUntil("sweep")
		if runs.Load() != 2 {
			t.Errorf("it ran %d times, want 2", runs.Load())
		}
	})
}
