package database

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Snapshot runs f on one state of the whole database, with everything that was committed before. It keeps nobody from
// writing, and has no time limit. q must not write.
func (db *DB) Snapshot(ctx context.Context, f func(q Querier) error) error {
	var options *sql.TxOptions
	if db.engine == PostgreSQL {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	tx, err := db.read.BeginTx(ctx, options)
	if err != nil {
		return classify(fmt.Errorf("beginning to read the database: %w", err))
	}
	defer tx.Rollback() // nothing was written
	if db.engine == PostgreSQL {
		// The consumer of what is read may be slow.
		const settings = "select set_config('idle_in_transaction_session_timeout', '0', true), " +
			"set_config('statement_timeout', '0', true)"
		if _, err := tx.ExecContext(ctx, settings); err != nil {
			return classify(fmt.Errorf("beginning to read the database: %w", err))
		}
	}
	// The state is the one at the first query.
	if _, err := One[int](ctx, tx, "select count(*) from goose_db_version"); err != nil {
		return fmt.Errorf("beginning to read the database: %w", err)
	}
	return classify(f(tx))
}

// SuspendReferences lets rows be written in any order: references between tables are looked at when restore is called,
// or, on SQLite, at the end of the transaction. It is for an empty database, whose tables it locks.
func (tx *Tx) SuspendReferences(ctx context.Context) (restore func() error, err error) {
	if tx.engine == SQLite {
		if _, err := tx.ExecContext(ctx, "pragma defer_foreign_keys = on"); err != nil {
			return nil, fmt.Errorf("suspending references: %w", err)
		}
		return func() error { return nil }, nil
	}
	type reference struct{ TableName, Name, Definition string }
	references, err := All[reference](ctx, tx, `
		select quote_ident(t.relname) as table_name, quote_ident(c.conname) as name, pg_get_constraintdef(c.oid) as definition
		from pg_constraint c join pg_class t on t.oid = c.conrelid
		where c.contype = 'f' and t.relnamespace = (select oid from pg_namespace where nspname = current_schema())
		order by t.relname, c.conname`)
	if err != nil {
		return nil, fmt.Errorf("listing references: %w", err)
	}
	for _, r := range references {
		if _, err := tx.ExecContext(ctx, "alter table "+r.TableName+" drop constraint "+r.Name); err != nil {
			return nil, fmt.Errorf("suspending references: %w", err)
		}
	}
	return func() error {
		for _, r := range references {
			statement := "alter table " + r.TableName + " add constraint " + r.Name + " " + r.Definition
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("checking the references of %s: %w", r.TableName, err)
			}
		}
		return nil
	}, nil
}

// Inserter returns a statement that inserts a list of JSON objects, its only parameter, as rows. They have times as
// "2006-01-02T15:04:05.999999Z", and bytes in hexadecimal digits.
func (db *DB) Inserter(t Table) string {
	names, values, record := make([]string, 0, len(t.Columns)), make([]string, 0, len(t.Columns)), make([]string, 0,
		len(t.Columns))
	for _, c := range t.Columns {
		names = append(names, c.Name)
		value, declared := c.Name, string(c.Kind)
		switch {
		case c.Kind == Integer:
			declared = "bigint"
		case c.Kind == Time && db.engine == PostgreSQL:
			declared = "timestamptz"
		case c.Kind == Time: // as the driver writes them
			value = "replace(replace(" + c.Name + ", 'T', ' '), 'Z', '+00:00')"
		case c.Kind == Bytes && db.engine == PostgreSQL:
			declared, value = "text", "decode("+c.Name+", 'hex')"
		case c.Kind == Bytes:
			value = "unhex(" + c.Name + ")"
		}
		values = append(values, value)
		record = append(record, c.Name+" "+declared)
	}
	return "insert into " + t.Name + " (" + strings.Join(names, ", ") + ") select " + strings.Join(values, ", ") +
		" from " + db.Records(1, record...) + " r"
}
