package notes

import (
	"encoding/json"

	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// What the descriptions of creating and updating a note say of its fields.
const (
	bodyDescription = "A course_id of null or ≤ 0 means no course. If content is empty, markdown is used. editor_mode M " +
		"is treated as G, unknown values as P. blocks are objects with block_type, text, args and is_AI_generated."
	updateDescription = "Omitted fields keep their values. An empty content empties the note; a version is saved first. " +
		"If you send blocks, they determine the content. " + bodyDescription
)

// noteBody is what a client may write of a note. Nulls count as absent, apart from course_id and description.
type noteBody struct {
	Title        rest.Optional[string]            `json:"title" maxLength:"100"`
	CourseID     rest.Optional[int64]             `json:"course_id" nullable:"true"`
	Description  rest.Optional[string]            `json:"description" nullable:"true" blank:"true" maxLength:"600"`
	Content      rest.Optional[string]            `json:"content" nullable:"true" blank:"true"`
	Markdown     rest.Optional[string]            `json:"markdown" nullable:"true" blank:"true"`
	MetadataJSON rest.Optional[string]            `json:"metadata_json" nullable:"true" blank:"true"`
	CustomMeta   rest.Optional[string]            `json:"custom_meta" nullable:"true" blank:"true"`
	IsPublic     rest.Optional[bool]              `json:"is_public" nullable:"true"`
	EditorMode   rest.Optional[string]            `json:"editor_mode" nullable:"true" maxLength:"16"`
	Blocks       rest.Optional[[]json.RawMessage] `json:"blocks" nullable:"true"`
}

// content is the text under either of its two names. An empty markdown leaves the note as it is, as in the former
// system.
func (b *noteBody) content() patch.Field[string] {
	if b.Content.Value == "" && b.Markdown.Value != "" {
		return b.Markdown.Patch()
	}
	return b.Content.Patch()
}

type createInput struct {
	Body rest.Deferred[createBody]
}

type createBody struct {
	noteBody
	ClientDraftID  rest.Optional[string] `json:"client_draft_id" nullable:"true" blank:"true" maxLength:"64"`
	NoteType       rest.Optional[string] `json:"note_type" nullable:"true" enum:"N,C"`
	SourceNoteUUID rest.Optional[string] `json:"source_note_uuid" nullable:"true" blank:"true"`
}

func (b *createBody) draft(problems *problem.Fields) Draft {
	if !b.Title.Set && !problems.Has("title") {
		problems.Add("title", "This field is required.")
	}
	return Draft{
		Title: b.Title.Value, Description: b.Description.Value, Content: b.content().Value,
		Blocks: readBlocks(problems, b.Blocks.Value), CourseID: rest.OptionalID(b.CourseID), Metadata: b.MetadataJSON.Value,
		CustomMeta: b.CustomMeta.Patch(), IsPublic: b.IsPublic.Value, EditorMode: b.EditorMode.Value, Type: b.NoteType.Value,
		SourceUUID: b.SourceNoteUUID.Value, ClientID: b.ClientDraftID.Value,
	}
}

type updateInput struct {
	precondition
	Body rest.Deferred[noteBody]
}

func (in *updateInput) change() problem.Input[Patch] { return rest.Convert(in.Body, (*noteBody).patch) }

func (b *noteBody) patch(problems *problem.Fields) Patch {
	p := Patch{
		Title: b.Title.Patch(), Description: b.Description.NullablePatch(), Content: b.content(),
		Metadata: b.MetadataJSON.Patch(), CustomMeta: b.CustomMeta.Patch(), IsPublic: b.IsPublic.Patch(),
		EditorMode: b.EditorMode.Patch(), CourseID: rest.IDPatch(b.CourseID),
	}
	if b.Blocks.Set {
		p.Blocks = patch.To(readBlocks(problems, b.Blocks.Value))
	}
	return p
}

type idUpdate struct {
	idInput
	updateInput
}

type uuidUpdate struct {
	uuidInput
	updateInput
}
