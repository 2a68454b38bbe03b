package database

import (
	"context"
	"database/sql/driver"
	"strings"
	"time"
)

// cachingConnector opens SQLite connections that keep their statements: parsing one takes longer than running it.
// PostgreSQL's driver has such a cache of its own.
type cachingConnector struct{ driver.Connector }

// maxStatements bounds what a connection keeps; the texts of statements are few.
const maxStatements = 200

// Connect opens a connection.
func (c cachingConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(sqliteConn)
	if !ok { // the driver has changed: it works, only slower
		return conn, nil
	}
	return &cachingConn{sqliteConn: full, statements: map[string]*statement{}}, nil
}

// sqliteConn is what the driver's connections can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteStmt is what the driver's statements can do.
type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type statement struct {
	sqliteStmt
	busy bool // its rows are being read
}

// cachingConn is used by one goroutine at a time, as database/sql promises.
type cachingConn struct {
	sqliteConn
	statements map[string]*statement
}

// CheckNamedValue writes times as both engines keep them: in UTC, cut to microseconds.
func (c *cachingConn) CheckNamedValue(v *driver.NamedValue) error {
	switch t := v.Value.(type) {
	case time.Time:
		v.Value = stored(t)
		return nil
	case *time.Time:
		if t != nil {
			v.Value = stored(*t)
			return nil
		}
	}
	return driver.ErrSkip // as usual
}

// QueryContext runs a query through its kept statement.
func (c *cachingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	s := c.statement(ctx, query)
	if s == nil {
		return c.sqliteConn.QueryContext(ctx, query, args)
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	s.busy = true
	return &cachedRows{Rows: rows, statement: s}, nil
}

// ExecContext runs a statement through its kept form.
func (c *cachingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if s := c.statement(ctx, query); s != nil {
		return s.ExecContext(ctx, args)
	}
	return c.sqliteConn.ExecContext(ctx, query, args)
}

// statement returns the kept form of a query, or nil when it is to be run without.
func (c *cachingConn) statement(ctx context.Context, query string) *statement {
	s := c.statements[query]
	if s == nil && cacheable(query) && len(c.statements) < maxStatements {
		prepared, err := c.PrepareContext(ctx, query)
		if err != nil {
			return nil // running the query tells the same error
		}
		stmt, ok := prepared.(sqliteStmt)
		if !ok {
			return nil
		}
		s = &statement{sqliteStmt: stmt}
		c.statements[query] = s
	}
	if s == nil || s.busy {
		return nil
	}
	return s
}

// cacheable keeps out schema changes, pragmas and scripts.
func cacheable(query string) bool {
	verb, _, _ := strings.Cut(strings.TrimLeft(query, " \t\n"), " ")
	switch verb {
	case "select", "insert", "update", "delete", "with":
		return true
	}
	return false
}

// Close closes the kept statements, then the connection.
func (c *cachingConn) Close() error {
	for _, s := range c.statements {
		_ = s.Close() // closing the connection tells what matters
	}
	return c.sqliteConn.Close()
}

// cachedRows gives the statement free when they have been read.
type cachedRows struct {
	driver.Rows
	statement *statement
}

// Close ends reading.
func (r *cachedRows) Close() error {
	r.statement.busy = false
	return r.Rows.Close()
}
