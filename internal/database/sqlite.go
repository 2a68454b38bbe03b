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
// The write-ahead log gives back what it took for a large transaction, or while somebody read for long.
var sqlitePragmas = []string{"busy_timeout(10000)", "foreign_keys(on)", "synchronous(full)",
	"journal_size_limit(8388608)"}

func openSQLite(ctx context.Context, o Options) (*DB, error) {
	if o.ReadOnly {
		return openSQLiteReadOnly(ctx, o)
	}
	if err := os.MkdirAll(filepath.Dir(o.SQLitePath), 0o700); err != nil {
		return nil, fmt.Errorf("creating the folder of the database: %w", err)
	}
	file, err := createFile(o.SQLitePath)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	write, err := sqlitePool(o, url.Values{"_txlock": {"immediate"}})
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	write.SetMaxOpenConns(1)
	if err := write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database %s: %w", o.SQLitePath, err), write.Close())
	}
	read, err := sqlitePool(o, url.Values{"_pragma": {"query_only(on)"}})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database for reading: %w", err), write.Close())
	}
	read.SetMaxOpenConns(o.PoolSize)
	read.SetMaxIdleConns(o.PoolSize)
	return &DB{
		engine: SQLite, read: read, write: write, path: o.SQLitePath, file: file, writing: make(chan struct{}, 1),
		stop: func() {},
	}, nil
}

// openSQLiteReadOnly opens a file that may belong to another program, and be on a disk that takes no writes.
func openSQLiteReadOnly(ctx context.Context, o Options) (*DB, error) {
	pool, err := sqlitePool(o, url.Values{"mode": {"ro"}, "_pragma": {"query_only(on)"}})
	if err != nil {
		return nil, fmt.Errorf("opening the database for reading: %w", err)
	}
	pool.SetMaxOpenConns(max(o.PoolSize, 1))
	if err := pool.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the database %s: %w", o.SQLitePath, err), pool.Close())
	}
	return &DB{engine: SQLite, read: pool, write: pool, path: o.SQLitePath, writing: make(chan struct{}, 1),
		stop: func() {}}, nil
}

// createFile makes a missing file before SQLite does, which would let others read it.
func createFile(path string) (os.FileInfo, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	return info, errors.Join(err, file.Close())
}

// errReplaced says that what is written would go to a file that has no name any more, and be gone at the next start.
var errReplaced = errors.New(
	"the database file was removed or replaced while the server was running: put it back, or restart the server")

// enterWriting waits for SQLite's one writer, in order.
func (db *DB) enterWriting(ctx context.Context) (leave func(), err error) {
	select {
	case db.writing <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the writer of the database: %w", ctx.Err())
	}
	if err := db.sameFile(); err != nil {
		<-db.writing
		return nil, err
	}
	if db.log == nil {
		db.log, _ = os.Stat(db.path + logSuffix) // there is none before the first migration
	}
	return func() { <-db.writing }, nil
}

func (db *DB) sameFile() error {
	present, err := os.Stat(db.path)
	if err != nil || !os.SameFile(db.file, present) {
		return errReplaced
	}
	return nil
}

const (
	logSuffix      = "-wal"
	logAsideSuffix = "-wal.replaced"
)

// setLogAside renames the log of a file in whose place there is another one: SQLite leaves it there, and would take it
// for the other one's, which that destroys.
func (db *DB) setLogAside() error {
	db.writing <- struct{}{}
	defer func() { <-db.writing }()
	_, err := os.Stat(db.path)
	if err != nil || db.log == nil || db.sameFile() == nil {
		return nil
	}
	log, err := os.Stat(db.path + logSuffix)
	if err != nil || !os.SameFile(db.log, log) {
		return nil
	}
	if err := os.Rename(db.path+logSuffix, db.path+logAsideSuffix); err != nil {
		return fmt.Errorf("setting aside the log of a database that was replaced: %w", err)
	}
	return nil
}

// CheckWritable tells whether the database takes writes at present: a server of PostgreSQL that is a standby, or was
// made read-only, does not.
func (db *DB) CheckWritable(ctx context.Context) error {
	if db.engine == SQLite {
		return db.sameFile()
	}
	readOnly, err := One[bool](ctx, db.Read(),
		"select pg_is_in_recovery() or current_setting('transaction_read_only') = 'on'")
	if err != nil {
		return err
	}
	if readOnly {
		return errors.New("the database is read-only")
	}
	return nil
}

func sqlitePool(o Options, query url.Values) (*sql.DB, error) {
	for _, pragma := range sqlitePragmas {
		query.Add("_pragma", pragma)
	}
	if o.PageCache > 0 {
		query.Add("_pragma", fmt.Sprintf("cache_size(-%d)", o.PageCache))
	}
	query.Set("_time_format", "sqlite")
	file := url.URL{Scheme: "file", OmitHost: true, Path: o.SQLitePath, RawQuery: query.Encode()}
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
