package notes

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/search"
	"github.com/trance-0/notechondria/internal/notesummary"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	// maxFound bounds what one search counts and lists.
	maxFound = maxListed
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
	l := searching{db: s.db, course: in.CourseID, query: search.Parse(in.Query, readerOf(ctx, in))}
	l.where, l.args = listCondition(ctx, in)
	rows, total, err := l.find(ctx, limit, offset)
	if err != nil {
		return listing{}, fmt.Errorf("searching notes: %w", err)
	}
	summaries := notesummary.Summaries(ctx, rows)
	if in.Limit == nil {
		return listing{bare: summaries}, nil
	}
	return listing{page: &page{Results: summaries, Total: total, Offset: offset, Limit: limit, HasMore: offset < total-limit}}, nil
}

func readerOf(ctx context.Context, in *listInput) search.Reader {
	scope := scopeOf(ctx, in)
	return search.Reader{ID: rest.CallerID(ctx), Others: scope == "all" || scope == anonymous, OnlyPublic: scope == "public", OnlyPrivate: scope == "private"}
}

// find returns a page of what is found, and how much that is: the notes with all words and, when these are few, those that come near.
func (l searching) find(ctx context.Context, limit, offset int64) (rows []notesummary.Row, total int64, err error) {
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
	further, err := l.read(ctx, slice(near, offset-total, limit-int64(len(rows))))
	return append(rows, further...), total + int64(len(near)), err
}

// slice returns at most n ids after the first ones.
func slice(ids []int64, first, n int64) []int64 {
	ids = ids[min(max(first, 0), int64(len(ids))):]
	return ids[:min(n, int64(len(ids)))]
}

// completions lists the terms that begin with one of the prefixes, at most $2 of each. It jumps from term to term: how many notes have them does
// not matter. U+0001 and U+10FFFF come before and after whatever a term may go on with.
const completions = `
	select term from (
		with recursive found (prefix, term, number) as (
			select value, (select term from note_vocabulary where term >= value and term < value || char(0x10FFFF) limit 1), 1 from json_each($1)
			union all
			select prefix, (select v.term from note_vocabulary v where v.term >= found.term || char(1) and v.term < prefix || char(0x10FFFF) limit 1), number + 1
			from found where term is not null and number < $2
		)
		select term from found where term is not null
	) complete`

func (l searching) complete(ctx context.Context) (search.Query, error) {
	prefixes, err := json.Marshal(l.query.Prefixes())
	if err != nil {
		return search.Query{}, fmt.Errorf("writing the beginnings of words: %w", err)
	}
	terms, err := database.All[string](ctx, l.db.Read(), completions, string(prefixes), search.MaxCompletions)
	if err != nil {
		return search.Query{}, fmt.Errorf("completing words: %w", err)
	}
	return l.query.Complete(terms), nil
}

// hits selects the newest notes of each group, up to a limit, from the index and the short rows beside it. It appends its parameters to args.
func (l searching) hits(groups []search.Group, limit int64, args []any) (string, []any) {
	from := "note_terms join note_search s on s.key = note_terms.rowid where note_terms match $%d%s order by note_terms.rowid desc"
	if l.db.Engine() == database.PostgreSQL {
		from = "note_search s where s.document @@ cast($%d as tsquery)%s order by s.key desc, s.note_id desc"
	}
	inCourse, args := l.inCourse("s.note_id", args)
	selects := []string{}
	for _, g := range groups {
		args = append(args, g.Match)
		selects = append(selects, fmt.Sprintf("select * from (select %d as rank, s.note_id, s.key from "+from+" limit %d) hit", g.Rank, len(args), inCourse, limit))
	}
	return strings.Join(selects, " union all "), args
}

// inCourse is a condition for notes of the course, when there is one.
func (l searching) inCourse(column string, args []any) (string, []any) {
	if l.course == nil {
		return "", args
	}
	args = append(args, *l.course)
	return fmt.Sprintf(" and %s in (select id from notes where course_id = $%d)", column, len(args)), args
}

// page reads the notes with all words.
func (l searching) page(ctx context.Context, limit, offset int64) ([]notesummary.Row, error) {
	groups := l.query.AllWords(l.db.Engine())
	limit = min(limit, maxFound-offset)
	if len(groups) == 0 || limit <= 0 {
		return nil, nil
	}
	hits, args := l.hits(groups, offset+limit, slices.Clone(l.args))
	query := fmt.Sprintf(`select %s from (select * from (%s) hits order by rank, key desc, note_id desc limit $%d offset $%d) hit
		join notes n on n.id = hit.note_id %s where %s order by hit.rank, hit.key desc, n.id desc`,
		notesummary.Columns, hits, len(args)+1, len(args)+2, notesummary.Joins, l.where)
	rows, err := database.All[notesummary.Row](ctx, l.db.Read(), query, append(args, limit, offset)...)
	if err != nil {
		return nil, fmt.Errorf("reading notes with all words: %w", err)
	}
	return rows, nil
}

// count returns how many notes have all words, up to maxFound. It looks at the index alone, unless there is a course.
func (l searching) count(ctx context.Context) (int64, error) {
	match := l.query.Total(l.db.Engine())
	if match == "" {
		return 0, nil
	}
	from, id := "note_terms where note_terms match $1", "(select note_id from note_search where key = note_terms.rowid)"
	if l.db.Engine() == database.PostgreSQL {
		from, id = "note_search where document @@ cast($1 as tsquery)", "note_id"
	}
	inCourse, args := l.inCourse(id, []any{match})
	total, err := database.One[int64](ctx, l.db.Read(), fmt.Sprintf("select count(*) from (select 1 from %s%s limit %d) found", from, inCourse, maxFound), args...)
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
	groups := l.query.SomeWords(l.db.Engine())
	if len(groups) == 0 {
		return nil, nil
	}
	hits, args := l.hits(groups, maxNear, slices.Clone(l.args))
	candidates, err := database.All[candidate](ctx, l.db.Read(), fmt.Sprintf(`select n.id, hit.rank, n.title, coalesce(n.description, '') as description
		from (%s) hit join notes n on n.id = hit.note_id where %s order by hit.rank, hit.key desc, n.id desc`, hits, l.where), args...)
	if err != nil {
		return nil, fmt.Errorf("reading notes with some words: %w", err)
	}
	nearness := make(map[int64]search.Nearness, len(candidates))
	ids := make([]int64, 0, len(candidates))
	for _, c := range candidates {
		if n, near := l.query.Nearness(c.Rank, c.Title, c.Description); near {
			nearness[c.ID] = n
			ids = append(ids, c.ID)
		}
	}
	slices.SortStableFunc(ids, func(a, b int64) int { return nearness[a].Compare(nearness[b]) })
	return ids, nil
}

// read returns notes in the order of their ids in the list.
func (l searching) read(ctx context.Context, ids []int64) ([]notesummary.Row, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	args := append(slices.Clone(l.args), database.List(ids))
	rows, err := database.All[notesummary.Row](ctx, l.db.Read(), fmt.Sprintf("select %s from notes n %s where %s and %s",
		notesummary.Columns, notesummary.Joins, l.where, l.db.In("n.id", len(args))), args...)
	if err != nil {
		return nil, fmt.Errorf("reading notes with some words: %w", err)
	}
	slices.SortFunc(rows, func(a, b notesummary.Row) int { return cmp.Compare(slices.Index(ids, a.ID), slices.Index(ids, b.ID)) })
	return rows, nil
}
