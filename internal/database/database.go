// Package database opens SQLite or PostgreSQL, runs transactions and migrations, and hides what differs between the two
// engines. It knows no feature: the SQL of a feature lies in the feature's package, written once for both engines.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/georgysavva/scany/v2/sqlscan"

	"github.com/trance-0/notechondria/internal/problem"
)

// Engine is the kind of database behind a DB.
type Engine string

// The engines that the product runs on.
const (
	SQLite     Engine = "SQLite"
	PostgreSQL Engine = "PostgreSQL"
)

// ErrNotFound is returned by One when no row matches.
var ErrNotFound = errors.New("no such row")

// Options say which database to open and how.
type Options struct {
	URL            string         // a postgres:// URL; empty means SQLite
	SQLitePath     string         // the SQLite file, used when URL is empty
	PoolSize       int            // connections to PostgreSQL (at least 2 are used), or readers of SQLite
	PageCache      int            // KiB of a connection to SQLite, which Go does not count; 0 for SQLite's default, 2,000
	StatementCache StatementCache // PostgreSQL only
	Wait           time.Duration  // for how long to try again while PostgreSQL can't be reached; 0 tries once
	ReadOnly       bool           // SQLite only: nothing is made or written, and Write fails
	Log            *slog.Logger   // told when that happens; may be nil
}

// DB is an open database. SQLite has one writing connection and several reading ones; on PostgreSQL both are one pool.
type DB struct {
	engine Engine
	read   *sql.DB
	write  *sql.DB
	path   string // of the SQLite file

	// For SQLite: its one writer serves waiting transactions in order, and writes to the file that still has its name.
	writing chan struct{}
	file    os.FileInfo
	log     os.FileInfo // of the file's write-ahead log; known from the first write on, to who writes

	group sync.WaitGroup // what runs beside, until stop is called
	stop  func()
}

// Open connects to the database that o names. Nothing is created or migrated but an empty SQLite file.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.URL == "" {
		return openSQLite(ctx, o)
	}
	return openPostgres(ctx, o)
}

// Close closes all connections, after the queries that run.
func (db *DB) Close() error {
	db.stop()
	db.group.Wait()
	if db.read == db.write {
		return db.write.Close()
	}
	return errors.Join(db.read.Close(), db.write.Close(), db.setLogAside())
}

// Engine tells which engine this is, for SQL that has to differ.
func (db *DB) Engine() Engine { return db.engine }

// Writer is the pool that libraries with transactions of their own need. On SQLite it has one connection: using it
// inside a transaction of Write waits for ever.
func (db *DB) Writer() *sql.DB { return db.write }

// Pools are the connection pools by what they are for: one, or one for reading and one for writing.
func (db *DB) Pools() map[string]*sql.DB {
	if db.read == db.write {
		return map[string]*sql.DB{"all": db.write}
	}
	return map[string]*sql.DB{"read": db.read, "write": db.write}
}

// Querier runs statements: the reading side of a DB, or a transaction.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// Read runs single statements outside a transaction. They must not write. What One and All read so is tried once more
// on another connection where one is lost.
func (db *DB) Read() Querier { return reader{db.read} }

type reader struct{ *sql.DB }

// Tx is a writing transaction.
type Tx struct {
	*sql.Tx
	engine      Engine
	afterCommit []func()
}

// AfterCommit calls f after the transaction is committed, never after a rollback.
func (tx *Tx) AfterCommit(f func()) { tx.afterCommit = append(tx.afterCommit, f) }

// A transaction that PostgreSQL rolled back in a deadlock starts over, after a pause that lets the other one finish.
const (
	deadlockTries = 3
	deadlockPause = 50 * time.Millisecond
)

// Write runs f in a transaction: committed when f returns nil, rolled back otherwise. Inside, only tx may be used. f
// runs again after a deadlock, so what it leaves outside the database must bear that.
func (db *DB) Write(ctx context.Context, f func(tx *Tx) error) (err error) {
	for try := range deadlockTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return err
			case <-time.After(deadlockPause):
			}
		}
		if err = db.writeOnce(ctx, f); !isDeadlock(err) {
			return classify(db.nameUnique(ctx, err))
		}
	}
	return err
}

func (db *DB) writeOnce(ctx context.Context, f func(tx *Tx) error) error {
	if db.engine == SQLite {
		leave, err := db.enterWriting(ctx)
		if err != nil {
			return err
		}
		defer leave()
	}
	sqlTx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	tx := &Tx{Tx: sqlTx, engine: db.engine}
	defer sqlTx.Rollback() // does nothing after a commit
	if err := f(tx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("committing: %w", err)
	}
	for _, hook := range tx.afterCommit {
		hook()
	}
	return nil
}

// One returns the only row of a query, or ErrNotFound. Columns match the fields of T by name or by `db` tag.
func One[T any](ctx context.Context, q Querier, query string, args ...any) (T, error) {
	var row T
	err := readAgain(ctx, q, func() error { return sqlscan.Get(ctx, q, &row, query, args...) })
	if sqlscan.NotFound(err) {
		err = ErrNotFound
	}
	return row, err
}

// All returns the rows of a query, never nil. The query bounds their number.
func All[T any](ctx context.Context, q Querier, query string, args ...any) ([]T, error) {
	rows := []T{}
	err := readAgain(ctx, q, func() error {
		rows = rows[:0]
		return sqlscan.Select(ctx, q, &rows, query, args...)
	})
	return rows, err
}

// readAgain reads once more outside transactions, where an answer was lost with its connection.
func readAgain(ctx context.Context, q Querier, read func() error) error {
	err := classify(read())
	if _, outside := q.(reader); outside && ctx.Err() == nil && errors.As(err, new(*problem.Trouble)) && outdates(err) {
		err = classify(read())
	}
	return err
}

// Exec runs a statement and returns how many rows it changed.
func Exec(ctx context.Context, q Querier, query string, args ...any) (int64, error) {
	result, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, classify(err)
	}
	return result.RowsAffected()
}

// Now is the time to store: UTC, cut to the microseconds that both engines keep.
func Now() time.Time { return stored(time.Now()) }

func stored(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
