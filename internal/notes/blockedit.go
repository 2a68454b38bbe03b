package notes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerBlocks(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/notes/{id}/blocks/", Tag: "blocks", Access: rest.Account, Status: http.StatusCreated,
		Summary: "Add a block at the end of a note",
	}, s.addBlock)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/notes/{id}/reorder/", Tag: "blocks", Access: rest.Account,
		Summary: "Bring the blocks of a note into another order", Description: "The ids must be those of all blocks of the note.",
	}, s.reorderBlocks)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPatch, Path: "/api/v1/blocks/{id}/", Tag: "blocks", Access: rest.Account,
		Summary: "Change a block", Description: "The rest of the note's content stays as it is, byte for byte.",
	}, s.changeBlock)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: "/api/v1/blocks/{id}/", Tag: "blocks", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Delete a block",
	}, s.deleteBlock)
}

// editBlocks lets f change the blocks of a locked note, whose content follows. A block of which f empties source is
// written anew; those that f adds have no id. It returns the note's new revision.
func (s *Service) editBlocks(ctx context.Context, tx *database.Tx, old state, f func(rows []blockRow) ([]blockRow, error)) (int64, error) {
	before, err := blockRowsOf(ctx, tx, old.ID)
	if err != nil {
		return 0, err
	}
	head, known := s.divide(old.Content, before)
	after, err := f(slices.Clone(before))
	if err != nil {
		return 0, err
	}
	n := old
	n.touch()
	endAfter(before, after, &head)
	if known && hasTitle(before) == hasTitle(after) {
		n.Content, after = composeAfter(markdown.Section{Type: markdown.Text, Source: head}, n.Title, after)
	} else {
		n.Content, after = compose(n.Title, after)
	}
	if len(n.Content) > max(maxBlockContent, len(old.Content)) {
		return 0, rest.Detail(http.StatusBadRequest, "The note would be larger than "+rest.Bytes(maxBlockContent)+".")
	}
	if err := s.save(ctx, tx, old, n); err != nil {
		return 0, err
	}
	return old.Revision + 1, s.storeBlocks(ctx, tx, n.ID, before, after)
}

// endAfter drops the line ends that kept the block that is the last one now apart from the next.
func endAfter(before, after []blockRow, head *string) {
	const lineEnds = " \t\r\n"
	switch {
	case len(after) == 0:
		*head = strings.TrimRight(*head, lineEnds)
	case len(before) > 0 && after[len(after)-1].ID != before[len(before)-1].ID:
		last := &after[len(after)-1]
		last.source = strings.TrimRight(last.source, lineEnds)
	}
}

func blockRowsOf(ctx context.Context, tx *database.Tx, noteID int64) ([]blockRow, error) {
	rows, err := database.All[blockRow](ctx, tx, `
		select id, position, block_type, text, args, is_ai_generated, source_length from note_blocks where note_id = $1 order by position`, noteID)
	if err != nil {
		return nil, fmt.Errorf("reading the blocks of a note: %w", err)
	}
	return rows, nil
}

type newBlock struct {
	ID int64 `path:"id"`
	rest.Problems
	precondition
	Body struct {
		BlockType     string                `json:"block_type" required:"true" enum:"N,U,T,S,E,P,C,Q,I,L,H"`
		Text          rest.Optional[string] `json:"text" nullable:"true" blank:"true"`
		Args          rest.Optional[string] `json:"args" nullable:"true" blank:"true" maxLength:"256"`
		IsAIGenerated rest.Optional[bool]   `json:"is_AI_generated" nullable:"true"`
	}
}

func (s *Service) addBlock(ctx context.Context, in *newBlock) (rest.Reply[Block], error) {
	b := &in.Body
	row := blockRow{BlockType: b.BlockType, Text: cleanText(b.BlockType, b.Text.Value), IsAIGenerated: b.IsAIGenerated.Value}
	if b.Args.Set {
		row.Args = &b.Args.Value
	}
	var reply rest.Reply[Block]
	err := s.change(ctx, edit{key: byID(in.ID), operation: "Blocks/add", ifMatch: in.IfMatch, problems: in.Err()}, func(tx *database.Tx, n state) error {
		var position int
		revision, err := s.editBlocks(ctx, tx, n, func(rows []blockRow) ([]blockRow, error) {
			if len(rows) >= maxBlocks {
				return nil, rest.Detail(http.StatusBadRequest, fmt.Sprintf("A note has no more than %d blocks.", maxBlocks))
			}
			position = len(rows)
			return append(rows, row), nil
		})
		if err != nil {
			return err
		}
		reply, err = blockReply(ctx, tx, revision, "note_id = $1 and position = $2", in.ID, position)
		return err
	})
	return reply, err
}

// blockReply reads a block for an answer; its ETag is the note's.
func blockReply(ctx context.Context, tx *database.Tx, revision int64, condition string, args ...any) (rest.Reply[Block], error) {
	block, err := database.One[Block](ctx, tx, "select "+blockColumns+" from note_blocks where "+condition, args...)
	if err != nil {
		return rest.Reply[Block]{}, fmt.Errorf("reading a block: %w", err)
	}
	return rest.Reply[Block]{ETag: rest.ETag(revision), Body: block}, nil
}

// changeOfBlock is change for the note that a block belongs to. f gets the block's place among the note's blocks.
func (s *Service) changeOfBlock(ctx context.Context, id int64, e edit, f func(rows []blockRow, at int) ([]blockRow, error)) (reply rest.Reply[Block], err error) {
	e.key = key{"n.id = (select note_id from note_blocks where id = $1)", id}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		n, err := lock(ctx, tx, "n.deleted_at is null and "+e.condition, e.value)
		if errors.Is(err, database.ErrNotFound) {
			return rest.NotFound("NoteBlock")
		}
		if err != nil {
			return err
		}
		if err := checkOwner(ctx, n.AuthorID, true, e.operation); err != nil { // always the 403: blocks have no other refusal
			return err
		}
		return e.apply(tx, n, func(tx *database.Tx, n state) error {
			kept := false
			revision, err := s.editBlocks(ctx, tx, n, func(rows []blockRow) ([]blockRow, error) {
				at := slices.IndexFunc(rows, func(b blockRow) bool { return b.ID == id })
				if at < 0 { // deleted while this request waited for the note
					return nil, rest.NotFound("NoteBlock")
				}
				after, err := f(rows, at)
				kept = len(after) == len(rows)
				return after, err
			})
			if err != nil || !kept {
				reply.ETag = rest.ETag(revision)
				return err
			}
			reply, err = blockReply(ctx, tx, revision, "id = $1", id)
			return err
		})
	})
	return reply, s.explain(ctx, e.key, err)
}

type blockChange struct {
	ID int64 `path:"id"`
	rest.Problems
	precondition
	Body struct {
		BlockType     rest.Optional[string] `json:"block_type" nullable:"true" enum:"N,U,T,S,E,P,C,Q,I,L,H"`
		Text          rest.Optional[string] `json:"text" nullable:"true" blank:"true"`
		Args          rest.Optional[string] `json:"args" nullable:"true" blank:"true" maxLength:"256"`
		IsAIGenerated rest.Optional[bool]   `json:"is_AI_generated" nullable:"true"`
	}
}

func (s *Service) changeBlock(ctx context.Context, in *blockChange) (rest.Reply[Block], error) {
	e := edit{operation: "Blocks/update", ifMatch: in.IfMatch, problems: in.Err()}
	return s.changeOfBlock(ctx, in.ID, e, func(rows []blockRow, at int) ([]blockRow, error) {
		in.apply(&rows[at])
		return rows, nil
	})
}

// apply changes a block. An app may send back what it has read, trimmed by now: that is no change. A block's part of the
// content is written anew only when it says something else then.
func (in *blockChange) apply(block *blockRow) {
	old := *block
	b := &in.Body
	block.BlockType = b.BlockType.Or(block.BlockType)
	block.IsAIGenerated = b.IsAIGenerated.Or(block.IsAIGenerated)
	switch {
	case b.Args.Null:
		block.Args = nil
	case b.Args.Set && (old.Args == nil || b.Args.Value != rest.Trim(*old.Args)):
		block.Args = &b.Args.Value
	}
	if b.Text.Set && b.Text.Value != rest.Trim(old.Text) {
		block.Text = cleanText(block.BlockType, b.Text.Value)
	}
	if block.BlockType != old.BlockType || block.Text != old.Text || !same(block.Args, old.Args) {
		block.source = ""
	}
}

type blockTarget struct {
	ID int64 `path:"id"`
	precondition
}

func (s *Service) deleteBlock(ctx context.Context, in *blockTarget) (rest.Reply[rest.NoContent], error) {
	reply, err := s.changeOfBlock(ctx, in.ID, edit{operation: "Blocks/delete", ifMatch: in.IfMatch}, func(rows []blockRow, at int) ([]blockRow, error) {
		return slices.Delete(rows, at, at+1), nil
	})
	return rest.Reply[rest.NoContent]{ETag: reply.ETag}, err
}

type newOrder struct {
	ID int64 `path:"id"`
	rest.Problems
	precondition
	Body struct {
		OrderedBlockIDs []json.RawMessage `json:"ordered_block_ids" required:"true" doc:"Ids of all blocks of the note"`
	}
}

// message is the answer to operations that have nothing else to say.
type message struct {
	Message string `json:"message"`
}

func (s *Service) reorderBlocks(ctx context.Context, in *newOrder) (rest.Reply[message], error) {
	reply := rest.Reply[message]{Body: message{"The blocks are in their new order."}}
	order := in.order()
	err := s.change(ctx, edit{key: byID(in.ID), operation: "Blocks/reorder", ifMatch: in.IfMatch, problems: in.Err()}, func(tx *database.Tx, n state) error {
		revision, err := s.editBlocks(ctx, tx, n, func(rows []blockRow) ([]blockRow, error) { return reordered(rows, order) })
		reply.ETag = rest.ETag(revision)
		return err
	})
	return reply, err
}

// order gives each id its place: of one that is sent twice, the last.
func (in *newOrder) order() map[int64]int {
	const field = "ordered_block_ids"
	order := map[int64]int{}
	for i, raw := range in.Body.OrderedBlockIDs {
		var id json.Number // takes digits in quotes as well
		number, err := int64(0), json.Unmarshal(raw, &id)
		if err == nil {
			number, err = id.Int64()
		}
		if err != nil {
			in.AddItem(field, i, "A valid integer is required.")
		}
		order[number] = i
	}
	if len(order) == 0 && !in.Has(field) && !in.Has(rest.NonField) {
		in.Add(field, "Ensure this field has at least 1 elements.")
	}
	return order
}

func reordered(rows []blockRow, order map[int64]int) ([]blockRow, error) {
	unknown := func(b blockRow) bool { _, known := order[b.ID]; return !known }
	if len(order) != len(rows) || slices.ContainsFunc(rows, unknown) {
		return nil, rest.BareList("Blocks not reordered: Backend.Notes.Blocks/reorder \u2014 the ids are not those of the note's blocks")
	}
	slices.SortFunc(rows, func(a, b blockRow) int { return order[a.ID] - order[b.ID] })
	return rows, nil
}
