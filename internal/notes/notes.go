// Package notes owns notes and their blocks: who may read and write which, how they are made, changed and deleted, and
// the welcome note of a new account. Content is the truth; blocks, excerpts and previews follow from it.
package notes

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/notesummary"
	"github.com/trance-0/notechondria/internal/rest"
)

// Service is the notes of one server.
type Service struct {
	db     *database.DB
	parser *markdown.Parser
}

// New makes the service.
func New(db *database.DB) *Service { return &Service{db: db, parser: markdown.New()} }

// Detail is a note with its content.
type Detail struct {
	notesummary.Summary
	Blocks       []Block `json:"blocks"`
	Content      string  `json:"content"`
	MetadataJSON string  `json:"metadata_json" doc:"A text that holds JSON, kept as it was sent"`
	CustomMeta   string  `json:"custom_meta" doc:"A text that holds JSON, kept as it was sent"`
	CanEdit      *bool   `json:"can_edit,omitempty" doc:"In answers to reading, and to changing by UUID"`
}

// detailRow is a note with its content, whoever may see it.
type detailRow struct {
	notesummary.Row
	Content      string
	MetadataJSON string `db:"metadata_json"`
	CustomMeta   string
}

const detailColumns = notesummary.Columns + ", n.content, n.metadata_json, n.custom_meta"

// key says which note is meant, by number or by UUID.
type key struct {
	column string
	value  any
}

func byID(id int64) key      { return key{"n.id", id} }
func byUUID(uuid string) key { return key{"n.uuid", uuid} }

// find returns a note that the requester may read. A private note of somebody else is the 400 that the apps know, an
// unknown or deleted one a 404.
func find(ctx context.Context, q database.Querier, k key) (detailRow, error) {
	r, err := database.One[detailRow](ctx, q, "select "+detailColumns+" from notes n"+notesummary.Joins+
		" where n.deleted_at is null and "+k.column+" = $1", k.value)
	if errors.Is(err, database.ErrNotFound) {
		return detailRow{}, rest.NotFound("Note")
	}
	if err != nil {
		return detailRow{}, fmt.Errorf("reading a note: %w", err)
	}
	if !r.IsPublic && r.AuthorID != rest.CallerID(ctx) {
		return detailRow{}, rest.BareList("Note not shown: Backend.Notes.Notes/access_check \u2014 it is private, and not yours")
	}
	return r, nil
}

// access is what a write needs to know of a note.
type access struct {
	ID       int64
	AuthorID int64
	IsPublic bool
}

// own locks the note for the rest of the transaction and refuses everybody but its author; operation names the refusal.
func own(ctx context.Context, tx *database.Tx, k key, operation string) (int64, error) {
	n, err := database.One[access](ctx, tx, "update notes as n set id = n.id where n.deleted_at is null and "+k.column+
		" = $1 returning id, author_id, is_public", k.value)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return 0, rest.NotFound("Note")
	case err != nil:
		return 0, fmt.Errorf("locking a note: %w", err)
	case n.AuthorID == rest.CallerID(ctx):
		return n.ID, nil
	case !n.IsPublic:
		return 0, rest.BareList("Note not changed: Backend.Notes.Notes/" + operation + " \u2014 it is private, and not yours")
	}
	return 0, rest.Refusal(http.StatusForbidden, "Note not changed", "Notes.Notes/"+operation, "it belongs to somebody else")
}

// detail completes a note that may be shown.
func (s *Service) detail(ctx context.Context, r detailRow) (Detail, error) {
	blocks, err := blocksOf(ctx, s.db.Read(), r.ID)
	if err != nil {
		return Detail{}, err
	}
	return Detail{Summary: r.Summary(ctx), Blocks: blocks, Content: r.Content, MetadataJSON: r.MetadataJSON, CustomMeta: r.CustomMeta}, nil
}

// show reads a note for an answer.
func (s *Service) show(ctx context.Context, k key) (Detail, error) {
	r, err := find(ctx, s.db.Read(), k)
	if err != nil {
		return Detail{}, err
	}
	return s.detail(ctx, r)
}
