package notes

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/google/uuid"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Draft is a note to be made.
type Draft struct {
	Title       string
	Description string
	Content     string
	Blocks      []blocks.Draft // none to have them cut from the content, which does not follow from them here
	CourseID    *int64         // nil for none
	Metadata    string
	CustomMeta  patch.Field[string] // a note that is there keeps its own unless this is set
	IsPublic    bool
	EditorMode  string // see accounts.EditorMode; "" for the author's
	Type        string // N for a note, which "" means too, C for a comment
	SourceUUID  string // of the note that it comments on; "" for none, and ignored when the author can't read that one
	ClientID    string // what the app calls it; "" for nothing
}

func (d *Draft) check(problems *problem.Fields) error {
	problems.CheckText("title", d.Title, 1, MaxTitle)
	problems.CheckText("description", d.Description, 0, MaxDescription)
	problems.CheckText("content", d.Content, 0, math.MaxInt)
	problems.CheckText("metadata_json", d.Metadata, 0, math.MaxInt)
	problems.CheckText("custom_meta", d.CustomMeta.Value, 0, math.MaxInt)
	problems.CheckText("client_draft_id", d.ClientID, 0, MaxClientID)
	if d.Type != "" && d.Type != "N" && d.Type != "C" && !problems.Has("note_type") {
		problems.Add("note_type", problem.NotAChoice(d.Type))
	}
	if d.SourceUUID != "" && uuid.Validate(d.SourceUUID) != nil {
		problems.Add("source_note_uuid", "Must be a valid UUID.")
	}
	blocks.CheckAll(problems, "blocks", d.Blocks)
	return nil
}

// Create makes a note. If one was made under the same client id, even one in the recycle bin, it is changed and
// restored instead: an app that missed the answer sends its draft again. What the draft leaves out is then reset, as by
// the former system, except the custom metadata; what no draft can say is kept.
func (s *Service) Create(
	ctx context.Context, who actor.Actor, draft problem.Input[Draft],
) (n Note, created bool, err error) {
	if who.Anonymous() {
		return Note{}, false, problem.Deny(notSaved, "nobody is signed in")
	}
	d, err := draft.Check((*Draft).check)
	if err != nil {
		return Note{}, false, err
	}
	made := s.newNote(d, who)
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := checkDraftFiling(ctx, tx, made); err != nil {
			return err
		}
		if d.SourceUUID != "" {
			if made.source, err = readable(ctx, tx, made.AuthorID, d.SourceUUID); err != nil {
				return err
			}
		}
		n, created, err = s.upsert(ctx, tx, made)
		return err
	})
	return n, created, err
}

// newNote is a note to be made, or to replace the one of the same draft.
type newNote struct {
	state                 // without an editor mode: the author's
	source         *int64 // the note that it comments on
	keepCustomMeta bool   // of the note that is there already
	noteType       string
	clientID       string         // "" for none
	blocks         []blocks.Block // as sent, or cut from the content
}

// newNote does what needs no transaction.
func (s *Service) newNote(d Draft, who actor.Actor) newNote {
	n := newNote{keepCustomMeta: !d.CustomMeta.Set, noteType: "N", clientID: d.ClientID}
	if n.blocks = blocks.CleanAll(blocks.New(d.Blocks)); len(n.blocks) == 0 {
		n.blocks = s.cutter.Cut(d.Content)
	}
	n.state = state{AuthorID: who.UserID, byServer: who.By == actor.Server, versioned: versioned{
		Title: d.Title, Description: &d.Description, Content: d.Content, CourseID: d.CourseID,
		Metadata: d.Metadata, CustomMeta: d.CustomMeta.Value, IsPublic: d.IsPublic,
	}}
	if d.EditorMode != "" {
		n.EditorMode = accounts.EditorMode(d.EditorMode)
	}
	if d.Type != "" {
		n.noteType = d.Type
	}
	n.derive()
	return n
}

// checkDraftFiling refuses a course in which the note may not be filed, unless the draft became a note that is there
// already. That note is locked before the course, as in all other changes, since deleting a course waits for its notes.
func checkDraftFiling(ctx context.Context, tx *database.Tx, n newNote) error {
	if n.CourseID == nil {
		return nil
	}
	if n.clientID != "" {
		old, err := lockDraft(ctx, tx, n)
		if err != nil && !errors.Is(err, database.ErrNotFound) {
			return err
		}
		if patch.Same(n.CourseID, old.CourseID) {
			return nil
		}
	}
	return checkFiling(ctx, tx, n.state, *n.CourseID)
}

// lockDraft locks the note that was made of a draft before.
func lockDraft(ctx context.Context, tx *database.Tx, n newNote) (state, error) {
	return lock(ctx, tx, "n.author_id = $1 and n.client_draft_id = $2", n.AuthorID, n.clientID)
}

// readable returns the id of a note that the user may read, nil for none.
func readable(ctx context.Context, q database.Querier, userID int64, text string) (*int64, error) {
	condition, value := ByUUID(text).where()
	id, err := database.One[int64](ctx, q, "select n.id from notes n where "+condition+
		" and n.deleted_at is null and (n.is_public or n.author_id = $2)", value, userID)
	if errors.Is(err, database.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking up the commented note: %w", err)
	}
	return &id, nil
}

// upsert inserts the note, or overwrites the author's note of the same draft. Of two requests with one draft at the
// same time, one inserts it.
func (s *Service) upsert(ctx context.Context, tx *database.Tx, n newNote) (stored Note, created bool, err error) {
	n.touch()
	for { // once more only when the note was purged between the two statements
		stored, err = s.insert(ctx, tx, n)
		if !errors.Is(err, errDraftExists) {
			return stored, err == nil, err
		}
		old, err := lockDraft(ctx, tx, n)
		if !errors.Is(err, database.ErrNotFound) {
			if err == nil {
				stored, err = s.overwrite(ctx, tx, old, n)
			}
			return stored, false, err
		}
	}
}

// errDraftExists says that the author has a note of that draft already.
var errDraftExists = errors.New("the draft has become a note already")

// insert stores a new note with its blocks, unless the author has one of that draft.
func (s *Service) insert(ctx context.Context, tx *database.Tx, n newNote) (Note, error) {
	written, err := database.One[Note](ctx, tx, `
		insert into notes (author_id, course_id, uuid, sharing_id, title, description, excerpt, preview_lines, content,
			metadata_json, custom_meta, is_public, note_type, editor_mode, source_note_id, client_draft_id, word_count,
			created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
			coalesce(nullif(cast($14 as text), ''), (select editor_mode from users where id = $1)),
			$15, nullif(cast($16 as text), ''), $17, $18, $18)
		on conflict (author_id, client_draft_id) where client_draft_id is not null do nothing
		returning `+writtenColumns,
		n.AuthorID, n.CourseID, uuid.NewString(), sharingID(), n.Title, n.Description, n.Excerpt, n.Preview, n.Content,
		n.Metadata, n.CustomMeta, n.IsPublic, n.noteType, n.EditorMode, n.source, n.clientID, n.WordCount, n.UpdatedAt)
	if errors.Is(err, database.ErrNotFound) {
		return Note{}, errDraftExists
	}
	if err != nil {
		return Note{}, fmt.Errorf("storing a note: %w", err)
	}
	n.ID = written.ID
	if err := s.indexState(ctx, tx, n.state); err != nil {
		return Note{}, err
	}
	if !n.byServer {
		if err := record(ctx, tx, activityCreated, n.AuthorID, n.ID, n.WordCount); err != nil {
			return Note{}, err
		}
	}
	stored := n.shown(written)
	stored.Blocks, err = s.storeBlocks(ctx, tx, n.ID, nil, n.blocks)
	return stored, err
}

// overwrite gives a locked note what was sent for its draft. The rest of it stays: its ids, what it comments on, its
// cover, when it was made.
func (s *Service) overwrite(ctx context.Context, tx *database.Tx, old state, n newNote) (stored Note, err error) {
	now := old
	now.Title, now.Description, now.Content = n.Title, n.Description, n.Content
	now.Metadata, now.IsPublic, now.CourseID = n.Metadata, n.IsPublic, n.CourseID
	now.DeletedAt, now.UpdatedAt, now.byServer = nil, n.UpdatedAt, n.byServer
	if !n.keepCustomMeta {
		now.CustomMeta = n.CustomMeta
	}
	now.EditorMode = n.EditorMode
	if now.EditorMode == "" {
		now.EditorMode, err = database.One[string](ctx, tx, "select editor_mode from users where id = $1", n.AuthorID)
		if err != nil {
			return Note{}, fmt.Errorf("reading the author's editor mode: %w", err)
		}
	}
	// An app pushes a draft again when it knows of no answer, however long ago it wrote it: what was written since is kept
	// at once, not only when the last version is old.
	lost := now.overwrites(old)
	if !lost && old.Content == "" {
		if lost, err = losesBlocks(ctx, tx, old, n.blocks); err != nil {
			return Note{}, err
		}
	}
	if lost {
		if err := keepNow(ctx, tx, old); err != nil {
			return Note{}, err
		}
	}
	if stored, err = s.store(ctx, tx, old, now); err != nil {
		return Note{}, err
	}
	stored.Blocks, err = s.replaceBlocks(ctx, tx, now.ID, n.blocks)
	return stored, err
}

// losesBlocks reports whether a note that consists of blocks alone has others afterwards.
func losesBlocks(ctx context.Context, tx *database.Tx, old state, after []blocks.Block) (bool, error) {
	before, err := blocksOf(ctx, tx, old.ID)
	equal := func(a storedBlock, b blocks.Block) bool { return a.Same(b.Draft) }
	return len(before) > 0 && !slices.EqualFunc(before, after, equal), err
}

const (
	sharingAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
	sharingLength   = 16
)

func sharingID() string {
	var random [sharingLength]byte
	rand.Read(random[:])
	for i, b := range random {
		random[i] = sharingAlphabet[b%64]
	}
	return string(random[:])
}
