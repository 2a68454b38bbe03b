package systemtest_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// storing is somebody who keeps making notes.
type storing struct {
	*apptest.Server
	account apptest.Account
	stored  []int64
}

func startStoring(t *testing.T, url string) *storing {
	t.Helper()
	s := &storing{Server: apptest.Start(t, database.PostgreSQL, "DATABASE_URL="+url)}
	s.account = s.SignUp(t, "alice")
	s.store(t)
	return s
}

// store makes a note, unless the server asks to come back.
func (s *storing) store(t *testing.T) bool {
	t.Helper()
	reply := s.Call(t, "POST", "/api/v1/notes/", s.account.Token,
		map[string]any{"title": fmt.Sprintf("note %d", len(s.stored))})
	switch {
	case reply.Status == http.StatusCreated:
		s.stored = append(s.stored, reply.Int("id"))
		return true
	case reply.Status != http.StatusServiceUnavailable && reply.Status != http.StatusInsufficientStorage ||
		reply.Header.Get("Retry-After") == "":
		t.Errorf("status %d, want 201, or 503 with Retry-After: %s", reply.Status, reply.Text)
	}
	return false
}

// waitUntilStoring waits until notes can be made.
func (s *storing) waitUntilStoring(t *testing.T, after string) {
	t.Helper()
	start := time.Now()
	apptest.Eventually(t, "a note is stored after "+after, func() bool { return s.store(t) })
	t.Logf("stored %s after %s", time.Since(start).Round(10*time.Millisecond), after)
	apptest.Eventually(t, "the server is ready",
		func() bool { return s.Call(t, "GET", "/readyz", "", nil).Status == http.StatusOK })
}

// wantAll fails the test unless all notes are there that were acknowledged.
func (s *storing) wantAll(t *testing.T) {
	t.Helper()
	for _, id := range s.stored {
		s.Call(t, "GET", fmt.Sprintf("/api/v1/notes/%d/", id), s.account.Token, nil).Want(t, http.StatusOK)
	}
}

func replicated(t *testing.T) (primary, standby *apptest.Cluster) {
	t.Helper()
	primary = apptest.StartCluster(t, "")
	// Nothing that was acknowledged may be lost with the primary.
	standby = primary.Standby(t)
	execOn(t, primary, "postgres", "alter system set synchronous_standby_names = '*'", "select pg_reload_conf()")
	return primary, standby
}

func execOn(t *testing.T, c *apptest.Cluster, name string, statements ...string) {
	t.Helper()
	db, err := sql.Open("pgx", apptest.URL(name, c))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// promote has a standby take writes without a standby of its own.
func promote(t *testing.T, standby *apptest.Cluster) {
	t.Helper()
	standby.Promote(t)
	execOn(t, standby, "postgres", "alter system set synchronous_standby_names = ''", "select pg_reload_conf()")
}

func TestFailOver(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(t *testing.T, primary *apptest.Cluster){
		"the primary crashes": func(t *testing.T, primary *apptest.Cluster) { primary.Kill(t) },
		"the primary hangs":   func(t *testing.T, primary *apptest.Cluster) { primary.Freeze(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			primary, standby := replicated(t)
			s := startStoring(t, apptest.URL("postgres", primary, standby))
			fail(t, primary)
			promote(t, standby)
			s.waitUntilStoring(t, name)
			for range 20 { // on all connections
				s.waitUntilStoring(t, name)
			}
			s.wantAll(t)
		})
	}
}

func TestAHungDatabaseThatGoesOn(t *testing.T) {
	t.Parallel()
	primary := apptest.StartCluster(t, "")
	s := startStoring(t, apptest.URL("postgres", primary))
	primary.Freeze(t)
	if s.store(t) {
		t.Error("a frozen database has stored a note")
	}
	primary.Thaw(t)
	s.waitUntilStoring(t, "the pause")
	s.wantAll(t)
}

func TestASpellOfReadOnly(t *testing.T) {
	t.Parallel()
	primary := apptest.StartCluster(t, "")
	execOn(t, primary, "postgres", "create database notes")
	s := startStoring(t, apptest.URL("notes", primary))
	restart := "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'notes'"
	execOn(t, primary, "postgres", "alter database notes set default_transaction_read_only = on", restart)
	apptest.Eventually(t, "writes are refused", func() bool { return !s.store(t) })
	s.Call(t, "GET", "/api/v1/notes/", s.account.Token, nil).Want(t, http.StatusOK)
	s.Call(t, "GET", "/readyz", "", nil).Want(t, http.StatusServiceUnavailable)
	execOn(t, primary, "postgres", "alter database notes set default_transaction_read_only = off")
	s.waitUntilStoring(t, "the read-only spell")
	s.wantAll(t)
}

func TestReadsOutliveALostConnection(t *testing.T) {
	t.Parallel()
	primary := apptest.StartCluster(t, "")
	execOn(t, primary, "postgres", "create database notes")
	s := startStoring(t, apptest.URL("notes", primary))
	for range 5 {
		execOn(t, primary, "postgres", "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'notes'")
		s.Call(t, "GET", "/api/v1/notes/", s.account.Token, nil).Want(t, http.StatusOK)
	}
	primary.Restart(t)
	s.Call(t, "GET", "/api/v1/notes/", s.account.Token, nil).Want(t, http.StatusOK)
}
