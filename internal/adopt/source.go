package adopt

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	batchRows  = 500
	batchBytes = 1 << 20 // of texts; one row may have more
)

// source is an old database, read within one transaction, so that all of it is of one moment.
type source struct {
	db      *database.DB // for what differs between the engines
	q       database.Querier
	tables  map[string][]string       // the columns of each table
	texts   map[string]bool           // "table.column" of those that hold texts alone, where the engine cares
	damaged map[string]map[int64]bool // ids of rows with texts that are not storable, by table

	renumbered map[string]*renumbering // by table
	referred   map[string]string       // the tables that columns refer to
}

// openSource looks which tables there are. q must be a transaction.
func openSource(ctx context.Context, db *database.DB, q database.Querier) (*source, error) {
	query := `select table_name as name, column_name,
			data_type in ('text', 'character varying', 'character') as is_text
		from information_schema.columns
		where table_schema = current_schema() order by table_name, ordinal_position`
	if db.Engine() == database.SQLite {
		query = `select m.name as name, p.name as column_name, false as is_text
			from sqlite_master m, pragma_table_info(m.name) p
			where m.type = 'table' order by m.name, p.cid`
	} else if _, err := q.ExecContext(ctx, "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; "+
		"set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0"); err != nil {
		return nil, fmt.Errorf("preparing to read the old database: %w", err)
	}
	type column struct {
		Name, ColumnName string
		IsText           bool
	}
	columns, err := database.All[column](ctx, q, query)
	if err != nil {
		return nil, fmt.Errorf("looking for the tables of the old database: %w", err)
	}
	s := &source{
		db: db, q: q, tables: map[string][]string{}, texts: map[string]bool{}, damaged: map[string]map[int64]bool{},
		renumbered: map[string]*renumbering{}, referred: map[string]string{},
	}
	for _, c := range columns {
		s.tables[c.Name] = append(s.tables[c.Name], c.ColumnName)
		s.texts[c.Name+"."+c.ColumnName] = c.IsText
	}
	return s, nil
}

// isOld reports whether these are the tables of the former system.
func (s *source) isOld() bool {
	return s.has("django_migrations") && s.has("auth_user") && s.has("notes_note")
}

// needed are the columns without which the rows of a table are nobody's, or nothing. Every version has them.
var needed = []table{
	{oldUsers.names, []string{"id", "username", "password", "email", "is_active"}},
	{oldProfiles.names, []string{"id", "user_id"}},
	{oldSessions.names, []string{"id", "key", "user_id"}},
	{[]string{"authtoken_token"}, []string{"user_id"}},
	{oldSocial.names, []string{"id", "provider", "provider_uid", "user_id"}},
	{oldInvitations.names, []string{"id", "code_hash"}},
	{oldGitHub.names, []string{"id", "creator_id"}},
	{oldCourses.names, []string{"id", "title", "creator_id"}},
	{oldMedia.names, []string{"id", "course_id"}},
	{oldSubscriptions.names, []string{"id", "course_id", "creator_id"}},
	{oldOperations.names, []string{"id", "course_id", "creator_id"}},
	{oldNotes.names, []string{"id", "title", "creator_id"}},
	{oldBlocks.names, []string{"id", "block_type", "text", "note_id"}},
	{oldPlaces.names, []string{"id", "index", "note_id", "noteblock_id"}},
	{oldVersions.names, []string{"id", "content", "note_id"}},
	{oldAttachments.names, []string{"id", "file", "note_id"}},
	{oldBin.names, []string{"id", "note_id", "creator_id"}},
	{oldEvents.names, []string{"id", "title", "event_date", "creator_id"}},
	{oldWork.names, []string{"id", "note_id", "creator_id"}},
	{oldActivity.names, []string{"id", "activity_date", "note_id", "creator_id"}},
	{oldFeeds.names, []string{"id", "source_url", "raw_ical", "creator_id"}},
}

// cameWith are columns of notes that came not later than another table: without them texts would be missing, or what
// was deleted would be back.
var cameWith = map[string]string{"content": oldVersions.names[0], "deleted_at": oldBin.names[0]}

// ids are those of them that statements compare with numbers.
var ids = []string{"id", "user_id", "creator_id", "note_id", "noteblock_id"}

// check refuses tables of no version that is known.
func (s *source) check() error {
	profiles, notes, blocks, places := oldProfiles.names[0], oldNotes.names[0], oldBlocks.names[0], oldPlaces.names[0]
	for _, pair := range [][2]string{{profiles, notes}, {places, blocks}, {blocks, places}} {
		if !s.has(pair[0]) && s.has(pair[1]) {
			return fmt.Errorf("%w: the table %s is missing beside %s", ErrUnknownVersion, pair[0], pair[1])
		}
	}
	for _, column := range slices.Sorted(maps.Keys(cameWith)) {
		if s.has(cameWith[column]) && s.has(notes) && !slices.Contains(s.tables[notes], column) {
			return fmt.Errorf("%w: the table %s has no column %s", ErrUnknownVersion, notes, column)
		}
	}
	for _, t := range needed {
		f, there := s.find(t)
		for _, column := range t.columns {
			switch {
			case !there:
			case !f.has(column):
				return fmt.Errorf("%w: the table %s has no column %s", ErrUnknownVersion, f.name, column)
			case s.texts[f.name+"."+f.actual[f.index[column]]] && slices.Contains(ids, column):
				return fmt.Errorf("%w: the column %s of the table %s is no number", ErrUnknownVersion, column, f.name)
			}
		}
	}
	return nil
}

func (s *source) has(table string) bool { return len(s.tables[table]) > 0 }

// table is an old table by the names that it had over the years, and the columns that are read of it. A column that is
// a reference is found under its name and under the name with another "_id".
type table struct {
	names   []string
	columns []string
}

// found is a table as this database has it.
type found struct {
	name    string
	wanted  []string       // columns that are there, as this package calls them
	actual  []string       // and as the database does
	ignored []string       // other columns
	index   map[string]int // of wanted
}

// find returns false for a table that this version of the former system did not have.
func (s *source) find(t table) (found, bool) {
	at := slices.IndexFunc(t.names, s.has)
	if at < 0 {
		return found{}, false
	}
	f := found{name: t.names[at], index: map[string]int{}}
	there := s.tables[f.name]
	used := map[string]bool{}
	for _, column := range t.columns {
		name := column
		if doubled := column + "_id"; strings.HasSuffix(column, "_id") && slices.Contains(there, doubled) {
			name = doubled
		}
		if slices.Contains(there, name) {
			f.index[column] = len(f.wanted)
			f.wanted, f.actual = append(f.wanted, column), append(f.actual, name)
			used[name] = true
		}
	}
	for _, name := range there {
		if !used[name] {
			f.ignored = append(f.ignored, name)
		}
	}
	return f, true
}

// selection reads every column as text: what SQLite holds may be of any type, whatever the column says.
func (f found) selection(prefix string) string {
	list := make([]string, 0, len(f.actual))
	for _, name := range f.actual {
		list = append(list, fmt.Sprintf("cast(%s%s as text)", prefix, quote(name)))
	}
	return strings.Join(list, ", ")
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// column is the name of a column in SQL, with the same prefix as in selection.
func (f found) column(name string) string { return quote(f.actual[f.index[name]]) }

// has reports whether the table has a column.
func (f found) has(column string) bool { _, ok := f.index[column]; return ok }

// row is a row of an old table.
type row struct {
	index  map[string]int
	values []sql.NullString
	bytes  int

	damaged bool  // a text is not storable
	oldID   int64 // in the old table
}

func scanRow(rows *sql.Rows, index map[string]int, columns int) (row, error) {
	r := row{index: index, values: make([]sql.NullString, columns)}
	targets := make([]any, columns)
	for i := range r.values {
		targets[i] = &r.values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		return row{}, err
	}
	for _, v := range r.values {
		r.bytes += len(v.String)
		r.damaged = r.damaged || !isStorable(v.String)
	}
	return r, nil
}

// each gives f the rows of a table in the order of their ids, a batch at a time.
func (s *source) each(ctx context.Context, t found, f func(batch []row) error) error {
	// O.: not the text.
	query := fmt.Sprintf("select %s from %s o where o.%s >= cast($1 as bigint) order by o.%[3]s limit %d",
		t.selection(""), quote(t.name), t.column("id"), batchRows)
	for from := int64(math.MinInt64); ; {
		batch, err := s.read(ctx, t, query, from)
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := f(batch); err != nil {
			return err
		}
		last := batch[len(batch)-1].oldID
		if last == math.MaxInt64 {
			return nil
		}
		from = last + 1
	}
}

// all returns rows that belong to the rows of a batch: those whose column is one of ids.
func (s *source) all(ctx context.Context, t found, column string, ids []int64) ([]row, error) {
	query := fmt.Sprintf("select %s from %s o where %s order by o.%s", t.selection(""), quote(t.name),
		s.db.In("o."+t.column(column), 1), t.column("id"))
	return s.scan(ctx, t, math.MaxInt, query, database.List(ids))
}

func (s *source) damage(table string, id int64) {
	if s.damaged[table] == nil {
		s.damaged[table] = map[int64]bool{}
	}
	s.damaged[table][id] = true
}

func (s *source) read(ctx context.Context, t found, query string, args ...any) ([]row, error) {
	return s.scan(ctx, t, batchBytes, query, args...)
}

// scan reads rows until they have so many bytes.
func (s *source) scan(ctx context.Context, t found, bytes int, query string, args ...any) (batch []row, err error) {
	rows, err := s.q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the old table %s: %w", t.name, err)
	}
	defer rows.Close()
	for size := 0; size < bytes && rows.Next(); {
		r, err := scanRow(rows, t.index, len(t.wanted))
		if err != nil {
			return nil, fmt.Errorf("reading the old table %s: %w", t.name, err)
		}
		size += r.bytes
		r.oldID = r.int("id")
		if len(s.renumbered) > 0 {
			s.rename(t, &r)
		}
		if r.damaged {
			s.damage(t.name, r.int("id"))
		}
		batch = append(batch, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading the old table %s: %w", t.name, err)
	}
	return batch, nil
}
