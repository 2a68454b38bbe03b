package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// guard takes connections to PostgreSQL out of use that have become useless, for example after a fail-over, or because
// the server was read-only when they were opened. When one is found, all that are as old are replaced before their next
// use.
type guard struct {
	mutex   sync.Mutex
	renewed time.Time // connections that were opened before are not used any more
}

// renewInterval bounds how often connections that answer are replaced while trouble lasts.
const renewInterval = time.Second

// renew replaces the connections that are open now, at most once per interval; 0 for no limit.
func (g *guard) renew(interval time.Duration) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if now := time.Now(); now.Sub(g.renewed) >= interval {
		g.renewed = now
	}
}

func (g *guard) outdated(opened time.Time) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return !opened.After(g.renewed)
}

// connectionLost is an error after which the connection is closed.
type connectionLost struct{ err error }

func (e *connectionLost) Error() string { return e.err.Error() }
func (e *connectionLost) Unwrap() error { return e.err }

// guardedConnector opens guarded connections.
type guardedConnector struct {
	driver.Connector
	guard *guard
}

// Connect opens a connection.
func (c guardedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	opened := time.Now()
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(*stdlib.Conn)
	if !ok { // the driver has changed: it works, without a guard
		return conn, nil
	}
	return &guardedConn{Conn: full, guard: c.guard, opened: opened}, nil
}

// guardedConn looks at the errors of a connection.
type guardedConn struct {
	*stdlib.Conn
	guard  *guard
	opened time.Time
}

// IsValid reports whether the pool may keep the connection.
func (c *guardedConn) IsValid() bool { return !c.guard.outdated(c.opened) }

// ResetSession is called before the connection is used again.
func (c *guardedConn) ResetSession(ctx context.Context) error {
	if c.guard.outdated(c.opened) {
		return driver.ErrBadConn // the pool opens another one
	}
	return c.Conn.ResetSession(ctx)
}

// BeginTx begins a transaction.
func (c *guardedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.BeginTx(ctx, o)
	if err != nil {
		return nil, c.look(ctx, err)
	}
	return guardedTx{tx, c, ctx}, nil
}

// ExecContext runs a statement.
func (c *guardedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	result, err := c.Conn.ExecContext(ctx, query, args)
	return result, c.look(ctx, err)
}

// QueryContext runs a query.
func (c *guardedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	rows, err := c.Conn.QueryContext(ctx, query, args)
	if err != nil {
		return nil, c.look(ctx, err)
	}
	return rows, nil
}

// look marks an error that came with the end of the connection, except when time ran out, and replaces other
// connections if the error says that they are no better.
func (c *guardedConn) look(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if c.Conn.Conn().IsClosed() && ctx.Err() == nil && !errors.Is(err, pgx.ErrNoRows) {
		err = &connectionLost{err}
		c.guard.renew(0) // the others were lost with it, most likely, and whoever reads again must not get one of them
	} else if outdates(err) {
		c.guard.renew(renewInterval)
	}
	return err
}

// guardedTx looks at the errors of the end of a transaction.
type guardedTx struct {
	driver.Tx
	conn *guardedConn
	ctx  context.Context // of the transaction: Commit and Rollback have none
}

// Commit commits.
func (tx guardedTx) Commit() error { return tx.conn.look(tx.ctx, tx.Tx.Commit()) }

// Rollback rolls back.
func (tx guardedTx) Rollback() error { return tx.conn.look(tx.ctx, tx.Tx.Rollback()) }
