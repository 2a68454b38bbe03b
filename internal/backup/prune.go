package backup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

// Of so many days, weeks and months that have any, the newest backup is kept.
const (
	keptDays   = 7
	keptWeeks  = 4
	keptMonths = 6
)

// unverifiedAge is after what time an archive without a mark is no longer one that somebody is storing just now.
const unverifiedAge = 24 * time.Hour

// keep returns which of the archives, the newest first, are kept.
func keep(list []Entry) map[string]bool {
	kept := map[string]bool{}
	periods := []struct {
		most int
		of   func(t time.Time) string
	}{
		{keptDays, func(t time.Time) string { return t.Format(time.DateOnly) }},
		{keptWeeks, func(t time.Time) string {
			year, week := t.ISOWeek()
			return fmt.Sprint(year, " ", week)
		}},
		{keptMonths, func(t time.Time) string { return t.Format("2006-01") }},
	}
	for _, p := range periods {
		seen := map[string]bool{}
		for _, e := range list {
			if period := p.of(e.Time); !seen[period] && len(seen) < p.most {
				seen[period] = true
				kept[e.Name] = true
			}
		}
	}
	return kept
}

// Prune removes old archives, and unverified ones that are older than a verified one. Without a verified one it removes
// none. Archives from the future, made before a clock went back, stay and take nobody's place. It returns how many it
// removed.
func (s *Service) Prune(ctx context.Context) (int, error) {
	list, stray, err := s.list(ctx)
	if err != nil {
		return 0, err
	}
	future := time.Now().Add(clockMargin)
	list = slices.DeleteFunc(list, func(e Entry) bool { return e.Time.After(future) })
	var good []Entry
	for _, e := range list {
		if e.Verified {
			good = append(good, e)
		}
	}
	if len(good) == 0 {
		return 0, nil
	}
	kept := keep(good)
	var gone []string
	for _, e := range list {
		if e.Verified && !kept[e.Name] || !e.Verified && e.Time.Before(good[0].Time.Add(-unverifiedAge)) {
			gone = append(gone, e.Name)
		}
	}
	for _, name := range gone { // the archive first: a mark alone is nothing
		if err := s.Store.Delete(ctx, name); err != nil {
			return 0, fmt.Errorf("removing old backups: %w", err)
		}
		if err := s.Store.Delete(ctx, name+verifiedSuffix); err != nil {
			return 0, fmt.Errorf("removing old backups: %w", err)
		}
	}
	if len(stray) > 0 {
		if err := s.Store.Delete(ctx, stray...); err != nil {
			return 0, fmt.Errorf("removing old backups: %w", err)
		}
	}
	return len(gone), s.forget(ctx, list[len(list)-1].Time)
}

// PruneChecked verifies the newest archive, then calls Prune.
func (s *Service) PruneChecked(ctx context.Context, progress Progress) (int, error) {
	list, err := s.List(ctx)
	if err != nil {
		return 0, err
	}
	for _, e := range list {
		if e.Verified {
			if _, err := s.Verify(ctx, e.Name, progress); err != nil {
				return 0, fmt.Errorf("nothing was deleted, because the newest backup could not be verified: %w", err)
			}
			return s.Prune(ctx)
		}
	}
	return 0, nil
}

// heldMargin is for how long it is remembered that a file has waited, after nothing holds it any more.
const heldMargin = 30 * 24 * time.Hour

// forget drops what is remembered of files that waited for archives from before a time, and are gone since long.
func (s *Service) forget(ctx context.Context, oldest time.Time) error {
	if there, err := s.remembers(ctx); err != nil || !there {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, "delete from backup_held where held_since < $1", oldest.Add(-heldMargin))
		if err != nil {
			return fmt.Errorf("forgetting files that waited: %w", err)
		}
		return nil
	})
}
