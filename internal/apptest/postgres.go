package apptest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
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

// EmptyDatabase returns the address of an empty PostgreSQL database that nobody else uses until the test ends: a
// migrated one, or one without any table.
func EmptyDatabase(t testing.TB, migrated bool) string {
	t.Helper()
	server := os.Getenv(serverVariable)
	if server == "" {
		t.Skipf("%s is not set: scripts/test gives tests a PostgreSQL server", serverVariable)
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Close() })
	if migrated {
		return migratedDatabase(t, admin, server)
	}
	name := "test_" + strings.ToLower(rand.Text())
	if _, err := admin.ExecContext(context.Background(), "create database "+name); err != nil {
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
func migratedTemplate(ctx context.Context, admin *sql.DB, server string) (template string, err error) {
	digest, err := digestOfMigrations()
	if err != nil {
		return "", err
	}
	name := "notechondria_template_" + digest + "_2" // the form of its description
	conn, err := admin.Conn(ctx)
	if err != nil {
		return "", fmt.Errorf("connecting to the server of tests: %w", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "select pg_advisory_lock($1)", int64(templateLock)); err != nil {
		return "", fmt.Errorf("waiting for the template: %w", err)
	}
	defer func() {
		_, unlock := conn.ExecContext(ctx, "select pg_advisory_unlock($1)", int64(templateLock))
		err = errors.Join(err, unlock)
	}()
	var ready bool
	if err := conn.QueryRowContext(ctx, "select exists (select 1 from pg_database where datname = $1)",
		name).Scan(&ready); err != nil {
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
	description, err := migrateAndDescribe(ctx, withDatabase(server, unfinished))
	if err != nil {
		return "", fmt.Errorf("migrating the template: %w", err)
	}
	for _, statement := range []string{
		"comment on database " + unfinished + " is '" + strings.ReplaceAll(description, "'", "''") + "'",
		"alter database " + unfinished + " rename to " + name,
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return "", fmt.Errorf("finishing the template: %w", err)
		}
	}
	return name, nil
}

// migrateAndDescribe returns what the migrated database is like, as JSON.
func migrateAndDescribe(ctx context.Context, address string) (string, error) {
	db, err := database.Open(ctx, database.Options{URL: address, PoolSize: 2, StatementCache: database.CacheDescribe})
	if err != nil {
		return "", err
	}
	defer db.Close()
	if err := db.Migrate(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return "", err
	}
	p, err := describePristine(ctx, db.Writer())
	if err != nil {
		return "", err
	}
	description, err := json.Marshal(p)
	return string(description), err
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
