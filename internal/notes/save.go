package notes

import (
	"context"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/notes/searchindex"
)

// save stores what a locked note has become, and keeps what it was as an automatic version when it is overwritten.
func (s *Service) save(ctx context.Context, tx *database.Tx, old, n state) error {
	if n.DeletedAt == nil && n.overwrites(old) {
		if err := keepAutomatic(ctx, tx, old, automaticInterval); err != nil {
			return err
		}
	}
	return s.store(ctx, tx, old, n)
}

// store is save without a version. It stores a note with what follows from it but its blocks. A new content counts as
// an activity.
func (s *Service) store(ctx context.Context, tx *database.Tx, old, n state) error {
	d := derive(n.Content, n.describes())
	_, err := tx.ExecContext(ctx, `
		update notes set title = $1, description = $2, excerpt = $3, preview_lines = $4, word_count = $5, content = $6,
			metadata_json = $7, custom_meta = $8, editor_mode = $9, course_id = $10, is_public = $11, deleted_at = $12,
			updated_at = $13, cover_path = $14, revision = revision + 1
		where id = $15`,
		n.Title, n.Description, d.excerpt, d.preview, d.words, n.Content, n.Metadata, n.CustomMeta, n.EditorMode, n.CourseID,
		n.IsPublic, n.DeletedAt, n.UpdatedAt, n.CoverPath, n.ID)
	if err != nil {
		return fmt.Errorf("storing a note: %w", err)
	}
	if err := s.indexState(ctx, tx, n); err != nil {
		return err
	}
	if n.Content == old.Content || n.byServer {
		return nil
	}
	return record(ctx, tx, activityEdited, n.AuthorID, n.ID, d.words)
}

// indexState brings the search index in line with a note as it has just been stored.
func (s *Service) indexState(ctx context.Context, tx *database.Tx, n state) error {
	if n.DeletedAt != nil {
		return s.index.Remove(ctx, tx, n.ID)
	}
	return s.index.Store(ctx, tx, searchindex.Note{
		ID: n.ID, AuthorID: n.AuthorID, IsPublic: n.IsPublic, Title: n.Title, Description: n.describes(), Content: n.Content,
		UpdatedAt: n.UpdatedAt,
	})
}

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
