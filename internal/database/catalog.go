package database

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/pattern"
)

// Table is a table as the database's own catalogue describes it.
type Table struct {
	Name    string
	Columns []Column
	Key     []string // columns of the primary key
	Counted bool     // the database numbers its rows, in the column id
}

// Column is a column of a table. Kind is the same on both engines.
type Column struct {
	Name string
	Kind Kind
}

// Kind is the kind of values in a column.
type Kind string

// The kinds of columns, of which SQLite knows no UUID and has texts instead. Other types are their own name.
const (
	Integer Kind = "integer"
	Boolean Kind = "boolean"
	Text    Kind = "text"
	UUID    Kind = "uuid"
	Time    Kind = "time"
	Date    Kind = "date"
	Bytes   Kind = "bytes"
)

func kindOf(declared string) Kind {
	switch name := strings.ToLower(declared); name {
	case "integer", "bigint", "smallint":
		return Integer
	case "timestamp", "timestamptz", "timestamp with time zone":
		return Time
	case "blob", "bytea":
		return Bytes
	default:
		return Kind(name)
	}
}

// The tables of SQLite, without its own and those of its full text search; those of PostgreSQL, in the schema in which
// tables are made.
const (
	sqliteTables = `
		select t.name as table_name, c.name as column_name, c.type as declared, c.pk as place,
			exists (select 1 from sqlite_master m where m.name = t.name and m.sql like '% autoincrement%') as counted
		from pragma_table_list t join pragma_table_info(t.name) c
		where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite\_%' escape '\'
		order by t.name, c.cid`
	postgresTables = `
		select t.relname as table_name, c.attname as column_name, format_type(c.atttypid, null) as declared,
			coalesce(array_position(cast(i.indkey as int2[]), c.attnum), 0) as place,
			exists (select 1 from pg_attribute a where a.attrelid = t.oid and a.attname = 'id'
			and a.attidentity <> '') as counted
		from pg_class t join pg_attribute c on c.attrelid = t.oid
		left join pg_index i on i.indrelid = t.oid and i.indisprimary
		where t.relkind = 'r' and t.relnamespace = (select oid from pg_namespace where nspname = current_schema())
			and c.attnum > 0 and not c.attisdropped
		order by t.relname, c.attnum`
)

// createTable finds the names of tables in migrations.
var createTable = pattern.New(`(?i)create\s+table\s+(?:if\s+not\s+exists\s+)?(\w+)`)

// made are the tables that the embedded migrations make. The former system's may lie beside them.
func (db *DB) made() (map[string]bool, error) {
	names := map[string]bool{"goose_db_version": true}
	err := fs.WalkDir(migrations, db.migrationFolder(), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := migrations.ReadFile(path)
		for _, match := range createTable().FindAllSubmatch(text, -1) {
			names[string(match[1])] = true
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the embedded migrations: %w", err)
	}
	return names, nil
}

// Tables lists the tables that migrations have made and that there are, by name, with their columns; and those with the
// other names.
func (db *DB) Tables(ctx context.Context, q Querier, others ...string) ([]Table, error) {
	made, err := db.made()
	if err != nil {
		return nil, err
	}
	type row struct {
		TableName, ColumnName, Declared string
		Place                           int
		Counted                         bool
	}
	query := postgresTables
	if db.engine == SQLite {
		query = sqliteTables
	}
	rows, err := All[row](ctx, q, query)
	if err != nil {
		return nil, fmt.Errorf("listing the tables: %w", err)
	}
	var tables []Table
	places := map[string]int{}
	for _, r := range rows {
		if !made[r.TableName] && !slices.Contains(others, r.TableName) {
			continue
		}
		if len(tables) == 0 || tables[len(tables)-1].Name != r.TableName {
			tables = append(tables, Table{Name: r.TableName, Counted: r.Counted})
			clear(places)
		}
		t := &tables[len(tables)-1]
		t.Columns = append(t.Columns, Column{r.ColumnName, kindOf(r.Declared)})
		if places[r.ColumnName] = r.Place; r.Place > 0 {
			t.Key = append(t.Key, r.ColumnName)
		}
		slices.SortStableFunc(t.Key, func(a, b string) int { return places[a] - places[b] })
	}
	// By the bytes of their names: engines sort texts in different ways.
	slices.SortFunc(tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return tables, nil
}

// LastID is the largest number that the database has given to a row of a table that it numbers.
func (db *DB) LastID(ctx context.Context, q Querier, table string) (int64, error) {
	query := "select coalesce((select seq from sqlite_sequence where name = $1), 0)"
	args := []any{table}
	if db.engine == PostgreSQL {
		sequence, err := One[string](ctx, q, "select pg_get_serial_sequence($1, 'id')", table)
		if err != nil {
			return 0, fmt.Errorf("looking for the sequence of %s: %w", table, err)
		}
		query, args = "select case when is_called then last_value else last_value - 1 end from "+sequence, nil
	}
	last, err := One[int64](ctx, q, query, args...)
	if err != nil {
		return 0, fmt.Errorf("reading the last number of %s: %w", table, err)
	}
	return last, nil
}

// SetLastID has the rows of a table numbered from beyond last, and beyond all that there are.
func (tx *Tx) SetLastID(ctx context.Context, table string, last int64) error {
	statements := []string{"select setval(pg_get_serial_sequence('" + table + "', 'id'), " +
		"greatest($1, (select max(id) from " + table + "), 1), greatest($1, (select max(id) from " + table + ")) >= 1)"}
	if tx.engine == SQLite {
		statements = []string{
			"insert into sqlite_sequence (name, seq) select '" + table + "', 0 where $1 >= 0 and not exists " +
				"(select 1 from sqlite_sequence where name = '" + table + "')",
			"update sqlite_sequence set seq = max($1, seq, coalesce((select max(id) from " + table +
				"), 0)) where name = '" + table + "'",
		}
	}
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement, last); err != nil {
			return fmt.Errorf("setting the last number of %s: %w", table, err)
		}
	}
	return nil
}
