package apptest

import (
	"context"
	"testing"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/database"
)

// Database opens the server's database a second time, for what no operation can bring about or show.
func (s *Server) Database(t testing.TB) *database.DB {
	t.Helper()
	db, err := app.OpenDatabase(context.Background(), s.Config, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
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
