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
	// runningAge is the age after which an unfinished backup counts as dead.
	runningAge = 24 * time.Hour
	// clockMargin is how far the clocks of two instances, and of the store, may be apart.
	clockMargin = time.Hour
)

// Free returns which unused files may be removed: those that no backup in the store needs. A backup needs a file if it
// was made after the file was stored and before the last row that named it was deleted. Since the time of that is
// unknown, the time at which the file was first asked about stands for it. While a backup runs, no file is removed.
func (s *Service) Free(ctx context.Context, keys []string) ([]string, error) {
	running, err := s.marked(ctx, markRunning)
	if err != nil {
		return nil, err
	}
	isRunning := time.Since(running) < runningAge
	var made []Entry
	if s.FilesStay { // elsewhere archives hold the files
		if made, err = s.List(ctx); err != nil {
			return nil, err
		}
	}
	if !isRunning && len(made) == 0 {
		return keys, nil
	}
	since, err := s.heldSince(ctx, keys)
	if err != nil {
		return nil, err
	}
	stored, err := s.storedAt(ctx, keys)
	if err != nil {
		return nil, err
	}
	var free, held []string
	for _, key := range keys {
		if isRunning || isNamed(made, stored[key], since[key]) {
			held = append(held, key)
		} else {
			free = append(free, key)
		}
	}
	return free, s.hold(ctx, held, since)
}

func isNamed(made []Entry, stored, since time.Time) bool {
	for _, e := range made {
		if e.Time.After(stored.Add(-clockMargin)) && e.Time.Before(since.Add(clockMargin)) {
			return true
		}
	}
	return false
}

// heldSince returns when files were first asked about, which may be now.
func (s *Service) heldSince(ctx context.Context, keys []string) (map[string]time.Time, error) {
	type row struct {
		Key       string
		HeldSince time.Time
	}
	rows, err := database.All[row](ctx, s.DB.Read(),
		"select key, held_since from backup_held where "+s.DB.InTexts("key", 1), database.Texts(keys))
	if err != nil {
		return nil, fmt.Errorf("reading which files wait: %w", err)
	}
	since, now := make(map[string]time.Time, len(keys)), database.Now()
	for _, key := range keys {
		since[key] = now
	}
	for _, r := range rows {
		since[r.Key] = r.HeldSince
	}
	return since, nil
}

// hold notes when files were first asked about.
func (s *Service) hold(ctx context.Context, keys []string, since map[string]time.Time) error {
	if len(keys) == 0 {
		return nil
	}
	type record struct {
		Key   string              `json:"key"`
		Since database.RecordTime `json:"since"`
	}
	records := make([]record, 0, len(keys))
	for _, key := range keys {
		records = append(records, record{key, database.RecordTime(since[key])})
	}
	list, err := database.JSON(records)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, "insert into backup_held (key, held_since) select key, since from "+
			s.DB.Records(1, "key text", "since timestamptz")+" r where true on conflict (key) do nothing", list)
		if err != nil {
			return fmt.Errorf("noting files that wait: %w", err)
		}
		return nil
	})
}

// storedAt asks when files were stored; the missing ones can be forgotten.
func (s *Service) storedAt(ctx context.Context, keys []string) (map[string]time.Time, error) {
	times := make([]time.Time, len(keys))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(askedAtOnce)
	for i, key := range keys {
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
