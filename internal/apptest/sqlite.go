package apptest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

// migratedFile is an SQLite database with the schema of the present migrations. It is made once: migrating takes longer
// than most tests.
var migratedFile = sync.OnceValues(func() (content []byte, err error) {
	folder, err := os.MkdirTemp("", "notechondria-template-")
	if err != nil {
		return nil, fmt.Errorf("making a place for the template: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "template")
	ctx := context.Background()
	db, err := database.Open(ctx, database.Options{SQLitePath: path})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(db.Migrate(ctx, slog.New(slog.DiscardHandler)), db.Close()); err != nil {
		return nil, fmt.Errorf("migrating the template: %w", err)
	}
	return os.ReadFile(path) // closing has moved the write-ahead log into it
})

// copyMigratedFile puts a migrated database where a server with that data folder looks for one.
func copyMigratedFile(dataDir string) error {
	content, err := migratedFile()
	if err != nil {
		return err
	}
	c := config.Config{DataDir: dataDir}
	return os.WriteFile(c.SQLitePath(), content, 0o600)
}
