package backup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	// runningAge is after what time a backup that did not say that it has ended is none that runs.
	runningAge = 24 * time.Hour
	// clockMargin is how far the clocks of two instances, and of the store, may be apart.
	clockMargin = time.Hour
)

// Sort tells which files, that no row names any more, may be removed: those that no backup in the store names. A backup
// names a file only when it was made after the file was stored, and before the last row that named it was gone. That time is
// not known, so it is the one at which the file was first asked about. While a backup runs, no file goes.
func (s *Service) Sort(ctx context.Context, keys []string) (free, waited []string, err error) {
	running, err := s.marked(ctx, markRunning)
	if err != nil {
		return nil, nil, err
	}
	since, err := s.hold(ctx, keys)
	if err != nil {
		return nil, nil, err
	}
	if time.Since(running) < runningAge {
		return nil, nil, nil
	}
	var made []Entry
	if s.FilesStay { // elsewhere archives hold the files
		if made, err = s.List(ctx); err != nil {
			return nil, nil, err
		}
	}
	stored, err := s.storedAt(ctx, keys, len(made) > 0)
	if err != nil {
		return nil, nil, err
	}
	for _, key := range keys {
		switch h := since[key]; {
		case isHeld(made, stored[key], h.HeldSince):
		case h.fresh:
			free = append(free, key)
		default:
			waited = append(waited, key)
		}
	}
	return free, waited, nil
}

func isHeld(made []Entry, stored, since time.Time) bool {
	for _, e := range made {
		if e.Time.After(stored.Add(-clockMargin)) && e.Time.Before(since.Add(clockMargin)) {
			return true
		}
	}
	return false
}

type held struct {
	Key       string
	HeldSince time.Time
	fresh     bool
}

// hold notes when files were first asked about.
func (s *Service) hold(ctx context.Context, keys []string) (map[string]held, error) {
	type record struct {
		Key string `json:"key"`
	}
	now := database.Now()
	records := make([]record, 0, len(keys))
	for _, key := range keys {
		records = append(records, record{key})
	}
	list, err := database.JSON(records)
	if err != nil {
		return nil, err
	}
	since := make(map[string]held, len(keys))
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, "insert into backup_held (key, held_since) select key, $2 from "+
			s.DB.Records(1, "key text")+" r where true on conflict (key) do nothing", list, now)
		if err != nil {
			return fmt.Errorf("noting files that wait: %w", err)
		}
		rows, err := database.All[held](ctx, tx,
			"select key, held_since from backup_held where "+s.DB.InTexts("key", 1), database.Texts(keys))
		if err != nil {
			return fmt.Errorf("reading which files wait: %w", err)
		}
		for _, r := range rows {
			r.fresh = r.HeldSince.Equal(now)
			since[r.Key] = r
		}
		return nil
	})
	return since, err
}

// storedAt asks when files were stored; those that are not there can be forgotten.
func (s *Service) storedAt(ctx context.Context, keys []string, ask bool) (map[string]time.Time, error) {
	times := make([]time.Time, len(keys))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(askedAtOnce)
	for i, key := range keys {
		if !ask {
			break
		}
		group.Go(func() error {
			object, err := s.Media.Store.Stat(ctx, key)
			if errors.Is(err, blob.ErrNotFound) {
				times[i] = time.Now().Add(2 * clockMargin) // after all backups
				return nil
			}
			times[i] = object.ModTime
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("asking about files that wait: %w", err)
	}
	stored := make(map[string]time.Time, len(keys))
	for i, key := range keys {
		stored[key] = times[i]
	}
	return stored, nil
}
