package jobs_test

import (
	"context"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
)

func TestALaneThatHangsKeepsNoOtherWaiting(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		release := make(chan struct{})
		q.HandleWith("slow", jobs.Options{Lane: "mail"}, func(context.Context, []byte) error {
			<-release
			return nil
		})
		q.Handle("quick", func(context.Context, []byte) error { return nil })
		stop := q.run(t)
		for range 5 { // more than a lane has workers
			q.enqueue(t, "slow", nil)
		}
		q.enqueue(t, "quick", nil)
		q.log.wait(t, "job done", "kind=quick")
		close(release)
		for range 5 {
			q.log.wait(t, "job done", "kind=slow")
		}
		stop()
	})
}

func TestAttemptsOfAKind(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		q.HandleWith("failing", jobs.Options{Attempts: 2}, func(context.Context, []byte) error { return errBroken })
		q.enqueue(t, "failing", nil)
		q.runUntil(t, "job failed, will be retried", "kind=failing")
		q.hurry(t)
		q.runUntil(t, "job given up", "kind=failing", "attempt=2")
	})
}

func TestJobsThatAreDelayedOrPostponed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		var begun []time.Time
		q.HandleWith("patient", jobs.Options{Delay: 300 * time.Millisecond, Attempts: 1},
			func(context.Context, []byte) error {
				begun = append(begun, time.Now())
				if len(begun) < 3 {
					return jobs.Postponed(300 * time.Millisecond)
				}
				return nil
			})
		stop := q.run(t)
		defer stop()
		last := time.Now()
		q.enqueue(t, "patient", nil)
		q.log.wait(t, "job done", "kind=patient", "attempt=1") // postponements are no tries, and workers don't wait to look
		stop()
		for _, at := range begun {
			if at.Sub(last) < 200*time.Millisecond { // stored times are not exact to the millisecond
				t.Errorf("begun at %v, before it was due", begun)
			}
			last = at
		}
	})
}

// As earlier versions have left them, whichever lane they are done in now.
func TestJobsOfTheMainLaneAreDoneByAnyKind(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		q.enqueue(t, "moved", nil) // nobody handles it yet: it goes to the main lane
		q.restart()
		q.HandleWith("moved", jobs.Options{Lane: "mail"}, func(context.Context, []byte) error { return nil })
		q.runUntil(t, "job done", "kind=moved")
	})
}

// An instance that stops in the middle of receiving a job keeps the lock until the server ends its transaction.
func TestReceivingDoesNotWaitForAnInstanceThatIsFrozen(t *testing.T) {
	t.Parallel()
	list := instances(t, database.PostgreSQL, 2)
	q := list[1]
	q.Handle("count", func(context.Context, []byte) error { return nil })
	frozen, err := list[0].db.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer frozen.Rollback()
	for _, statement := range []string{
		"set local idle_in_transaction_session_timeout = '2s'", // instead of half a minute
		"select pg_advisory_xact_lock(7243392015)",
	} {
		if _, err := frozen.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	stop := q.run(t)
	q.enqueue(t, "count", nil)
	q.log.wait(t, "job done", "kind=count")
	stop()
}

func TestAClockThatWasAheadPutsNothingOff(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		q.Handle("retried", func(context.Context, []byte) error { return nil })
		q.Every(time.Hour, "periodic", func(context.Context) error { return nil })
		q.enqueue(t, "retried", nil)
		ahead := database.Now().AddDate(0, 0, 1)
		queued := any(ahead)
		if engine == database.SQLite {
			queued = ahead.Format("2006-01-02T15:04:05.000Z07:00")
		}
		err := q.db.Write(t.Context(), func(tx *database.Tx) error {
			if _, err := tx.ExecContext(t.Context(), "update goqite set timeout = $1", queued); err != nil {
				return err
			}
			_, err := tx.ExecContext(t.Context(), "insert into periodic_jobs (name, due_at) values ('periodic', $1)", ahead)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		stop := q.run(t)
		done := map[string]bool{}
		deadline := time.After(30 * time.Second)
		for len(done) < 2 {
			select {
			case line := <-q.log:
				for _, kind := range []string{"retried", "periodic"} {
					if contains(line, "job done", "kind="+kind) {
						done[kind] = true
					}
				}
			case <-deadline:
				t.Fatalf("done: %v", done)
			}
		}
		stop()
	})
}
