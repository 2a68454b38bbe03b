package adopt

import (
	"context"
	"fmt"
	"math"
	"path"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/notes/blocks"
)

var (
	oldBlocks = table{[]string{"notes_noteblock"},
		[]string{"id", "block_type", "image", "file", "is_AI_generated", "text", "args",
			"date_created", "last_edit", "note_id"}}
	oldPlaces = table{[]string{"notes_noteindex"}, []string{"id", "index", "note_id", "noteblock_id"}}
)

type blockRecord struct {
	ID            int64               `json:"id"`
	NoteID        int64               `json:"note_id"`
	Position      int                 `json:"position"`
	BlockType     string              `json:"block_type"`
	Text          string              `json:"text"`
	Args          *string             `json:"args"`
	IsAIGenerated bool                `json:"is_ai_generated"`
	SourceLength  *int                `json:"source_length"`
	ImagePath     string              `json:"image_path"`
	FilePath      string              `json:"file_path"`
	CreatedAt     database.RecordTime `json:"created_at"`
	UpdatedAt     database.RecordTime `json:"updated_at"`
}

// noteParts are the blocks of a note.
type noteParts struct {
	placed   []part // in their order
	unplaced []part // that name the note, and stand in none
}

// part is a block in a place of a note.
type part struct {
	id      int64
	home    bool // the place that keeps the block's id
	draft   blocks.Draft
	image   string
	file    string
	created time.Time
	edited  time.Time
}

// state is what of the blocks a later run compares.
func (p *noteParts) state() []any {
	if p == nil {
		return nil
	}
	list := make([]any, 0, len(p.placed))
	for _, part := range p.placed {
		list = append(list, []any{part.id, part.draft, part.image, part.file})
	}
	return list
}

// prepare looks for the tables of blocks, and for ids that are free.
func (b *noteBuilder) prepare(ctx context.Context) (err error) {
	b.blocks, b.hasBlocks = b.src.find(oldBlocks)
	b.places, _ = b.src.find(oldPlaces) // one is not without the other
	b.notes, _ = b.src.find(oldNotes)
	b.profiles, _ = b.src.find(oldProfiles)
	if b.nextVersion, err = b.nextID(ctx, "notes_noteversion", "note_versions"); err != nil {
		return err
	}
	if b.nextFile, err = b.nextID(ctx, "notes_noteattachment", "attachments"); err != nil || !b.hasBlocks {
		return err
	}
	b.blockTable, b.indexTable = b.report.table(b.blocks), b.report.table(b.places)
	b.blockTable.follows, b.indexTable.follows = true, true
	b.nextBlock, err = b.nextID(ctx, "notes_noteblock", "note_blocks")
	return err
}

// nextID is beyond the ids of an old table and of ours.
func (r *run) nextID(ctx context.Context, old, ours string) (int64, error) {
	here, err := database.One[int64](ctx, r.tx, "select coalesce(max(id), 0) from "+ours)
	if err != nil {
		return 0, fmt.Errorf("looking for free ids: %w", err)
	}
	there := int64(0)
	if r.src.has(old) {
		if there, err = r.src.largest(ctx, old); err != nil {
			return 0, err
		}
	}
	return max(here, there) + 1, nil
}

// partsOf reads the blocks of some notes.
func (b *noteBuilder) partsOf(ctx context.Context, notes []noteRecord) (map[int64]*noteParts, error) {
	parts := make(map[int64]*noteParts, len(notes))
	if !b.hasBlocks || len(notes) == 0 {
		return parts, nil
	}
	ids := make([]int64, 0, len(notes))
	for _, n := range notes {
		ids = append(ids, n.ID)
		parts[n.ID] = &noteParts{}
	}
	old := b.src.oldIDs(b.notes.name, ids)
	placed, err := b.placedBlocks(ctx, old)
	if err != nil {
		return nil, err
	}
	for _, o := range placed {
		b.indexTable.Read++
		if o.isNull("id") {
			b.indexTable.skip("its block is not there", o.int("place"))
			continue
		}
		b.indexTable.Kept++
		b.countBlock(o)
		p := parts[o.int("in_note")]
		p.placed = append(p.placed, b.part(o))
	}
	unplaced, err := b.unplacedBlocks(ctx, math.MaxInt32,
		b.blocks.column("note_id")+" is not null and "+b.src.db.In(b.blocks.column("note_id"), 1), database.List(old))
	if err != nil {
		return nil, err
	}
	for _, o := range unplaced {
		b.blockTable.Read++
		b.blockTable.merge("it stands in no place of its note: its text is kept as a version of that", o.int("id"))
		p := parts[o.int("note_id")]
		p.unplaced = append(p.unplaced, b.part(o))
	}
	return parts, nil
}

// countBlock counts a block in the place that keeps its id; other places are copies.
func (b *noteBuilder) countBlock(o row) {
	if o.int("place") == o.int("home") {
		b.blockTable.Read++
		b.blockTable.Kept++
		return
	}
	b.blockTable.note("it stands in several places: the others have copies of it", o.int("id"))
}

// placedBlocks reads blocks in their places. A place whose block is gone is a row without id. The home of a block is
// its first place in its own note, or else anywhere.
func (b *noteBuilder) placedBlocks(ctx context.Context, notes []int64) ([]row, error) {
	t := b.blocks
	t.index = map[string]int{}
	for name, i := range b.blocks.index {
		t.index[name] = i
	}
	t.wanted = slices.Concat(b.blocks.wanted, []string{"place", "in_note", "home"})
	for i, name := range t.wanted {
		t.index[name] = i
	}
	at := func(alias, column string) string { return alias + "." + b.places.column(column) }
	block := func(column string) string { return "b." + b.blocks.column(column) }
	home := fmt.Sprintf("coalesce((select min(%s) from %s o where %s = %s and %s = %s), (select min(%s) from %s a where "+
		"%s = %s))",
		at("o", "id"), quote(b.places.name), at("o", "noteblock_id"), block("id"), at("o", "note_id"), block("note_id"),
		at("a", "id"), quote(b.places.name), at("a", "noteblock_id"), block("id"))
	query := fmt.Sprintf(`select %s, cast(%s as text), cast(%s as text), cast(%s as text)
		from %s p left join %s b on %s = %s
		where %s order by %s, %s, %s`,
		b.blocks.selection("b."), at("p", "id"), at("p", "note_id"), home, quote(b.places.name), quote(b.blocks.name),
		block("id"), at("p", "noteblock_id"), b.src.db.In(at("p", "note_id"), 1), at("p", "note_id"), at("p",
			"index"), at("p", "id"))
	return b.src.scan(ctx, t, math.MaxInt, query, database.List(notes))
}

// unplacedBlocks reads blocks that stand in no note that is there and has a person.
func (b *noteBuilder) unplacedBlocks(
	ctx context.Context, most int, condition string, args ...any,
) ([]row, error) {
	query := fmt.Sprintf(`select %s from %s b where %s and not exists (
			select 1 from %s p join notes_note n on n.id = p.%s join creators_creator c on c.id = n.%s
				join auth_user u on u.id = c.%s where p.%s = b.%s)
		order by b.%[9]s limit %d`,
		b.blocks.selection("b."), quote(b.blocks.name), condition, quote(b.places.name), b.places.column("note_id"),
		b.notes.column("creator_id"), b.profiles.column("user_id"), b.places.column("noteblock_id"), b.blocks.column("id"),
		most)
	return b.src.scan(ctx, b.blocks, math.MaxInt, query, args...)
}

func (b *noteBuilder) part(o row) part {
	id := o.int("id")
	created, edited := b.times(o, b.blockTable)
	p := part{
		id: id, home: o.int("place") == o.int("home"), created: time.Time(created), edited: time.Time(edited),
		draft: blocks.Draft{Type: o.text("block_type"), Text: o.text("text"), Args: o.optional("args"),
			IsAIGenerated: o.bool("is_AI_generated")},
		image: b.files.kept(o.text("image"), b.blockTable, id), file: b.files.kept(o.text("file"), b.blockTable, id),
	}
	if p.draft.Type == "" {
		p.draft.Type = "N"
	}
	return p
}

// arrange makes the rows of a note's blocks. Where the content is there it counts: blocks that it consists of stay,
// with their part of it; otherwise it is cut anew, and what only the blocks said is kept as a version.
func (b *noteBuilder) arrange(
	n noteRecord, p *noteParts,
) (rows []blockRecord, version *versionRecord, files []attachmentRecord) {
	if p == nil {
		p = &noteParts{}
	}
	lost := p.unplaced
	switch lengths, ok := align(n, p.placed); {
	case n.Content == "":
		rows = b.asTheyAre(n, p.placed, nil)
	case ok && len(p.placed) > 0:
		rows = b.asTheyAre(n, p.placed, lengths)
	default:
		rows = b.cutAnew(n, p.placed)
		lost = slices.Concat(p.placed, p.unplaced)
	}
	if !says(n, lost) {
		version = b.versionOf(n, lost)
	}
	return rows, version, b.filesOf(n, rows, lost)
}

// filesOf makes attachments of the files of blocks that are not there any more.
func (b *noteBuilder) filesOf(n noteRecord, rows []blockRecord, lost []part) (list []attachmentRecord) {
	for _, p := range lost {
		for _, key := range []string{p.image, p.file} {
			if key == "" || slices.ContainsFunc(rows, func(r blockRecord) bool {
				return r.ImagePath == key ||
					r.FilePath == key
			}) {
				continue
			}
			list = append(list, attachmentRecord{
				ID: b.nextFile, NoteID: n.ID, OwnerID: n.AuthorID, Path: key, OriginalFilename: path.Base(key),
				FileSize: b.files.stored[keyHash(key)], ContentType: media.TypeOf(key), CreatedAt: stamp(p.edited),
			})
			b.nextFile++
			b.blockTable.note("block not in the note's content: its file became an attachment", p.id)
		}
	}
	return list
}

// blockID is the id of a block in a place: its own, or a new one for a copy.
func (b *noteBuilder) blockID(p part) int64 {
	if p.home && b.earlier == nil {
		return p.id
	}
	b.nextBlock++
	return b.nextBlock - 1
}

func (b *noteBuilder) asTheyAre(n noteRecord, placed []part, lengths []int) []blockRecord {
	rows := make([]blockRecord, 0, len(placed))
	for i, p := range placed {
		r := blockRecord{
			ID: b.blockID(p), NoteID: n.ID, Position: i, BlockType: p.draft.Type, Text: p.draft.Text, Args: p.draft.Args,
			IsAIGenerated: p.draft.IsAIGenerated, ImagePath: p.image, FilePath: p.file, CreatedAt: stamp(p.created),
			UpdatedAt: stamp(p.edited),
		}
		if lengths != nil {
			r.SourceLength = &lengths[i]
		}
		rows = append(rows, r)
	}
	return rows
}

// cutAnew cuts the content. A block that says what an old one said has its id and times, and its file.
func (b *noteBuilder) cutAnew(n noteRecord, placed []part) []blockRecord {
	cut := b.cutter.Cut(n.Content)
	rows := make([]blockRecord, 0, len(cut))
	used := make([]bool, len(placed))
	for _, block := range cut {
		r := blockRecord{
			NoteID: n.ID, Position: block.Position, BlockType: block.Type, Text: block.Text, Args: block.Args,
			SourceLength: block.SourceLength, CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt,
		}
		at := slices.IndexFunc(placed, func(p part) bool { return p.draft.Type == block.Type && p.draft.Text == block.Text })
		if at >= 0 && !used[at] {
			p := placed[at]
			used[at] = true
			r.ID, r.IsAIGenerated = b.blockID(p), p.draft.IsAIGenerated
			r.ImagePath, r.FilePath, r.CreatedAt, r.UpdatedAt = p.image, p.file, stamp(p.created), stamp(p.edited)
		} else {
			r.ID, b.nextBlock = b.nextBlock, b.nextBlock+1
		}
		rows = append(rows, r)
	}
	return rows
}

// formerBlocks is the reason of versions that hold what only blocks said.
const formerBlocks = "former_blocks"

func (b *noteBuilder) versionOf(n noteRecord, list []part) *versionRecord {
	b.table.note("its blocks said what its content does not: kept as a version", n.ID)
	drafts := make([]blocks.Draft, 0, len(list))
	at := time.Time(n.CreatedAt)
	for _, p := range list {
		drafts = append(drafts, p.draft)
		if p.edited.After(at) {
			at = p.edited
		}
	}
	content, _ := b.cutter.Compose(n.Title, blocks.New(drafts))
	b.nextVersion++
	return &versionRecord{
		ID: b.nextVersion - 1, NoteID: n.ID, Kind: "automatic", Reason: formerBlocks, Title: n.Title,
		Description: n.Description,
		CourseID:    n.CourseID, IsPublic: n.IsPublic, EditorMode: n.EditorMode, Content: content,
		MetadataJSON: n.MetadataJSON,
		CustomMeta:   n.CustomMeta, CreatedAt: stamp(at),
	}
}

// unplaced reports blocks that belong to no note: nobody could see them. Their texts stand in the report.
func (b *noteBuilder) unplaced(ctx context.Context) error {
	if !b.hasBlocks {
		return nil
	}
	own := "b." + b.blocks.column("note_id")
	list, err := b.unplacedBlocks(ctx, remarkIDs,
		fmt.Sprintf("(%s is null or not exists (select 1 from notes_note n where n.id = %[1]s))", own))
	if err != nil {
		return err
	}
	for _, o := range list {
		b.blockTable.Read++
		b.blockTable.skip("a block of no note", fmt.Sprintf("%d: %q", o.int("id"), cut(o.text("text"), 1000)))
	}
	for _, t := range []*Table{b.blockTable, b.indexTable} {
		all, err := database.One[int64](ctx, b.src.q, "select count(*) from "+quote(t.Name))
		if err != nil {
			return fmt.Errorf("counting the rows of %s: %w", t.Name, err)
		}
		if left := all - t.Read; left > 0 {
			t.Read = all
			t.Skipped += left
			t.remark("its note is not there, or was left out; or one of many of no note").Rows += left
		}
	}
	return nil
}
