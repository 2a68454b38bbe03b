package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrationLock is the advisory lock of PostgreSQL for migrations; the number is arbitrary.
const migrationLock = 7243392014

// ErrNewerSchema is returned when the database was migrated by a later version that this one can't work with.
var ErrNewerSchema = errors.New("the database schema is newer than this program")

// Status is what a database has and what this program knows.
type Status struct {
	Applied []int64     // versions in the database, ascending
	Pending []Migration // known, not applied
	Newer   []int64     // applied, not known, and not marked as compatible
}

// Migration is one embedded step.
type Migration struct {
	Version int64
	Name    string
}

// Err is nil unless the schema is one that this program must not touch.
func (s Status) Err() error {
	if len(s.Newer) == 0 {
		return nil
	}
	return fmt.Errorf("%w: it has the migrations %v, which this version does not know; install the version that made "+
		"them, or restore a backup from before",
		ErrNewerSchema, s.Newer)
}

// Status compares the database with the embedded migrations, in one query. A database without tables has version 0.
func (db *DB) Status(ctx context.Context) (Status, error) {
	known, err := db.known()
	if err != nil {
		return Status{}, err
	}
	type row struct {
		Version    int64
		Compatible bool
	}
	rows, err := All[row](ctx, db.read, `
		select v.version_id as version, c.version is not null as compatible
		from goose_db_version v
		left join compatible_migrations c on c.version = v.version_id
		where v.version_id > 0 and v.is_applied
		order by v.version_id`)
	if err != nil && !noSuchTable(err) {
		return Status{}, fmt.Errorf("reading the schema version: %w", err)
	}
	var s Status
	applied := map[int64]bool{}
	for _, r := range rows {
		applied[r.Version] = true
		s.Applied = append(s.Applied, r.Version)
		if !r.Compatible && !contains(known, r.Version) {
			s.Newer = append(s.Newer, r.Version)
		}
	}
	for _, m := range known {
		if !applied[m.Version] {
			s.Pending = append(s.Pending, m)
		}
	}
	return s, nil
}

// Migrate applies what is pending, each step in a transaction, under a lock: any number of processes may call it at
// once, and each step is applied by one of them. With nothing pending it costs the one query of Status.
func (db *DB) Migrate(ctx context.Context, log *slog.Logger) error {
	status, err := db.Status(ctx)
	if err != nil {
		return err
	}
	if err := status.Err(); err != nil || len(status.Pending) == 0 {
		return err
	}
	if db.engine == PostgreSQL {
		if err := checkMayCreate(ctx, db.write); err != nil {
			return err
		}
	}
	return db.migrateLocked(ctx, log)
}

// migrateLocked waits for others that migrate.
func (db *DB) migrateLocked(ctx context.Context, log *slog.Logger) error {
	return db.underMigrationLock(ctx, func(ctx context.Context) error { return db.up(ctx, log) })
}

// underMigrationLock runs f under the lock for migrations, which has had the same names in all versions.
func (db *DB) underMigrationLock(ctx context.Context, f func(ctx context.Context) error) error {
	return db.underLock(ctx, "migrate", migrationLock, func(ctx context.Context) error {
		if db.engine == SQLite {
			if _, err := db.write.ExecContext(ctx, "pragma journal_mode = wal"); err != nil {
				return fmt.Errorf("switching on the write-ahead log: %w", err)
			}
		}
		return f(ctx)
	})
}

// checkMayCreate says what is missing before the first statement is tried, instead of stopping in the middle.
func checkMayCreate(ctx context.Context, q Querier) error {
	type rights struct {
		Role, Schema string
		Allowed      bool
	}
	r, err := One[rights](ctx, q, `
		select current_user as role, coalesce(current_schema(), 'public') as schema,
		       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) as allowed`)
	if err != nil {
		return fmt.Errorf("asking for the rights to create tables: %w", err)
	}
	if !r.Allowed {
		return fmt.Errorf("the database user %q may not create tables in the schema %q: run GRANT CREATE, USAGE ON SCHEMA "+
			"%s TO %s as its owner",
			r.Role, r.Schema, r.Schema, r.Role)
	}
	return nil
}

func (db *DB) up(ctx context.Context, log *slog.Logger) error {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	results, err := provider.Up(ctx)
	for _, r := range results {
		log.Info("migrated", "version", r.Source.Version, "name", path.Base(r.Source.Path), "took",
			r.Duration.Round(time.Millisecond).String())
	}
	if err != nil {
		return fmt.Errorf("migrating: %w", err)
	}
	return nil
}

// MigrateExactly brings an empty database to the schema that a list of migrations makes, back from later ones if need
// be. It is under the lock of Migrate.
func (db *DB) MigrateExactly(ctx context.Context, versions []int64) error {
	if err := db.Knows(versions); err != nil {
		return err
	}
	known, err := db.known()
	if err != nil {
		return err
	}
	return db.underMigrationLock(ctx, func(ctx context.Context) error {
		status, err := db.Status(ctx)
		if err != nil {
			return err
		}
		if err := status.Err(); err != nil {
			return err
		}
		provider, err := db.provider()
		if err != nil {
			return err
		}
		for _, version := range slices.Backward(status.Applied) {
			if slices.Contains(versions, version) || !contains(known, version) {
				continue
			}
			if _, err := provider.ApplyVersion(ctx, version, false); err != nil {
				return fmt.Errorf("taking back the migration %d: %w", version, err)
			}
		}
		for _, version := range slices.Sorted(slices.Values(versions)) {
			if slices.Contains(status.Applied, version) {
				continue
			}
			if _, err := provider.ApplyVersion(ctx, version, true); err != nil {
				return fmt.Errorf("migrating: %w", err)
			}
		}
		return nil
	})
}

// Knows returns an error where this program lacks one of the migrations.
func (db *DB) Knows(versions []int64) error {
	known, err := db.known()
	if err != nil {
		return err
	}
	for _, version := range versions {
		if !contains(known, version) {
			return fmt.Errorf("this version does not know the migration %d", version)
		}
	}
	return nil
}

// provider is the library that applies the embedded migrations.
func (db *DB) provider() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, db.migrationFolder())
	if err != nil {
		return nil, fmt.Errorf("opening the embedded migrations: %w", err)
	}
	dialect := goose.DialectPostgres
	if db.engine == SQLite {
		dialect = goose.DialectSQLite3
	}
	provider, err := goose.NewProvider(dialect, db.write, folder, goose.WithDisableGlobalRegistry(true),
		goose.WithAllowOutofOrder(true))
	if err != nil {
		return nil, fmt.Errorf("reading the embedded migrations: %w", err)
	}
	return provider, nil
}

func (db *DB) migrationFolder() string {
	return "migrations/" + strings.ToLower(string(db.engine))
}

// known lists the embedded migrations, ascending.
func (db *DB) known() ([]Migration, error) {
	entries, err := migrations.ReadDir(db.migrationFolder())
	if err != nil {
		return nil, fmt.Errorf("listing the embedded migrations: %w", err)
	}
	var list []Migration
	for _, e := range entries {
		number, name, _ := strings.Cut(strings.TrimSuffix(e.Name(), ".sql"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("the migration %s has no number: %w", e.Name(), err)
		}
		list = append(list, Migration{Version: version, Name: name})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Version < list[j].Version })
	return list, nil
}

func contains(list []Migration, version int64) bool {
	for _, m := range list {
		if m.Version == version {
			return true
		}
	}
	return false
}

// noSuchTable is the one error that means "version 0": any other, a missing right for one, must not be taken for an
// empty database.
func noSuchTable(err error) bool {
	return postgresCode(err) == "42P01" || sqliteNoSuchTable(err)
}
