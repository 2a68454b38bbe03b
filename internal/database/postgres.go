package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// StatementCache says how PostgreSQL statements are kept between two uses.
type StatementCache string

// The ways to keep statements. Describe works behind a pooler that hands each transaction another connection; Prepare
// saves the server the planning; Auto finds out which of the two can be used.
const (
	CacheAuto     StatementCache = "auto"
	CachePrepare  StatementCache = "prepare"
	CacheDescribe StatementCache = "describe"
)

const (
	leastPool      = 2 // whoever migrates holds a lock on one connection and works on another
	connectTimeout = 5 * time.Second
	retryInterval  = 250 * time.Millisecond
	idleTime       = 5 * time.Minute  // an idle server gives its memory back
	lifetime       = 30 * time.Minute // connections follow a moved pooler

	// idleInTransaction is after what time the server ends a transaction of a process that has stopped in the middle of
	// it, and with it the locks that others wait for.
	idleInTransaction = 30 * time.Second
)

func openPostgres(ctx context.Context, o Options) (*DB, error) {
	config, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	config.ConnectTimeout = connectTimeout
	config.RuntimeParams["timezone"] = "UTC"
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "notechondria"
	}
	g := &guard{}
	w := newWatch(config, o.Log, g)
	config.DialFunc, config.LookupFunc = w.dial, w.lookUp
	if w.severalHosts() && config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	pooled, err := reachPostgres(ctx, config, o)
	if err != nil {
		return nil, err
	}
	if !pooled { // a pooler may refuse parameters that it does not know
		config.RuntimeParams["idle_in_transaction_session_timeout"] = strconv.Itoa(int(idleInTransaction.Milliseconds()))
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeCacheStatement
	if o.StatementCache == CacheDescribe || o.StatementCache == CacheAuto && pooled {
		config.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	pool := sql.OpenDB(guardedConnector{stdlib.GetConnector(*config, stdlib.OptionAfterConnect(readTimesAsUTC)), g})
	pool.SetMaxOpenConns(max(o.PoolSize, leastPool))
	pool.SetMaxIdleConns(o.PoolSize)
	pool.SetConnMaxIdleTime(idleTime)
	pool.SetConnMaxLifetime(lifetime)
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	db := &DB{engine: PostgreSQL, read: pool, write: pool, stop: stop}
	db.group.Go(func() { w.run(ctx) })
	return db, nil
}

// readTimesAsUTC keeps the zone of the machine out of what is read.
func readTimesAsUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC}})
	return nil
}

// CheckURL returns what is wrong with a postgres:// URL, without connecting.
func CheckURL(address string) error {
	_, err := parseURL(address)
	return err
}

func parseURL(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("reading DATABASE_URL: %w", err)
	}
	return config, nil
}

// reachPostgres connects once, trying again for as long as wait while nobody listens or the server is starting, and
// tells whether a pooler sits in between.
func reachPostgres(ctx context.Context, config *pgx.ConnConfig, o Options) (pooled bool, err error) {
	start := time.Now()
	for told := false; ; told = true {
		pooled, err = askForPooler(ctx, config)
		if err == nil || !worthRetrying(err) || time.Since(start) > o.Wait {
			return pooled, err
		}
		if !told && o.Log != nil {
			o.Log.Warn("waiting for the database", "at_most", o.Wait.String(), "error", err)
		}
		select {
		case <-ctx.Done():
			return false, err
		case <-time.After(retryInterval):
		}
	}
}

// askForPooler compares the process number that the connection was opened with and the one of the server process that
// answers: a pooler makes up the first.
func askForPooler(ctx context.Context, config *pgx.ConnConfig) (bool, error) {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return false, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var pid uint32
	if err := conn.QueryRow(ctx, "select pg_backend_pid()", pgx.QueryExecModeSimpleProtocol).Scan(&pid); err != nil {
		return false, fmt.Errorf("asking PostgreSQL for its process number: %w", err)
	}
	return pid != conn.PgConn().PID(), nil
}

// worthRetrying recognises a server, or the network around it, that is still starting.
func worthRetrying(err error) bool {
	switch postgresCode(err) {
	case "57P03", "53300": // starting up; too many connections
		return true
	}
	return unreachable(err) || errors.Is(err, context.DeadlineExceeded)
}

// unreachable recognises errors of connecting, and of connections that end.
func unreachable(err error) bool {
	return errors.As(err, new(*net.OpError)) || errors.As(err, new(*net.DNSError)) ||
		errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, new(*pgconn.ConnectError)) && postgresCode(err) == ""
}

// isDeadlock recognises what another transaction beside this one brought about, and another try need not: a deadlock,
// or a row that has changed since the moment that a repeatable read sees.
func isDeadlock(err error) bool {
	code := postgresCode(err)
	return code == "40P01" || code == "40001"
}

func postgresCode(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

func postgresUniqueViolation(err error) (constraint string, ok bool) {
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Code != "23505" {
		return "", false
	}
	return e.ConstraintName, true
}
