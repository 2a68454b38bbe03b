package notes

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/markdown"
)

// save stores what a locked note has become, and keeps what it was as an automatic version when it is overwritten.
func (s *Service) save(ctx context.Context, tx *database.Tx, old, n state) (Note, error) {
	if n.DeletedAt == nil && n.overwrites(old) && !old.HasRecentVersion {
		if err := keepAutomatic(ctx, tx, old, automaticInterval); err != nil {
			return Note{}, err
		}
	}
	return s.store(ctx, tx, old, n)
}

// store is save without a version. It stores a note with what follows from it but its blocks. A new content counts as
// an activity. It returns the note as its author sees it, without its blocks.
func (s *Service) store(ctx context.Context, tx *database.Tx, old, n state) (Note, error) {
	if n.Content != old.Content || n.descriptionText() != old.descriptionText() {
		n.derive()
	}
	written, err := database.One[Note](ctx, tx, `
		update notes set title = $1, description = $2, excerpt = $3, preview_lines = $4, word_count = $5, content = $6,
			metadata_json = $7, custom_meta = $8, editor_mode = $9, course_id = $10, is_public = $11, deleted_at = $12,
			updated_at = $13, cover_path = $14, revision = revision + 1
		where id = $15 returning `+writtenColumns,
		n.Title, n.Description, n.Excerpt, n.Preview, n.WordCount, n.Content, n.Metadata, n.CustomMeta, n.EditorMode,
		n.CourseID, n.IsPublic, n.DeletedAt, n.UpdatedAt, n.CoverPath, n.ID)
	if err != nil {
		return Note{}, fmt.Errorf("storing a note: %w", err)
	}
	if err := s.indexState(ctx, tx, n); err != nil {
		return Note{}, err
	}
	if n.Content != old.Content && !n.byServer {
		err = record(ctx, tx, activityEdited, n.AuthorID, n.ID, n.WordCount)
	}
	return n.shown(written), err
}

// writtenColumns are what an answer to writing a note shows beside what was written. Everything else of it is known, so
// that nothing is read again.
const writtenColumns = `id, uuid, note_type, editor_mode, created_at, revision,
	(select a.username from users a where a.id = notes.author_id) as author_username,
	(select a.avatar_path from users a where a.id = notes.author_id) as author_avatar,
	(select k.title from courses k where k.id = notes.course_id) as course_title,
	(select k.slug from courses k where k.id = notes.course_id) as course_slug,
	(select k.owner_id from courses k where k.id = notes.course_id) as course_owner,
	(select source.uuid from notes source where source.id = notes.source_note_id) as source_uuid`

// shown is the note as its author sees it, without its blocks.
func (n state) shown(written Note) Note {
	written.Title, written.Description, written.Excerpt, written.Preview = n.Title, n.Description, n.Excerpt, n.Preview
	written.CoverPath, written.IsPublic, written.UpdatedAt = n.CoverPath, n.IsPublic, n.UpdatedAt
	written.AuthorID, written.CourseID = n.AuthorID, n.CourseID
	written.Content, written.Metadata, written.CustomMeta = n.Content, n.Metadata, n.CustomMeta
	return written
}

// derive works out what lists show of a content, so that they need not read it.
func (n *state) derive() {
	n.Excerpt = markdown.Excerpt(n.Content, n.descriptionText())
	n.Preview = strings.Join(markdown.Preview(n.Content), "\n")
	n.WordCount = markdown.WordCount(n.Content)
}
