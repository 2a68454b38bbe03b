package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
)

// instance is one process's queue, with its own connections.
type instance struct {
	*jobs.Queue
	db  *database.DB
	log logLines
}

// instances are so many processes on one empty, migrated database.
func instances(t *testing.T, engine database.Engine, number int) []*instance {
	t.Helper()
	o := database.Options{PoolSize: 4, StatementCache: database.CacheAuto}
	if engine == database.SQLite {
		o.SQLitePath = filepath.Join(t.TempDir(), "jobs.sqlite3")
	} else {
		o.URL = apptest.EmptyDatabase(t, true)
	}
	list := make([]*instance, number)
	for i := range list {
		db, err := database.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if err := db.Migrate(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
			t.Fatal(err)
		}
		list[i] = &instance{db: db}
		list[i].restart()
	}
	return list
}

// restart forgets everything that is not in the database.
func (i *instance) restart() {
	i.log = make(logLines, 10_000)
	i.Queue = jobs.New(i.db, slog.New(slog.NewTextHandler(i.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// run runs the queue. The returned stop may be called twice; after it nothing of the queue runs any more.
func (i *instance) run(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); i.Run(ctx) }()
	stop = func() { cancel(); <-ended }
	t.Cleanup(stop)
	return stop
}

// runUntil runs the queue until it has logged all the words in one line.
func (i *instance) runUntil(t *testing.T, words ...string) {
	t.Helper()
	stop := i.run(t)
	i.log.wait(t, words...)
	stop()
}

func (i *instance) enqueue(t *testing.T, kind string, payload any) {
	t.Helper()
	err := i.db.Write(t.Context(), func(tx *database.Tx) error { return i.Enqueue(t.Context(), tx, kind, payload) })
	if err != nil {
		t.Fatal(err)
	}
}

type queued struct {
	Kind    string          `json:"kind"`
	Attempt int             `json:"attempt"`
	Payload json.RawMessage `json:"payload"`
	Due     time.Time       `json:"-"`
}

// queued reads the table of the queue.
func (i *instance) queued(t *testing.T) []queued {
	t.Helper()
	type row struct {
		Body    []byte
		Timeout any // a text on SQLite
	}
	rows, err := database.All[row](t.Context(), i.db.Read(), "select body, timeout from goqite order by created")
	if err != nil {
		t.Fatal(err)
	}
	list := make([]queued, len(rows))
	for n, r := range rows {
		if err := json.Unmarshal(r.Body, &list[n]); err != nil {
			t.Fatal(err)
		}
		switch due := r.Timeout.(type) {
		case time.Time:
			list[n].Due = due
		case string:
			if list[n].Due, err = time.Parse(time.RFC3339, due); err != nil {
				t.Fatal(err)
			}
		}
	}
	return list
}

// hurry makes all waiting jobs due.
func (i *instance) hurry(t *testing.T) {
	t.Helper()
	if _, err := i.db.Writer().ExecContext(t.Context(), "update goqite set timeout = created"); err != nil {
		t.Fatal(err)
	}
}

// logLines are lines that were logged and not looked at.
type logLines chan string

func (l logLines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

func (l logLines) wait(t *testing.T, words ...string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		select {
		case line := <-l:
			if contains(line, words...) {
				return
			}
		case <-deadline:
			t.Fatalf("%q was not logged", words)
		}
	}
}

func contains(line string, words ...string) bool {
	for _, word := range words {
		if !strings.Contains(line, word) {
			return false
		}
	}
	return true
}

var errBroken = errors.New("broken")

func TestAJobRunsOnceAfterTheCommit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		committed := make(chan struct{})
		payloads := make(chan string, 10)
		q.Handle("greet", func(_ context.Context, payload []byte) error {
			select {
			case <-committed:
			default:
				t.Error("the job ran before the commit")
			}
			payloads <- string(payload)
			return nil
		})
		stop := q.run(t)
		err := q.db.Write(t.Context(), func(tx *database.Tx) error {
			if err := q.Enqueue(t.Context(), tx, "greet", map[string]any{"name": "Älice", "id": 1 << 40}); err != nil {
				return err
			}
			close(committed)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		q.log.wait(t, "job done", "kind=greet", "attempt=1")
		stop()
		if payload := <-payloads; payload != `{"id":1099511627776,"name":"Älice"}` {
			t.Errorf("the job got %s", payload)
		}
		if len(payloads) > 0 || len(q.queued(t)) > 0 {
			t.Errorf("it ran %d times more; the queue holds %v", len(payloads), q.queued(t))
		}
	})
}

func TestACommitWakesTheQueue(t *testing.T) {
	const number = 10
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		done := make(chan struct{}, number)
		q.Handle("next", func(context.Context, []byte) error { done <- struct{}{}; return nil })
		q.run(t)
		asleep := time.After(50 * time.Second) // waiting for the poll each time would take 100
		for n := range number {
			q.enqueue(t, "next", n)
			select {
			case <-done:
			case <-asleep:
				t.Fatalf("job %d waits", n)
			}
			for range 50 { // meanwhile the workers find nothing more, and fall asleep
				q.queued(t)
			}
		}
	})
}

func TestNoJobAfterARollback(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		q.Handle("undone", func(context.Context, []byte) error { t.Error("the job ran"); return nil })
		q.Handle("last", func(context.Context, []byte) error { return nil })
		err := q.db.Write(t.Context(), func(tx *database.Tx) error {
			if err := q.Enqueue(t.Context(), tx, "undone", nil); err != nil {
				return err
			}
			return errBroken
		})
		if !errors.Is(err, errBroken) || len(q.queued(t)) != 0 {
			t.Errorf("got %v; the queue holds %v", err, q.queued(t))
		}
		q.enqueue(t, "last", nil)
		q.runUntil(t, "job done", "kind=last")
	})
}

func TestAFailedJobIsTriedAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		var tries atomic.Int64
		handle := func() {
			q.Handle("flaky", func(context.Context, []byte) error {
				if tries.Add(1) < 4 {
					return errBroken
				}
				return nil
			})
		}
		q.enqueue(t, "flaky", "payload")
		pauses := []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second}
		for n, want := range pauses {
			q.restart()
			handle()
			before := time.Now()
			q.runUntil(t, "job failed", "broken")
			list := q.queued(t)
			if len(list) != 1 || list[0].Attempt != n+1 || string(list[0].Payload) != `"payload"` {
				t.Fatalf("after try %d the queue holds %v", n+1, list)
			}
			if pause := list[0].Due.Sub(before); pause < want-time.Second || pause > want+30*time.Second {
				t.Errorf("after try %d it waits %v, want %v", n+1, pause, want)
			}
			q.hurry(t)
		}
		q.restart()
		handle()
		q.runUntil(t, "job done", "attempt=4")
		if tries.Load() != 4 || len(q.queued(t)) != 0 {
			t.Errorf("%d tries; the queue holds %v", tries.Load(), q.queued(t))
		}
	})
}

func TestAJobIsGivenUp(t *testing.T) {
	tests := []struct {
		name    string
		attempt int // tries before
		err     error
		givenUp bool
	}{
		{"a permanent error", 0, jobs.Permanent(errBroken), true},
		{"the last but one try", 10, errBroken, false},
		{"the last try", 11, errBroken, true},
	}
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				q := instances(t, engine, 1)[0]
				q.Handle("hopeless", func(context.Context, []byte) error { return test.err })
				body, err := json.Marshal(queued{Kind: "hopeless", Attempt: test.attempt, Payload: json.RawMessage("{}")})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := q.db.Writer().ExecContext(t.Context(), "insert into goqite (queue, body) values ('jobs', $1)",
					body); err != nil {
					t.Fatal(err)
				}
				words := []string{"job failed", "broken"}
				if test.givenUp {
					words[0] = "job given up"
				}
				q.runUntil(t, words...)
				if list := q.queued(t); (len(list) == 0) != test.givenUp {
					t.Errorf("the queue holds %v", list)
				}
			})
		}
	})
}

func TestPermanentKeepsTheError(t *testing.T) {
	t.Parallel()
	if err := jobs.Permanent(errBroken); !errors.Is(err, errBroken) || err.Error() != "broken" {
		t.Errorf("got %v", err)
	}
}

func TestAPanicIsSurvived(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		q.Handle("panics", func(context.Context, []byte) error { panic("on purpose") })
		q.Handle("works", func(context.Context, []byte) error { return nil })
		stop := q.run(t)
		for range 3 { // more than there are workers
			q.enqueue(t, "panics", nil)
			q.log.wait(t, "job failed", "panicked: on purpose")
		}
		q.enqueue(t, "works", nil)
		q.log.wait(t, "job done", "kind=works")
		stop()
		if list := q.queued(t); len(list) != 3 || list[0].Attempt != 1 {
			t.Errorf("the queue holds %v", list)
		}
	})
}

func TestAnUnknownKindWaitsForTheVersionThatKnowsIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		q := instances(t, engine, 1)[0]
		q.enqueue(t, "newer", 7)
		q.runUntil(t, "job failed", "no handler", "newer")
		q.hurry(t)
		q.restart()
		payloads := make(chan string, 1)
		q.Handle("newer", func(_ context.Context, payload []byte) error { payloads <- string(payload); return nil })
		q.runUntil(t, "job done", "kind=newer")
		if payload := <-payloads; payload != "7" {
			t.Errorf("the job got %s", payload)
		}
	})
}
