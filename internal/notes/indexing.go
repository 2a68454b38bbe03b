package notes

import (
	"context"
	"slices"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/searchindex"
)

// indexState updates the search index after a note was stored.
func (s *Service) indexState(ctx context.Context, tx *database.Tx, n state) error {
	if n.DeletedAt != nil {
		return nil // it is in the index no more
	}
	return s.index.Changed(ctx, tx, searchindex.Note{
		ID: n.ID, AuthorID: n.AuthorID, IsPublic: n.IsPublic, Title: n.Title,
		Description: n.descriptionText(), Content: n.Content, UpdatedAt: n.UpdatedAt,
	})
}

// Invalidate leaves the notes of a backup to the job that looks for notes missing from the search index: there may be
// many. Where the backup is older than the table of notes that wait, none do.
func (s *Service) Invalidate(ctx context.Context, tx *database.Tx) error {
	tables, err := s.DB.Tables(ctx, tx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(tables, func(t database.Table) bool { return t.Name == searchindex.WaitingTable }) {
		return nil
	}
	return s.index.Forget(ctx, tx)
}

// Rebuild indexes all notes that are not in the search index.
func (s *Service) Rebuild(ctx context.Context) error { return s.index.Complete(ctx) }

// Run indexes notes some time after they were written, until ctx is done.
func (s *Service) Run(ctx context.Context) { s.index.Run(ctx) }

// Unindexed counts the notes that wait to be indexed.
func (s *Service) Unindexed(ctx context.Context) (int, error) { return s.index.Waiting(ctx) }
