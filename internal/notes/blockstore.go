package notes

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// place is where a block stands in its note.
type place struct {
	ID           int64 `json:"id"`
	Position     int   `json:"position"`
	SourceLength *int  `json:"length"`
}

// setPlaces reads all places from one parameter, so that their number does not change the statement.
var setPlaces = map[database.Engine]string{
	database.SQLite: `
		update note_blocks set position = b.value ->> 'position', source_length = b.value ->> 'length'
		from json_each($2) as b where note_blocks.note_id = $1 and note_blocks.id = b.value ->> 'id'`,
	database.PostgreSQL: `
		update note_blocks as n set position = b.position, source_length = b.length
		from json_to_recordset(cast($2 as json)) as b (id bigint, position integer, length integer) where n.note_id = $1 and n.id = b.id`,
}

// storeBlocks makes the blocks of a note those of after: ones that are not in it go, ones without an id are new.
func (s *Service) storeBlocks(ctx context.Context, tx *database.Tx, noteID int64, before, after []blockRow) error {
	gone := map[int64]blockRow{}
	for _, row := range before {
		gone[row.ID] = row
	}
	var added []blockRow
	var places []place
	for _, row := range after {
		if row.ID == 0 {
			added = append(added, row)
			continue
		}
		places = append(places, place{row.ID, row.Position, row.SourceLength})
		if !row.saysTheSame(gone[row.ID]) {
			if err := updateBlock(ctx, tx, row); err != nil {
				return err
			}
		}
		delete(gone, row.ID)
	}
	for id := range gone {
		if _, err := tx.ExecContext(ctx, "delete from note_blocks where id = $1", id); err != nil {
			return fmt.Errorf("deleting a block: %w", err)
		}
	}
	if err := s.placeBlocks(ctx, tx, noteID, places); err != nil {
		return err
	}
	return s.insertBlocks(ctx, tx, noteID, added)
}

func (b blockRow) saysTheSame(other blockRow) bool {
	return b.BlockType == other.BlockType && b.Text == other.Text && same(b.Args, other.Args) && b.IsAIGenerated == other.IsAIGenerated
}

func updateBlock(ctx context.Context, tx *database.Tx, b blockRow) error {
	_, err := tx.ExecContext(ctx, `
		update note_blocks set block_type = $1, text = $2, args = $3, is_ai_generated = $4, updated_at = $5 where id = $6`,
		b.BlockType, b.Text, b.Args, b.IsAIGenerated, database.Now(), b.ID)
	if err != nil {
		return fmt.Errorf("changing a block: %w", err)
	}
	return nil
}

// placeBlocks gives blocks their places after all have left theirs, since no two may have the same even for a moment.
func (s *Service) placeBlocks(ctx context.Context, tx *database.Tx, noteID int64, places []place) error {
	if len(places) == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, "update note_blocks set position = -1 - position where note_id = $1", noteID); err != nil {
		return fmt.Errorf("moving the blocks of a note away: %w", err)
	}
	list, err := json.Marshal(places)
	if err != nil {
		return fmt.Errorf("writing the places of blocks: %w", err)
	}
	if _, err := tx.ExecContext(ctx, setPlaces[s.DB.Engine()], noteID, string(list)); err != nil {
		return fmt.Errorf("moving the blocks of a note: %w", err)
	}
	return nil
}
