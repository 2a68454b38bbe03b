package database

import (
	"context"
	"fmt"
	"time"
)

// warnBefore is how long before the end of a database the warning starts.
const warnBefore = 7 * 24 * time.Hour

// Ending is a warning that the provider will delete the database soon, or "" if not. The age of a database is that of
// its first migration, which no backup restores.
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
