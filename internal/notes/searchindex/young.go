package searchindex

import (
	"context"
	"fmt"
	"slices"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/notes/search"
)

// young are the notes of a list that the index does not have yet.
type young struct {
	keys  []int64     // of all of them
	found []hit       // those with all words, in their order
	near  []candidate // those that may come near
}

// young looks through the notes that wait for the index.
func (f finder) young(ctx context.Context) (young, error) {
	type waiting struct {
		notelist.Note
		Content string
	}
	var y young
	query, args := f.youngQuery()
	notes, err := database.All[waiting](ctx, f.db.Read(), query, args...)
	if err != nil {
		return young{}, fmt.Errorf("reading notes that wait for the search index: %w", err)
	}
	for _, n := range notes {
		text := search.Note{AuthorID: n.AuthorID, IsPublic: n.IsPublic, Title: n.Title, Content: n.Content}
		if n.Description != nil {
			text.Description = *n.Description
		}
		terms := text.Terms()
		at := place{Key: searchKey(n.UpdatedAt, n.ID)}
		y.keys = append(y.keys, at.Key)
		var ok bool
		if at.Rank, ok = f.query.RankOf(terms); ok {
			y.found = append(y.found, hit{n.Note, at})
			continue
		}
		if at.Rank, ok = f.query.RankNear(terms); ok {
			y.near = append(y.near, candidate{n.ID, at, text.Title, text.Description})
		}
	}
	slices.SortFunc(y.found, hit.compare)
	return y, nil
}
