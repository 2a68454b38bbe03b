package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// served is a running server and the environment in which commands work on its database.
func served(t *testing.T, engine database.Engine) (*apptest.Server, []string) {
	t.Helper()
	e := apptest.Environment(t, engine)
	s := apptest.Start(t, engine, e...)
	return s, append(e, "SECRET_KEY="+s.Config.SecretKey)
}

func signIn(t *testing.T, s *apptest.Server, email, password string) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", "/api/v1/auth/login/", "", map[string]any{"email": email, "password": password})
}

func TestUserListIsSearchedAndPaged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		for _, name := range []string{"alice", "Al_ice", "bob"} {
			s.SignUp(t, name)
		}
		names := func(arguments ...string) string {
			t.Helper()
			var list []struct{ Username string }
			r := run(t, e, "", append([]string{"user", "list", "--json"}, arguments...)...).want(t, 0)
			if err := json.Unmarshal([]byte(r.stdout), &list); err != nil {
				t.Fatalf("%v: %s", err, r.stdout)
			}
			text := ""
			for _, u := range list {
				text += u.Username + " "
			}
			return strings.TrimSpace(text)
		}
		for arguments, want := range map[string]string{
			"": "alice Al_ice bob", "--search=AL": "alice Al_ice", "--search=l_i": "Al_ice", "--search=%": "",
			"--search=bob@": "bob",
			"--limit=2":     "alice Al_ice", "--limit=2 --after=2": "bob", "--search=nobody": "",
		} {
			if got := names(strings.Fields(arguments)...); got != want {
				t.Errorf("%s: %q, want %q", arguments, got, want)
			}
		}
		run(t, e, "", "user", "list").want(t, 0, "STATE", "alice@example.com", "active")
		if more := run(t, e, "", "user", "list", "--limit=2").stderr; !strings.Contains(more, "--after 2") {
			t.Errorf("no hint at more: %q", more)
		}
		run(t, e, "", "user", "list", "--limit=1001").wantError(t, 2, "--limit")
	})
}

func TestUserIsFoundByAnyName(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		alice := s.SignUp(t, "alice")
		for _, name := range []string{"alice", "ALICE", "Alice@Example.com", fmt.Sprint(alice.ID)} {
			run(t, e, "", "user", "show", name).want(t, 0, "alice@example.com", "active", "notes", "sessions", "files")
		}
		for _, name := range []string{"nobody", "99999999999999999999", "-5", "0"} {
			run(t, e, "", "user", "show", "--", name).wantError(t, 1, "no such user")
		}
		s.Exec(t, "update users set username = $1, username_folded = $1 where id = $2", fmt.Sprint(alice.ID+1), alice.ID)
		s.SignUp(t, "bob")
		run(t, e, "", "user", "delete", "--yes", fmt.Sprint(alice.ID+1)).wantError(t, 1, `"bob"`, "use an id")
	})
}

func TestUserIsDisabledAndEnabled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		alice := s.SignUp(t, "alice")
		run(t, e, "", "user", "disable", "alice").want(t, 0, `"alice" is disabled`)
		run(t, e, "", "user", "show", "alice").want(t, 0, "disabled")
		s.Call(t, "GET", "/api/v1/settings/", alice.Token, nil).Want(t, 401)
		signIn(t, s, alice.Email, apptest.Password).Want(t, 400)
		ping := `{"jsonrpc":"2.0","id":7,"method":"ping"}` + "\n"
		run(t, e, ping, "mcp", "--user", "alice").wantError(t, 1, `"alice": the account is disabled`)
		run(t, e, "", "user", "enable", "alice").want(t, 0, `"alice" is enabled`)
		run(t, e, ping, "mcp", "--user", "alice").want(t, 0, `"id":7`)
		signIn(t, s, alice.Email, apptest.Password).Want(t, 200)
	})
}

func TestUserGetsAPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		alice := s.SignUp(t, "alice")
		e = append(e, "DJANGO_SUPERUSER_PASSWORD=of-the-administrator") // is nobody else's
		run(t, e, "", "user", "set-password", "alice").wantError(t, 1, "no password")
		run(t, e, "short\n", "user", "set-password", "alice").wantError(t, 1, "between 8 and 1024")
		signIn(t, s, alice.Email, apptest.Password).Want(t, 200)
		run(t, e, "a-good-password\n", "user", "set-password", "alice").want(t, 0, `"alice" has the new password`)
		s.Call(t, "GET", "/api/v1/settings/", alice.Token, nil).Want(t, 401)
		signIn(t, s, alice.Email, apptest.Password).Want(t, 400)
		signIn(t, s, alice.Email, "a-good-password").Want(t, 200)
	})
}

func TestUserIsDeletedWithEverything(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		alice, bob := s.SignUp(t, "alice"), s.SignUp(t, "bob")
		course := s.Call(t, "POST", "/api/v1/courses/", alice.Token,
			map[string]any{"title": "Physics"}).Want(t, 201).Int("id")
		hers := s.Call(t, "POST", "/api/v1/notes/", alice.Token,
			map[string]any{"title": "Hers", "course_id": course, "is_public": true}).Want(t, 201)
		s.Upload(t, "POST", fmt.Sprintf("/api/v1/notes/%d/attachments/", hers.Int("id")), alice.Token,
			apptest.Part{Name: "file", FileName: "a.txt", Content: "kept until she goes"}).Want(t, 201)
		s.Exec(t, "insert into course_subscriptions (user_id, course_id, subscribed_at) values ($1, $2, $3)", bob.ID, course,
			database.Now())
		his := s.Call(t, "POST", "/api/v1/notes/", bob.Token,
			map[string]any{"title": "His", "course_id": course, "is_public": true,
				"source_note_uuid": hers.String("uuid")}).Want(t, 201).Int("id")

		run(t, e, "yes\n", "user", "delete", "alice").wantError(t, 2, "--yes")
		if kept := s.Files(t); len(kept) != 1 {
			t.Fatalf("want the one file: %v", kept)
		}
		r := run(t, e, "", "user", "delete", "alice", "--yes")
		r.want(t, 0, `"alice" is deleted`, "2 notes", "1 attachments", "2 courses", "0 subscriptions", "0 events",
			"1 sessions", "1 files")

		s.Call(t, "GET", "/api/v1/settings/", alice.Token, nil).Want(t, 401)
		signIn(t, s, alice.Email, apptest.Password).Want(t, 400)
		s.Call(t, "GET", fmt.Sprintf("/api/v1/courses/%d/", course), bob.Token, nil).Want(t, 404)
		note := s.Call(t, "GET", fmt.Sprintf("/api/v1/notes/%d/", his), bob.Token, nil).Want(t, 200).Object()
		if note["title"] != "His" || note["course"] != nil || note["is_public"] != false {
			t.Errorf("want his comment on her note, private and without a course: %v", note)
		}
		wantNothingOf(t, s, alice.ID)
		run(t, e, "", "user", "delete", "alice", "--yes").wantError(t, 1, "no such user")
		s.SignUp(t, "alice") // the name and the address are free; the job of her mail wakes the queue
		apptest.Eventually(t, "the file is removed", func() bool { return len(s.Files(t)) == 0 })
	})
}

// wantNothingOf fails the test when a row of any table still belongs to the user.
func wantNothingOf(t *testing.T, s *apptest.Server, id int64) {
	t.Helper()
	db := s.Database(t)
	tables := "select m.name as table_name, c.name as column_name from sqlite_master m join pragma_table_info(m.name) c " +
		"where m.type = 'table'"
	if db.Engine() == database.PostgreSQL {
		tables = "select table_name, column_name from information_schema.columns where table_schema = current_schema()"
	}
	columns, err := database.All[struct{ TableName, ColumnName string }](t.Context(), db.Read(),
		"select * from ("+tables+") columns where column_name in ('user_id', 'owner_id', 'author_id', 'created_by_id')")
	if err != nil || len(columns) < 5 {
		t.Fatalf("%v: %v", err, columns)
	}
	for _, c := range columns {
		left, err := database.One[int](t.Context(), db.Read(), fmt.Sprintf("select count(*) from %s where %s = $1",
			c.TableName, c.ColumnName), id)
		if err != nil || left != 0 {
			t.Errorf("%s.%s: %d rows are left, %v", c.TableName, c.ColumnName, left, err)
		}
	}
}

func TestUserDeletionAsks(t *testing.T) {
	t.Parallel()
	e := environment(t, database.SQLite)
	run(t, e, "a-good-password", "createsuperuser", "--username=alice").want(t, 0)
	refused := inTerminal(t, e, "user", "delete", "alice")
	refused.answer(t, "Type yes to continue [no]: ", "y\n")
	refused.wantExit(t, 1, "nothing was deleted")
	wantAdministrator(t, e, "alice", "alice@localhost")
	confirmed := inTerminal(t, e, "user", "delete", "alice")
	confirmed.answer(t, "Type yes to continue [no]: ", "yes\n")
	confirmed.wantExit(t, 0, `"alice" is deleted`)
	if left := users(t, e); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func TestPasswordOfAUserIsAskedFor(t *testing.T) {
	t.Parallel()
	e := environment(t, database.SQLite)
	run(t, e, "first-password", "createsuperuser", "--username=alice").want(t, 0)
	term := inTerminal(t, e, "user", "set-password", "alice")
	term.answer(t, "Password: ", "a-good-password\n")
	term.answer(t, "Password again: ", "a-good-password\n")
	term.wantExit(t, 0, "has the new password")
	wantSignIn(t, e, "alice@localhost")
}
