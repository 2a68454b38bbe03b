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

// column is where a table keeps keys.
type column struct{ table, name string }

// RegisterColumn names a column that holds keys: the files that it names are not removed. Packages that keep files call
// it before the service is used.
func (s *Service) RegisterColumn(table, columnName string) {
	s.columns = append(s.columns, column{table, columnName})
}

// named returns which of the keys some row names.
func (s *Service) named(ctx context.Context, keys []string) (map[string]bool, error) {
	selects := make([]string, 0, len(s.columns))
	for _, c := range s.columns {
		selects = append(selects, "select "+c.name+" from "+c.table+" where "+s.DB.InTexts(c.name, 1))
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
// are many, the database is the wrong or a new one, and the files may be all that is left of somebody's notes.
func (s *Service) sweep(ctx context.Context) error {
	var orphans, batch []string
	seen := 0
	examine := func() error {
		named, err := s.named(ctx, batch)
		if err != nil {
			return err
		}
		for _, key := range batch {
			if !named[key] && len(orphans) < sweepLimit {
				orphans = append(orphans, key)
			}
		}
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
		return nil
	}
	if len(orphans) > 0 {
		s.Log.Info("removing files that no row names", "number", len(orphans))
	}
	return s.removeUnnamed(ctx, orphans)
}
