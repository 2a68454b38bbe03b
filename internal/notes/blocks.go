package notes

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/rest"
)

// Block is a part of a note: its title (T), a heading (S), text (N), code (C).
type Block struct {
	ID            int64     `json:"id"`
	BlockType     string    `json:"block_type"`
	Text          string    `json:"text"`
	Args          *string   `json:"args" doc:"The hashes of a heading, the language of code"`
	IsAIGenerated bool      `json:"is_AI_generated"`
	ImageURL      string    `json:"image_url" db:"-"`
	DateCreated   rest.Time `json:"date_created"`
	LastEdit      rest.Time `json:"last_edit"`
}

// maxBlocks bounds the blocks of a note: in one with more, the last block is all of the rest.
const maxBlocks = 2000

func blocksOf(ctx context.Context, q database.Querier, noteID int64) ([]Block, error) {
	blocks, err := database.All[Block](ctx, q, `
		select id, block_type, text, args, is_ai_generated, created_at as date_created, updated_at as last_edit
		from note_blocks where note_id = $1 order by position limit $2`, noteID, maxBlocks)
	if err != nil {
		return nil, fmt.Errorf("reading the blocks of a note: %w", err)
	}
	return blocks, nil
}

// blockRow is a block on its way into the table.
type blockRow struct {
	Position int     `json:"position"`
	Type     string  `json:"type"`
	Text     string  `json:"text"`
	Args     *string `json:"args"`
}

// insertBlocks reads all rows from one parameter, so that their number does not change the statement.
var insertBlocks = map[database.Engine]string{
	database.SQLite: `
		insert into note_blocks (note_id, position, block_type, text, args, created_at, updated_at)
		select $1, value ->> 'position', value ->> 'type', value ->> 'text', value ->> 'args', $3, $3 from json_each($2)`,
	database.PostgreSQL: `
		insert into note_blocks (note_id, position, block_type, text, args, created_at, updated_at)
		select $1, position, type, text, args, $3, $3
		from json_to_recordset(cast($2 as json)) as b (position integer, type text, text text, args text)`,
}

// storeBlocks cuts content into the blocks of a note that has none.
func (s *Service) storeBlocks(ctx context.Context, tx *database.Tx, noteID int64, content string) error {
	sections := s.parser.Cut(content)
	if len(sections) == 0 {
		return nil
	}
	if len(sections) > maxBlocks {
		rest := markdown.Join(sections[maxBlocks-1:])
		sections = append(sections[:maxBlocks-1], markdown.Section{Type: markdown.Text, Text: strings.TrimSpace(rest), Source: rest})
	}
	rows := make([]blockRow, 0, len(sections))
	for i, section := range sections {
		rows = append(rows, newBlockRow(i, section))
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("writing the blocks of a note: %w", err)
	}
	if _, err := tx.ExecContext(ctx, insertBlocks[s.db.Engine()], noteID, string(list), database.Now()); err != nil {
		return fmt.Errorf("storing the blocks of a note: %w", err)
	}
	return nil
}

func newBlockRow(position int, section markdown.Section) blockRow {
	row := blockRow{Position: position, Type: section.Type, Text: section.Text}
	if section.Args != "" {
		row.Args = &section.Args
	}
	return row
}

// replaceBlocks cuts content anew.
func (s *Service) replaceBlocks(ctx context.Context, tx *database.Tx, noteID int64, content string) error {
	if _, err := tx.ExecContext(ctx, "delete from note_blocks where note_id = $1", noteID); err != nil {
		return fmt.Errorf("removing the blocks of a note: %w", err)
	}
	return s.storeBlocks(ctx, tx, noteID, content)
}
