package notes

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/notes/search"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	// maxFound bounds what one search counts, and how far its pages go.
	maxFound = 10_000
	// fewFound have notes with some of the words, and with typing errors, follow.
	fewFound = 10
	// maxNear bounds those notes, of each group.
	maxNear = 100
)

// searching is one search: what is looked for, and in which notes.
type searching struct {
	db     *database.DB
	query  search.Query
	course *int64 // nil for all
	where  string // of notes n: who sees what is decided here, whatever the index says
	args   []any  // of where
}

// search lists the notes in which the words of in.Query are found.
func (s *Service) search(ctx context.Context, in *listInput, limit, offset int64) (listing, error) {
	l := searching{db: s.DB, course: in.CourseID, query: search.Parse(in.Query, readerOf(ctx, in))}
	l.where, l.args = listCondition(ctx, in)
	rows, total, err := l.find(ctx, limit, offset)
	if err != nil {
		return listing{}, fmt.Errorf("searching notes: %w", err)
	}
	summaries := notelist.ListToJSON(ctx, rows)
	if in.Limit == nil {
		return listing{bare: summaries}, nil
	}
	return listing{page: &page{Results: summaries, Total: total, Offset: offset, Limit: limit, HasMore: offset < total-limit}}, nil
}

func readerOf(ctx context.Context, in *listInput) search.Reader {
	scope := scopeOf(ctx, in)
	return search.Reader{
		ID: rest.CallerID(ctx), Others: scope == "all" || scope == anonymous,
		OnlyPublic: scope == "public", OnlyPrivate: scope == "private",
	}
}

// find returns a page of what is found, and how much that is: the notes with all words and, when these are few, those that come near.
func (l searching) find(ctx context.Context, limit, offset int64) (rows []notelist.Note, total int64, err error) {
	if l.query.Empty() {
		return nil, 0, nil
	}
	if l.db.Engine() == database.SQLite {
		if l.query, err = l.complete(ctx); err != nil {
			return nil, 0, err
		}
	}
	if rows, err = l.page(ctx, limit, offset); err != nil {
		return nil, 0, err
	}
	total = offset + int64(len(rows))
	if int64(len(rows)) == limit || len(rows) == 0 && offset > 0 { // otherwise these are the last ones
		if total, err = l.count(ctx); err != nil {
			return nil, 0, err
		}
	}
	if total >= fewFound {
		return rows, total, nil
	}
	near, err := l.near(ctx)
	if err != nil {
		return nil, 0, err
	}
	further, err := l.read(ctx, part(near, offset-total, limit-int64(len(rows))))
	return append(rows, further...), total + int64(len(near)), err
}

// part returns at most n ids after the first ones.
func part(ids []int64, first, n int64) []int64 {
	ids = ids[min(max(first, 0), int64(len(ids))):]
	return ids[:min(n, int64(len(ids)))]
}

func (l searching) complete(ctx context.Context) (search.Query, error) {
	prefixes := l.query.Prefixes()
	if len(prefixes) == 0 {
		return l.query, nil
	}
	list, err := json.Marshal(prefixes)
	if err != nil {
		return search.Query{}, fmt.Errorf("writing the beginnings of words: %w", err)
	}
	terms, err := database.All[string](ctx, l.db.Read(), completions, string(list), search.MaxCompletions)
	if err != nil {
		return search.Query{}, fmt.Errorf("completing words: %w", err)
	}
	return l.query.Complete(terms), nil
}

// page reads the notes with all words.
func (l searching) page(ctx context.Context, limit, offset int64) ([]notelist.Note, error) {
	query, args := l.pageQuery(min(limit, maxFound-offset), offset)
	if query == "" {
		return nil, nil
	}
	rows, err := database.All[notelist.Note](ctx, l.db.Read(), query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading notes with all words: %w", err)
	}
	return rows, nil
}

// count returns how many notes have all words, up to maxFound.
func (l searching) count(ctx context.Context) (int64, error) {
	query, args := l.countQuery()
	if query == "" {
		return 0, nil
	}
	total, err := database.One[int64](ctx, l.db.Read(), query, args...)
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
func (l searching) near(ctx context.Context) ([]int64, error) {
	query, args := l.nearQuery()
	if query == "" {
		return nil, nil
	}
	candidates, err := database.All[candidate](ctx, l.db.Read(), query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading notes with some words: %w", err)
	}
	nearness := make(map[int64]search.Nearness, len(candidates))
	ids := make([]int64, 0, len(candidates))
	for _, c := range candidates {
		if n, ok := l.query.Nearness(c.Rank, c.Title, c.Description); ok {
			nearness[c.ID] = n
			ids = append(ids, c.ID)
		}
	}
	slices.SortStableFunc(ids, func(a, b int64) int { return nearness[a].Compare(nearness[b]) })
	return ids, nil
}

// read returns notes in the order of their ids in the list.
func (l searching) read(ctx context.Context, ids []int64) ([]notelist.Note, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := append(slices.Clone(l.args), database.List(ids))
	rows, err := database.All[notelist.Note](ctx, l.db.Read(), fmt.Sprintf("select %s from notes n %s where %s and %s",
		notelist.Columns, notelist.Joins, l.where, l.db.In("n.id", len(args))), args...)
	if err != nil {
		return nil, fmt.Errorf("reading notes with some words: %w", err)
	}
	slices.SortFunc(rows, func(a, b notelist.Note) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	return rows, nil
}
