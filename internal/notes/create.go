package notes

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/rest"
)

// fields are what a client may write. Nulls count as absent, apart from course_id and description.
type fields struct {
	Title        rest.Optional[string]            `json:"title" maxLength:"100"`
	CourseID     rest.Optional[int64]             `json:"course_id" nullable:"true" doc:"null, 0 and device-local (negative) ids mean none"`
	Description  rest.Optional[string]            `json:"description" nullable:"true" blank:"true" maxLength:"600"`
	Content      rest.Optional[string]            `json:"content" nullable:"true" blank:"true"`
	Markdown     rest.Optional[string]            `json:"markdown" nullable:"true" blank:"true" doc:"Used when content is empty"`
	MetadataJSON rest.Optional[string]            `json:"metadata_json" nullable:"true" blank:"true"`
	CustomMeta   rest.Optional[string]            `json:"custom_meta" nullable:"true" blank:"true"`
	IsPublic     rest.Optional[bool]              `json:"is_public" nullable:"true"`
	EditorMode   rest.Optional[string]            `json:"editor_mode" nullable:"true" maxLength:"16" doc:"G, B or P; M counts as G, anything else as P"`
	Blocks       rest.Optional[[]json.RawMessage] `json:"blocks" nullable:"true" doc:"Objects with block_type, text, args and is_AI_generated"`
}

// content is the text that was sent, under whichever of its two names.
func (f *fields) content() string {
	if f.Content.Value != "" {
		return f.Content.Value
	}
	return f.Markdown.Value
}

// course is the course to file in, nil for none.
func (f *fields) course() *int64 {
	if f.CourseID.Value <= 0 {
		return nil
	}
	return &f.CourseID.Value
}

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
	n, err := in.note(rest.CallerID(ctx))
	if err != nil {
		return rest.Reply[Detail]{}, err
	}
	var id int64
	var created bool
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := checkFiling(ctx, tx, n); err != nil {
			return err
		}
		if in.Body.SourceNoteUUID.Value != "" {
			if n.source, err = readable(ctx, tx, n.AuthorID, in.Body.SourceNoteUUID.Value); err != nil {
				return err
			}
		}
		id, created, err = s.upsert(ctx, tx, n)
		return err
	})
	if err != nil {
		return rest.Reply[Detail]{}, err
	}
	reply, err := s.show(ctx, byID(id))
	if !created {
		reply.Status = http.StatusOK
	}
	return reply, err
}

// checkFiling refuses a course in which the author may not file, unless the draft has become a note that lies there. That
// note is locked before the course is, as in all other changes: whoever deletes the course waits for its notes.
func checkFiling(ctx context.Context, tx *database.Tx, n newNote) error {
	if n.CourseID == nil {
		return nil
	}
	if n.draftID != "" {
		old, err := lock(ctx, tx, "n.author_id = $1 and n.client_draft_id = $2", n.AuthorID, n.draftID)
		if err != nil && !errors.Is(err, database.ErrNotFound) {
			return err
		}
		if same(n.CourseID, old.CourseID) {
			return nil
		}
	}
	return courses.CheckFiling(ctx, tx, n.AuthorID, *n.CourseID)
}

// note is what the request asks for, or what is wrong with it.
func (in *createInput) note(author int64) (newNote, error) {
	b := &in.Body
	if !b.Title.Set && !in.Has("title") && !in.Has(rest.NonField) {
		in.Add("title", "This field is required.")
	}
	if source := &b.SourceNoteUUID; source.Value != "" {
		parsed, err := uuid.Parse(source.Value)
		if err != nil {
			in.Add("source_note_uuid", "Must be a valid UUID.")
		}
		source.Value = parsed.String()
	}
	blocks := readBlocks(&in.Problems, b.Blocks.Value)
	if err := in.Err(); err != nil {
		return newNote{}, err
	}
	n := newNote{keepCustomMeta: !b.CustomMeta.Set, noteType: b.NoteType.Or("N"), draftID: b.ClientDraftID.Value, blocks: cleanTexts(blocks)}
	n.state = state{
		AuthorID: author, Title: b.Title.Value, Description: new(b.Description.Value), Content: b.content(), CourseID: b.course(),
		MetadataJSON: b.MetadataJSON.Value, CustomMeta: b.CustomMeta.Value, IsPublic: b.IsPublic.Value,
	}
	if b.EditorMode.Set {
		n.EditorMode = accounts.EditorMode(b.EditorMode.Value)
	}
	return n, nil
}

// readable returns the id of a note that the user may read, nil for none.
func readable(ctx context.Context, q database.Querier, userID int64, uuid string) (*int64, error) {
	id, err := database.One[int64](ctx, q, "select n.id from notes n where n.uuid = $2 and "+notelist.Visible, userID, uuid)
	if errors.Is(err, database.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking up the commented note: %w", err)
	}
	return &id, nil
}

// newNote is a note to be made, or to replace the one of the same draft.
type newNote struct {
	state                 // without an editor mode: the author's
	source         *int64 // the note that it comments on
	keepCustomMeta bool   // of the note that is there already
	noteType       string
	draftID        string     // "" for none
	blocks         []blockRow // as sent; none to cut the content
}

// upsert inserts the note, or overwrites the author's note of the same draft, even out of the recycle bin. What a client
// leaves out is reset then, as in the old system. Of two requests with one draft at the same time, one inserts it.
func (s *Service) upsert(ctx context.Context, tx *database.Tx, n newNote) (id int64, created bool, err error) {
	n.touch()
	for { // once more only when the note was purged between the two statements
		id, err = s.insert(ctx, tx, n)
		if !errors.Is(err, errDraftExists) {
			return id, err == nil, err
		}
		old, err := lock(ctx, tx, "n.author_id = $1 and n.client_draft_id = $2", n.AuthorID, n.draftID)
		if !errors.Is(err, database.ErrNotFound) {
			if err == nil {
				err = s.overwrite(ctx, tx, old, n)
			}
			return old.ID, false, err
		}
	}
}

// errDraftExists says that the author has a note of that draft already.
var errDraftExists = errors.New("the draft has become a note already")

// insert stores a new note with its blocks, unless the author has one of that draft.
func (s *Service) insert(ctx context.Context, tx *database.Tx, n newNote) (int64, error) {
	d := derive(n.Content, *n.Description)
	id, err := database.One[int64](ctx, tx, `
		insert into notes (author_id, course_id, uuid, sharing_id, title, description, excerpt, preview_lines, content,
			metadata_json, custom_meta, is_public, note_type, editor_mode, source_note_id, client_draft_id, word_count,
			created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
			coalesce(nullif(cast($14 as text), ''), (select editor_mode from users where id = $1)),
			$15, nullif(cast($16 as text), ''), $17, $18, $18)
		on conflict (author_id, client_draft_id) where client_draft_id is not null do nothing
		returning id`,
		n.AuthorID, n.CourseID, uuid.NewString(), sharingID(), n.Title, n.Description, d.excerpt, d.preview, n.Content,
		n.MetadataJSON, n.CustomMeta, n.IsPublic, n.noteType, n.EditorMode, n.source, n.draftID, d.words, n.UpdatedAt)
	if errors.Is(err, database.ErrNotFound) {
		return 0, errDraftExists
	}
	if err != nil {
		return 0, fmt.Errorf("storing a note: %w", err)
	}
	n.ID = id
	if err := s.indexState(ctx, tx, n.state); err != nil {
		return 0, err
	}
	if !n.ofServer {
		if err := record(ctx, tx, activityCreated, n.AuthorID, id, d.words); err != nil {
			return 0, err
		}
	}
	return id, s.insertBlocks(ctx, tx, id, s.blocksFor(n))
}

// overwrite gives a locked note what was sent for its draft.
func (s *Service) overwrite(ctx context.Context, tx *database.Tx, old state, n newNote) (err error) {
	n.ID = old.ID
	if n.keepCustomMeta {
		n.CustomMeta = old.CustomMeta
	}
	if n.EditorMode == "" {
		if n.EditorMode, err = database.One[string](ctx, tx, "select editor_mode from users where id = $1", n.AuthorID); err != nil {
			return fmt.Errorf("reading the author's editor mode: %w", err)
		}
	}
	// An app pushes a draft again when it knows of no answer, however long ago it wrote it: what was written since is kept at
	// once, not only when the last version is old.
	if n.overwrites(old) {
		if err := s.keepAutomatic(ctx, tx, old, 0); err != nil {
			return err
		}
	}
	if err := s.store(ctx, tx, old, n.state); err != nil {
		return err
	}
	return s.replaceBlocks(ctx, tx, n.ID, s.blocksFor(n))
}

// blocksFor are the blocks of a new note: those that were sent, or its content's.
func (s *Service) blocksFor(n newNote) []blockRow {
	if len(n.blocks) > 0 {
		return n.blocks
	}
	return s.cut(n.Content)
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
