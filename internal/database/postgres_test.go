package database_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// prepared counts what a connection keeps prepared after a query.
func prepared(t *testing.T, db *database.DB) (n int64) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		if _, err := database.One[int64](t.Context(), tx, "select $1 + 1", 1); err != nil {
			return err
		}
		var err error
		n, err = database.One[int64](t.Context(), tx, "select count(*) from pg_prepared_statements")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestStatementCache(t *testing.T) {
	t.Parallel()
	direct := apptest.EmptyDatabase(t, false)
	pooled := apptest.PgBouncer(t, direct, 2)
	tests := []struct {
		name, address string
		cache         database.StatementCache
		prepares      bool
	}{
		{"direct, auto", direct, database.CacheAuto, true},
		{"direct, prepare", direct, database.CachePrepare, true},
		{"direct, describe", direct, database.CacheDescribe, false},
		{"pooled, auto", pooled, database.CacheAuto, false},
		{"pooled, describe", pooled, database.CacheDescribe, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			db := openWith(t, database.Options{URL: test.address, PoolSize: 2, StatementCache: test.cache})
			if n := prepared(t, db); (n > 0) != test.prepares {
				t.Errorf("%d statements are prepared", n)
			}
		})
	}
}

func TestMigrateThroughPgBouncer(t *testing.T) {
	t.Parallel()
	o := database.Options{PoolSize: 4, StatementCache: database.CacheAuto}
	o.URL = apptest.PgBouncer(t, apptest.EmptyDatabase(t, false), 2)
	var group sync.WaitGroup
	for range 4 { // more than there are connections
		db := openWith(t, o)
		group.Go(func() {
			if err := db.Migrate(t.Context(), quiet); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	wantEachOnce(t, openWith(t, o))
}

func TestAServerBehindPgBouncer(t *testing.T) {
	t.Parallel()
	address := apptest.PgBouncer(t, apptest.EmptyDatabase(t, true), 2)
	s := apptest.Start(t, database.PostgreSQL, "DATABASE_URL="+address)
	alice := s.SignUp(t, "alice")
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			for j := range 5 {
				title := fmt.Sprintf("note %d-%d", i, j)
				note := s.Call(t, "POST", "/api/v1/notes/", alice.Token,
					map[string]any{"title": title, "content": "# " + title + "\n\ntext"})
				read := s.Call(t, "GET", fmt.Sprintf("/api/v1/notes/%d/", note.Int("id")), alice.Token, nil)
				if note.Status != 201 || read.Status != 200 || read.String("title") != title {
					t.Errorf("%d %s, then %d %s", note.Status, note.Text, read.Status, read.Text)
				}
			}
		})
	}
	group.Wait()
	if notes := s.Call(t, "GET", "/api/v1/notes/", alice.Token, nil).Want(t, 200); len(notes.List()) != 41 {
		t.Errorf("%d notes, want 40 and the welcome note", len(notes.List()))
	}
}

func TestOpenTriesAgainWhileNobodyAnswers(t *testing.T) {
	t.Parallel()
	hangsUp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hungUp := make(chan struct{})
	go func() {
		defer close(hungUp)
		for conn, err := hangsUp.Accept(); err == nil; conn, err = hangsUp.Accept() {
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = hangsUp.Close(); <-hungUp })
	for name, host := range map[string]string{
		"nobody listens":      fmt.Sprintf("127.0.0.1:%d", apptest.FreePort(t)),
		"the name is unknown": "database.invalid",
		"the server hangs up": hangsUp.Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			o := database.Options{URL: "postgres://notes:secret@" + host + "/notes?sslmode=disable", PoolSize: 1,
				Wait: time.Hour}
			_, err := database.Open(ctx, o)
			if err == nil || ctx.Err() == nil {
				t.Errorf("it gave up early: %v", err)
			}
			o.Wait = 0
			if _, err = database.Open(t.Context(), o); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("tried once: %v", err)
			}
		})
	}
}

func TestOpenGivesUpWhereTryingAgainIsInVain(t *testing.T) {
	t.Parallel()
	address := apptest.EmptyDatabase(t, false)
	for name, url := range map[string]string{
		"an unknown database": address[:strings.LastIndex(address, "/")] + "/no_such_database?sslmode=disable",
		"no URL":              "postgres://[",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := database.Open(ctx, database.Options{URL: url, PoolSize: 1, Wait: time.Hour})
			if err == nil || errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestATransactionRunsAgainAfterADeadlock(t *testing.T) {
	t.Parallel()
	db := open(t, database.PostgreSQL)
	exec(t, db, "create table things (id bigint primary key, n bigint)")
	exec(t, db, "insert into things (id, n) values (1, 0), (2, 0)")
	var runs, hooks atomic.Int64
	var group, both sync.WaitGroup
	both.Add(2)
	for _, order := range [][]int64{{1, 2}, {2, 1}} {
		first := true
		group.Go(func() {
			err := db.Write(t.Context(), func(tx *database.Tx) error {
				runs.Add(1)
				tx.AfterCommit(func() { hooks.Add(1) })
				for _, id := range order {
					if _, err := tx.ExecContext(t.Context(), "update things set n = n + 1 where id = $1", id); err != nil {
						return fmt.Errorf("changing a thing: %w", err)
					}
					if first { // each has one of the two now, and wants the other's
						first = false
						both.Done()
						both.Wait()
					}
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if sum := count(t, db, "select sum(n) from things"); runs.Load() < 3 || hooks.Load() != 2 || sum != 4 {
		t.Errorf("%d runs, %d calls after a commit, and the sum %d", runs.Load(), hooks.Load(), sum)
	}
}

func TestTheServerEndsTransactionsThatStandStill(t *testing.T) {
	t.Parallel()
	direct := apptest.EmptyDatabase(t, false)
	// Which refuses the parameter.
	for address, want := range map[string]string{direct: "30s", apptest.PgBouncer(t, direct, 2): "0"} {
		db := openWith(t, database.Options{URL: address, PoolSize: 2, StatementCache: database.CacheAuto})
		got, err := database.One[string](t.Context(), db.Read(), "show idle_in_transaction_session_timeout")
		if err != nil || got != want {
			t.Errorf("it is %q, want %q: %v", got, want, err)
		}
	}
}
