package adopt

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

var (
	oldVersions = table{[]string{"notes_noteversion"},
		[]string{"id", "title", "description", "content", "metadata_json", "editor_mode",
			"reason", "date_created", "note_id"}}
	oldAttachments = table{[]string{"notes_noteattachment"},
		[]string{"id", "file", "original_filename", "file_size", "content_type",
			"date_created", "note_id"}}
	oldBin = table{[]string{"notes_recyclebinentry"}, []string{"id", "item_type", "note_id", "creator_id"}}
)

type versionRecord struct {
	ID           int64               `json:"id"`
	NoteID       int64               `json:"note_id"`
	Kind         string              `json:"kind"`
	Reason       string              `json:"reason"`
	Title        string              `json:"title"`
	Description  *string             `json:"description"`
	CourseID     *int64              `json:"course_id"`
	IsPublic     bool                `json:"is_public"`
	EditorMode   string              `json:"editor_mode"`
	Content      string              `json:"content"`
	MetadataJSON string              `json:"metadata_json"`
	CustomMeta   string              `json:"custom_meta"`
	CreatedAt    database.RecordTime `json:"created_at"`
}

// authorsOf are the authors of the notes that rows name. A note of ours that has the id of a former one that was left
// out is none of them.
func (r *run) authorsOf(ctx context.Context, batch []row) (map[int64]int64, error) {
	ids := make([]int64, 0, len(batch))
	for _, o := range batch {
		ids = append(ids, o.int("note_id"))
	}
	type note struct{ ID, AuthorID int64 }
	rows, err := database.All[note](ctx, r.tx, "select id, author_id from notes where "+r.db.In("id", 1),
		database.List(ids))
	if err != nil {
		return nil, fmt.Errorf("looking for notes: %w", err)
	}
	authors := make(map[int64]int64, len(rows))
	for _, n := range rows {
		if !r.gone[noteKind.name][n.ID] {
			authors[n.ID] = n.AuthorID
		}
	}
	return authors, nil
}

func (r *run) adoptVersions(ctx context.Context) error {
	free, err := r.freeIDs(ctx, "note_versions")
	if err != nil {
		return err
	}
	return adoptRows(ctx, r, oldVersions, "note_versions", func(t *Table, o row) (v versionRecord, ok bool) {
		id := o.int("id")
		if r.authors[o.int("note_id")] == 0 {
			t.skip(noNote, id)
			return v, false
		}
		created, _ := r.times(o, t)
		return versionRecord{
			ID: free(id), NoteID: o.int("note_id"), Kind: "manual", Reason: o.text("reason"), Title: o.text("title"),
			Description: o.optional("description"), EditorMode: o.text("editor_mode"), Content: o.text("content"),
			MetadataJSON: o.text("metadata_json"), CreatedAt: created,
		}, true
	})
}

type attachmentRecord struct {
	ID               int64               `json:"id"`
	NoteID           int64               `json:"note_id"`
	OwnerID          int64               `json:"owner_id"`
	Path             string              `json:"path"`
	OriginalFilename string              `json:"original_filename"`
	FileSize         int64               `json:"file_size"`
	ContentType      string              `json:"content_type"`
	CreatedAt        database.RecordTime `json:"created_at"`
}

// largestFile is what the former system can have stored: sizes are added up.
const largestFile = 1 << 40

func (r *run) adoptAttachments(ctx context.Context) error {
	free, err := r.freeIDs(ctx, "attachments")
	if err != nil {
		return err
	}
	return adoptRows(ctx, r, oldAttachments, "attachments", func(t *Table, o row) (a attachmentRecord, ok bool) {
		id, author := o.int("id"), r.authors[o.int("note_id")]
		if author == 0 {
			t.skip(noNote, id)
			return a, false
		}
		created, _ := r.times(o, t)
		a = attachmentRecord{
			ID: free(id), NoteID: o.int("note_id"), OwnerID: author, Path: r.files.kept(o.text("file"), t, id),
			OriginalFilename: o.text("original_filename"), ContentType: o.text("content_type"),
			CreatedAt: created,
		}
		if a.FileSize, ok = o.number("file_size"); !ok || a.FileSize < 0 || a.FileSize > largestFile {
			a.FileSize = r.files.stored[keyHash(a.Path)]
			t.note("a size that no file has: that of the stored file, 0 for none, stands for it", id)
		}
		return a, true
	})
}

// adoptBin counts entries of the recycle bin. Here it follows from the notes.
func (r *run) adoptBin(ctx context.Context) error {
	f, ok := r.src.find(oldBin)
	if !ok {
		return nil
	}
	t := r.report.table(f)
	t.follows = true
	type note struct {
		ID, AuthorID int64
		Deleted      bool
	}
	return r.src.each(ctx, f, func(batch []row) error {
		ids := make([]int64, 0, len(batch))
		for _, o := range batch {
			ids = append(ids, o.int("note_id"))
		}
		rows, err := database.All[note](ctx, r.tx,
			"select id, author_id, deleted_at is not null as deleted from notes where "+
				r.db.In("id", 1), database.List(ids))
		if err != nil {
			return fmt.Errorf("looking for notes in the recycle bin: %w", err)
		}
		notes := map[int64]note{}
		for _, n := range rows {
			notes[n.ID] = n
		}
		for _, o := range batch {
			t.Read++
			n, there := notes[o.int("note_id")]
			switch {
			case !there:
				t.skip(noNote, o.int("id"))
			case !n.Deleted:
				t.skip("its note is not deleted: it stays so", o.int("id"))
			case n.AuthorID != r.userByProfile(o):
				t.skip("its note is somebody else's: it is in the bin of its author", o.int("id"))
			default:
				t.Kept++
			}
		}
		return nil
	})
}
