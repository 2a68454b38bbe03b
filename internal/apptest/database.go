package apptest

import (
	"context"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

// OpenDatabase opens the database that an environment names.
func OpenDatabase(t testing.TB, environment []string) *database.DB {
	t.Helper()
	c, err := config.Load(environment, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return openDatabase(t, t, c)
}

// Database is the server's database, opened a second time, for what no operation can bring about or show.
func (s *Server) Database(t testing.TB) *database.DB {
	t.Helper()
	s.opening.Lock()
	defer s.opening.Unlock()
	if s.opened == nil {
		s.Call(t, "GET", "/handshake/", "", nil).Want(t, 200) // waits for the schema
		s.opened = openDatabase(t, s.owner, s.Config)
	}
	return s.opened
}

// openDatabase opens a database until the test that owns it ends.
func openDatabase(t, owner testing.TB, c *config.Config) *database.DB {
	t.Helper()
	db, err := app.OpenDatabase(context.Background(), c, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	owner.Cleanup(func() {
		if err := db.Close(); err != nil {
			owner.Error(err)
		}
	})
	return db
}

// Exec runs a statement on the server's database.
func (s *Server) Exec(t testing.TB, statement string, args ...any) {
	t.Helper()
	err := s.Database(t).Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.ExecContext(t.Context(), statement, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Change runs a statement that must change something.
func Change(t testing.TB, db *database.DB, statement string, args ...any) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		changed, err := database.Exec(t.Context(), tx, statement, args...)
		if err == nil && changed == 0 {
			t.Fatalf("nothing is changed by: %s", statement)
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Value returns what a query finds in one row and column.
func Value[T any](t testing.TB, db *database.DB, query string, args ...any) T {
	t.Helper()
	found, err := database.One[T](t.Context(), db.Read(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return found
}

// Ago is a time to store.
func Ago(d time.Duration) time.Time { return database.Now().Add(-d) }
