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

// Store brings the index in line with notes as the transaction has just stored them. It, Remove or Refresh has to be
// called after every change of what the index is made from.
func (x *Index) Store(ctx context.Context, tx *database.Tx, notes ...Note) error {
	rows := make([]row, 0, len(notes))
	for _, n := range notes {
		rows = append(rows, x.row(n))
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

// Remove takes those of the notes out of the index that are in the recycle bin.
func (x *Index) Remove(ctx context.Context, tx *database.Tx, ids ...int64) error {
	_, err := tx.ExecContext(ctx, "delete from note_search where "+x.db.In("note_id", 1)+
		" and exists (select 1 from notes where id = note_id and deleted_at is not null)", database.List(ids))
	if err != nil {
		return fmt.Errorf("removing notes from the search index: %w", err)
	}
	return nil
}

// Refresh brings the index in line with any number of notes that the transaction has changed: with a few at once, with
// more of them after the transaction, so that other writers don't wait for their terms. Until then they are not found.
func (x *Index) Refresh(ctx context.Context, tx *database.Tx, ids []int64) error {
	if len(ids) <= batch {
		return x.refresh(ctx, tx, ids)
	}
	_, err := tx.ExecContext(ctx, "delete from note_search where "+x.db.In("note_id", 1), database.List(ids))
	if err != nil {
		return fmt.Errorf("taking notes out of the search index: %w", err)
	}
	return x.queue.Enqueue(ctx, tx, sweepKind, nil)
}

func (x *Index) refresh(ctx context.Context, tx *database.Tx, ids []int64) error {
	if len(ids) == 0 {
		return nil
	}
	notes, err := database.All[Note](ctx, tx, `
		select id, author_id, is_public, title, coalesce(description, '') as description, content, updated_at
		from notes where deleted_at is null and `+x.db.In("id", 1), database.List(ids))
	if err != nil {
		return fmt.Errorf("reading notes for the search index: %w", err)
	}
	if len(notes) < len(ids) {
		if err := x.Remove(ctx, tx, ids...); err != nil {
			return err
		}
	}
	if len(notes) == 0 {
		return nil
	}
	return x.Store(ctx, tx, notes...)
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
