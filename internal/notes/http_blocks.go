package notes

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

const blockPath = "/api/v1/blocks/{id}/"

func (s *Service) registerBlocks(api *rest.API) {
	handleWrite(api, rest.Operation{
		Method: http.MethodPost, Path: idPath + "blocks/", Tag: "blocks", Process: "Notes.Blocks/add", Access: rest.Account,
		Status: http.StatusCreated, Summary: "Add a block", Description: "Adds a block at the end of the note.",
	}, s.handleAddBlock)
	handleWrite(api, rest.Operation{
		Method: http.MethodPost, Path: idPath + "reorder/", Tag: "blocks", Process: "Notes.Blocks/reorder",
		Access: rest.Account, Summary: "Reorder the blocks of a note",
		Description: "Send the ids of all blocks of the note in the new order.",
	}, s.handleReorderBlocks)
	handleWrite(api, rest.Operation{
		Method: http.MethodPatch, Path: blockPath, Tag: "blocks", Process: "Notes.Blocks/update", Access: rest.Account,
		Summary: "Update a block", Description: "The rest of the note's content stays byte for byte the same.",
	}, s.handleUpdateBlock)
	handleWrite(api, rest.Operation{
		Method: http.MethodDelete, Path: blockPath, Tag: "blocks", Process: "Notes.Blocks/delete", Access: rest.Account,
		Status: http.StatusNoContent, Summary: "Delete a block",
	}, s.handleDeleteBlock)
}

type addBlockInput struct {
	idWrite
	Body rest.Deferred[addBlockBody]
}

type addBlockBody struct {
	BlockType     string                `json:"block_type" required:"true" enum:"N,U,T,S,E,P,C,Q,I,L,H"`
	Text          rest.Optional[string] `json:"text" nullable:"true" blank:"true" trim:"false"`
	Args          rest.Optional[string] `json:"args" nullable:"true" blank:"true" maxLength:"256"`
	IsAIGenerated rest.Optional[bool]   `json:"is_AI_generated" nullable:"true"`
}

func (b *addBlockBody) draft(*problem.Fields) blocks.Draft {
	return blocks.Draft{
		Type: b.BlockType, Text: b.Text.Value, Args: b.Args.Pointer(), IsAIGenerated: b.IsAIGenerated.Value,
	}
}

func (s *Service) handleAddBlock(
	ctx context.Context, who actor.Actor, in *addBlockInput,
) (rest.Reply[NoteBlockJSON], error) {
	block, revision, err := s.AddBlock(ctx, who, in.ref(), in.revisions(), rest.Convert(in.Body, (*addBlockBody).draft))
	return rest.Reply[NoteBlockJSON]{ETag: rest.ETag(revision), Body: toBlockJSON(ctx, block)}, err
}

type updateBlockInput struct {
	idWrite
	Body rest.Deferred[updateBlockBody]
}

type updateBlockBody struct {
	BlockType     rest.Optional[string] `json:"block_type" nullable:"true" enum:"N,U,T,S,E,P,C,Q,I,L,H"`
	Text          rest.Optional[string] `json:"text" nullable:"true" blank:"true" trim:"false"`
	Args          rest.Optional[string] `json:"args" nullable:"true" blank:"true" maxLength:"256"`
	IsAIGenerated rest.Optional[bool]   `json:"is_AI_generated" nullable:"true"`
}

func (b *updateBlockBody) patch(*problem.Fields) blocks.Patch {
	return blocks.Patch{
		Type: b.BlockType.Patch(), Text: b.Text.Patch(), Args: b.Args.NullablePatch(), IsAIGenerated: b.IsAIGenerated.Patch(),
	}
}

func (s *Service) handleUpdateBlock(
	ctx context.Context, who actor.Actor, in *updateBlockInput,
) (rest.Reply[NoteBlockJSON], error) {
	block, revision, err := s.UpdateBlock(ctx, who, in.ID, in.revisions(), rest.Convert(in.Body, (*updateBlockBody).patch))
	return rest.Reply[NoteBlockJSON]{ETag: rest.ETag(revision), Body: toBlockJSON(ctx, block)}, err
}

func (s *Service) handleDeleteBlock(
	ctx context.Context, who actor.Actor, in *idWrite,
) (rest.Reply[rest.NoContent], error) {
	revision, err := s.DeleteBlock(ctx, who, in.ID, in.revisions())
	return rest.Reply[rest.NoContent]{ETag: rest.ETag(revision)}, err
}

type reorderInput struct {
	idWrite
	Body rest.Deferred[reorderBody]
}

type reorderBody struct {
	OrderedBlockIDs []json.RawMessage `json:"ordered_block_ids" required:"true" doc:"Ids of all blocks of the note"`
}

func (b *reorderBody) ids(problems *problem.Fields) []int64 {
	ids := make([]int64, 0, len(b.OrderedBlockIDs))
	for i, raw := range b.OrderedBlockIDs {
		var number json.Number // takes digits in quotes as well
		id, err := int64(0), json.Unmarshal(raw, &number)
		if err == nil {
			id, err = number.Int64()
		}
		if err != nil {
			problems.AddItem(orderField, i, "A valid integer is required.")
		}
		ids = append(ids, id)
	}
	return ids
}

// blockMessageJSON is the answer to operations that have nothing else to say.
type blockMessageJSON struct {
	Message string `json:"message"`
}

func (s *Service) handleReorderBlocks(
	ctx context.Context, who actor.Actor, in *reorderInput,
) (rest.Reply[blockMessageJSON], error) {
	revision, err := s.ReorderBlocks(ctx, who, in.ref(), in.revisions(), rest.Convert(in.Body, (*reorderBody).ids))
	return rest.Reply[blockMessageJSON]{ETag: rest.ETag(revision),
		Body: blockMessageJSON{"The blocks are in their new order."}}, err
}

// readBlocks reads the blocks in the body of a note, whose texts are not trimmed: code may begin with white space.
func readBlocks(problems *problem.Fields, sent []json.RawMessage) []blocks.Draft {
	drafts := make([]blocks.Draft, 0, len(sent))
	for i, raw := range sent {
		draft, wrong := readBlock(raw)
		if wrong != "" {
			problems.AddItem("blocks", i, wrong)
		}
		drafts = append(drafts, draft)
	}
	return drafts
}

// readBlock reads one block, or tells why it can't be read.
func readBlock(raw json.RawMessage) (d blocks.Draft, wrong string) {
	d.Type = markdown.Text
	var sent struct {
		BlockType     string `json:"block_type"`
		Text          string `json:"text"`
		Args          string `json:"args"`
		IsAIGenerated any    `json:"is_AI_generated"`
	}
	err := json.Unmarshal(raw, &sent)
	var mistyped *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mistyped) && mistyped.Field != "":
		return d, mistyped.Field + ": Not a valid string."
	case err != nil, string(raw) == "null":
		return d, "Expected a dictionary of items."
	}
	d.Text, d.IsAIGenerated = sent.Text, truthy(sent.IsAIGenerated)
	if sent.BlockType != "" {
		d.Type = sent.BlockType
	}
	if sent.Args != "" {
		d.Args = &sent.Args
	}
	return d, ""
}

// truthy is what the former system took for true, of any JSON value.
func truthy(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}
