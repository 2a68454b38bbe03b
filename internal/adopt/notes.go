package adopt

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/notes/markdown"
)

var oldNotes = table{[]string{"notes_note"},
	[]string{"id", "sharing_id", "title", "description", "date_created", "last_edit",
		"creator_id", "course_id", "content", "editor_mode", "metadata_json", "is_public", "client_draft_id",
		"deleted_at", "note_type",
		"source_note_id", "uuid", "cover_image", "custom_meta"}}

type noteRecord struct {
	ID            int64                `json:"id"`
	AuthorID      int64                `json:"author_id"`
	CourseID      *int64               `json:"course_id"`
	UUID          string               `json:"uuid" kind:"uuid"`
	SharingID     string               `json:"sharing_id"`
	Title         string               `json:"title"`
	Description   *string              `json:"description"`
	Excerpt       string               `json:"excerpt"`
	PreviewLines  string               `json:"preview_lines"`
	Content       string               `json:"content"`
	MetadataJSON  string               `json:"metadata_json"`
	CustomMeta    string               `json:"custom_meta"`
	IsPublic      bool                 `json:"is_public"`
	NoteType      string               `json:"note_type"`
	EditorMode    string               `json:"editor_mode"`
	ClientDraftID *string              `json:"client_draft_id"`
	CoverPath     string               `json:"cover_path"`
	WordCount     int                  `json:"word_count"`
	DeletedAt     *database.RecordTime `json:"deleted_at"`
	CreatedAt     database.RecordTime  `json:"created_at"`
	UpdatedAt     database.RecordTime  `json:"updated_at"`
}

// noteBuilder makes our rows of notes, of their blocks, and of what blocks said that contents do not.
type noteBuilder struct {
	*run
	table, blockTable, indexTable *Table
	places                        found // notes_noteindex
	blocks, notes, profiles       found
	hasBlocks                     bool
	cutter                        *blocks.Cutter
	nextBlock                     int64 // the next free id
	nextVersion, nextFile         int64
	drafts                        map[ownTitle]bool // client ids of people
	uuids                         map[uuid.UUID]bool
	sharing                       map[int64]bool           // hashes of sharing ids
	filed                         map[subscriptionKey]bool // who has notes in whose course
	chosen                        map[int64]bool           // of a later run
}

func (r *run) adoptNotes(ctx context.Context) error {
	old, ok := r.src.find(oldNotes)
	if !ok {
		return nil
	}
	b := &noteBuilder{run: r, table: r.report.table(old), cutter: blocks.NewCutter(), drafts: map[ownTitle]bool{},
		uuids: map[uuid.UUID]bool{}, sharing: map[int64]bool{}, filed: map[subscriptionKey]bool{}, chosen: map[int64]bool{}}
	if err := b.prepare(ctx); err != nil {
		return err
	}
	if err := r.src.each(ctx, old, func(batch []row) error { return b.batch(ctx, batch) }); err != nil {
		return err
	}
	if err := b.sources(ctx, old); err != nil {
		return err
	}
	if err := b.fileAsSubscribers(ctx); err != nil {
		return err
	}
	return b.unplaced(ctx)
}

func (b *noteBuilder) batch(ctx context.Context, batch []row) error {
	records := make([]noteRecord, 0, len(batch))
	rows := map[int64]row{}
	for _, o := range batch {
		b.table.Read++
		if b.userByProfile(o) == 0 {
			b.table.skip(noUser, o.int("id"))
			b.leave(noteKind, o.int("id"))
			continue
		}
		n := b.note(o)
		rows[n.ID] = o
		records = append(records, n)
	}
	parts, err := b.partsOf(ctx, records)
	if err != nil {
		return err
	}
	list := make([]entity, 0, len(records))
	for _, n := range records {
		list = append(list, entity{n.ID, stateOf([]any{n, rows[n.ID].text("source_note_id"), parts[n.ID].state()})})
	}
	chosen, err := b.choose(ctx, noteKind, b.table, list)
	if err != nil {
		return err
	}
	return b.store(ctx, records, list, chosen, parts)
}

// store writes the chosen notes of a batch, and their blocks.
func (b *noteBuilder) store(
	ctx context.Context, records []noteRecord, list []entity, chosen map[int64]bool, parts map[int64]*noteParts,
) error {
	kept, entities := records[:0:0], list[:0:0]
	var blockRecords []blockRecord
	var versions []versionRecord
	var attachments []attachmentRecord
	var ids []int64
	for i, n := range records {
		if !chosen[n.ID] {
			continue
		}
		n.CourseID = b.courseHere(n.CourseID, b.table, n.ID)
		rows, version, files := b.arrange(n, parts[n.ID])
		attachments = append(attachments, files...)
		blockRecords = append(blockRecords, rows...)
		if version != nil {
			versions = append(versions, *version)
		}
		kept, entities, ids = append(kept, n), append(entities, list[i]), append(ids, n.ID)
		if n.CourseID != nil && b.courses[*n.CourseID] != n.AuthorID {
			b.filed[subscriptionKey{n.AuthorID, *n.CourseID}] = true
		}
		if b.earlier != nil {
			b.chosen[n.ID] = true
		}
	}
	if err := b.dropTakenDrafts(ctx, kept); err != nil {
		return err
	}
	if err := insert(ctx, b.run, "notes", overwriting[noteRecord]("id")+", revision = notes.revision + 1",
		kept); err != nil {
		return err
	}
	if b.earlier != nil {
		if _, err := b.tx.ExecContext(ctx, "delete from note_blocks where "+b.db.In("note_id", 1),
			database.List(ids)); err != nil {
			return fmt.Errorf("removing the blocks of notes that changed: %w", err)
		}
	}
	if err := insert(ctx, b.run, "note_blocks", "", blockRecords); err != nil {
		return err
	}
	if err := insert(ctx, b.run, "note_versions", "", versions); err != nil {
		return err
	}
	if err := insert(ctx, b.run, "attachments", "", attachments); err != nil {
		return err
	}
	return b.remember(ctx, noteKind, entities)
}

// dropTakenDrafts takes draft ids from notes of a later run that new notes here have by now.
func (b *noteBuilder) dropTakenDrafts(ctx context.Context, list []noteRecord) error {
	if b.earlier == nil {
		return nil
	}
	for i, n := range list {
		if n.ClientDraftID == nil {
			continue
		}
		taken, err := database.One[int64](ctx, b.tx,
			"select count(*) from notes where author_id = $1 and client_draft_id = $2 and id <> $3",
			n.AuthorID, *n.ClientDraftID, n.ID)
		if err != nil {
			return fmt.Errorf("looking for a note of the same draft: %w", err)
		}
		if taken > 0 {
			list[i].ClientDraftID = nil
			b.table.note("a note that was made here has its draft id: it has none", n.ID)
		}
	}
	return nil
}

func (b *noteBuilder) note(o row) noteRecord {
	id := o.int("id")
	created, edited := b.times(o, b.table)
	n := noteRecord{
		ID: id, AuthorID: b.userByProfile(o), SharingID: b.key(o, b.table, "sharing_id"), Title: o.text("title"),
		Description: o.optional("description"), Content: o.text("content"), MetadataJSON: o.text("metadata_json"),
		CustomMeta: o.text("custom_meta"), IsPublic: o.bool("is_public"), NoteType: o.text("note_type"),
		EditorMode:    o.text("editor_mode"),
		ClientDraftID: o.optional("client_draft_id"), CoverPath: b.files.kept(o.text("cover_image"), b.table, id),
		CreatedAt: created, UpdatedAt: edited, UUID: b.uuid(o),
	}
	if n.NoteType == "" {
		n.NoteType = "N"
	}
	taken := func(sharingID string) bool { return b.sharing[hashOf(sharingID)] }
	if n.SharingID == "" || taken(n.SharingID) {
		n.SharingID = unused(fmt.Sprintf("note-%d", id), taken)
		b.table.note("it had no sharing id of its own: it gets one", id)
	}
	b.sharing[hashOf(n.SharingID)] = true
	deleted, ok := o.time("deleted_at")
	if !ok {
		b.table.note("unreadable timestamp: replaced by another one of the row or by the time of this run", id)
		deleted = (*time.Time)(&edited)
	}
	n.DeletedAt = optionalStamp(deleted)
	if course := o.ref("course_id"); course != nil {
		if _, ok := b.courses[*course]; ok {
			n.CourseID = course
		} else {
			b.table.note("its course is not there: it is in none", id)
		}
	}
	if n.ClientDraftID != nil {
		*n.ClientDraftID = b.key(o, b.table, "client_draft_id")
		key := ownTitle{n.AuthorID, *n.ClientDraftID}
		if b.drafts[key] {
			n.ClientDraftID = nil
			b.table.note("another note of the same person has its draft id: it has none", id)
		}
		b.drafts[key] = true
	}
	description := ""
	if n.Description != nil {
		description = *n.Description
	}
	n.Excerpt = markdown.Excerpt(n.Content, description)
	n.PreviewLines = strings.Join(markdown.Preview(n.Content), "\n")
	n.WordCount = markdown.WordCount(n.Content)
	return n
}

// namespace is the one of UUIDs for notes that had none, or none of their own: the same at each run.
var namespace = uuid.MustParse("6d1f7e7e-4c1b-4a55-9d39-0f6d6a2c5b10")

func (b *noteBuilder) uuid(o row) string {
	id := o.int("id")
	parsed, err := uuid.Parse(strings.TrimSpace(o.text("uuid")))
	if err != nil || b.uuids[parsed] {
		parsed = uuid.NewSHA1(namespace, fmt.Append(nil, "note ", id))
		b.table.note("it had no uuid of its own: it gets one", id)
	}
	b.uuids[parsed] = true
	return parsed.String()
}

const noSource = "the note that it is about is not there: it is about none"

// sources sets which notes comments are on, once all notes are there.
func (b *noteBuilder) sources(ctx context.Context, old found) error {
	light, _ := b.src.find(table{[]string{old.name}, []string{"id", "source_note_id"}})
	if !light.has("source_note_id") {
		return nil
	}
	type link struct {
		ID     int64 `json:"id"`
		Source int64 `json:"source"`
	}
	return b.src.each(ctx, light, func(batch []row) error {
		var links []link
		for _, o := range batch {
			source := o.ref("source_note_id")
			switch {
			case source == nil || b.earlier != nil && !b.chosen[o.int("id")]:
			case b.gone[noteKind.name][*source]:
				b.table.note(noSource, o.int("id"))
			default:
				links = append(links, link{o.int("id"), *source})
			}
		}
		if len(links) == 0 {
			return nil
		}
		list, err := database.JSON(links)
		if err != nil {
			return err
		}
		lost, err := database.All[int64](ctx, b.tx, "select r.id from "+b.db.Records(1, "id bigint", "source bigint")+
			" r where not exists (select 1 from notes n where n.id = r.source)", list)
		if err != nil {
			return fmt.Errorf("looking for the notes that comments are on: %w", err)
		}
		for _, id := range lost {
			b.table.note(noSource, id)
		}
		_, err = b.tx.ExecContext(ctx, "with r as materialized "+b.db.Records(1, "id bigint", "source bigint")+`
			update notes set source_note_id = r.source from r
			where notes.id = r.id and exists (select 1 from notes n where n.id = r.source)`, list)
		if err != nil {
			return fmt.Errorf("storing which notes comments are on: %w", err)
		}
		return nil
	})
}

// fileAsSubscribers keeps notes where their authors had filed them: in a course of somebody else these are like
// subscribers who have left.
func (b *noteBuilder) fileAsSubscribers(ctx context.Context) error {
	records := make([]subscriptionRecord, 0, len(b.filed))
	for key := range b.filed {
		records = append(records, subscriptionRecord{UserID: key.user, CourseID: key.course, SubscribedAt: stamp(b.now)})
	}
	return insert(ctx, b.run, "course_subscriptions", " on conflict (user_id, course_id) do nothing", records)
}
