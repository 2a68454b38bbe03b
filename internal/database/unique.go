package database

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// uniqueViolation says that a value was there already.
type uniqueViolation struct {
	constraint string // the name of the unique index
	err        error
}

func (e *uniqueViolation) Error() string { return e.err.Error() }
func (e *uniqueViolation) Unwrap() error { return e.err }

// IsUnique reports whether a Write failed because one of these unique indexes, named as in the migrations, has the
// value already.
func IsUnique(err error, constraints ...string) bool {
	var e *uniqueViolation
	return errors.As(err, &e) && slices.Contains(constraints, e.constraint)
}

// nameUnique finds out which unique index an error is about. PostgreSQL says so; SQLite names the columns.
func (db *DB) nameUnique(ctx context.Context, err error) error {
	if name, ok := postgresUniqueViolation(err); ok {
		return &uniqueViolation{name, err}
	}
	text, ok := sqliteUniqueViolation(err)
	if !ok {
		return err
	}
	_, list, _ := strings.Cut(text, "UNIQUE constraint failed: ")
	list, _, _ = strings.Cut(list, " (") // the number of the error
	table, _, _ := strings.Cut(list, ".")
	columns := strings.ReplaceAll(list, table+".", "")
	name, lookUp := One[string](context.WithoutCancel(ctx), db.read, `
		select i.name from pragma_index_list($1) i
		where i."unique" and (select group_concat(c.name, ', ') from pragma_index_info(i.name) c) = $2
			limit 1`, table, columns)
	if lookUp != nil && !errors.Is(lookUp, ErrNotFound) {
		return errors.Join(err, fmt.Errorf("looking up a unique index: %w", lookUp))
	}
	return &uniqueViolation{name, err}
}

// ErrAgain makes WriteAgain start over: what f read has changed.
var ErrAgain = errors.New("something was changed at the same time")

const (
	writeTries = 5
	// betweenTries is the first pause before another try; it doubles.
	betweenTries = 5 * time.Millisecond
)

// WriteAgain is Write, repeated a few times when a concurrent transaction took a value that f had found free in one of
// these unique indexes, or when f returns ErrAgain. try counts from 0.
func (db *DB) WriteAgain(ctx context.Context, taken []string, f func(tx *Tx, try int) error) (err error) {
	for try := range writeTries {
		if try > 0 {
			select {
			case <-ctx.Done():
				return err
			case <-time.After(betweenTries << try):
			}
		}
		err = db.Write(ctx, func(tx *Tx) error { return f(tx, try) })
		if !IsUnique(err, taken...) && !errors.Is(err, ErrAgain) {
			return err
		}
	}
	return err
}
