package notes

import (
	"context"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/rest"
)

// NoteJSON is a Note on the wire.
type NoteJSON struct {
	notelist.NoteSummaryJSON
	Blocks       []NoteBlockJSON `json:"blocks"`
	Content      string          `json:"content"`
	MetadataJSON string          `json:"metadata_json" doc:"String that contains JSON, stored as sent"`
	CustomMeta   string          `json:"custom_meta" doc:"String that contains JSON, stored as sent"`
	CanEdit      *bool           `json:"can_edit,omitempty" doc:"Only when reading a note or updating it by UUID"`
}

// ToJSON writes a note as its client reads it.
func ToJSON(ctx context.Context, n Note) NoteJSON {
	wire := NoteJSON{
		NoteSummaryJSON: notelist.ToJSON(ctx, n.Note), Content: n.Content, MetadataJSON: n.Metadata, CustomMeta: n.CustomMeta,
		Blocks: make([]NoteBlockJSON, 0, len(n.Blocks)),
	}
	for _, b := range n.Blocks {
		wire.Blocks = append(wire.Blocks, toBlockJSON(ctx, b))
	}
	return wire
}

// answer writes a note that a use case returns.
func answer(ctx context.Context) func(Note, error) (rest.Reply[NoteJSON], error) {
	return func(n Note, err error) (rest.Reply[NoteJSON], error) {
		if err != nil {
			return rest.Reply[NoteJSON]{}, err
		}
		return rest.Reply[NoteJSON]{ETag: rest.ETag(n.Revision), Body: ToJSON(ctx, n)}, nil
	}
}

// NoteBlockJSON is a Block on the wire.
type NoteBlockJSON struct {
	ID            int64     `json:"id"`
	BlockType     string    `json:"block_type" enum:"N,U,T,S,E,P,C,Q,I,L,H"`
	Text          string    `json:"text"`
	Args          *string   `json:"args" doc:"Hash signs of a heading, language of a code block, URL of a link"`
	IsAIGenerated bool      `json:"is_AI_generated"`
	ImageURL      string    `json:"image_url"`
	DateCreated   rest.Time `json:"date_created"`
	LastEdit      rest.Time `json:"last_edit"`
}

func toBlockJSON(ctx context.Context, b Block) NoteBlockJSON {
	return NoteBlockJSON{
		ID: b.ID, BlockType: b.Type, Text: b.Text, Args: b.Args, IsAIGenerated: b.IsAIGenerated,
		ImageURL:    rest.ClientOf(ctx).MediaURL(b.ImagePath),
		DateCreated: rest.Time{Time: b.CreatedAt}, LastEdit: rest.Time{Time: b.UpdatedAt},
	}
}

// notePageJSON is the answer to a list with a limit.
type notePageJSON rest.Page[notelist.NoteSummaryJSON]

// listJSON is a bare list, or a page when the request has a limit: the apps expect either.
type listJSON struct {
	bare []notelist.NoteSummaryJSON
	page *notePageJSON
}

func toListJSON(ctx context.Context, p Page, paged bool) listJSON {
	list := notelist.ListToJSON(ctx, p.Notes)
	if !paged {
		return listJSON{bare: list}
	}
	page := notePageJSON(rest.NewPage(list, p.Total, p.Offset, p.Limit))
	return listJSON{page: &page}
}

// Payload is the form that was asked for.
func (l listJSON) Payload() any {
	if l.page != nil {
		return l.page
	}
	return l.bare
}

// Schema describes both forms in the OpenAPI document.
func (listJSON) Schema(r huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		r.Schema(reflect.TypeFor[notePageJSON](), true, ""),
		r.Schema(reflect.TypeFor[[]notelist.NoteSummaryJSON](), true, ""),
	}}
}

// deletedNoteJSON is a Deleted note on the wire.
type deletedNoteJSON struct {
	notelist.NoteSummaryJSON
	DeletedAt rest.Time `json:"deleted_at"`
	EntryID   int64     `json:"recycle_bin_entry_id" doc:"The note's id"`
}

func toDeletedJSON(ctx context.Context, list []Deleted) []deletedNoteJSON {
	wire := make([]deletedNoteJSON, 0, len(list))
	for _, n := range list {
		wire = append(wire, deletedNoteJSON{
			NoteSummaryJSON: notelist.ToJSON(ctx, n.Note), DeletedAt: rest.Time{Time: n.DeletedAt}, EntryID: n.ID,
		})
	}
	return wire
}

// NoteVersionJSON is a Version on the wire.
type NoteVersionJSON struct {
	ID           int64     `json:"id"`
	Title        string    `json:"title"`
	Description  *string   `json:"description"`
	Content      string    `json:"content"`
	MetadataJSON string    `json:"metadata_json"`
	EditorMode   string    `json:"editor_mode" enum:"G,B,P"`
	Reason       string    `json:"reason"`
	Label        string    `json:"label"`
	DateCreated  rest.Time `json:"date_created"`
}

// autosaveLabels are what the apps show for reasons that they send.
var autosaveLabels = map[string]string{
	"autosave_1m": "AutoSave-1m", "autosave_10m": "AutoSave-10m", "autosave_1h": "AutoSave-1h",
}

func toVersionJSON(v Version) NoteVersionJSON {
	label := autosaveLabels[strings.ToLower(v.Reason)]
	if label == "" {
		label = v.CreatedAt.UTC().Format("2006-01-02 15:04")
	}
	return NoteVersionJSON{
		ID: v.ID, Title: v.Title, Description: v.Description, Content: v.Content, MetadataJSON: v.Metadata,
		EditorMode: v.EditorMode, Reason: v.Reason, Label: label, DateCreated: rest.Time{Time: v.CreatedAt},
	}
}

// AttachmentJSON is an Attachment on the wire.
type AttachmentJSON struct {
	ID               int64     `json:"id"`
	NoteID           int64     `json:"note_id"`
	OriginalFilename string    `json:"original_filename"`
	FileSize         int64     `json:"file_size" doc:"Bytes"`
	ContentType      string    `json:"content_type" doc:"As declared by the client, or guessed from the file name"`
	URL              string    `json:"url"`
	DateCreated      rest.Time `json:"date_created"`
}

func toAttachmentJSON(ctx context.Context, a Attachment) AttachmentJSON {
	return AttachmentJSON{
		ID: a.ID, NoteID: a.NoteID, OriginalFilename: a.OriginalFilename, FileSize: a.FileSize, ContentType: a.ContentType,
		URL: rest.ClientOf(ctx).MediaURL(a.Path), DateCreated: rest.Time{Time: a.CreatedAt},
	}
}
