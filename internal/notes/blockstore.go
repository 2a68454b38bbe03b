package notes

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/patch"
)

// shownBlocks returns the blocks of a note as they are shown.
func shownBlocks(ctx context.Context, q database.Querier, noteID int64) ([]Block, error) {
	list, err := database.All[Block](ctx, q, `
		select id, block_type, text, args, is_ai_generated, image_path, created_at, updated_at from note_blocks
		where note_id = $1 order by position limit $2`, noteID, blocks.Max)
	if err != nil {
		return nil, fmt.Errorf("reading the blocks of a note: %w", err)
	}
	return list, nil
}

// storedBlock is a block as its row has it.
type storedBlock struct {
	blocks.Block
	ImagePath string
	FilePath  string
	CreatedAt time.Time
	UpdatedAt time.Time
}

type storedBlocks []storedBlock

// plain are the blocks as they are changed.
func (l storedBlocks) plain() []blocks.Block {
	list := make([]blocks.Block, 0, len(l))
	for _, b := range l {
		list = append(list, b.Block)
	}
	return list
}

// blocksOf returns the blocks of a note.
func blocksOf(ctx context.Context, tx *database.Tx, noteID int64) (storedBlocks, error) {
	list, err := database.All[storedBlock](ctx, tx, `
		select id, position, block_type, text, args, is_ai_generated, source_length, image_path, file_path,
			created_at, updated_at
		from note_blocks where note_id = $1 order by position`, noteID)
	if err != nil {
		return nil, fmt.Errorf("reading the blocks of a note: %w", err)
	}
	return list, nil
}

// replaceBlocks replaces the blocks of a note, and returns them as they are shown. Unchanged blocks at the beginning
// and the end keep their rows, so that a new paragraph costs one.
func (s *Service) replaceBlocks(
	ctx context.Context, tx *database.Tx, noteID int64, list []blocks.Block,
) ([]Block, error) {
	before, err := blocksOf(ctx, tx, noteID)
	if err != nil {
		return nil, err
	}
	return s.storeBlocks(ctx, tx, noteID, before, before.reuseRows(list))
}

// reuseRows gives new blocks the rows of those that they replace.
func (l storedBlocks) reuseRows(list []blocks.Block) []blocks.Block {
	list = slices.Clone(list)
	first := 0
	for first < min(len(l), len(list)) && l[first].Same(list[first].Draft) {
		list[first].ID = l[first].ID
		first++
	}
	last, lastOld := len(list), len(l)
	for last > first && lastOld > first && l[lastOld-1].Same(list[last-1].Draft) {
		last, lastOld = last-1, lastOld-1
		list[last].ID = l[lastOld].ID
	}
	for i := first; i < min(last, lastOld); i++ {
		if l[i].ImagePath == "" && l[i].FilePath == "" { // files of the former system go with what they belong to
			list[i].ID = l[i].ID
		}
	}
	return list
}

// storeBlocks makes the blocks of a note those in after, and returns them as they are shown: it deletes missing blocks,
// and inserts those without an id.
func (s *Service) storeBlocks(
	ctx context.Context, tx *database.Tx, noteID int64, before storedBlocks, after []blocks.Block,
) ([]Block, error) {
	gone := make(map[int64]storedBlock, len(before))
	for _, b := range before {
		gone[b.ID] = b
	}
	now := database.Now()
	shown := make([]Block, 0, len(after))
	var added, changed, placed []blocks.Block
	var leaving []int64 // their places
	for _, b := range after {
		old := gone[b.ID]
		delete(gone, b.ID)
		show := Block{ID: b.ID, Draft: b.Draft, ImagePath: old.ImagePath, CreatedAt: old.CreatedAt, UpdatedAt: old.UpdatedAt}
		switch {
		case b.ID == 0:
			added = append(added, b)
			show.CreatedAt, show.UpdatedAt = now, now
		case !b.Same(old.Draft):
			changed = append(changed, b)
			show.UpdatedAt = now
		case b.Position != old.Position || !patch.Same(b.SourceLength, old.SourceLength):
			placed = append(placed, blocks.Block{ID: b.ID, Position: b.Position, SourceLength: b.SourceLength})
		}
		if b.ID != 0 && b.Position != old.Position {
			leaving = append(leaving, b.ID)
		}
		shown = append(shown, show)
	}
	if err := s.freePositions(ctx, tx, slices.Collect(maps.Keys(gone)), leaving); err != nil {
		return nil, err
	}
	if err := s.updateBlocks(ctx, tx, s.statements.placeBlocks, placed); err != nil {
		return nil, err
	}
	if err := s.updateBlocks(ctx, tx, s.statements.changeBlocks, changed, now); err != nil {
		return nil, err
	}
	ids, err := s.insertBlocks(ctx, tx, noteID, added, now)
	for i, b := range after {
		if b.ID == 0 {
			shown[i].ID = ids[b.Position]
		}
	}
	return shown, err
}

// freePositions deletes blocks, and has others leave their places: no two may have the same even for a moment.
func (s *Service) freePositions(ctx context.Context, tx *database.Tx, gone, leaving []int64) error {
	if len(gone) > 0 {
		_, err := tx.ExecContext(ctx, "delete from note_blocks where "+s.DB.In("id", 1), database.List(gone))
		if err != nil {
			return fmt.Errorf("deleting blocks: %w", err)
		}
	}
	if len(leaving) > 0 {
		_, err := tx.ExecContext(ctx,
			"update note_blocks set position = -1 - position where "+s.DB.In("id", 1), database.List(leaving))
		if err != nil {
			return fmt.Errorf("moving the blocks of a note: %w", err)
		}
	}
	return nil
}

// blockRow is a block in a parameter.
type blockRow struct {
	ID            int64   `json:"id"`
	Position      int     `json:"position"`
	Type          string  `json:"block_type"`
	Text          string  `json:"text"`
	Args          *string `json:"args"`
	IsAIGenerated bool    `json:"is_ai_generated"`
	SourceLength  *int    `json:"source_length"`
}

func blockRows(list []blocks.Block) (string, error) {
	rows := make([]blockRow, 0, len(list))
	for _, b := range list {
		rows = append(rows, blockRow{b.ID, b.Position, b.Type, b.Text, b.Args, b.IsAIGenerated, b.SourceLength})
	}
	return database.JSON(rows)
}

// insertBlocks stores new blocks at positions that are free, and returns their ids by position.
func (s *Service) insertBlocks(
	ctx context.Context, tx *database.Tx, noteID int64, list []blocks.Block, now time.Time,
) (map[int]int64, error) {
	if len(list) == 0 {
		return nil, nil
	}
	param, err := blockRows(list)
	if err != nil {
		return nil, err
	}
	rows, err := database.All[struct {
		ID       int64
		Position int
	}](ctx, tx, s.statements.insertBlocks, noteID, param, now)
	if err != nil {
		return nil, fmt.Errorf("storing the blocks of a note: %w", err)
	}
	ids := make(map[int]int64, len(rows))
	for _, r := range rows {
		ids[r.Position] = r.ID
	}
	return ids, nil
}

func (s *Service) updateBlocks(
	ctx context.Context, tx *database.Tx, statement string, list []blocks.Block, args ...any,
) error {
	if len(list) == 0 {
		return nil
	}
	param, err := blockRows(list)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, statement, append([]any{param}, args...)...); err != nil {
		return fmt.Errorf("changing the blocks of a note: %w", err)
	}
	return nil
}
