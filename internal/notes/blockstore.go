package notes

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/blocks"
)

const blockColumns = "id, block_type, text, args, is_ai_generated, image_path, created_at, updated_at"

// shownBlocks returns the blocks of a note as they are shown.
func shownBlocks(ctx context.Context, q database.Querier, noteID int64) ([]Block, error) {
	list, err := database.All[Block](ctx, q, "select "+blockColumns+
		" from note_blocks where note_id = $1 order by position limit $2", noteID, blocks.Max)
	if err != nil {
		return nil, fmt.Errorf("reading the blocks of a note: %w", err)
	}
	return list, nil
}

// shownBlock returns a block as it is shown.
func shownBlock(ctx context.Context, tx *database.Tx, condition string, args ...any) (Block, error) {
	b, err := database.One[Block](ctx, tx, "select "+blockColumns+" from note_blocks where "+condition, args...)
	if err != nil {
		return Block{}, fmt.Errorf("reading a block: %w", err)
	}
	return b, nil
}

// blocksOf returns the blocks of a note as they are changed.
func blocksOf(ctx context.Context, tx *database.Tx, noteID int64) ([]blocks.Block, error) {
	list, err := database.All[blocks.Block](ctx, tx, `
		select id, position, block_type, text, args, is_ai_generated, source_length from note_blocks
		where note_id = $1 order by position`, noteID)
	if err != nil {
		return nil, fmt.Errorf("reading the blocks of a note: %w", err)
	}
	return list, nil
}

// insertBlockRows stores blocks of the note $1 from one parameter, $2, at the time $3.
func insertBlockRows(db *database.DB) string {
	return `
		insert into note_blocks (note_id, position, block_type, text, args, is_ai_generated, source_length,
			created_at, updated_at)
		select $1, position, block_type, text, args, is_ai_generated, source_length, $3, $3 from ` +
		db.Records(2, "position integer", "block_type text", "text text", "args text", "is_ai_generated boolean",
			"source_length integer") + " r"
}

// insertBlocks stores new blocks at positions that are free.
func (s *Service) insertBlocks(ctx context.Context, tx *database.Tx, noteID int64, list []blocks.Block) error {
	if len(list) == 0 {
		return nil
	}
	type row struct {
		Position      int     `json:"position"`
		Type          string  `json:"block_type"`
		Text          string  `json:"text"`
		Args          *string `json:"args"`
		IsAIGenerated bool    `json:"is_ai_generated"`
		SourceLength  *int    `json:"source_length"`
	}
	rows := make([]row, 0, len(list))
	for _, b := range list {
		rows = append(rows, row{b.Position, b.Type, b.Text, b.Args, b.IsAIGenerated, b.SourceLength})
	}
	param, err := database.JSON(rows)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, s.insertBlockRows, noteID, param, database.Now())
	if err != nil {
		return fmt.Errorf("storing the blocks of a note: %w", err)
	}
	return nil
}

// replaceBlocks stores other blocks in place of those that are there.
func (s *Service) replaceBlocks(ctx context.Context, tx *database.Tx, noteID int64, list []blocks.Block) error {
	if _, err := tx.ExecContext(ctx, "delete from note_blocks where note_id = $1", noteID); err != nil {
		return fmt.Errorf("removing the blocks of a note: %w", err)
	}
	return s.insertBlocks(ctx, tx, noteID, list)
}

// storeBlocks makes the blocks of a note those of after: ones that are not in it go, ones without an id are new.
func (s *Service) storeBlocks(ctx context.Context, tx *database.Tx, noteID int64, before, after []blocks.Block) error {
	gone := map[int64]blocks.Block{}
	for _, b := range before {
		gone[b.ID] = b
	}
	var added, moved []blocks.Block
	for _, b := range after {
		if b.ID == 0 {
			added = append(added, b)
			continue
		}
		old := gone[b.ID]
		delete(gone, b.ID)
		if b.Position != old.Position || !same(b.SourceLength, old.SourceLength) {
			moved = append(moved, b)
		}
		if !b.Same(old.Draft) {
			if err := updateBlock(ctx, tx, b); err != nil {
				return err
			}
		}
	}
	if err := s.deleteBlocks(ctx, tx, slices.Collect(maps.Keys(gone))); err != nil {
		return err
	}
	if err := s.placeBlocks(ctx, tx, noteID, moved); err != nil {
		return err
	}
	return s.insertBlocks(ctx, tx, noteID, added)
}

func updateBlock(ctx context.Context, tx *database.Tx, b blocks.Block) error {
	_, err := tx.ExecContext(ctx, `
		update note_blocks set block_type = $1, text = $2, args = $3, is_ai_generated = $4, updated_at = $5 where id = $6`,
		b.Type, b.Text, b.Args, b.IsAIGenerated, database.Now(), b.ID)
	if err != nil {
		return fmt.Errorf("changing a block: %w", err)
	}
	return nil
}

func (s *Service) deleteBlocks(ctx context.Context, tx *database.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "delete from note_blocks where "+s.DB.In("id", 1), database.List(ids)); err != nil {
		return fmt.Errorf("deleting blocks: %w", err)
	}
	return nil
}

// placeBlocks gives blocks their places after they have left those they had, since no two may have the same even for a
// moment.
func (s *Service) placeBlocks(ctx context.Context, tx *database.Tx, noteID int64, moved []blocks.Block) error {
	type row struct {
		ID           int64 `json:"id"`
		Position     int   `json:"position"`
		SourceLength *int  `json:"source_length"`
	}
	rows := make([]row, 0, len(moved))
	for _, b := range moved {
		rows = append(rows, row{b.ID, b.Position, b.SourceLength})
	}
	param, err := database.JSON(rows)
	if err != nil {
		return err
	}
	places := "with r as materialized " + s.DB.Records(2, "id bigint", "position integer", "source_length integer")
	for _, update := range []string{
		"update note_blocks set position = -1 - note_blocks.position from r",
		"update note_blocks set position = r.position, source_length = r.source_length from r",
	} {
		_, err := tx.ExecContext(ctx,
			places+" "+update+" where note_blocks.note_id = $1 and note_blocks.id = r.id", noteID, param)
		if err != nil {
			return fmt.Errorf("moving the blocks of a note: %w", err)
		}
	}
	return nil
}
