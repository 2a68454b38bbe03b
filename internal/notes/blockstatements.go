package notes

import "github.com/trance-0/notechondria/internal/database"

// blockStatements write any number of blocks, from one parameter. They differ between the engines.
type blockStatements struct {
	insertBlocks string // $1 is the note, $2 the blocks, $3 the time
	placeBlocks  string // $1 are the blocks, which say the same as ever
	changeBlocks string // $1 are the blocks, $2 is the time
}

func newBlockStatements(db *database.DB) blockStatements {
	columns := []string{"id bigint", "position integer", "block_type text", "text text", "args text",
		"is_ai_generated boolean", "source_length integer"}
	update := func(set string) string {
		return "with r as materialized " + db.Records(1, columns...) + " update note_blocks set position = r.position, " +
			"source_length = r.source_length" + set + " from r where note_blocks.id = r.id"
	}
	return blockStatements{
		insertBlocks: `
			insert into note_blocks (note_id, position, block_type, text, args, is_ai_generated, source_length,
				created_at, updated_at)
			select $1, position, block_type, text, args, is_ai_generated, source_length, $3, $3
			from ` + db.Records(2, columns...) + " r returning id, position",
		placeBlocks: update(""),
		changeBlocks: update(", block_type = r.block_type, text = r.text, args = r.args, " +
			"is_ai_generated = r.is_ai_generated, updated_at = $2"),
	}
}
