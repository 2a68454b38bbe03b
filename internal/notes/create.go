package notes

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/notesummary"
	"github.com/trance-0/notechondria/internal/rest"
)

// fields are what a client may write. Nulls count as absent, apart from course_id and description.
type fields struct {
	Title        rest.Optional[string] `json:"title" maxLength:"100"`
	CourseID     rest.Optional[int64]  `json:"course_id" nullable:"true" doc:"null, 0 and device-local (negative) ids mean none"`
	Description  rest.Optional[string] `json:"description" nullable:"true" blank:"true" maxLength:"600"`
	Content      rest.Optional[string] `json:"content" nullable:"true" blank:"true"`
	Markdown     rest.Optional[string] `json:"markdown" nullable:"true" blank:"true" doc:"Used when content is empty"`
	MetadataJSON rest.Optional[string] `json:"metadata_json" nullable:"true" blank:"true"`
	CustomMeta   rest.Optional[string] `json:"custom_meta" nullable:"true" blank:"true"`
	IsPublic     rest.Optional[bool]   `json:"is_public" nullable:"true"`
	EditorMode   rest.Optional[string] `json:"editor_mode" nullable:"true" maxLength:"16" doc:"G, B or P; M counts as G, anything else as P"`
}

// content is the text that was sent, under whichever of its two names.
func (f *fields) content() string {
	if f.Content.Value != "" {
		return f.Content.Value
	}
	return f.Markdown.Value
}

// course is the id of the course to file in, 0 for none.
func (f *fields) course() int64 { return max(f.CourseID.Value, 0) }

type createInput struct {
	rest.Problems
	Body struct {
		fields
		ClientDraftID  rest.Optional[string] `json:"client_draft_id" nullable:"true" blank:"true" maxLength:"64" doc:"The app's own name of the note: sent again, it changes the note that is there"`
		NoteType       rest.Optional[string] `json:"note_type" nullable:"true" enum:"N,C"`
		SourceNoteUUID rest.Optional[string] `json:"source_note_uuid" nullable:"true" blank:"true" doc:"The note that this one comments on; ignored when the author can't read it"`
	}
}

// create makes a note, or changes the one that was made under the same client_draft_id: an app that lost the answer
// sends its draft again.
func (s *Service) create(ctx context.Context, in *createInput) (rest.Reply[Detail], error) {
	reply := rest.Reply[Detail]{Status: http.StatusCreated}
	b := &in.Body
	if !b.Title.Set && !in.Has("title") && !in.Has(rest.NonField) {
		in.Add("title", "This field is required.")
	}
	source, err := uuid.Parse(b.SourceNoteUUID.Value)
	if b.SourceNoteUUID.Value != "" && err != nil {
		in.Add("source_note_uuid", "Must be a valid UUID.")
	}
	if err := in.Err(); err != nil {
		return reply, err
	}
	n := newNote{
		author: rest.CallerID(ctx), uuid: uuid.NewString(), title: b.Title.Value, description: b.Description.Or(""),
		content: b.content(), metadata: b.MetadataJSON.Value, customMeta: b.CustomMeta.Value, keepCustomMeta: !b.CustomMeta.Set,
		isPublic: b.IsPublic.Value, noteType: b.NoteType.Or("N"), draftID: b.ClientDraftID.Value, course: b.course(),
	}
	if b.EditorMode.Set {
		n.editorMode = accounts.EditorMode(b.EditorMode.Value)
	}
	var id int64
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		if n.course != 0 {
			if err := courses.CheckFiling(ctx, tx, n.author, n.course); err != nil {
				return err
			}
		}
		if b.SourceNoteUUID.Value != "" {
			if n.source, err = readable(ctx, tx, n.author, source.String()); err != nil {
				return err
			}
		}
		created := false
		if id, created, err = s.store(ctx, tx, n); err == nil && !created {
			reply.Status = http.StatusOK
		}
		return err
	})
	if err != nil {
		return reply, err
	}
	reply.Body, err = s.show(ctx, byID(id))
	return reply, err
}

// readable returns the id of a note that the user may read, 0 for none.
func readable(ctx context.Context, q database.Querier, userID int64, uuid string) (int64, error) {
	id, err := database.One[int64](ctx, q, "select n.id from notes n where n.uuid = $2 and "+notesummary.Visible, userID, uuid)
	if errors.Is(err, database.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("looking up the commented note: %w", err)
	}
	return id, nil
}

type newNote struct {
	author         int64
	course         int64 // 0 for none
	source         int64 // 0 for none
	uuid           string
	title          string
	description    string
	content        string
	metadata       string
	customMeta     string
	keepCustomMeta bool // of the note that is there already
	isPublic       bool
	noteType       string
	editorMode     string // "" for the author's
	draftID        string // "" for none
}

// store inserts the note, or overwrites the author's note of the same draft, even out of the recycle bin. What a client
// leaves out is reset then, as in the old system. Two requests with one draft at the same time make one note.
func (s *Service) store(ctx context.Context, tx *database.Tx, n newNote) (id int64, created bool, err error) {
	derived := derive(n.content, n.description)
	type stored struct {
		ID   int64
		UUID string
	}
	row, err := database.One[stored](ctx, tx, `
		insert into notes (author_id, course_id, uuid, sharing_id, title, description, excerpt, preview_lines, content,
			metadata_json, custom_meta, is_public, note_type, editor_mode, source_note_id, client_draft_id, word_count,
			created_at, updated_at)
		values ($1, nullif(cast($2 as bigint), 0), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
			coalesce(nullif(cast($14 as text), ''), (select editor_mode from users where id = $1)),
			nullif(cast($15 as bigint), 0), nullif(cast($16 as text), ''), $17, $18, $18)
		on conflict (author_id, client_draft_id) where client_draft_id is not null do update set
			course_id = excluded.course_id, title = excluded.title, description = excluded.description,
			excerpt = excluded.excerpt, preview_lines = excluded.preview_lines, content = excluded.content,
			metadata_json = excluded.metadata_json,
			custom_meta = case when $19 then notes.custom_meta else excluded.custom_meta end,
			is_public = excluded.is_public, editor_mode = excluded.editor_mode, word_count = excluded.word_count,
			deleted_at = null, updated_at = excluded.updated_at
		returning id, uuid`,
		n.author, n.course, n.uuid, sharingID(), n.title, n.description, derived.excerpt, derived.preview, n.content,
		n.metadata, n.customMeta, n.isPublic, n.noteType, n.editorMode, n.source, n.draftID, derived.words, database.Now(),
		n.keepCustomMeta)
	if err != nil {
		return 0, false, fmt.Errorf("storing a note: %w", err)
	}
	if err := s.index(ctx, tx, row.ID); err != nil {
		return 0, false, err
	}
	if row.UUID == n.uuid {
		return row.ID, true, s.storeBlocks(ctx, tx, row.ID, n.content)
	}
	return row.ID, false, s.replaceBlocks(ctx, tx, row.ID, n.content)
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

const (
	sharingAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
	sharingLength   = 16
)

func sharingID() string {
	var random [sharingLength]byte
	_, _ = rand.Read(random[:]) // never fails
	for i, b := range random {
		random[i] = sharingAlphabet[b%64]
	}
	return string(random[:])
}
