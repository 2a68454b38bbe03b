package media

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	sweepInterval = 24 * time.Hour
	sweepAge      = 24 * time.Hour // a younger file may belong to a request that runs
	sweptAtOnce   = 500
	sweepLimit    = 1000 // files removed by one sweep
	sweepFew      = 20   // so many go whatever share of all files they are
	sweepShare    = 10   // otherwise at most a tenth
)

// Column is where a table keeps keys.
type Column struct{ Table, Column string }

// Names tells that a column of a table holds keys: what it holds is not removed. Packages that keep files call it before
// the service is used.
func (s *Service) Names(table, columnName string) {
	s.columns = append(s.columns, Column{table, columnName})
}

// Columns are those that Names has told of.
func (s *Service) Columns() []Column { return s.columns }

// Guard says which files that no row names have to stay all the same, since a backup names them.
type Guard interface {
	// Sort returns those of the keys that may go: free ones that never had to stay, and such that have waited for it.
	Sort(ctx context.Context, keys []string) (free, waited []string, err error)
}

// GuardedBy has files removed only when the guard lets them go. It is called before the service is used.
func (s *Service) GuardedBy(g Guard) { s.guard = g }

// named returns which of the keys some row names.
func (s *Service) named(ctx context.Context, keys []string) (map[string]bool, error) {
	selects := make([]string, 0, len(s.columns))
	for _, c := range s.columns {
		selects = append(selects, "select "+c.Column+" from "+c.Table+" where "+s.DB.InTexts(c.Column, 1))
	}
	found, err := database.All[string](ctx, s.DB.Read(), strings.Join(selects, " union "), database.Texts(keys))
	if err != nil {
		return nil, fmt.Errorf("looking for the rows of files: %w", err)
	}
	named := make(map[string]bool, len(found))
	for _, key := range found {
		named[key] = true
	}
	return named, nil
}

// errForeign stops a sweep that would remove too much.
var errForeign = errors.New("so many files have no row that the store seems to belong to another database: none is removed")

// sweep removes what a crash between store and commit left behind: files older than a day that no row names. Where these
// are many, the database is the wrong or a new one, and the files may be all that is left of somebody's notes. Such that have
// waited until no backup named them are not counted: there may be many.
func (s *Service) sweep(ctx context.Context) error {
	var orphans, ripe, batch []string
	seen := 0
	examine := func() error {
		free, waited, err := s.unnamed(ctx, batch)
		if err != nil {
			return err
		}
		orphans = append(orphans, free[:min(len(free), sweepLimit-len(orphans))]...)
		ripe = append(ripe, waited[:min(len(waited), sweepLimit-len(ripe))]...)
		batch = batch[:0]
		return nil
	}
	before := time.Now().Add(-sweepAge)
	for object, err := range s.Store.List(ctx, ownFolder) {
		if err != nil {
			return fmt.Errorf("listing files: %w", err)
		}
		seen++
		if object.ModTime.Before(before) {
			batch = append(batch, object.Key)
		}
		if len(batch) == sweptAtOnce {
			if err := examine(); err != nil {
				return err
			}
		}
	}
	if err := examine(); err != nil {
		return err
	}
	if len(orphans) > max(sweepFew, seen/sweepShare) {
		s.Log.Error("sweeping files", "error", errForeign, "files", seen, "without_row", len(orphans))
		orphans = nil
	}
	if orphans = append(orphans, ripe...); len(orphans) > 0 {
		s.Log.Info("removing files that no row names", "number", len(orphans))
	}
	return s.removeUnnamed(ctx, orphans)
}
