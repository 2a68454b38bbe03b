package notes

import (
	"context"

	"github.com/trance-0/notechondria/internal/database"
)

// Forget does nothing: notes of a backup are not in the search index, which is how it knows them.
func (s *Service) Forget(context.Context, *database.Tx) error { return nil }

// Derive puts all notes into the search index that are not there.
func (s *Service) Derive(ctx context.Context) error { return s.index.Complete(ctx) }
