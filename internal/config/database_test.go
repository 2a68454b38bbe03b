package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/trance-0/notechondria/internal/config"
)

func TestPostgresParts(t *testing.T) {
	t.Parallel()
	const password = `p@ss:w/o?r#d %41&=+"é`
	c := load(t, "SECRET_KEY=k", "POSTGRE_USERNAME=me@org", "POSTGRE_PASSWORD="+password, "POSTGRE_DB=my notes",
		"POSTGRE_HOST=db", "POSTGRE_PORT=5433")
	parsed, err := pgx.ParseConfig(c.DatabaseURL)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "user", parsed.User, "me@org")
	expect(t, "password", parsed.Password, password)
	expect(t, "database", parsed.Database, "my notes")
	expect(t, "host", parsed.Host, "db")
	expect(t, "port", parsed.Port, uint16(5433))
	expect(t, "Embedded", c.Embedded(), false)
	expect(t, "SQLitePath", c.SQLitePath(), "")
	expect(t, "origin", c.Origin("DATABASE_URL"), "from POSTGRE_*")
	for _, setting := range c.Effective() {
		if strings.Contains(setting.Value, "p@ss") || strings.Contains(setting.Value, "p%40ss") {
			t.Errorf("%s shows the password: %s", setting.Name, setting.Value)
		}
	}
}

func TestPostgresPartsSelectTheServer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		variable, url string
	}{
		{"POSTGRE_HOST=db", "postgres://db:5432/postgres"},
		{"POSTGRE_HOST=::1", "postgres://[::1]:5432/postgres"},
		{"POSTGRE_HOST=/run/postgresql", "postgres:///postgres?host=%2Frun%2Fpostgresql&port=5432"},
		{"POSTGRE_USERNAME=me", "postgres://me@localhost:5432/postgres"},
		{"POSTGRE_DB=notes", "postgres://localhost:5432/notes"},
		{"POSTGRE_PORT=5433", ""},
	} {
		expect(t, test.variable, load(t, "SECRET_KEY=k", test.variable).DatabaseURL, test.url)
	}
	if got := problems(t, "SECRET_KEY=k", "POSTGRE_PASSWORD=hunter2"); len(got) != 1 ||
		strings.Contains(got[0], "hunter2") {
		t.Errorf("a password without user: %q", got)
	}
	both := load(t, "SECRET_KEY=k", "DATABASE_URL=postgres://one/db", "POSTGRE_HOST=two")
	expect(t, "DATABASE_URL beside the parts", both.DatabaseURL, "postgres://one/db")
}

func TestDatabaseURL(t *testing.T) {
	t.Parallel()
	working, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		url, resolved, path string
	}{
		{"POSTGRESQL://me:p%40ss@db:5432/notes?sslmode=require", "postgresql://me:p%40ss@db:5432/notes?sslmode=require", ""},
		{"postgres:///notes", "postgres:///notes", ""},
		{"sqlite:////srv/my%20notes%3F.db", "sqlite:////srv/my%20notes%3F.db", "/srv/my notes?.db"},
		{"sqlite:///notes.db", "sqlite:///" + working + "/notes.db", working + "/notes.db"},
	} {
		c := load(t, "SECRET_KEY=k", "DATABASE_URL="+test.url)
		expect(t, test.url, c.DatabaseURL, test.resolved)
		expect(t, "path of "+test.url, c.SQLitePath(), test.path)
		expect(t, "Embedded", c.Embedded(), false)
	}
}

func TestWrongDatabaseURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"mysql://me:hunter2@db/notes", "/srv/notes.db", "postgres:me:hunter2@db", "postgres://me:hunter2%zz@db/notes",
		"postgres://me:12/hunter2@db/notes", "postgres://me:12?hunter2@db/notes", "postgres://me:12#hunter2@db/notes",
		"sqlite://notes.db", "sqlite:/notes.db", "sqlite:///", "sqlite:///:memory:", "sqlite:///notes.db?mode=ro",
	} {
		got := problems(t, "SECRET_KEY=k", "DATABASE_URL="+url)
		if len(got) != 1 || !strings.HasPrefix(got[0], "DATABASE_URL: ") || strings.Contains(got[0], "hunter2") {
			t.Errorf("DATABASE_URL=%s: problems %q", url, got)
		}
	}
}

// Other programs read the same variable, and libpq has its own parameters.
func TestParametersOfTheDatabaseURL(t *testing.T) {
	t.Parallel()
	const server = "postgres://me@db/notes"
	for _, test := range []struct {
		query, kept string
		notes       int
	}{
		{"?sslmode=require", "?sslmode=require", 0},
		{"?statement_timeout=5s&options=endpoint%3Dx&my.setting=1",
			"?statement_timeout=5s&options=endpoint%3Dx&my.setting=1", 0},
		{"?pgbouncer=true", "", 1},
		{"?keepalives=1&keepalives_idle=30&sslmode=require", "?sslmode=require", 2},
		{"?conn_max_age=600", "", 1},
		{"?schema=public", "", 0},
		{"?schema=notes", "?search_path=notes", 1},
		{"?schema=notes&search_path=other", "?search_path=other", 1},
		{"?gssencmode=disable&connect_timeout=10", "?connect_timeout=10", 1},
		{"?fallback_application_name=a%20b", "?application_name=a%20b", 1},
		{"?hostaddr=10.0.0.1", "", 1},
		{"?SSLMODE=require", "?sslmode=require", 0},
		{"?client_encoding=utf8&connection_limit=1&pool_timeout=0", "", 3},
	} {
		c := load(t, "SECRET_KEY=k", "DATABASE_URL="+server+test.query)
		expect(t, test.query, c.DatabaseURL, server+test.kept)
		if _, err := pgx.ParseConfig(c.DatabaseURL); err != nil || len(c.Notes()) != test.notes {
			t.Errorf("%s: %v, notes %q", test.query, err, c.Notes())
		}
	}
	for _, query := range []string{"?sslmod=require", "?a=b", "?x=%zz"} {
		if got := problems(t, "SECRET_KEY=k", "DATABASE_URL="+server+query); len(got) != 1 ||
			!strings.HasPrefix(got[0], "DATABASE_URL: ") {
			t.Errorf("%s: %q", query, got)
		}
	}
}

func TestTheHomeDirectory(t *testing.T) {
	t.Parallel()
	for setting, path := range map[string]string{
		"DATA_DIR=~/notes": "/home/me/notes/notechondria.sqlite3", "DATA_DIR=~": "/home/me/notechondria.sqlite3",
		"DATABASE_URL=sqlite:///~/my.db": "/home/me/my.db", "DATA_DIR=/srv/~": "/srv/~/notechondria.sqlite3",
	} {
		c, err := config.Load([]string{"HOME=/home/me", "SECRET_KEY=k", setting}, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		expect(t, setting, c.SQLitePath(), path)
	}
	for _, setting := range []string{"DATA_DIR=~you/notes", "MEDIA_ROOT=~you", "DATABASE_URL=sqlite:///~you/my.db"} {
		if got := problems(t, "SECRET_KEY=k", setting); len(got) != 1 {
			t.Errorf("%s: %q", setting, got)
		}
	}
	if c, err := config.Load([]string{"SECRET_KEY=k", "DATA_DIR=~/notes"}, "", nil); err == nil {
		t.Errorf("without HOME the folder is %s", c.DataDir)
	}
}

func TestAddressesOfBuckets(t *testing.T) {
	t.Parallel()
	const server = "https://0123456789abcdef.r2.cloudflarestorage.com"
	for address, want := range map[string]string{
		server: server, server + "/notes": server, server + "/notes/": server, server + "/other": server + "/other",
		"https://notes.0123456789abcdef.r2.cloudflarestorage.com":    server,
		"http://localhost:9000/notes":                                "http://localhost:9000",
		"https://0123456789abcdef.eu.r2.cloudflarestorage.com/notes": "https://0123456789abcdef.eu.r2.cloudflarestorage.com",
	} {
		c := load(t, "SECRET_KEY=k", "HOME=/home/me", "CLOUDFLARE_R2_BUCKET_NAME=notes", "CLOUDFLARE_R2_ACCESS_KEY_ID=a",
			"CLOUDFLARE_R2_SECRET_ACCESS_KEY=b", "CLOUDFLARE_R2_ENDPOINT_URL="+address)
		expect(t, address, c.R2EndpointURL, want)
	}
}
