package searchindex

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/notes/search"
)

// Find returns a page of the notes of a list in which words are found, and how many there are: those with all words
// and, when these are few, those that come near.
func (x *Index) Find(
	ctx context.Context, words string, among notelist.Filter, limit, offset int64,
) (notes []notelist.Note, total int64, err error) {
	notes, total, err = x.finder(words, among).find(ctx, limit, offset)
	if err != nil {
		return nil, 0, fmt.Errorf("searching notes: %w", err)
	}
	return notes, total, nil
}

func (x *Index) finder(words string, among notelist.Filter) finder {
	f := finder{db: x.db, course: among.Course, query: search.Parse(words, search.Reader{
		ID: among.Viewer, Others: among.Scope == notelist.Readable,
		OnlyPublic: among.Scope == notelist.OwnPublic, OnlyPrivate: among.Scope == notelist.OwnPrivate,
	})}
	f.where, f.args = among.Where()
	return f
}

func (f finder) find(ctx context.Context, limit, offset int64) (rows []notelist.Note, total int64, err error) {
	if f.query.Empty() {
		return nil, 0, nil
	}
	if f.db.Engine() == database.SQLite {
		if f.query, err = f.complete(ctx); err != nil {
			return nil, 0, err
		}
	}
	if rows, err = f.page(ctx, limit, offset); err != nil {
		return nil, 0, err
	}
	total = offset + int64(len(rows))
	if int64(len(rows)) == limit || len(rows) == 0 && offset > 0 { // otherwise these are the last ones
		if total, err = f.count(ctx); err != nil {
			return nil, 0, err
		}
	}
	if total >= fewFound {
		return rows, total, nil
	}
	near, err := f.near(ctx)
	if err != nil {
		return nil, 0, err
	}
	further, err := f.read(ctx, part(near, offset-total, limit-int64(len(rows))))
	return append(rows, further...), total + int64(len(near)), err
}

// part returns at most n ids after the first ones.
func part(ids []int64, first, n int64) []int64 {
	ids = ids[min(max(first, 0), int64(len(ids))):]
	return ids[:min(n, int64(len(ids)))]
}

func (f finder) complete(ctx context.Context) (search.Query, error) {
	prefixes := f.query.Prefixes()
	if len(prefixes) == 0 {
		return f.query, nil
	}
	terms, err := database.All[string](ctx, f.db.Read(), completions, database.Texts(prefixes), search.MaxCompletions)
	if err != nil {
		return search.Query{}, fmt.Errorf("completing words: %w", err)
	}
	return f.query.Complete(terms), nil
}

// page reads the notes with all words.
func (f finder) page(ctx context.Context, limit, offset int64) ([]notelist.Note, error) {
	query, args := f.pageQuery(min(limit, maxFound-offset), offset)
	if query == "" {
		return nil, nil
	}
	rows, err := database.All[notelist.Note](ctx, f.db.Read(), query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading notes with all words: %w", err)
	}
	return rows, nil
}

// count returns how many notes have all words, up to maxFound.
func (f finder) count(ctx context.Context) (int64, error) {
	query, args := f.countQuery()
	if query == "" {
		return 0, nil
	}
	total, err := database.One[int64](ctx, f.db.Read(), query, args...)
	if err != nil {
		return 0, fmt.Errorf("counting notes with all words: %w", err)
	}
	return total, nil
}

// candidate is a note that may come near.
type candidate struct {
	ID          int64
	Rank        int
	Title       string
	Description string
}

// near returns the ids of the notes that come near the query, the nearest first.
func (f finder) near(ctx context.Context) ([]int64, error) {
	query, args := f.nearQuery()
	if query == "" {
		return nil, nil
	}
	candidates, err := database.All[candidate](ctx, f.db.Read(), query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading notes with some words: %w", err)
	}
	nearness := make(map[int64]search.Nearness, len(candidates))
	ids := make([]int64, 0, len(candidates))
	for _, c := range candidates {
		if n, ok := f.query.Nearness(c.Rank, c.Title, c.Description); ok {
			nearness[c.ID] = n
			ids = append(ids, c.ID)
		}
	}
	slices.SortStableFunc(ids, func(a, b int64) int { return nearness[a].Compare(nearness[b]) })
	return ids, nil
}

// read returns notes in the order of their ids in the list.
func (f finder) read(ctx context.Context, ids []int64) ([]notelist.Note, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := append(slices.Clone(f.args), database.List(ids))
	rows, err := database.All[notelist.Note](ctx, f.db.Read(), fmt.Sprintf("select %s from notes n %s where %s and %s",
		notelist.Columns, notelist.Joins, f.where, f.db.In("n.id", len(args))), args...)
	if err != nil {
		return nil, fmt.Errorf("reading notes with some words: %w", err)
	}
	slices.SortFunc(rows, func(a, b notelist.Note) int {
		return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID))
	})
	return rows, nil
}
