package searchindex

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/search"
)

// Note is what the index is made from.
type Note struct {
	ID          int64
	AuthorID    int64
	IsPublic    bool
	Title       string
	Description string
	Content     string
	UpdatedAt   time.Time
}

// batch bounds the notes whose contents are in memory together.
const batch = 20

// store puts notes into the index as the transaction has just stored them. It holds them, so that none changes.
func (x *Index) store(ctx context.Context, tx *database.Tx, notes ...Note) error {
	rows := make([]row, 0, len(notes))
	ids := make([]int64, 0, len(notes))
	for _, n := range notes {
		rows, ids = append(rows, x.row(n)), append(ids, n.ID)
	}
	if err := x.forget(ctx, tx, ids); err != nil {
		return err
	}
	return x.insert(ctx, tx, rows)
}

// forget takes notes out of those that wait.
func (x *Index) forget(ctx context.Context, tx *database.Tx, ids []int64) error {
	_, err := tx.ExecContext(ctx, "delete from note_search_due where "+x.db.In("note_id", 1), database.List(ids))
	if err != nil {
		return fmt.Errorf("taking notes to index: %w", err)
	}
	return nil
}

// insert stores the terms of notes.
func (x *Index) insert(ctx context.Context, tx *database.Tx, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	list, err := database.JSON(rows)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, x.insertRows, list, search.Version); err != nil {
		return fmt.Errorf("storing notes in the search index: %w", err)
	}
	if x.insertTerms == "" {
		return nil
	}
	if _, err := tx.ExecContext(ctx, x.insertTerms, list); err != nil {
		return fmt.Errorf("storing the terms of notes: %w", err)
	}
	return nil
}

// Refresh has any number of notes indexed that the transaction has changed, and that wait therefore.
func (x *Index) Refresh(tx *database.Tx, notes int) { x.notice(tx, int64(notes)) }

// WaitingTable is the table of the notes that wait for the search index.
const WaitingTable = "note_search_due"

// Forget leaves all notes that are not indexed to the job that looks for such ones: where they are many, searches need
// not look through the newest of them.
func (x *Index) Forget(ctx context.Context, tx *database.Tx) error {
	if _, err := tx.ExecContext(ctx, "delete from "+WaitingTable); err != nil {
		return fmt.Errorf("forgetting which notes wait for the search index: %w", err)
	}
	return nil
}

// read returns those of the notes that are not in the recycle bin.
func (x *Index) read(ctx context.Context, q database.Querier, ids []int64) ([]Note, error) {
	notes, err := database.All[Note](ctx, q, `
		select id, author_id, is_public, title, coalesce(description, '') as description, content, updated_at
		from notes where deleted_at is null and `+x.db.In("id", 1), database.List(ids))
	if err != nil {
		return nil, fmt.Errorf("reading notes for the search index: %w", err)
	}
	return notes, nil
}

// sweepKind is the job that brings the index in line. It names the form of the terms: a new one is due at once.
var sweepKind = fmt.Sprintf("notes.search.%d", search.Version)

// row is a note on its way into the index.
type row struct {
	ID    int64  `json:"id"`
	Key   int64  `json:"key"`
	Terms string `json:"terms"`
}

func (x *Index) row(n Note) row {
	texts := search.Note{
		AuthorID: n.AuthorID, IsPublic: n.IsPublic, Title: n.Title, Description: n.Description, Content: n.Content,
	}
	r := row{ID: n.ID, Key: searchKey(n.UpdatedAt, n.ID), Terms: texts.FTS5()}
	if x.db.Engine() == database.PostgreSQL {
		r.Terms = texts.TSVector()
	}
	return r
}

// keyBits are those of an id in a key.
const keyBits = 22

// keyEpoch keeps keys within 64 bits until the year 2089.
var keyEpoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// searchKey sorts notes as lists do: by their last edit, then by id. SQLite's index hands out rows in the order of
// their keys, so that a page of notes costs a page's worth of reading, however many are found.
func searchKey(updated time.Time, id int64) int64 {
	return updated.Sub(keyEpoch).Milliseconds()<<keyBits | id&(1<<keyBits-1)
}
