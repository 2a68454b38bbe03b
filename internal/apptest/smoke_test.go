package apptest_test

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestSignUpGivesAnAccountThatWorks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		notes := s.Call(t, "GET", "/api/v1/notes/", alice.Token, nil).Want(t, 200)
		if len(notes.List()) != 1 {
			t.Errorf("want the welcome note alone: %s", notes.Text)
		}
	})
}

// Databases are used again: whatever a test leaves in one, the next test finds it as migrations make it.
func TestUsedDatabasesAreAsNew(t *testing.T) {
	for name, left := range map[string]string{
		"rows": "delete from goose_db_version where id > 3; select nextval('users_id_seq'); " +
			"insert into goqite (queue, body) values ('jobs', 'x')",
		"a column":         "alter table users add column nickname text",
		"a schema":         "create schema other",
		"a setting":        "alter role current_user in database %s set work_mem = '1MB'",
		"a table less":     "drop table calendar_keys",
		"a default":        "alter table users alter column is_active set default true",
		"nothing of those": "select 1",
	} {
		t.Run(name, func(t *testing.T) {
			db := open(t)
			var database string
			if err := db.QueryRow("select current_database()").Scan(&database); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(strings.ReplaceAll(left, "%s", database)); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("after "+name, func(t *testing.T) {
			var state string
			err := open(t).QueryRow(`
				select concat_ws(' ', (select count(*) > 10 from goose_db_version), (select count(*) from goqite),
					nextval('users_id_seq'), (select count(*) from pg_tables where tablename = 'calendar_keys'),
					(select count(*) from pg_attribute where attrelid = 'users'::regclass and attname = 'nickname'),
					(select count(*) from pg_namespace where nspname = 'other'), current_setting('work_mem') = '1MB',
					(select pg_get_expr(adbin, adrelid) from pg_attrdef d join pg_attribute a on attrelid = adrelid and attnum = adnum
						where adrelid = 'users'::regclass and attname = 'is_active'))`).Scan(&state)
			if want := "t 0 1 1 0 0 f false"; err != nil || state != want {
				t.Errorf("%q, want %q: %v", state, want, err)
			}
		})
	}
}

func open(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", apptest.EmptyDatabase(t, true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
