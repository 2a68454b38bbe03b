package notes

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/problem"
)

// Get returns a note that one may read, with its content and blocks.
func (s *Service) Get(ctx context.Context, who actor.Actor, ref Ref) (Note, error) {
	n, err := find(ctx, s.DB.Read(), who, ref, detailColumns)
	if err != nil {
		return Note{}, err
	}
	n.Blocks, err = shownBlocks(ctx, s.DB.Read(), n.ID)
	return n, err
}

// summary returns a note without its content.
func (s *Service) summary(ctx context.Context, who actor.Actor, ref Ref) (notelist.Note, error) {
	n, err := find(ctx, s.DB.Read(), who, ref, notelist.Columns)
	return n.Note, err
}

const detailColumns = notelist.Columns + ", n.content, n.metadata_json, n.custom_meta, n.revision"

// find returns some columns of a note that one may read. For a private note of somebody else see checkOwner.
func find(ctx context.Context, q database.Querier, who actor.Actor, ref Ref, columns string) (Note, error) {
	condition, value := ref.where()
	n, err := database.One[Note](ctx, q, "select "+columns+" from notes n"+notelist.Joins+
		" where n.deleted_at is null and "+condition, value)
	if errors.Is(err, database.ErrNotFound) {
		return Note{}, errNoNote
	}
	if err != nil {
		return Note{}, fmt.Errorf("reading a note: %w", err)
	}
	if !n.IsPublic && !who.Is(n.AuthorID) {
		return Note{}, problem.InvalidBecause("", notShown, isPrivate)
	}
	return n, nil
}
