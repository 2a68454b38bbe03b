package notes

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/search"
)

// index brings the search index in line with notes that the transaction has made, changed, deleted or restored. It has to be
// called after every change of what it reads.
func (s *Service) index(ctx context.Context, tx *database.Tx, ids ...int64) error {
	if len(ids) == 0 {
		return nil
	}
	notes, err := database.All[indexed](ctx, tx, `
		select id, author_id, is_public, title, coalesce(description, '') as description, content, updated_at
		from notes where deleted_at is null and `+s.DB.In("id", 1), database.List(ids))
	if err != nil {
		return fmt.Errorf("reading notes for the search index: %w", err)
	}
	if len(notes) < len(ids) {
		if err := s.removeDeleted(ctx, tx, ids); err != nil {
			return err
		}
	}
	if len(notes) == 0 {
		return nil
	}
	return s.storeIndexed(ctx, tx, notes...)
}

// storeIndexed is index for notes that are not deleted and of which the transaction has the texts at hand.
func (s *Service) storeIndexed(ctx context.Context, tx *database.Tx, notes ...indexed) error {
	rows := make([]indexRow, 0, len(notes))
	for _, n := range notes {
		rows = append(rows, s.indexRow(n))
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("writing the search index: %w", err)
	}
	if _, err := tx.ExecContext(ctx, insertIndexed[s.DB.Engine()], string(list), search.Version); err != nil {
		return fmt.Errorf("storing notes in the search index: %w", err)
	}
	if s.DB.Engine() == database.PostgreSQL {
		return nil
	}
	if _, err := tx.ExecContext(ctx, insertTerms, string(list)); err != nil {
		return fmt.Errorf("storing the terms of notes: %w", err)
	}
	return nil
}

// indexState is index for a note as it has just been stored.
func (s *Service) indexState(ctx context.Context, tx *database.Tx, n state) error {
	if n.DeletedAt != nil {
		return s.removeDeleted(ctx, tx, []int64{n.ID})
	}
	return s.storeIndexed(ctx, tx, indexed{n.ID, n.AuthorID, n.IsPublic, n.Title, n.describes(), n.Content, n.UpdatedAt.Time})
}

func (s *Service) removeDeleted(ctx context.Context, tx *database.Tx, ids []int64) error {
	_, err := tx.ExecContext(ctx, "delete from note_search where "+s.DB.In("note_id", 1)+
		" and exists (select 1 from notes where id = note_id and deleted_at is not null)", database.List(ids))
	if err != nil {
		return fmt.Errorf("removing notes from the search index: %w", err)
	}
	return nil
}

// indexBatch bounds the notes whose contents are in memory together.
const indexBatch = 20

// indexed is what the index is made from.
type indexed struct {
	ID          int64
	AuthorID    int64
	IsPublic    bool
	Title       string
	Description string
	Content     string
	UpdatedAt   time.Time
}

// indexRow is a note on its way into the index.
type indexRow struct {
	ID    int64  `json:"id"`
	Key   int64  `json:"key"`
	Terms string `json:"terms"`
}

// insertIndexed reads all rows from one parameter, so that their number does not change the statement. On SQLite a trigger removes the terms of
// the rows that are there already.
var insertIndexed = map[database.Engine]string{
	database.SQLite: `
		insert into note_search (note_id, key, version, updated_at)
		select n.id, r.value ->> 'key', $2, n.updated_at from json_each($1) r join notes n on n.id = r.value ->> 'id' where true
		on conflict (note_id) do update set key = excluded.key, version = excluded.version, updated_at = excluded.updated_at`,
	database.PostgreSQL: `
		insert into note_search (note_id, key, version, updated_at, document)
		select n.id, r.key, $2, n.updated_at, cast(r.terms as tsvector)
		from json_to_recordset(cast($1 as json)) as r (id bigint, key bigint, terms text) join notes n on n.id = r.id
		on conflict (note_id) do update set key = excluded.key, version = excluded.version, updated_at = excluded.updated_at, document = excluded.document`,
}

// insertTerms is SQLite's alone. Two notes have one key when they were saved in the same millisecond and their ids lie a multiple of four
// million apart: then the later one is found.
const insertTerms = `insert or replace into note_terms (rowid, terms) select value ->> 'key', value ->> 'terms' from json_each($1)`

func (s *Service) indexRow(n indexed) indexRow {
	texts := search.Note{AuthorID: n.AuthorID, IsPublic: n.IsPublic, Title: n.Title, Description: n.Description, Content: n.Content}
	row := indexRow{ID: n.ID, Key: searchKey(n.UpdatedAt, n.ID), Terms: texts.FTS5()}
	if s.DB.Engine() == database.PostgreSQL {
		row.Terms = texts.TSVector()
	}
	return row
}

// keyBits are those of an id in a key.
const keyBits = 22

// keyEpoch keeps keys within 64 bits until the year 2089.
var keyEpoch = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// searchKey sorts notes as lists do: by their last edit, then by id. SQLite's index hands out rows in the order of their keys, so that a
// page of notes costs a page's worth of reading, however many are found.
func searchKey(updated time.Time, id int64) int64 {
	return updated.Sub(keyEpoch).Milliseconds()<<keyBits | id&(1<<keyBits-1)
}
