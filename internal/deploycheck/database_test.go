package deploycheck_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/deploycheck"
)

// place is a database for a check.
type place struct {
	settings []string
	db       *database.DB
}

func migrated(t *testing.T, engine database.Engine) place {
	t.Helper()
	var p place
	o := database.Options{PoolSize: 1}
	if engine == database.SQLite {
		folder := t.TempDir()
		p.settings, o.SQLitePath = []string{"DATA_DIR=" + folder}, filepath.Join(folder, "notechondria.sqlite3")
	} else {
		o.URL = apptest.EmptyDatabase(t, true)
		p.settings = []string{"DATABASE_URL=" + o.URL}
	}
	var err error
	if p.db, err = database.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.db.Close() })
	if err := p.db.Migrate(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p place) exec(t *testing.T, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := p.db.Writer().ExecContext(context.Background(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestCurrentDatabaseIsFineAndLeftAsItIs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		p := migrated(t, engine)
		tables := map[database.Engine]string{
			database.SQLite:     "select name from sqlite_master order by name",
			database.PostgreSQL: "select relname as name from pg_class order by relname",
		}[engine]
		list := func() string {
			names, err := database.All[string](t.Context(), p.db.Read(), tables)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(names, " ")
		}
		before := list()
		r := run(t, deploycheck.Dependencies{}, p.settings...)
		r.want(t, "database permissions", isOK, "created, written and read")
		r.want(t, "database schema", isOK, "up to date")
		if after := list(); after != before {
			t.Errorf("the tables were\n%s\nand are now\n%s", before, after)
		}
		if engine == database.PostgreSQL {
			r.want(t, "database", isOK, "PostgreSQL ")
			r.want(t, "database encryption", isOK)
			r.want(t, "clock", isOK, "matches")
		}
	})
}

func TestPendingAndNewerSchemas(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		p := migrated(t, engine)
		p.exec(t, "insert into goose_db_version (version_id, is_applied) values (20990101000000, true)")
		run(t, deploycheck.Dependencies{}, p.settings...).want(t, "database schema", isFail, "20990101000000", "Install")
		p.exec(t, "delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)",
			"delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)")
		run(t, deploycheck.Dependencies{}, p.settings...).want(t, "database schema", isWarn,
			"1 migrations are pending", "migrate")
	})
}

func TestDatabaseBeforeTheFirstStart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		folder := filepath.Join(t.TempDir(), "not", "there", "yet")
		settings := []string{"DATA_DIR=" + folder}
		if engine == database.PostgreSQL {
			settings = append(settings, "DATABASE_URL="+apptest.EmptyDatabase(t, false))
		}
		r := run(t, deploycheck.Dependencies{}, settings...)
		r.want(t, "database schema", isOK, "first start")
		r.want(t, "media folder", isOK, folder, "MiB free")
		if _, err := os.Stat(filepath.Dir(filepath.Dir(folder))); !os.IsNotExist(err) {
			t.Errorf("the check made a folder: %v", err)
		}
	})
}

func TestFolderThatCanNotBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file,
		[]byte("This is no database, but long enough to look like one: "+strings.Repeat("0123456789",
			60)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := run(t, deploycheck.Dependencies{}, "DATA_DIR="+file)
	r.want(t, "database folder", isFail, file)
	r.want(t, "media folder", isFail, file)
	r.want(t, "static folder", isFail, file)
	r = run(t, deploycheck.Dependencies{}, "DATABASE_URL=sqlite:///"+file)
	if level := r.named("database permissions")[0].Level; level != isFail {
		t.Errorf("a file that is no database:\n%s", r)
	}
}

func TestDatabasesThatCanNotBeReached(t *testing.T) {
	t.Parallel()
	server := apptest.EmptyDatabase(t, false)
	for address, word := range map[string]string{
		fmt.Sprintf("postgres://me:hidden@127.0.0.1:%d/notes", apptest.FreePort(t)): "Start the database",
		server + "x":                                 "Create the database", // another name: server ends with a parameter
		"postgres://me@db.invalid:5432/notes":        "host in DATABASE_URL",
		"postgres://me@127.0.0.1/notes?sslmode=what": "sslmode",
	} {
		if strings.HasPrefix(address, server) {
			address = otherName(t, server)
		}
		r := run(t, deploycheck.Dependencies{}, "DATABASE_URL="+address)
		r.want(t, "database", isFail, word)
		if len(r.named("database schema")) > 0 {
			t.Errorf("%s: what depends on the database is checked all the same", address)
		}
	}
}

func otherName(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path += "_elsewhere"
	return u.String()
}

// role creates a user without rights, dropped at the end of the test, and returns its database URL.
func role(t *testing.T, p place) (name, address string) {
	t.Helper()
	name = "role_" + strings.ToLower(rand.Text())
	password := rand.Text()
	p.exec(t, "create role "+name+" login password '"+password+"'")
	u, err := url.Parse(strings.TrimPrefix(p.settings[0], "DATABASE_URL="))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.exec(t, "drop owned by "+name, "drop role "+name) })
	u.User = url.UserPassword(name, password)
	return name, u.String()
}

func TestRightsOfTheUser(t *testing.T) {
	t.Parallel()
	p := migrated(t, database.PostgreSQL)
	name, address := role(t, p)
	check := func() results { return run(t, deploycheck.Dependencies{}, "DATABASE_URL="+address) }

	p.exec(t, "revoke all on schema public from public")
	check().want(t, "database permissions", isFail, "any schema", `GRANT CREATE, USAGE ON SCHEMA public TO "`+name+`"`)

	p.exec(t, "grant usage on schema public to "+name)
	r := check()
	r.want(t, "database permissions", isFail, "read and write", "GRANT SELECT")
	r.want(t, "database schema", isFail, "can't be read")

	p.exec(t, "grant select, insert, update, delete on all tables in schema public to "+name)
	check().want(t, "database permissions", isWarn, "next migration", "GRANT CREATE")

	p.exec(t, "grant create on schema public to "+name)
	check().want(t, "database permissions", isWarn, "belong to another user", "REASSIGN")

	p.exec(t, "alter role "+name+" set default_transaction_read_only = on")
	check().want(t, "database permissions", isFail, "read-only")
}

func TestRightsBeforeTheFirstMigration(t *testing.T) {
	t.Parallel()
	address := apptest.EmptyDatabase(t, false)
	db, err := database.Open(t.Context(), database.Options{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p := place{[]string{"DATABASE_URL=" + address}, db}
	p.exec(t, "revoke create on schema public from public")
	_, asRole := role(t, p)
	run(t, deploycheck.Dependencies{}, "DATABASE_URL="+asRole).want(t, "database permissions", isFail,
		"may not create tables", "GRANT CREATE")
	count, err := database.One[int](t.Context(), db.Read(),
		"select count(*) from pg_class where relname like 'deploycheck%'")
	if err != nil || count > 0 {
		t.Errorf("%d tables are left, %v", count, err)
	}
}
