package notes

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// Block is a part of a note: its title (T), a heading (S), text (N), code (C), or what an app sent as one.
type Block struct {
	ID            int64     `json:"id"`
	BlockType     string    `json:"block_type"`
	Text          string    `json:"text"`
	Args          *string   `json:"args" doc:"The hashes of a heading, the language of code, the address of a link"`
	IsAIGenerated bool      `json:"is_AI_generated"`
	ImageURL      string    `json:"image_url" db:"-"`
	DateCreated   rest.Time `json:"date_created"`
	LastEdit      rest.Time `json:"last_edit"`
}

// maxBlocks bounds the blocks of a note: in one with more, the last block is all of the rest.
const maxBlocks = 2000

// maxBlockContent bounds the content that blocks add up to, in bytes. What is sent whole is bounded by the request's size.
const maxBlockContent = 4 << 20

const blockColumns = "id, block_type, text, args, is_ai_generated, created_at as date_created, updated_at as last_edit"

func blocksOf(ctx context.Context, q database.Querier, noteID int64) ([]Block, error) {
	blocks, err := database.All[Block](ctx, q, "select "+blockColumns+" from note_blocks where note_id = $1 order by position limit $2",
		noteID, maxBlocks)
	if err != nil {
		return nil, fmt.Errorf("reading the blocks of a note: %w", err)
	}
	return blocks, nil
}

// insertBlockRows reads all rows from one parameter, so that their number does not change the statement.
var insertBlockRows = map[database.Engine]string{
	database.SQLite: `
		insert into note_blocks (note_id, position, block_type, text, args, is_ai_generated, source_length, created_at, updated_at)
		select $1, value ->> 'position', value ->> 'type', value ->> 'text', value ->> 'args', value ->> 'ai', value ->> 'length', $3, $3
		from json_each($2)`,
	database.PostgreSQL: `
		insert into note_blocks (note_id, position, block_type, text, args, is_ai_generated, source_length, created_at, updated_at)
		select $1, position, type, text, args, ai, length, $3, $3
		from json_to_recordset(cast($2 as json)) as b (position integer, type text, text text, args text, ai boolean, length integer)`,
}

// insertBlocks stores new blocks at positions that are free.
func (s *Service) insertBlocks(ctx context.Context, tx *database.Tx, noteID int64, rows []blockRow) error {
	if len(rows) == 0 {
		return nil
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("writing the blocks of a note: %w", err)
	}
	if _, err := tx.ExecContext(ctx, insertBlockRows[s.DB.Engine()], noteID, string(list), database.Now()); err != nil {
		return fmt.Errorf("storing the blocks of a note: %w", err)
	}
	return nil
}

// replaceBlocks stores other blocks in place of those that are there.
func (s *Service) replaceBlocks(ctx context.Context, tx *database.Tx, noteID int64, rows []blockRow) error {
	if _, err := tx.ExecContext(ctx, "delete from note_blocks where note_id = $1", noteID); err != nil {
		return fmt.Errorf("removing the blocks of a note: %w", err)
	}
	return s.insertBlocks(ctx, tx, noteID, rows)
}
