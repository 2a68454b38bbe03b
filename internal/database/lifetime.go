package database

import (
	"context"
	"fmt"
	"time"
)

// warnBefore is how long before its end a database is spoken of.
const warnBefore = 7 * 24 * time.Hour

// Ending says that the database will be deleted soon by whoever gives it for a lifetime only: "" when it will not, or
// when there is no lifetime. A database is as old as its first migration, which no backup brings back.
func (db *DB) Ending(ctx context.Context, lifetime time.Duration) (string, error) {
	if lifetime == 0 {
		return "", nil
	}
	row, err := One[struct{ Tstamp time.Time }](ctx, db.Read(), "select tstamp from goose_db_version order by id limit 1")
	if err != nil {
		return "", fmt.Errorf("asking for the age of the database: %w", err)
	}
	first := row.Tstamp
	if time.Since(first) < lifetime-warnBefore {
		return "", nil
	}
	const day = 24 * time.Hour
	return fmt.Sprintf("The database is %d days old and will be deleted after %d days, about %s.",
		time.Since(first)/day, lifetime/day, first.Add(lifetime).UTC().Format(time.DateOnly)), nil
}
