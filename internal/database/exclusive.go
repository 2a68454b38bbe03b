package database

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/gofrs/flock"
)

// lockInterval is the pause between two tries to get a lock.
const lockInterval = 50 * time.Millisecond

// WithLock runs f under a named lock, which it waits for, and which all processes on the database share. The lock
// goes with the process that holds it. If the connection to PostgreSQL may be lost, f must cope with another holder.
// While f runs, the lock takes a connection beside those of f.
func (db *DB) WithLock(ctx context.Context, name string, f func(ctx context.Context) error) error {
	number := fnv.New64a()
	_, _ = number.Write([]byte(name)) // never fails
	return db.underLock(ctx, name, int64(number.Sum64()), f)
}

// underLock holds a lock: on SQLite, whose own locks end with each transaction, a file beside the database; on
// PostgreSQL the advisory lock with that number.
func (db *DB) underLock(ctx context.Context, name string, number int64, f func(ctx context.Context) error) error {
	if db.engine == SQLite {
		lock := flock.New(db.path + "." + name + ".lock")
		if _, err := lock.TryLockContext(ctx, lockInterval); err != nil {
			return fmt.Errorf("waiting for the lock %q: %w", name, err)
		}
		defer lock.Close()
		return f(ctx)
	}
	for {
		if done, err := db.underAdvisoryLock(ctx, name, number, f); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the lock %q: %w", name, ctx.Err())
		case <-time.After(lockInterval):
		}
	}
}

// underAdvisoryLock returns false when somebody else has the lock. It keeps no connection then, since the holder needs
// a second one and a pooler may have no more. The lock belongs to a transaction: a session's would be lost, or held for
// ever, behind a pooler that hands out another connection with each transaction.
func (db *DB) underAdvisoryLock(
	ctx context.Context, name string, number int64, f func(ctx context.Context) error,
) (done bool, err error) {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("beginning the transaction of the lock %q: %w", name, err)
	}
	defer tx.Rollback() // lets go of the lock
	// The lock's transaction has nothing to do while f works on another connection.
	if _, err := tx.ExecContext(ctx, "set local idle_in_transaction_session_timeout = 0"); err != nil {
		return false, fmt.Errorf("preparing the transaction of the lock %q: %w", name, err)
	}
	locked, err := One[bool](ctx, tx, "select pg_try_advisory_xact_lock($1)", number)
	if err != nil {
		return false, fmt.Errorf("taking the lock %q: %w", name, err)
	}
	if !locked {
		return false, nil
	}
	return true, f(ctx)
}
