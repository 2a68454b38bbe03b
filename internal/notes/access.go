package notes

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Ref says which note is meant. The zero Ref means none.
type Ref struct {
	id    int64
	uuid  string
	block int64
}

// ByID is the note with that id.
func ByID(id int64) Ref { return Ref{id: id} }

// ByUUID is the note with that UUID.
func ByUUID(text string) Ref {
	parsed, err := uuid.Parse(text)
	if err != nil {
		return Ref{}
	}
	return Ref{uuid: parsed.String()}
}

// byBlock is the note that a block belongs to.
func byBlock(id int64) Ref { return Ref{block: id} }

// where is the condition on notes n, with the value as parameter $1.
func (r Ref) where() (condition string, value any) {
	switch {
	case r.uuid != "":
		return "n.uuid = $1", r.uuid
	case r.block != 0:
		return "n.id = (select note_id from note_blocks where id = $1)", r.block
	}
	return "n.id = $1", r.id
}

// errNoNote says that there is no such note, or that it is in the recycle bin.
var errNoNote = problem.NoSuch("Note")

// errNoBlock says that there is no such block, or that its note is in the recycle bin.
var errNoBlock = problem.NoSuch("NoteBlock")

// notFound is the error when there is no such note or block.
func (r Ref) notFound() error {
	if r.block != 0 {
		return errNoBlock
	}
	return errNoNote
}

// What did not happen, in refusals.
const (
	notShown         = "Note not shown"
	notSaved         = "Note not saved"
	notChanged       = "Note not changed"
	notReordered     = "Blocks not reordered"
	versionsNotShown = "Versions not shown"
	fileNotKept      = "File not kept"
	coverNotSet      = "Cover not set"
)

const isPrivate = "it is private, and not yours"

// checkOwner refuses everybody but the author. The private note of somebody else is answered with a validation error of
// the whole input, as by the former system: the apps know that answer. Blocks have always been refused like those of a
// public note.
func checkOwner(who actor.Actor, authorID int64, isPublic bool, outcome string) error {
	switch {
	case who.Is(authorID):
		return nil
	case !isPublic:
		return problem.InvalidBecause("", outcome, isPrivate)
	}
	return problem.Deny(outcome, "it belongs to somebody else")
}

// checkAuthor is checkOwner for a note that is not locked, and returns its id.
func (s *Service) checkAuthor(ctx context.Context, who actor.Actor, ref Ref, outcome string) (int64, error) {
	condition, value := ref.where()
	n, err := database.One[struct {
		ID       int64
		AuthorID int64
		IsPublic bool
	}](ctx, s.DB.Read(), `
		select n.id, n.author_id, n.is_public from notes n where n.deleted_at is null and `+condition, value)
	if errors.Is(err, database.ErrNotFound) {
		return 0, errNoNote
	}
	if err != nil {
		return 0, fmt.Errorf("looking whose note it is: %w", err)
	}
	return n.ID, checkOwner(who, n.AuthorID, n.IsPublic, outcome)
}

// Location says whose a note is, and where.
type Location struct {
	ID       int64
	AuthorID int64
	InBin    bool
}

// Locate returns the notes that exist, by id, including those in the recycle bin. It is for the server itself, which
// acts on notes in their authors' names.
func (s *Service) Locate(ctx context.Context, ids []int64) (map[int64]Location, error) {
	rows, err := database.All[Location](ctx, s.DB.Read(),
		"select id, author_id, deleted_at is not null as in_bin from notes where "+s.DB.In("id", 1), database.List(ids))
	if err != nil {
		return nil, fmt.Errorf("looking whose notes they are: %w", err)
	}
	found := make(map[int64]Location, len(rows))
	for _, r := range rows {
		found[r.ID] = r
	}
	return found, nil
}
