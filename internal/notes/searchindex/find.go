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
	f := x.finder(words, among)
	if f.query.Empty() {
		return nil, 0, nil
	}
	young, err := f.young(ctx) // first: what is indexed meanwhile is then found twice, not nowhere, and left out
	if err != nil {
		return nil, 0, err
	}
	defer x.seen(len(young.keys))
	notes, total, err = f.find(ctx, young, limit, offset)
	if err != nil {
		return nil, 0, fmt.Errorf("searching notes: %w", err)
	}
	for i := range notes {
		notes[i].HideCourse(among.Viewer)
	}
	return notes, total, nil
}

func (x *Index) finder(words string, among notelist.Filter) finder {
	f := finder{db: x.db, viewer: among.Viewer, course: among.Course, query: search.Parse(words, search.Reader{
		ID: among.Viewer, Others: among.Scope == notelist.Readable,
		OnlyPublic: among.Scope == notelist.OwnPublic, OnlyPrivate: among.Scope == notelist.OwnPrivate,
	})}
	f.where, f.args = among.Where()
	return f
}

func (f finder) find(
	ctx context.Context, y young, limit, offset int64,
) (rows []notelist.Note, total int64, err error) {
	if f.db.Engine() == database.SQLite {
		if f.query, err = f.complete(ctx); err != nil {
			return nil, 0, err
		}
	}
	if rows, err = f.page(ctx, y, limit, offset); err != nil {
		return nil, 0, err
	}
	total = offset + int64(len(rows))
	if int64(len(rows)) == limit || len(rows) == 0 && offset > 0 { // otherwise these are the last ones
		if total, err = f.count(ctx, y); err != nil {
			return nil, 0, err
		}
	}
	if total >= fewFound {
		return rows, total, nil
	}
	near, err := f.near(ctx, y)
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

// hit is a note with all words.
type hit struct {
	notelist.Note
	place
}

// place is where a note stands among those that are found.
type place struct {
	Rank int
	Key  int64
}

// compare orders by rank, and then the newest first.
func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.Rank, other.Rank), cmp.Compare(other.Key, p.Key))
}

func (h hit) compare(other hit) int {
	return cmp.Or(h.place.compare(other.place), cmp.Compare(other.ID, h.ID))
}

// page reads the notes with all words: those of the index, with the young ones among them. Of the index it takes
// as many more before the page as there are young ones, since it does not know yet which of these come first.
func (f finder) page(ctx context.Context, y young, limit, offset int64) ([]notelist.Note, error) {
	if limit = min(limit, maxFound-offset); limit <= 0 {
		return nil, nil
	}
	first := max(offset-int64(len(y.found)), 0)
	var hits []hit
	if query, args := f.pageQuery(offset+limit-first, first, y.keys); query != "" {
		var err error
		if hits, err = database.All[hit](ctx, f.db.Read(), query, args...); err != nil {
			return nil, fmt.Errorf("reading notes with all words: %w", err)
		}
	}
	if first > 0 && len(hits) == 0 {
		return nil, nil // the index ends before the page, by more notes than there are young ones
	}
	further := y.found
	if first > 0 { // those that come before are among what the page leaves out
		further = slices.DeleteFunc(slices.Clone(further), func(h hit) bool { return h.compare(hits[0]) < 0 })
	}
	skipped := first + int64(len(y.found)-len(further))
	hits = append(hits, further...)
	slices.SortFunc(hits, hit.compare)
	rows := make([]notelist.Note, 0, limit)
	for _, h := range hits[min(offset-skipped, int64(len(hits))):] {
		if int64(len(rows)) < limit {
			rows = append(rows, h.Note)
		}
	}
	return rows, nil
}

// count returns how many notes have all words, up to maxFound.
func (f finder) count(ctx context.Context, y young) (int64, error) {
	total := int64(len(y.found))
	if query, args := f.countQuery(y.keys); query != "" {
		indexed, err := database.One[int64](ctx, f.db.Read(), query, args...)
		if err != nil {
			return 0, fmt.Errorf("counting notes with all words: %w", err)
		}
		total += indexed
	}
	return min(total, maxFound), nil
}

// candidate is a note that may come near.
type candidate struct {
	ID int64
	place
	Title       string
	Description string
}

// near returns the ids of the notes that come near the query, the nearest first.
func (f finder) near(ctx context.Context, y young) ([]int64, error) {
	var candidates []candidate
	if query, args := f.nearQuery(); query != "" {
		var err error
		if candidates, err = database.All[candidate](ctx, f.db.Read(), query, args...); err != nil {
			return nil, fmt.Errorf("reading notes with some words: %w", err)
		}
	}
	candidates = slices.DeleteFunc(candidates, func(c candidate) bool { return slices.Contains(y.keys, c.Key) })
	candidates = append(candidates, y.near...)
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(a.compare(b.place), cmp.Compare(b.ID, a.ID))
	})
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
