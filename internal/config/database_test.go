package config_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
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
