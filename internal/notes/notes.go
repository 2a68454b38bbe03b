// Package notes owns notes, their blocks, versions, attachments and covers: who may read and write which, how they are made, changed,
// deleted and brought back, and the welcome note of a new account. Content is the truth; blocks, excerpts and previews
// follow from it. All changes that a note's author makes go through insert and store; purging, hiding comments, and courses that
// are deleted have statements of their own.
package notes

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/rest"
)

// Options are what notes depend on.
type Options struct {
	DB    *database.DB
	Queue *jobs.Queue
	Media *media.Service

	Courses *courses.Service

	MaxFileBytes    int64 // of an attachment
	MaxStorageBytes int64 // of all attachments of a person; 0 for no limit
}

// Service is the notes of one server.
type Service struct {
	Options
	parser *markdown.Parser
}

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{Options: o, parser: markdown.New()}
	o.Queue.Every(purgeInterval, "notes.purge", s.purge)
	s.keepIndex()
	o.Courses.WhenEmptied(s.leaveCourses)
	o.Media.Names("notes", "cover_path")
	o.Media.Names("attachments", "path")
	return s
}

// Register adds the operations of notes.
func (s *Service) Register(api *rest.API) {
	s.registerNotes(api)
	s.registerBlocks(api)
	s.registerVersions(api)
	s.registerBin(api)
	s.registerAttachments(api)
	s.registerCovers(api)
}

// Detail is a note with its content.
type Detail struct {
	notelist.NoteJSON
	Blocks       []Block `json:"blocks"`
	Content      string  `json:"content"`
	MetadataJSON string  `json:"metadata_json" doc:"A text that holds JSON, kept as it was sent"`
	CustomMeta   string  `json:"custom_meta" doc:"A text that holds JSON, kept as it was sent"`
	CanEdit      *bool   `json:"can_edit,omitempty" doc:"In answers to reading, and to changing by UUID"`
}

// detailRow is a note with its content, whoever may see it.
type detailRow struct {
	notelist.Note
	Content      string
	MetadataJSON string `db:"metadata_json"`
	CustomMeta   string
	Revision     int64
}

const detailColumns = notelist.Columns + ", n.content, n.metadata_json, n.custom_meta, n.revision"

// key says which note is meant.
type key struct {
	condition string // with the value as parameter $1
	value     any
}

func byID(id int64) key      { return key{"n.id = $1", id} }
func byUUID(uuid string) key { return key{"n.uuid = $1", uuid} }

// find returns a note that the requester may read. A private note of somebody else is the 400 that the apps know, an
// unknown or deleted one a 404.
func find(ctx context.Context, q database.Querier, k key) (detailRow, error) {
	r, err := database.One[detailRow](ctx, q, "select "+detailColumns+" from notes n"+notelist.Joins+
		" where n.deleted_at is null and "+k.condition, k.value)
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

// checkOwner refuses everybody but the author; operation names the refusal. A private note of somebody else is the 400
// that the apps know.
func checkOwner(ctx context.Context, authorID int64, isPublic bool, operation string) error {
	switch {
	case authorID == rest.CallerID(ctx):
		return nil
	case !isPublic:
		return rest.BareList("Note not changed: Backend.Notes." + operation + " \u2014 it is private, and not yours")
	}
	return rest.Refusal(http.StatusForbidden, "Note not changed", "Notes."+operation, "it belongs to somebody else")
}

// detail completes a note that may be shown.
func (s *Service) detail(ctx context.Context, r detailRow) (rest.Reply[Detail], error) {
	blocks, err := blocksOf(ctx, s.DB.Read(), r.ID)
	if err != nil {
		return rest.Reply[Detail]{}, err
	}
	return rest.Reply[Detail]{ETag: rest.ETag(r.Revision), Body: Detail{
		NoteJSON: notelist.ToJSON(ctx, r.Note), Blocks: blocks, Content: r.Content, MetadataJSON: r.MetadataJSON, CustomMeta: r.CustomMeta,
	}}, nil
}

// show reads a note for an answer.
func (s *Service) show(ctx context.Context, k key) (rest.Reply[Detail], error) {
	r, err := find(ctx, s.DB.Read(), k)
	if err != nil {
		return rest.Reply[Detail]{}, err
	}
	return s.detail(ctx, r)
}

// read shows a note, and whether the requester may change it.
func (s *Service) read(ctx context.Context, k key) (rest.Reply[Detail], error) {
	r, err := find(ctx, s.DB.Read(), k)
	if err != nil {
		return rest.Reply[Detail]{}, err
	}
	reply, err := s.detail(ctx, r)
	reply.Body.CanEdit = new(r.AuthorID == rest.CallerID(ctx))
	return reply, err
}
