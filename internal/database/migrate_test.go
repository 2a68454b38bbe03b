package database_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

var quiet = slog.New(slog.DiscardHandler)

func migrate(t *testing.T, db *database.DB) {
	t.Helper()
	if err := db.Migrate(t.Context(), quiet); err != nil {
		t.Fatal(err)
	}
}

func status(t *testing.T, db *database.DB) database.Status {
	t.Helper()
	s, err := db.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// wantEachOnce fails the test unless all known migrations are there, each once.
func wantEachOnce(t *testing.T, db *database.DB) {
	t.Helper()
	s := status(t, db)
	if len(s.Pending) != 0 || len(s.Applied) == 0 || len(slices.Compact(slices.Clone(s.Applied))) != len(s.Applied) {
		t.Errorf("pending %v, applied %v", s.Pending, s.Applied)
	}
}

func TestMigrateAnEmptyDatabase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		before := status(t, db)
		if len(before.Applied) != 0 || len(before.Pending) == 0 || before.Err() != nil {
			t.Errorf("empty: %+v", before)
		}
		if first := before.Pending[0]; first != (database.Migration{Version: 1, Name: "accounts"}) {
			t.Errorf("the first is %+v", first)
		}
		var log bytes.Buffer
		if err := db.Migrate(t.Context(), slog.New(slog.NewTextHandler(&log, nil))); err != nil {
			t.Fatal(err)
		}
		wantEachOnce(t, db)
		if n := strings.Count(log.String(), "msg=migrated"); n != len(before.Pending) {
			t.Errorf("%d steps were logged, want %d:\n%s", n, len(before.Pending), &log)
		}
		log.Reset()
		if err := db.Migrate(t.Context(), slog.New(slog.NewTextHandler(&log, nil))); err != nil || log.Len() > 0 {
			t.Errorf("migrated twice: %v\n%s", err, &log)
		}
	})
}

func TestNothingPendingNeedsNoWriting(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		migrate(t, db)
		err := db.Write(t.Context(), func(tx *database.Tx) error { // holds the writer, so that a second write would wait
			if engine == database.PostgreSQL {
				if _, err := tx.ExecContext(t.Context(), "lock table goose_db_version in exclusive mode"); err != nil {
					return err
				}
			}
			return db.Migrate(t.Context(), quiet)
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestManyMigrateAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := options(t, engine)
		o.PoolSize = 1 // the lock needs a connection beside it all the same
		var group sync.WaitGroup
		for range 8 {
			db := openWith(t, o)
			group.Go(func() {
				if err := db.Migrate(t.Context(), quiet); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		wantEachOnce(t, openWith(t, o))
	})
}

func TestANewerSchemaIsRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		migrate(t, db)
		exec(t, db, "insert into goose_db_version (version_id, is_applied) values (99, true)")
		err := db.Migrate(t.Context(), quiet)
		if !errors.Is(err, database.ErrNewerSchema) || !strings.Contains(err.Error(), "99") {
			t.Errorf("Migrate: %v", err)
		}
		if s := status(t, db); !slices.Equal(s.Newer, []int64{99}) || !errors.Is(s.Err(), database.ErrNewerSchema) {
			t.Errorf("Status: %+v", s)
		}
		exec(t, db, "insert into compatible_migrations (version) values (99)")
		if err := db.Migrate(t.Context(), quiet); err != nil {
			t.Errorf("marked as compatible: %v", err)
		}
		if s := status(t, db); len(s.Newer) != 0 || !slices.Contains(s.Applied, 99) {
			t.Errorf("marked as compatible: %+v", s)
		}
	})
}

func TestANewerCompatibleSchemaStillGetsWhatItLacks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		migrate(t, db)
		exec(t, db, "insert into goose_db_version (version_id, is_applied) values (99, true)")
		exec(t, db, "insert into compatible_migrations (version) values (99)")
		for _, table := range []string{"course_operations", "course_media"} { // nothing refers to them
			exec(t, db, "drop table "+table)
		}
		exec(t, db, "delete from goose_db_version where version_id = 9")
		exec(t, db, "delete from compatible_migrations where version = 9")
		migrate(t, db)
		if n := count(t, db, "select count(*) from course_media"); n != 0 {
			t.Errorf("%d pictures", n)
		}
	})
}

func TestMigrateStopsWhenAsked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := open(t, engine).Migrate(ctx, quiet); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

// withRole makes a role that may connect, and returns the address for it.
func withRole(t *testing.T, db *database.DB, address string) (role, itsAddress string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	role = strings.TrimPrefix(u.Path, "/") + "_reader"
	exec(t, db, "create role "+role+" login password 'secret'")
	t.Cleanup(func() {
		for _, statement := range []string{"drop owned by " + role, "drop role " + role} {
			if _, err := db.Writer().ExecContext(context.Background(), statement); err != nil {
				t.Error(err)
			}
		}
	})
	u.User = url.UserPassword(role, "secret")
	return role, u.String()
}

func TestARoleThatMayNotCreateTables(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, grant string }{
		{"using the schema", "grant usage on schema public to "},
		{"not even using it", "revoke usage on schema public from "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := options(t, database.PostgreSQL)
			owner := openWith(t, o)
			exec(t, owner, "revoke all on schema public from public")
			role, address := withRole(t, owner, o.URL)
			exec(t, owner, test.grant+role)
			err := openWith(t, database.Options{URL: address, PoolSize: 4}).Migrate(t.Context(), quiet)
			if err == nil || !strings.Contains(err.Error(), "GRANT CREATE, USAGE ON SCHEMA public TO "+role) {
				t.Fatalf("got %v", err)
			}
			const tables = "select count(*) from pg_class where relnamespace = cast('public' as regnamespace)"
			if n := count(t, owner, tables); n != 0 {
				t.Errorf("%d tables are half made", n)
			}
			exec(t, owner, "grant create, usage on schema public to "+role) // as the message says
			migrate(t, openWith(t, database.Options{URL: address, PoolSize: 4}))
		})
	}
}

func TestAMissingRightIsNotAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	o := options(t, database.PostgreSQL)
	owner := openWith(t, o)
	migrate(t, owner)
	role, address := withRole(t, owner, o.URL)
	exec(t, owner, "grant create, usage on schema public to "+role)
	db := openWith(t, database.Options{URL: address, PoolSize: 4})
	for name, err := range map[string]error{
		"Migrate": db.Migrate(t.Context(), quiet),
		"Status":  func() error { _, err := db.Status(t.Context()); return err }(),
	} {
		if err == nil || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantEachOnce(t, owner)
}
