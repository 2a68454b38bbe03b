package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/trance-0/notechondria/internal/archive"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
)

// ErrInUse is returned where an archive is to be restored over the accounts of others.
var ErrInUse = errors.New("the database has accounts: an archive can only be restored into an empty database")

// Report is what was restored, or would be.
type Report struct {
	Manifest archive.Manifest
	Counts   archive.Counts
	// Missing are files that rows name and that are neither in the archive nor in the media store; Examples are some.
	Missing  int
	Examples []string
}

// Check reads all of an archive, compares its sums, and says what is in it.
func (s *Service) Check(ctx context.Context, source *Source, progress Progress) (Report, error) {
	identities, err := s.Keys.open()
	if err != nil {
		return Report{}, err
	}
	r, err := archive.NewReader(source.read(ctx, progress, "checking"), identities...)
	if err != nil {
		return Report{}, about(ctx, source, err)
	}
	defer r.Close()
	counts, err := r.Read(archive.Contents{Data: storable, File: findable})
	if err != nil {
		return Report{}, about(ctx, source, err)
	}
	return Report{Manifest: r.Manifest(), Counts: counts}, nil
}

// storable refuses a file that no store can hold, before anything is changed.
func storable(key string, _ int64, _ io.Reader) error {
	if _, err := blob.CleanKey(key); err != nil {
		return fmt.Errorf("%w: %w", archive.ErrDamaged, err)
	}
	return nil
}

// findable does that for files that are only listed; a missing one may have any name.
func findable(f archive.File) error {
	if f.Missing {
		return nil
	}
	return storable(f.Key, f.Size, nil)
}

func about(ctx context.Context, source *Source, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%s: %w", source.name, err)
}

// Restore fills an empty database from an archive, and stores the files that it contains. Nothing is changed before the
// whole archive was read and verified. A restore that was killed starts over, or is finished.
func (s *Service) Restore(ctx context.Context, source *Source, progress Progress) (report Report, err error) {
	if report, err = s.Check(ctx, source, progress); err != nil {
		return Report{}, err
	}
	err = s.DB.WithLock(ctx, restoreLock, func(ctx context.Context) error {
		return s.restore(ctx, source, &report, progress)
	})
	return report, err
}

// DryRun tells what Restore would do, and whether it could.
func (s *Service) DryRun(ctx context.Context, source *Source, progress Progress) (Report, error) {
	report, err := s.Check(ctx, source, progress)
	if err != nil {
		return Report{}, err
	}
	if err := s.DB.Knows(report.Manifest.Schema); err != nil {
		return Report{}, about(ctx, source, fmt.Errorf("%w: %w", archive.ErrNewer, err))
	}
	if state, err := s.state(ctx); err != nil || state.users && state.restoring != report.Manifest.ID {
		return Report{}, errors.Join(err, ErrInUse)
	}
	return report, nil
}

// RestoreOnEmpty fills a database without accounts from the newest good archive, or finishes a restore that was killed.
// Of several instances that start at once, one does it and the others wait. Without any archive the server is new.
func (s *Service) RestoreOnEmpty(ctx context.Context) error {
	if found, err := s.state(ctx); err != nil || found.users && found.restoring == "" {
		return err
	}
	return s.DB.WithLock(ctx, restoreLock, func(ctx context.Context) error {
		found, err := s.state(ctx)
		switch {
		case err != nil:
			return err
		case found.restoring != "":
			return s.finish(ctx, nil)
		case found.users:
			return nil
		}
		source, there, err := s.Latest(ctx, nil)
		if err != nil {
			return fmt.Errorf("restoring the empty database (RESTORE_ON_EMPTY): %w", err)
		}
		if !there {
			s.Log.Info("the database is empty and there is no backup to restore")
			return nil
		}
		defer source.Close()
		return s.restoreLatest(ctx, source)
	})
}

func (s *Service) restoreLatest(ctx context.Context, source *Source) error {
	s.Log.Info("the database is empty: restoring a backup", "name", source.name)
	start := time.Now()
	report, err := s.Check(ctx, source, nil)
	if err == nil {
		err = s.restore(ctx, source, &report, nil)
	}
	if err != nil {
		return fmt.Errorf("restoring the empty database (RESTORE_ON_EMPTY): %w", err)
	}
	s.Log.Info("restored", "name", source.name, "made_at", report.Manifest.CreatedAt, "rows", report.Counts.Rows(),
		"files", report.Counts.Files,
		"took", time.Since(start).Round(time.Millisecond).String())
	if report.Missing > 0 {
		s.Log.Error("files that the database refers to are missing", "number", report.Missing, "examples", report.Examples)
	}
	return nil
}

// restoreLock is the lock under which a database is filled.
const restoreLock = "restore"

// state is what a database has to do with restoring.
type state struct {
	users     bool   // it holds some
	restoring string // the archive whose rows were loaded by somebody who did not finish
}

// state reads the state. A database without tables is empty.
func (s *Service) state(ctx context.Context) (found state, err error) {
	list, err := s.DB.Tables(ctx, s.DB.Read(), restoring)
	if err != nil {
		return state{}, err
	}
	if has(list, "users", "id") {
		n, err := database.One[int](ctx, s.DB.Read(), "select count(*) from (select 1 from users limit 1) u")
		if err != nil {
			return state{}, fmt.Errorf("looking for accounts: %w", err)
		}
		found.users = n > 0
	}
	if has(list, restoring, "archive") {
		ids, err := database.All[string](ctx, s.DB.Read(), "select archive from "+restoring)
		if err != nil {
			return state{}, fmt.Errorf("looking for a restore that was not finished: %w", err)
		}
		if len(ids) > 0 {
			found.restoring = ids[0]
		}
	}
	return found, nil
}

// restore is Restore under the lock, for an archive that is whole.
func (s *Service) restore(ctx context.Context, source *Source, report *Report, progress Progress) error {
	before, err := s.state(ctx)
	if err != nil {
		return err
	}
	if before.restoring == "" || before.restoring != report.Manifest.ID {
		if before.users {
			return ErrInUse
		}
		if err := s.load(ctx, source, report, progress); err != nil {
			return err
		}
	}
	return s.finish(ctx, progress)
}

// load brings the database to the archive's schema and loads files and rows.
func (s *Service) load(ctx context.Context, source *Source, report *Report, progress Progress) error {
	if err := s.DB.Knows(report.Manifest.Schema); err != nil {
		return about(ctx, source, fmt.Errorf("%w: %w", archive.ErrNewer, err))
	}
	progress.tell("preparing the database", 0, 0)
	if err := s.DB.MigrateExactly(ctx, report.Manifest.Schema); err != nil {
		return err
	}
	identities, err := s.Keys.open()
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		r, err := archive.NewReader(source.read(ctx, progress, "loading"), identities...)
		if err != nil {
			return about(ctx, source, err)
		}
		defer r.Close()
		l, err := s.newLoader(ctx, tx, r.Manifest(), report)
		if err != nil {
			return err
		}
		_, err = r.Read(archive.Contents{Row: l.row, Data: l.data, File: l.file})
		if err != nil {
			return err
		}
		return l.end()
	})
}

// finish does what follows the rows; it may be done again.
func (s *Service) finish(ctx context.Context, progress Progress) error {
	progress.tell("migrating", 0, 0)
	if err := s.DB.Migrate(ctx, s.Log); err != nil {
		return err
	}
	progress.tell("rebuilding the search index and calendars", 0, 0)
	for _, d := range s.derivers {
		if err := d.Rebuild(ctx); err != nil {
			return err
		}
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		if _, err := tx.ExecContext(ctx, "drop table if exists "+restoring); err != nil {
			return fmt.Errorf("finishing the restore: %w", err)
		}
		return nil
	})
}
