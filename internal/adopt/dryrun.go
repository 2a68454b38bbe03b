package adopt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/trance-0/notechondria/internal/database"
)

// errDryRun takes back what a dry run wrote.
var errDryRun = errors.New("dry run")

// adoptedBefore reports whether something was adopted. It fails where our tables are missing.
func (o Options) adoptedBefore(ctx context.Context) (bool, error) {
	adopted, err := database.One[int64](ctx, o.DB.Read(), "select count(*) from adoptions")
	if err != nil {
		return false, fmt.Errorf("looking for an earlier adoption: %w", err)
	}
	return adopted > 0, nil
}

// dryRun adopts into a database that is thrown away, so that it needs none of our tables, and locks nothing. After an
// earlier adoption it works in the database itself, and takes everything back.
func (o Options) dryRun(ctx context.Context) (report *Report, err error) {
	if adopted, err := o.adoptedBefore(ctx); err == nil && adopted {
		return o.run(ctx)
	}
	if people, err := database.One[int64](ctx, o.DB.Read(), "select count(*) from users"); err == nil && people > 0 {
		return nil, ErrHasPeople
	}
	report = &Report{Source: o.Name, At: database.Now(), DryRun: true}
	if err := o.checkRoom(ctx, report); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "adopt-*")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the dry run: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	scratch, err := database.Open(ctx, database.Options{SQLitePath: filepath.Join(folder, "dry-run.sqlite3"), PoolSize: 1})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, scratch.Close()) }()
	if err := scratch.Migrate(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	if o.From == nil {
		o.From = o.DB
	}
	o.DB = scratch
	return report, o.takeOver(ctx, report)
}
