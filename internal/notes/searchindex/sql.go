package searchindex

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/notes/search"
)

// The statements of the index: all that differ between the engines are in this file.

// insertRows puts the notes of parameter 1, rows as JSON, into the index, in the form of parameter 2. On PostgreSQL
// their terms are a column; on SQLite a trigger removes the terms of rows that are there already.
func insertRows(db *database.DB) string {
	column, value, update := "", "", ""
	if db.Engine() == database.PostgreSQL {
		column, value, update = ", document", ", cast(r.terms as tsvector)", ", document = excluded.document"
	}
	return fmt.Sprintf(`
		insert into note_search (note_id, key, version, updated_at%s)
		select n.id, r.key, $2, n.updated_at%s from %s r join notes n on n.id = r.id where true
		on conflict (note_id) do update set
			key = excluded.key, version = excluded.version, updated_at = excluded.updated_at%s`,
		column, value, db.Records(1, "id bigint", "key bigint", "terms text"), update)
}

// insertTerms stores the terms of the same rows on SQLite, after them. Two notes have one key when they were saved in
// the same millisecond and their ids lie a multiple of four million apart: then the later one is found.
func insertTerms(db *database.DB) string {
	if db.Engine() == database.PostgreSQL {
		return ""
	}
	return "insert or replace into note_terms (rowid, terms) select key, terms from " +
		db.Records(1, "key bigint", "terms text")
}

// completions lists the terms that begin with one of the prefixes, at most $2 of each, on SQLite. It jumps from term to
// term: how many notes have them does not matter. U+0001 and U+10FFFF come before and after whatever a term may go on
// with.
const completions = `
	select term from (
		with recursive found (prefix, term, number) as (
			select value, (
				select term from note_vocabulary where term >= value and term < value || char(0x10FFFF) limit 1
			), 1 from json_each($1)
			union all
			select prefix, (
				select v.term from note_vocabulary v
				where v.term >= found.term || char(1) and v.term < prefix || char(0x10FFFF) limit 1
			), number + 1
			from found where term is not null and number < $2
		)
		select term from found where term is not null
	) complete`

// newestHits are the newest notes that match parameter %[1]d, at most as many as parameter %[2]d says. They are read
// from the index and the short rows beside it.
var newestHits = map[database.Engine]string{
	database.SQLite: `note_terms join note_search s on s.key = note_terms.rowid
		where note_terms match $%[1]d order by note_terms.rowid desc limit $%[2]d`,
	database.PostgreSQL: `search_notes(cast($%[1]d as tsquery), null, $%[2]d) s`,
}

// newestInCourse are newestHits among the notes that the viewer with the id of parameter %[4]d sees in the course of
// parameter %[3]d; what is private is left out by whoever reads them.
var newestInCourse = map[database.Engine]string{
	database.SQLite: `note_terms join note_search s on s.key = note_terms.rowid
		where note_terms match $%[1]d and s.note_id in (
			select n.id from notes n join courses c on c.id = n.course_id
			where c.id = $%[3]d and (c.owner_id is null or c.owner_id = $%[4]d or n.author_id in (c.owner_id, $%[4]d)))
		order by note_terms.rowid desc limit $%[2]d`,
	database.PostgreSQL: `search_course(cast($%[1]d as tsquery), $%[3]d, $%[4]d, $%[2]d) s`,
}

// matching are up to $2 of the notes that match $1. On SQLite the rows beside the index are not needed to count them.
var matching = map[database.Engine]string{
	database.SQLite:     `(select rowid as key from note_terms where note_terms match $1 limit $2)`,
	database.PostgreSQL: `search_notes(cast($1 as tsquery), null, $2)`,
}

// whatWaits are up to %d of the notes that wait for the index, read one by one whatever the planner thinks of their
// number.
var whatWaits = map[database.Engine]string{
	database.SQLite: `(select note_id from note_search_due order by updated_at desc limit %d) due
		cross join notes n on n.id = due.note_id`,
	database.PostgreSQL: `(select * from notes where id = any(array(
		select note_id from note_search_due order by updated_at desc limit %d)) offset 0) n`,
}

const (
	// maxWaitingSeen bounds the notes that wait which a search looks at, the newest ones; maxYoung those of a list.
	maxWaitingSeen = 1000
	maxYoung       = 500
	// maxFound bounds what one search counts, and how far its pages go.
	maxFound = 10_000
	// fewFound have notes with some of the words, and with typing errors, follow.
	fewFound = 10
	// maxNear bounds those notes, of each group.
	maxNear = 100
)

// finder is one search: what is looked for, and in which notes.
type finder struct {
	db     *database.DB
	query  search.Query
	viewer int64
	course *int64 // nil for all
	where  string // of notes n
	args   []any  // of where
}

// hits selects the newest notes of each group, up to a limit. It appends its parameters to args.
func (f finder) hits(groups []search.Group, limit int64, args []any) (string, []any) {
	args = append(slices.Clone(args), limit)
	number := len(args)
	if f.course != nil {
		args = append(args, *f.course, f.viewer)
	}
	selects := make([]string, 0, len(groups))
	for _, g := range groups {
		args = append(args, g.Match)
		from := fmt.Sprintf(newestHits[f.db.Engine()], len(args), number)
		if f.course != nil {
			from = fmt.Sprintf(newestInCourse[f.db.Engine()], len(args), number, number+1, number+2)
		}
		selects = append(selects,
			fmt.Sprintf("select * from (select %d as rank, s.note_id, s.key from %s) hit", g.Rank, from))
	}
	return strings.Join(selects, " union all "), args
}

// pageQuery is "" for an empty page. It leaves out notes with some keys.
func (f finder) pageQuery(limit, offset int64, without []int64) (string, []any) {
	if f.query.Total(f.db.Engine()) == "" || limit <= 0 {
		return "", nil
	}
	hits, args := f.hits(f.query.AllWords(f.db.Engine()), offset+limit+int64(len(without)), f.args)
	return fmt.Sprintf(`
		select %s, hit.rank, hit.key
		from (
			select * from (%s) hits where not (%s) order by rank, key desc, note_id desc limit $%d offset $%d
		) hit
		join notes n on n.id = hit.note_id %s where %s order by hit.rank, hit.key desc, n.id desc`,
			notelist.Columns, hits, f.db.In("hits.key", len(args)+1), len(args)+2, len(args)+3, notelist.Joins, f.where),
		append(args, database.List(without), limit, offset)
}

// countQuery is "" for no notes. It leaves out those with some keys.
func (f finder) countQuery(without []int64) (string, []any) {
	match := f.query.Total(f.db.Engine())
	if match == "" {
		return "", nil
	}
	from, args := matching[f.db.Engine()], []any{match, maxFound}
	if f.course != nil {
		from = fmt.Sprintf("(select s.key from %s)", fmt.Sprintf(newestInCourse[f.db.Engine()], 1, 2, 3, 4))
		args = append(args, *f.course, f.viewer)
	}
	args = append(args, database.List(without))
	return fmt.Sprintf("select count(*) from %s found where not (%s)", from, f.db.In("found.key", len(args))), args
}

// youngQuery reads the notes of the list that wait for the index.
func (f finder) youngQuery() (string, []any) {
	return fmt.Sprintf("select %s, n.content from %s %s where octet_length(n.content) <= %d and %s order by %s limit %d",
		notelist.Columns, fmt.Sprintf(whatWaits[f.db.Engine()], maxWaitingSeen), notelist.Joins, maxWaitingContent, f.where,
		notelist.NewestFirst, maxYoung), f.args
}

// nearQuery is "" for no notes.
func (f finder) nearQuery() (string, []any) {
	groups := f.query.SomeWords(f.db.Engine())
	if len(groups) == 0 {
		return "", nil
	}
	hits, args := f.hits(groups, maxNear, f.args)
	return fmt.Sprintf(`
		select n.id, hit.rank, hit.key, n.title, coalesce(n.description, '') as description
		from (%s) hit join notes n on n.id = hit.note_id where %s
		order by hit.rank, hit.key desc, n.id desc`, hits, f.where), args
}
