package apptest

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// migratedDatabase returns the address of a migrated database that nobody else uses until the test ends. Such
// databases are kept for the tests to come, also of other test programs, and emptied again: making one takes ten
// times as long.
func migratedDatabase(t testing.TB, admin *sql.DB, server string) string {
	t.Helper()
	ctx := context.Background()
	template, err := migratedTemplate(ctx, admin, server)
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := admin.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = claimed.Close() }) // lets go of the lock
	name, err := claimDatabase(ctx, claimed, template)
	if err != nil {
		t.Fatal(err)
	}
	address := withDatabase(server, name)
	isEmpty, err := emptyAgain(ctx, claimed, name, template, address)
	if err != nil || !isEmpty { // it was never made, or a test has left something in it that is not just rows
		err = replaceDatabase(ctx, claimed, name, template)
	}
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// claimDatabase returns the name of a database that no other test uses while conn is open.
func claimDatabase(ctx context.Context, conn *sql.Conn, template string) (name string, err error) {
	const most = 200 // tests at once
	for number := range most {
		name = fmt.Sprintf("%s_%d", strings.Replace(template, "_template_", "_reused_", 1), number)
		var free bool
		err := conn.QueryRowContext(ctx, "select pg_try_advisory_lock(hashtextextended($1, 0))", name).Scan(&free)
		if err != nil {
			return "", fmt.Errorf("claiming a database: %w", err)
		}
		if free {
			return name, nil
		}
	}
	return "", fmt.Errorf("%d databases are in use", most)
}

func replaceDatabase(ctx context.Context, conn *sql.Conn, name, template string) error {
	for _, statement := range []string{
		"drop database if exists " + name + " with (force)", "create database " + name + " template " + template,
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("making a database: %w", err)
		}
	}
	return nil
}

// pristine is what a migrated database is like before a test uses it.
type pristine struct {
	Schema    string // hash of all definitions
	Bytes     int64
	Tables    []string
	Rows      map[string]json.RawMessage // of tables that migrations have filled
	Sequences []sequence
}

type sequence struct {
	Name   string
	Next   int64
	Called bool
}

// schemaHash tells whether a test has changed more than rows.
const schemaHash = `
	select md5(string_agg(line, e'\n' order by line)) from (
		select format('column %s %s %s %s %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod),
			a.attnotnull,
			pg_get_expr(d.adbin, d.adrelid)) as line
		from pg_attribute a join pg_class c on c.oid = a.attrelid left
			join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
		where c.relnamespace = 'public'::regnamespace and a.attnum > 0 and not a.attisdropped
		union all select 'index ' || indexdef from pg_indexes where schemaname = 'public'
		union all select format('constraint %s %s', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
			where connamespace = 'public'::regnamespace
		union all select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
		union all select format('function %s %s', oid::regprocedure,
			md5(prosrc)) from pg_proc where pronamespace = 'public'::regnamespace
		union all select 'extension ' || extname from pg_extension
		union all select 'schema ' || nspname from pg_namespace where nspname not like 'pg_%'
		union all select format('setting %s %s', setrole, setconfig) from pg_db_role_setting
			where setdatabase = (select oid from pg_database where datname = current_database())
	) lines`

// describePristine looks at a database that was just migrated.
func describePristine(ctx context.Context, db *sql.DB) (p pristine, err error) {
	p.Rows = map[string]json.RawMessage{}
	const size = "select pg_database_size(current_database())"
	if err := db.QueryRowContext(ctx, schemaHash).Scan(&p.Schema); err != nil {
		return p, fmt.Errorf("describing the schema: %w", err)
	}
	if err := db.QueryRowContext(ctx, size).Scan(&p.Bytes); err != nil {
		return p, fmt.Errorf("measuring the database: %w", err)
	}
	var tables, sequences []byte
	err = db.QueryRowContext(ctx, `
		select (select json_agg(quote_ident(tablename)) from pg_tables where schemaname = 'public'),
			(select coalesce(json_agg(json_build_object('Name', quote_ident(sequencename), 'Next', coalesce(last_value,
			start_value),
				'Called', last_value is not null)), '[]') from pg_sequences where schemaname = 'public')`).Scan(&tables, &sequences)
	if err != nil {
		return p, fmt.Errorf("listing tables: %w", err)
	}
	if err := json.Unmarshal(tables, &p.Tables); err != nil {
		return p, fmt.Errorf("listing tables: %w", err)
	}
	if err := json.Unmarshal(sequences, &p.Sequences); err != nil {
		return p, fmt.Errorf("listing sequences: %w", err)
	}
	for _, table := range p.Tables {
		var rows []byte
		if err := db.QueryRowContext(ctx, "select json_agg(r) from "+table+" r").Scan(&rows); err != nil {
			return p, fmt.Errorf("reading what migrations have filled: %w", err)
		}
		if rows != nil {
			p.Rows[table] = rows
		}
	}
	return p, nil
}

// keptGrowth is how much a database may have grown: tests that wait for plans or sizes begin with a small one.
const keptGrowth = 2 << 20

// emptyAgain makes a used database what it was; false when there is none, or it can't be.
func emptyAgain(ctx context.Context, admin *sql.Conn, name, template, address string) (bool, error) {
	var description sql.NullString
	err := admin.QueryRowContext(ctx, `
		select shobj_description(t.oid, 'pg_database') from pg_database t
		where t.datname = $1 and exists (select 1 from pg_database where datname = $2)`, template, name).Scan(&description)
	if err != nil || !description.Valid {
		return false, err // sql.ErrNoRows: there is none
	}
	var p pristine
	if err := json.Unmarshal([]byte(description.String), &p); err != nil {
		return false, fmt.Errorf("reading what a template is like: %w", err)
	}
	db, err := sql.Open("pgx", address)
	if err != nil {
		return false, err
	}
	defer db.Close()
	var others int
	var schema string
	var size int64
	err = db.QueryRowContext(ctx, `select (select count(*) from pg_stat_activity
			where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'),
		pg_database_size(current_database()), (`+schemaHash+")").Scan(&others, &size, &schema)
	if err != nil || others > 0 || schema != p.Schema || size > p.Bytes+keptGrowth {
		return false, err
	}
	_, err = db.ExecContext(ctx, p.restore())
	return err == nil, err
}

// restore is a script that leaves the pristine rows alone.
func (p pristine) restore() string {
	var script strings.Builder
	script.WriteString("begin; set local session_replication_role = replica;") // without regard to references
	for _, table := range p.Tables {
		fmt.Fprintf(&script, "delete from %s;", table)
	}
	for table, rows := range p.Rows {
		fmt.Fprintf(&script, "insert into %s overriding system value ", table)
		fmt.Fprintf(&script, "select * from json_populate_recordset(null::%s, '%s');",
			table, strings.ReplaceAll(string(rows), "'", "''"))
	}
	for _, s := range p.Sequences {
		fmt.Fprintf(&script, "select setval('%s', %d, %t);", s.Name, s.Next, s.Called)
	}
	script.WriteString("commit;")
	return script.String()
}
