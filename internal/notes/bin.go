package notes

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerBin(api *rest.API) {
	const emptyPath = "/api/v1/notes/deleted/empty/"
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/notes/deleted/", Tag: "recycle bin", Access: rest.Account,
		Summary: "List one's recycle bin, the latest deletion first", Description: "Notes stay there for 30 days.",
	}, s.listBin)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/notes/{id}/restore/", Tag: "recycle bin", Access: rest.Account,
		Summary: "Take a note out of the recycle bin", Description: "It stays private, as do the comments on it.",
	}, s.restoreNote)
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodDelete, Path: emptyPath, Tag: "recycle bin", Access: rest.Account,
		Summary: "Delete what is in one's recycle bin for good"}, s.emptyBin)
	rest.LegacyHandle(api, rest.Operation{Method: http.MethodPost, Path: emptyPath, Tag: "recycle bin", Access: rest.Account,
		Summary: "The same, as some apps ask for it"}, s.emptyBin)
}

const (
	binDays       = 30
	purgeInterval = 24 * time.Hour
	purgeBatch    = 200 // notes in a transaction
)

// delete moves a note to the recycle bin. It and its comments are not public any more.
func (s *Service) delete(ctx context.Context, k key, operation, ifMatch string) (rest.NoContent, error) {
	err := s.change(ctx, edit{key: k, operation: operation, ifMatch: ifMatch}, func(tx *database.Tx, old state) error {
		n := old
		n.DeletedAt, n.IsPublic = &rest.Time{Time: database.Now()}, false
		if err := s.save(ctx, tx, old, n); err != nil {
			return err
		}
		return s.hideComments(ctx, tx, n.ID)
	})
	return rest.NoContent{}, err
}

// hideComments makes the comments on a note private, whoever wrote them, without a new time of their last edit.
func (s *Service) hideComments(ctx context.Context, tx *database.Tx, noteID int64) error {
	hidden, err := database.All[int64](ctx, tx, `
		update notes set is_public = false, revision = revision + 1
		where source_note_id = $1 and deleted_at is null and is_public returning id`, noteID)
	if err != nil {
		return fmt.Errorf("hiding the comments of a deleted note: %w", err)
	}
	if len(hidden) <= indexBatch {
		return s.index(ctx, tx, hidden...)
	}
	return s.indexLater(ctx, tx, hidden)
}

// binEntry is a note in the recycle bin.
type binEntry struct {
	notelist.NoteJSON
	DeletedAt rest.Time `json:"deleted_at"`
	EntryID   int64     `json:"recycle_bin_entry_id" doc:"The note's id"`
}

func (s *Service) listBin(ctx context.Context, _ *struct{}) ([]binEntry, error) {
	type row struct {
		notelist.Note
		DeletedAt rest.Time
	}
	rows, err := database.All[row](ctx, s.DB.Read(), "select "+notelist.Columns+", n.deleted_at from notes n"+notelist.Joins+`
		where n.author_id = $1 and n.deleted_at is not null order by n.deleted_at desc, n.id desc limit $2`, rest.CallerID(ctx), maxListed)
	if err != nil {
		return nil, fmt.Errorf("listing a recycle bin: %w", err)
	}
	entries := make([]binEntry, 0, len(rows))
	for _, r := range rows {
		entries = append(entries, binEntry{NoteJSON: notelist.ToJSON(ctx, r.Note), DeletedAt: r.DeletedAt, EntryID: r.ID})
	}
	return entries, nil
}

func (s *Service) restoreNote(ctx context.Context, in *numberInput) (rest.Reply[Detail], error) {
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		old, err := lock(ctx, tx, "n.id = $1 and n.author_id = $2 and n.deleted_at is not null", in.ID, rest.CallerID(ctx))
		if errors.Is(err, database.ErrNotFound) {
			return rest.NotFound("Note")
		}
		if err != nil {
			return err
		}
		n := old
		n.DeletedAt = nil
		return s.save(ctx, tx, old, n)
	})
	if err != nil {
		return rest.Reply[Detail]{}, err
	}
	return s.show(ctx, byID(in.ID))
}

// emptied counts what was deleted, under the names that different apps read.
type emptied struct {
	Count        int `json:"count"`
	DeletedCount int `json:"deleted_count"`
}

// emptyBin deletes what is in the bin when it begins, in steps: a large bin must not keep other writers waiting.
func (s *Service) emptyBin(ctx context.Context, _ *struct{}) (emptied, error) {
	count, err := s.deleteForGood(ctx, "author_id = $1 and deleted_at <= $2", rest.CallerID(ctx), database.Now())
	return emptied{count, count}, err
}

// purge empties all bins of what has been in them for long.
func (s *Service) purge(ctx context.Context) error {
	_, err := s.deleteForGood(ctx, "deleted_at <= $1", database.Now().AddDate(0, 0, -binDays))
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
		update notes set id = id where %[1]s and id in (select id from notes where %[1]s order by id limit %[2]d) returning id, cover_path`,
		condition, purgeBatch), args...)
	if err != nil {
		return 0, fmt.Errorf("locking notes to delete: %w", err)
	}
	ids, files := make([]int64, 0, len(doomed)), make([]string, 0, len(doomed))
	for _, n := range doomed {
		ids, files = append(ids, n.ID), append(files, n.CoverPath)
	}
	attached, err := database.All[string](ctx, tx, "select path from attachments where "+s.DB.In("note_id", 1), database.List(ids))
	if err != nil {
		return 0, fmt.Errorf("listing the files of notes to delete: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "delete from notes where "+s.DB.In("id", 1), database.List(ids)); err != nil {
		return 0, fmt.Errorf("deleting notes for good: %w", err)
	}
	return len(doomed), s.Media.Remove(ctx, tx, append(files, attached...)...)
}
