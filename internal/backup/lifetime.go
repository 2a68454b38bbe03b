package backup

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

// warnBefore is how long before its end a database is spoken of.
const warnBefore = 7 * 24 * time.Hour

// Ending says that the database will be deleted soon, by whoever gives it for so long only: "" when it will not. A
// database is as old as its first migration, which no archive brings back.
func Ending(ctx context.Context, db *database.DB, lifetime time.Duration) (string, error) {
	if lifetime == 0 {
		return "", nil
	}
	first, err := database.One[time.Time](ctx, db.Read(), "select tstamp from goose_db_version order by id limit 1")
	if err != nil {
		return "", fmt.Errorf("asking for the age of the database: %w", err)
	}
	if time.Since(first) < lifetime-warnBefore {
		return "", nil
	}
	day := 24 * time.Hour
	return fmt.Sprintf("The database is %d days old and is deleted after %d, about %s: make a new one and set "+
		"DATABASE_URL to it "+
		"(with RESTORE_ON_EMPTY=latest the server comes back by itself), or pay for this one and set "+
		"DATABASE_LIFETIME_DAYS=0.",
		time.Since(first)/day, lifetime/day, first.Add(lifetime).UTC().Format(time.DateOnly)), nil
}

// Ending is the function of that name for this server's database.
func (s *Service) Ending(ctx context.Context) (string, error) { return Ending(ctx, s.DB, s.Lifetime) }

// watch logs it, once a day.
func (s *Service) watch(ctx context.Context) error {
	text, err := s.Ending(ctx)
	if err != nil {
		return err
	}
	if text != "" {
		s.Log.Warn("the database ends soon", "what", text)
	}
	return nil
}
