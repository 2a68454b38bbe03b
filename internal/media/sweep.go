package media

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	sweepInterval = 24 * time.Hour
	sweepAge      = 24 * time.Hour // a younger file may belong to a request that runs
	sweptAtOnce   = 500
	sweepLimit    = 1000 // files removed by one sweep
	sweepFew      = 20   // so many go whatever share of all files they are
	sweepShare    = 10   // otherwise at most a tenth
)

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
