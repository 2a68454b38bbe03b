package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlitelib "modernc.org/sqlite/lib"
)

// Pragmas of every connection. WAL itself is a property of the file and is set by the first migration.
// synchronous=full syncs at each commit: an acknowledged note survives a power cut.
var sqlitePragmas = []string{"busy_timeout(10000)", "foreign_keys(on)", "synchronous(full)"}

func openSQLite(ctx context.Context, o Options) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(o.SQLitePath), 0o700); err != nil {
		return nil, fmt.Errorf("creating the folder of the database: %w", err)
	}
	file, err := os.OpenFile(o.SQLitePath, os.O_CREATE|os.O_RDWR, 0o600) // SQLite would let others read it
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	write, err := sqlitePool(o.SQLitePath, url.Values{"_txlock": {"immediate"}})
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database %s: %w", o.SQLitePath, err), write.Close())
	}
	read, err := sqlitePool(o.SQLitePath, url.Values{"_pragma": {"query_only(on)"}})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database for reading: %w", err), write.Close())
	}
	read.SetMaxOpenConns(o.PoolSize)
	read.SetMaxIdleConns(o.PoolSize)
	return &DB{engine: SQLite, read: read, write: write, path: o.SQLitePath}, nil
}

func sqlitePool(path string, query url.Values) (*sql.DB, error) {
	for _, pragma := range sqlitePragmas {
		query.Add("_pragma", pragma)
	}
	query.Set("_time_format", "sqlite")
	file := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: query.Encode()}
	connector, err := sqlite.NewConnector(file.String())
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(cachingConnector{connector}), nil
}

func sqliteCode(err error) (code int, text string) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, ""
	}
	return e.Code(), e.Error()
}

func sqliteUniqueViolation(err error) (text string, ok bool) {
	code, text := sqliteCode(err)
	return text, code == sqlitelib.SQLITE_CONSTRAINT_UNIQUE || code == sqlitelib.SQLITE_CONSTRAINT_PRIMARYKEY
}

func sqliteNoSuchTable(err error) bool {
	code, text := sqliteCode(err)
	return code == sqlitelib.SQLITE_ERROR && strings.Contains(text, "no such table")
}
