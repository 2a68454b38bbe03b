package media

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/blob"
)

const (
	sweepInterval = 24 * time.Hour
	sweepAge      = 24 * time.Hour // a younger file may belong to a running request
	forgottenAge  = 7 * sweepAge
	sweptAtOnce   = 500
	sweepLimit    = 1000 // files removed by one sweep
	sweepFew      = 20   // this many are always removed, whatever their share of all files
	sweepShare    = 10   // otherwise at most a tenth of all files
)

// errForeign stops a sweep that would remove too much.
var errForeign = errors.New("most files are unknown to the database, so the store seems to belong to another one: " +
	"nothing is deleted")

// sweep removes what a crash between store and commit left behind: files older than a day that no row refers to. If
// there are many, the database may be an older copy, and the newer one may still come back, so they are kept for a
// week. If they are the majority, it is the wrong database or a new one, and the files may be all that is left of
// somebody's notes.
func (s *Service) sweep(ctx context.Context) error {
	if err := s.Store.Tidy(ctx); err != nil {
		return fmt.Errorf("tidying the store of files: %w", err)
	}
	found, err := s.survey(ctx, time.Now())
	if err != nil {
		return err
	}
	orphans := found.old
	switch {
	case found.orphans <= max(sweepFew, found.files/sweepShare):
	case found.orphans <= found.files/2:
		orphans = found.forgotten
		s.Log.Warn("many files are unknown to the database: those of the last week are kept",
			"files", found.files, "without_row", found.orphans)
	default:
		s.Log.Error("sweeping files failed", "error", errForeign, "files", found.files, "without_row", found.orphans)
		return nil
	}
	if len(orphans) > 0 {
		s.Log.Info("deleting unused files", "number", len(orphans))
	}
	return s.removeUnnamed(ctx, orphans)
}

// survey is the result of a search. Its lists hold the files that one sweep may remove.
type survey struct {
	files     int
	orphans   int      // older than sweepAge, without a row, and not needed by a backup
	old       []string // of them
	forgotten []string // of them, older than forgottenAge
}

// survey goes through all files of this package, and counts pictures that are not counted yet.
func (s *Service) survey(ctx context.Context, now time.Time) (found survey, err error) {
	var batch []blob.Object
	for object, err := range s.Store.List(ctx, ownFolder) {
		if err != nil {
			return survey{}, fmt.Errorf("listing files: %w", err)
		}
		found.files++
		if object.ModTime.Before(now.Add(-sweepAge)) {
			batch = append(batch, object)
		}
		if len(batch) == sweptAtOnce {
			if err := s.examine(ctx, &found, batch, now); err != nil {
				return survey{}, err
			}
			batch = batch[:0]
		}
	}
	return found, s.examine(ctx, &found, batch, now)
}

func (s *Service) examine(ctx context.Context, found *survey, batch []blob.Object, now time.Time) error {
	keys := make([]string, 0, len(batch))
	for _, object := range batch {
		keys = append(keys, object.Key)
	}
	named, err := s.named(ctx, keys)
	if err != nil {
		return err
	}
	free, err := s.letGo(ctx, slices.DeleteFunc(keys, func(key string) bool { return named[key] }))
	if err != nil {
		return err
	}
	for _, object := range batch {
		if slices.Contains(free, object.Key) {
			found.add(object, now)
		}
	}
	return s.countUncounted(ctx, slices.DeleteFunc(batch, func(o blob.Object) bool { return !named[o.Key] }))
}

func (f *survey) add(orphan blob.Object, now time.Time) {
	f.orphans++
	if len(f.old) < sweepLimit {
		f.old = append(f.old, orphan.Key)
	}
	if len(f.forgotten) < sweepLimit && orphan.ModTime.Before(now.Add(-forgottenAge)) {
		f.forgotten = append(f.forgotten, orphan.Key)
	}
}
