package apptest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"github.com/trance-0/notechondria/internal/database"
)

// serverVariable names a PostgreSQL server on which tests may make databases.
const serverVariable = "TEST_DATABASE_URL"

// templateLock keeps two test programs from making the template at once.
const templateLock = 7243392016

// EmptyDatabase makes a PostgreSQL database that is dropped with the test, and returns its address. A migrated one is a
// copy of a template that is made once.
func EmptyDatabase(t testing.TB, migrated bool) string {
	t.Helper()
	server := os.Getenv(serverVariable)
	if server == "" {
		t.Skipf("%s is not set: scripts/test gives tests a PostgreSQL server", serverVariable)
	}
	ctx := context.Background()
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	name := "test_" + strings.ToLower(rand.Text())
	create := "create database " + name
	if migrated {
		template, err := migratedTemplate(ctx, admin, server)
		if err != nil {
			t.Fatal(err)
		}
		create += " template " + template
	}
	if _, err := admin.ExecContext(ctx, create); err != nil {
		t.Fatalf("making a database: %v", err)
	}
	t.Cleanup(func() { dropDatabase(t, server, name) })
	return withDatabase(server, name)
}

func dropDatabase(t testing.TB, server, name string) {
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Error(err)
		return
	}
	defer admin.Close()
	if _, err := admin.Exec("drop database " + name + " with (force)"); err != nil {
		t.Errorf("dropping a database: %v", err)
	}
}

func withDatabase(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // it was opened before: it can be parsed
	}
	u.Path = "/" + name
	return u.String()
}

// migratedTemplate returns the name of a database with the schema of the present migrations.
func migratedTemplate(ctx context.Context, admin *sql.DB, server string) (string, error) {
	digest, err := digestOfMigrations()
	if err != nil {
		return "", err
	}
	name := "notechondria_template_" + digest
	conn, err := admin.Conn(ctx)
	if err != nil {
		return "", fmt.Errorf("connecting to the server of tests: %w", err)
	}
	defer conn.Close() // lets go of the lock
	if _, err := conn.ExecContext(ctx, "select pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return "", fmt.Errorf("waiting for the template: %w", err)
	}
	var ready bool
	if err := conn.QueryRowContext(ctx, "select exists (select 1 from pg_database where datname = $1)", name).Scan(&ready); err != nil {
		return "", fmt.Errorf("looking for the template: %w", err)
	}
	if ready {
		return name, nil
	}
	unfinished := name + "_new"
	for _, statement := range []string{"drop database if exists " + unfinished, "create database " + unfinished} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", fmt.Errorf("making the template: %w", err)
		}
	}
	if err := migrate(ctx, withDatabase(server, unfinished)); err != nil {
		return "", fmt.Errorf("migrating the template: %w", err)
	}
	if _, err := conn.ExecContext(ctx, "alter database "+unfinished+" rename to "+name); err != nil {
		return "", fmt.Errorf("finishing the template: %w", err)
	}
	return name, nil
}

func migrate(ctx context.Context, address string) error {
	db, err := database.Open(ctx, database.Options{URL: address, PoolSize: 2, StatementCache: database.CacheDescribe})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Migrate(ctx, slog.New(slog.DiscardHandler))
}

func digestOfMigrations() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	folder := os.DirFS(filepath.Join(root, "internal/database/migrations/postgresql"))
	err = fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, path)
		hash.Write(data)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("reading the migrations: %w", err)
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:6]), nil
}
