package notes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/problem"
)

const (
	binDays       = 30
	purgeInterval = 24 * time.Hour
	purgeBatch    = 200 // notes in a transaction
)

// Delete moves a note of the caller to the recycle bin. The note and the comments on it are no longer public.
func (s *Service) Delete(ctx context.Context, who actor.Actor, ref Ref, revisions []int64) error {
	return s.change(ctx, who, edit{ref: ref, revisions: revisions}, func(tx *database.Tx, old state) error {
		n := old
		n.DeletedAt, n.IsPublic = new(database.Now()), false
		if _, err := s.save(ctx, tx, old, n); err != nil {
			return err
		}
		return s.hide(ctx, tx, "source_note_id = $1 and deleted_at is null", n.ID)
	})
}

// hide makes all comments private, and leaves the time of their last edit.
func (s *Service) hide(ctx context.Context, tx *database.Tx, condition string, args ...any) error {
	hidden, err := database.All[int64](ctx, tx,
		"update notes set is_public = false, revision = revision + 1 where is_public and "+condition+" returning id", args...)
	if err != nil {
		return fmt.Errorf("hiding the comments on deleted notes: %w", err)
	}
	s.index.Refresh(tx, len(hidden))
	return nil
}

// Deleted is a note in the recycle bin.
type Deleted struct {
	notelist.Note
	DeletedAt time.Time
}

// ListDeleted returns the caller's notes in the recycle bin, the latest deletion first.
func (s *Service) ListDeleted(ctx context.Context, who actor.Actor) ([]Deleted, error) {
	list, err := database.All[Deleted](ctx, s.DB.Read(), `
		select `+notelist.Columns+`, n.deleted_at from notes n`+notelist.Joins+`
		where n.author_id = $1 and n.deleted_at is not null
		order by n.deleted_at desc, n.id desc limit $2`, who.UserID, maxListed)
	if err != nil {
		return nil, fmt.Errorf("listing a recycle bin: %w", err)
	}
	return list, nil
}

// Restore takes a note of the caller out of the recycle bin, and changes it in the same step. Unless the change says
// otherwise, the note stays private, as do the comments on it.
func (s *Service) Restore(
	ctx context.Context, who actor.Actor, id int64, change problem.Input[Patch],
) (stored Note, err error) {
	p, err := change.Check((*Patch).check)
	if err != nil {
		return Note{}, err
	}
	p.cut = s.cutOf(p)
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		old, err := lock(ctx, tx, "n.id = $1 and n.author_id = $2 and n.deleted_at is not null", id, who.UserID)
		if errors.Is(err, database.ErrNotFound) {
			return errNoNote
		}
		if err != nil {
			return err
		}
		old.byServer = who.By == actor.Server
		n := old
		n.DeletedAt = nil
		stored, err = s.apply(ctx, tx, old, n, p)
		return err
	})
	return stored, err
}

// EmptyBin deletes for good what is in one's recycle bin when it begins, in steps: a large bin must not keep other
// writers waiting. It returns how many notes these were.
func (s *Service) EmptyBin(ctx context.Context, who actor.Actor) (int, error) {
	return s.deleteForGood(ctx, "author_id = $1 and deleted_at <= $2", who.UserID, database.Now())
}

// purge empties all bins of what has been in them for long. The former system purged none: what was adopted stays as
// long from then on.
func (s *Service) purge(ctx context.Context) error {
	_, err := s.deleteForGood(ctx, "deleted_at <= $1 and not exists (select 1 from adoptions where adopted_at > $1)",
		database.Now().AddDate(0, 0, -binDays))
	return err
}

// deleteForGood deletes the notes for which condition holds, with all that hangs on them.
func (s *Service) deleteForGood(ctx context.Context, condition string, args ...any) (count int, err error) {
	for {
		var deleted int
		err := s.DB.Write(ctx, func(tx *database.Tx) (err error) {
			deleted, err = s.deleteBatch(ctx, tx, condition, args...)
			return err
		})
		if err != nil {
			return count, err
		}
		if count += deleted; deleted < purgeBatch {
			return count, nil
		}
	}
}

// deleteBatch locks the notes first, so that none gets a file, or is restored, between the two looks.
func (s *Service) deleteBatch(ctx context.Context, tx *database.Tx, condition string, args ...any) (int, error) {
	doomed, err := database.All[struct {
		ID        int64
		CoverPath string
	}](ctx, tx, fmt.Sprintf(`
		update notes set id = id where %[1]s and id in (select id from notes where %[1]s order by id limit %[2]d)
		returning id, cover_path`, condition, purgeBatch), args...)
	if err != nil {
		return 0, fmt.Errorf("locking notes to delete: %w", err)
	}
	ids, files := make([]int64, 0, len(doomed)), make([]string, 0, len(doomed))
	for _, n := range doomed {
		ids, files = append(ids, n.ID), append(files, n.CoverPath)
	}
	attached, err := database.All[string](ctx, tx,
		"select path from attachments where "+s.DB.In("note_id", 1), database.List(ids))
	if err != nil {
		return 0, fmt.Errorf("listing the files of notes to delete: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "delete from notes where "+s.DB.In("id", 1), database.List(ids)); err != nil {
		return 0, fmt.Errorf("deleting notes for good: %w", err)
	}
	return len(doomed), s.Media.Remove(ctx, tx, append(files, attached...)...)
}
