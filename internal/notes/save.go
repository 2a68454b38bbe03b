package notes

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/rest"
)

// state is all of a note that its author's requests can change.
type state struct {
	ID           int64
	AuthorID     int64
	Title        string
	Description  *string
	Content      string
	MetadataJSON string `db:"metadata_json"`
	CustomMeta   string
	EditorMode   string
	CourseID     *int64
	CoverPath    string
	IsPublic     bool
	DeletedAt    *rest.Time
	UpdatedAt    rest.Time
	Revision     int64 // counted by save
	ofServer     bool  // written without its author's doing, so that it counts as no activity
}

const stateColumns = `n.id, n.author_id, n.title, n.description, n.content, n.metadata_json, n.custom_meta, n.editor_mode, n.course_id,
	n.cover_path, n.is_public, n.deleted_at, n.updated_at, n.revision`

// lock reads a note, for which condition holds, and keeps it from changing until the transaction ends.
func lock(ctx context.Context, tx *database.Tx, condition string, args ...any) (state, error) {
	n, err := database.One[state](ctx, tx, "select "+stateColumns+" from notes n where "+condition+tx.Locking("for no key update of n"), args...)
	if err != nil && !errors.Is(err, database.ErrNotFound) {
		err = fmt.Errorf("locking a note: %w", err)
	}
	return n, err
}

// edit is a change that its author makes to a note.
type edit struct {
	key
	operation string // for refusals: "Notes/update"
	ifMatch   string
	problems  error // with the request's body, which come after the look at whose note it is
}

// errStale says that a note has another revision than the one that the client wants to change.
var errStale = errors.New("the note has changed")

// change locks a note of the caller and runs f on it in a transaction.
func (s *Service) change(ctx context.Context, e edit, f func(tx *database.Tx, n state) error) error {
	err := s.DB.Write(ctx, func(tx *database.Tx) error { return s.changeIn(ctx, tx, e, f) })
	return s.explain(ctx, e.key, err)
}

// changeIn is change within a transaction, after which the caller has the error explained.
func (s *Service) changeIn(ctx context.Context, tx *database.Tx, e edit, f func(tx *database.Tx, n state) error) error {
	n, err := lock(ctx, tx, "n.deleted_at is null and "+e.condition, e.value)
	if errors.Is(err, database.ErrNotFound) {
		return rest.NotFound("Note")
	}
	if err != nil {
		return err
	}
	if err := checkOwner(ctx, n.AuthorID, n.IsPublic, e.operation); err != nil {
		return err
	}
	return e.apply(tx, n, f)
}

// apply runs f unless something is wrong with the request or the note is another one than its If-Match names.
func (e edit) apply(tx *database.Tx, n state, f func(tx *database.Tx, n state) error) error {
	if e.problems != nil {
		return e.problems
	}
	if !rest.Matches(e.ifMatch, rest.ETag(n.Revision)) {
		return errStale
	}
	return f(tx, n)
}

// explain turns errStale into an answer with the note as it is now.
func (s *Service) explain(ctx context.Context, k key, err error) error {
	if !errors.Is(err, errStale) {
		return err
	}
	now, err := s.show(ctx, k)
	if err != nil {
		return err
	}
	return rest.LegacyPreconditionFailed("Note not changed: Backend.Notes.Notes/precondition \u2014 it has been changed since you read it", now.ETag, now.Body)
}

// save stores what a locked note has become, and keeps what it was as an automatic version when it is overwritten, though
// not more often than every automaticInterval: the apps save every few seconds.
func (s *Service) save(ctx context.Context, tx *database.Tx, old, n state) error {
	if n.DeletedAt == nil && n.overwrites(old) {
		if err := s.keepAutomatic(ctx, tx, old, automaticInterval); err != nil {
			return err
		}
	}
	return s.store(ctx, tx, old, n)
}

// store is save without a version. It stores a note with what follows from it but its blocks. A new content counts as an
// activity.
func (s *Service) store(ctx context.Context, tx *database.Tx, old, n state) error {
	d := derive(n.Content, n.describes())
	_, err := tx.ExecContext(ctx, `
		update notes set title = $1, description = $2, excerpt = $3, preview_lines = $4, word_count = $5, content = $6,
			metadata_json = $7, custom_meta = $8, editor_mode = $9, course_id = $10, is_public = $11, deleted_at = $12,
			updated_at = $13, cover_path = $14, revision = revision + 1
		where id = $15`,
		n.Title, n.Description, d.excerpt, d.preview, d.words, n.Content, n.MetadataJSON, n.CustomMeta, n.EditorMode, n.CourseID,
		n.IsPublic, n.DeletedAt, n.UpdatedAt, n.CoverPath, n.ID)
	if err != nil {
		return fmt.Errorf("storing a note: %w", err)
	}
	if err := s.indexState(ctx, tx, n); err != nil {
		return err
	}
	if n.Content == old.Content || n.ofServer {
		return nil
	}
	return record(ctx, tx, activityEdited, n.AuthorID, n.ID, d.words)
}

// overwrites reports whether something of old, as versions remember it, is lost in n.
func (n state) overwrites(old state) bool {
	return n.Title != old.Title || !same(n.Description, old.Description) || n.Content != old.Content ||
		n.MetadataJSON != old.MetadataJSON || n.CustomMeta != old.CustomMeta || n.EditorMode != old.EditorMode ||
		!same(n.CourseID, old.CourseID) || n.IsPublic != old.IsPublic
}

// describes is the description, "" for none.
func (n state) describes() string {
	if n.Description == nil {
		return ""
	}
	return *n.Description
}

// same compares two values that may be null.
func same[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// touch moves the time of the last edit.
func (n *state) touch() { n.UpdatedAt = rest.Time{Time: database.Now()} }

// derived is what lists show of a content, so that they need not read it.
type derived struct {
	excerpt string
	preview string // one line of the preview a line
	words   int
}

func derive(content, description string) derived {
	return derived{
		excerpt: markdown.Excerpt(content, description),
		preview: strings.Join(markdown.Preview(content), "\n"),
		words:   markdown.WordCount(content),
	}
}
