package deploycheck

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	databaseName   = "database"
	rightsName     = "database permissions"
	schemaName     = "database schema"
	encryptionName = "database encryption"
	clockName      = "clock"

	leastPostgres = 12
	goodPostgres  = 13
	clockWarn     = 5 * time.Second
	clockFail     = 60 * time.Second
)

func (s *surroundings) database(ctx context.Context) []Result {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if path := s.config.SQLitePath(); path != "" {
		return s.sqlite(ctx, path)
	}
	return s.postgres(ctx)
}

// sqlite does not create a missing file: the first start does.
func (s *surroundings) sqlite(ctx context.Context, path string) []Result {
	results := append(s.lasting(databaseName, "SQLite in "+path, path, "Set DATABASE_URL to a PostgreSQL server."),
		s.folder("database folder", filepath.Dir(path))...)
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return append(results, ok(schemaName, "It will be created at the first start."))
	}
	db, err := database.Open(ctx, database.Options{SQLitePath: path, PoolSize: 1})
	if err != nil {
		return append(results, fail(rightsName, "Give the server's user access to the file and its folder.",
			"The file can't be used: %s.", s.reason(err)))
	}
	defer db.Close()
	schema, _ := s.schema(ctx, db)
	return append(results, s.probe(ctx, db), schema)
}

// facts are what a PostgreSQL server says about itself and the user.
type facts struct {
	Version           int
	Role, Schema      string
	MayCreate         bool
	ReadOnly          bool
	Foreign, Unusable int // of the tables in every schema of this product: owned by another user, not writable
}

const factsQuery = `
	select cast(current_setting('server_version_num') as integer) / 10000 as version,
	       current_user as role, coalesce(current_schema(), '') as schema,
	       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as may_create,
	       pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as read_only,
	       (select count(*) from pg_class c where c.relnamespace = n.oid and c.relname in ('goose_db_version', 'users',
	'notes')
	           and not pg_has_role(c.relowner, 'USAGE')) as foreign,
	       (select count(*) from pg_class c where c.relnamespace = n.oid and c.relname in ('goose_db_version', 'users',
	'notes')
	           and not (has_table_privilege(c.oid, 'SELECT') and has_table_privilege(c.oid, 'INSERT')
	               and has_table_privilege(c.oid, 'UPDATE') and has_table_privilege(c.oid, 'DELETE'))) as unusable
	from (select 1) one left join pg_namespace n on n.nspname = current_schema()`

func (s *surroundings) postgres(ctx context.Context) []Result {
	db, err := database.Open(ctx, database.Options{
		URL: s.config.DatabaseURL, PoolSize: 2, StatementCache: database.StatementCache(s.config.DatabaseStatementCache),
	})
	if err != nil {
		return []Result{fail(databaseName, databaseRemedy(err), "It can't be used: %s.", s.reason(err))}
	}
	defer db.Close()
	f, err := database.One[facts](ctx, db.Read(), factsQuery)
	if err != nil {
		return []Result{fail(databaseName, databaseRemedy(err), "Its version and permissions can't be read: %s.",
			s.reason(err))}
	}
	schema, isCurrent := s.schema(ctx, db)
	results := append([]Result{versionOf(f)}, s.rights(ctx, db, f, isCurrent)...)
	results = append(results, schema, s.encryption(), s.clock(ctx, db))
	return append(results, s.lifetime(ctx, db)...)
}

func databaseRemedy(err error) string {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "28P01", "28000":
			return "Correct the user and the password; a PostgreSQL volume keeps those it was created with."
		case "3D000":
			return "Create the database, or correct its name in DATABASE_URL."
		case "53300":
			return "Lower DATABASE_POOL_SIZE: during a deploy there are two instances."
		case "42501":
			return "Grant the user the permission, as the owner of the database."
		}
	}
	if errors.As(err, new(*net.DNSError)) {
		return "Correct the host in DATABASE_URL; internal names work only in the region and network of the database."
	}
	return "Start the database, and make sure that DATABASE_URL points to it and that it accepts connections from this " +
		"machine."
}

func versionOf(f facts) Result {
	switch {
	case f.Version < leastPostgres:
		return fail(databaseName, "Upgrade to PostgreSQL 15 or later.",
			"PostgreSQL %d is too old: at least %d is required.", f.Version, leastPostgres)
	case f.Version < goodPostgres:
		return warn(databaseName, "Upgrade to PostgreSQL 15 or later.",
			"PostgreSQL %d no longer gets security updates.", f.Version)
	}
	return ok(databaseName, "PostgreSQL %d.", f.Version)
}

// rights are complete if the schema can be migrated; a current schema can be used with fewer.
func (s *surroundings) rights(ctx context.Context, db *database.DB, f facts, isCurrent bool) []Result {
	role := pgx.Identifier{f.Role}.Sanitize()
	schema := pgx.Identifier{f.Schema}.Sanitize()
	switch {
	case f.ReadOnly:
		return []Result{fail(rightsName, "Connect to the primary, and make sure that default_transaction_read_only is off.",
			"The database is read-only.")}
	case f.Schema == "":
		return []Result{fail(rightsName, "Run as the owner of the database: GRANT CREATE, USAGE ON SCHEMA public TO "+role,
			"The user %s can't use any schema of its search path.", role)}
	case f.Unusable > 0:
		return []Result{fail(rightsName,
			"Run as their owner: GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "+schema+" TO "+role+
				"; or restore the backup with --no-owner as this user.", "The user %s may not read and write the tables of the "+
				"schema %s.", role, schema)}
	}
	grant := "Run as the owner of the database: GRANT CREATE, USAGE ON SCHEMA " + schema + " TO " + role
	switch {
	case !f.MayCreate && isCurrent:
		return []Result{warn(rightsName, grant,
			"The user %s may not create tables in the schema %s: the next migration will fail.", role, schema)}
	case !f.MayCreate:
		return []Result{fail(rightsName, grant, "The user %s may not create tables in the schema %s.", role, schema)}
	case f.Foreign > 0:
		return []Result{warn(rightsName, "Run as their owner: REASSIGN OWNED BY CURRENT_USER TO "+role,
			"The tables of the schema %s belong to another user than %s: a migration that changes them will fail.",
			schema, role)}
	}
	return []Result{s.probe(ctx, db)}
}

var errProbed = errors.New("probed")

// probe creates a table, writes and reads it, and rolls everything back.
func (s *surroundings) probe(ctx context.Context, db *database.DB) Result {
	table := "deploycheck_" + strings.ToLower(rand.Text())
	err := db.Write(ctx, func(tx *database.Tx) error {
		for _, statement := range []string{"create table " + table + " (id integer)",
			"insert into " + table + " values (1)"} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		count, err := database.One[int](ctx, tx, "select count(*) from "+table)
		if err != nil {
			return err
		}
		if count != 1 {
			return errors.New("a row that was written is not there")
		}
		return errProbed
	})
	if errors.Is(err, errProbed) {
		return ok(rightsName, "Tables can be created, written and read.")
	}
	return fail(rightsName, "Allow the server's user to create tables, and free up space.",
		"Creating, writing and reading a table failed: %s.", s.reason(err))
}

func (s *surroundings) schema(ctx context.Context, db *database.DB) (r Result, isCurrent bool) {
	status, err := db.Status(ctx)
	switch {
	case err != nil:
		return fail(schemaName, "Make sure that this is the right database and that the user may read it.",
			"It can't be read: %s.", s.reason(err)), false
	case status.Err() != nil:
		return fail(schemaName, "Install the version that added them, or restore an earlier backup.",
			"It is newer than this program: the migrations %v are unknown.", status.Newer), false
	case len(status.Applied) == 0:
		return ok(schemaName, "There are no tables yet: the first start creates them."), false
	case len(status.Pending) > 0:
		return warn(schemaName, "Run start, or run migrate before serve.", "%d migrations are pending.",
			len(status.Pending)), false
	}
	return ok(schemaName, "It is up to date."), true
}

// encryption uses the client's own configuration: behind a pooler the server sees a different connection.
func (s *surroundings) encryption() Result {
	parsed, err := pgx.ParseConfig(s.config.DatabaseURL)
	switch {
	case err != nil:
		return fail(encryptionName, "Correct DATABASE_URL.", "The address can't be read: %s.", s.reason(err))
	case isNear(parsed.Host):
		return ok(encryptionName, "The server is on this machine or a private network.")
	case parsed.TLSConfig == nil:
		return warn(encryptionName, "Use sslmode=require (or verify-full) in DATABASE_URL.",
			"It is off: the password and all notes can be read on the way to %s.", parsed.Host)
	case slices.ContainsFunc(parsed.Fallbacks, func(f *pgconn.FallbackConfig) bool { return f.TLSConfig == nil }):
		return warn(encryptionName, "Use sslmode=require (or verify-full) in DATABASE_URL.",
			"It is optional: anyone on the way to %s can turn it off.", parsed.Host)
	}
	return ok(encryptionName, "The connection is encrypted.")
}

// isNear recognises sockets, this machine, and hosts in a private network: its addresses and short names.
func isNear(host string) bool {
	if strings.HasPrefix(host, "/") || isLocal(host) {
		return true
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsPrivate() || ip.IsLinkLocalUnicast()
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".internal") || strings.HasSuffix(host, ".local")
}

// clock compares the database's clock with the time before and after the query.
func (s *surroundings) clock(ctx context.Context, db *database.DB) Result {
	before := time.Now()
	seconds, err := database.One[float64](ctx, db.Read(),
		"select cast(extract(epoch from clock_timestamp()) as double precision)")
	after := time.Now()
	if err != nil {
		return warn(clockName, "Run the check again.", "It could not be compared with the database's clock: %s.",
			s.reason(err))
	}
	return clockResult(time.UnixMicro(int64(seconds*1e6)), before, after)
}

func clockResult(theirs, before, after time.Time) Result {
	const remedy = "Synchronise the clocks of both machines (NTP)."
	apart := max(before.Sub(theirs), theirs.Sub(after), 0)
	switch {
	case apart > clockFail:
		return fail(clockName, remedy, "It differs from the database's by %s: codes and sessions end at the wrong time.",
			apart.Round(time.Second))
	case apart > clockWarn:
		return warn(clockName, remedy, "It differs from the database's by %s.", apart.Round(time.Second))
	}
	return ok(clockName, "It matches the database's.")
}
