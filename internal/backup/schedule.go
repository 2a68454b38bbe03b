package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/mail"
)

const (
	runKind   = "backup.run"
	tellKind  = "backup.tell"
	watchKind = "backup.watch"
	lane      = "backup"

	runTime      = time.Hour // of one backup: 1 GiB through a slow line
	toldInterval = 24 * time.Hour
	watchEvery   = 24 * time.Hour
)

func (s *Service) register() {
	s.Queue.Handle(tellKind, s.tell)
	if s.Lifetime > 0 {
		s.Queue.Every(watchEvery, watchKind, s.watch)
	}
	if s.Store != nil && s.Schedule > 0 {
		s.Queue.EveryWith(s.Schedule, runKind, jobs.Options{Lane: lane, Time: runTime}, s.run)
	}
}

// watch says, once a day, that the database is going to be deleted.
func (s *Service) watch(ctx context.Context) error {
	text, err := s.DB.Ending(ctx, s.Lifetime)
	if err != nil {
		return err
	}
	if text != "" {
		s.Log.Warn("the database provider will delete this database soon: create a new one, set DATABASE_URL to it and "+
			"RESTORE_ON_EMPTY=latest",
			"what", text)
	}
	return nil
}

// run is the job: a backup, which is verified, and then the removal of old ones. It is tried again when it fails.
func (s *Service) run(ctx context.Context) error {
	if s.Keys.DerivedOnly() {
		s.Log.Warn("backups are encrypted with a key derived from SECRET_KEY; if you lose it, the backups can't be read: " +
			"BACKUP_AGE_RECIPIENT or BACKUP_PASSPHRASE is safer")
	}
	start := time.Now()
	made, err := s.Make(ctx, false, nil)
	removed := 0
	if err == nil {
		if err = s.mark(ctx, markSucceeded, database.Now()); err == nil {
			removed, err = s.Prune(ctx)
		}
	}
	if err != nil {
		return s.failed(ctx, err)
	}
	s.Log.Info("backup made and verified", "name", made.Name, "bytes", made.Size, "rows", made.Counts.Rows(), "files",
		made.Counts.Files,
		"took", time.Since(start).Round(time.Millisecond).String(), "old_ones_removed", removed)
	return nil
}

// failed tells administrators, once a day at most. A server that stops has not failed.
func (s *Service) failed(ctx context.Context, cause error) error {
	if errors.Is(ctx.Err(), context.Canceled) || s.Mailer == nil {
		return cause
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tidyTimeout)
	defer cancel()
	return errors.Join(cause, s.tellAll(ctx, cause))
}

func (s *Service) tellAll(ctx context.Context, cause error) error {
	last, err := s.marked(ctx, markSucceeded)
	if err != nil {
		return err
	}
	addresses, err := s.Administrators(ctx)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		now := database.Now()
		first, err := database.Exec(ctx, tx, `insert into backup_marks (name, marked_at) values ($1, $2)
			on conflict (name) do update set marked_at = excluded.marked_at where backup_marks.marked_at <= $3`,
			markTold, now, now.Add(-toldInterval))
		if err != nil || first == 0 {
			return err
		}
		for _, address := range addresses {
			if err := s.Queue.Enqueue(ctx, tx, tellKind, failure{address, cause.Error(), last}); err != nil {
				return err
			}
		}
		return nil
	})
}

// failure is what an administrator is told.
type failure struct {
	To    string
	Cause string
	Last  time.Time // of success
}

func (s *Service) tell(ctx context.Context, payload []byte) error {
	var f failure
	if err := json.Unmarshal(payload, &f); err != nil {
		return jobs.Permanent(fmt.Errorf("reading the job: %w", err))
	}
	if s.Mailer == nil { // mail was switched off while the job waited
		return nil
	}
	last := "No backup has succeeded yet."
	if !f.Last.IsZero() {
		last = "The last successful backup is from " + f.Last.UTC().Format("2006-01-02 15:04") + " UTC."
	}
	err := s.Mailer.Send(ctx, mail.Message{
		To: f.To, Subject: "A backup of Notechondria failed",
		Text: "The backup of this server could not be made:\n\n    " + f.Cause + "\n\n" + last +
			"\nThe server retries automatically. You will get this message once a day until it succeeds.\n",
	})
	if mail.Permanent(err) {
		return jobs.Permanent(err)
	}
	return err
}
