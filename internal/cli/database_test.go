package cli_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestMigrate(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		e := environment(t, engine)
		run(t, e, "", "migrate", "--check").wantError(t, 1, "migrations are pending")
		run(t, e, "", "migrate", "--status").want(t, 0, "00001  pending  accounts")
		run(t, e, "", "migrate", "--check").wantError(t, 1, "migrations are pending") // they only looked
		run(t, e, "", "migrate").want(t, 0, "up to date")
		run(t, e, "", "migrate").want(t, 0, "up to date")
		run(t, e, "", "migrate", "--check").want(t, 0, "up to date")
		r := run(t, e, "", "migrate", "--status").want(t, 0, "00001  applied")
		if strings.Contains(r.stdout, "pending") {
			t.Errorf("got:\n%s", r.stdout)
		}
	})
}

func TestANewerSchema(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		e := environment(t, engine)
		run(t, e, "", "migrate").want(t, 0)
		_, err := apptest.OpenDatabase(t, e).Writer().ExecContext(t.Context(),
			"insert into goose_db_version (version_id, is_applied) values (99, true)")
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range []string{"migrate", "migrate --check", "start", "serve", "bootstrap"} {
			r := run(t, append(e, fmt.Sprintf("PORT=%d", apptest.FreePort(t))), "", strings.Fields(command)...).want(t, 1)
			wantWords(t, r.stderr, "newer than this program", "[99]")
		}
	})
}

func TestAnUnreachableDatabase(t *testing.T) {
	t.Parallel()
	e := []string{"DATA_DIR=" + t.TempDir(), "SECRET_KEY=k", "DATABASE_URL=postgres://me:hunter2@127.0.0.1:1/notes"}
	for _, command := range []string{"migrate", "bootstrap", "createsuperuser"} {
		r := run(t, e, "", command)
		r.wantError(t, 1, "connecting to PostgreSQL")
		if strings.Contains(r.stderr, "hunter2") {
			t.Errorf("the password is shown: %s", r.stderr)
		}
	}
}

type user struct {
	Username     string
	Email        string
	PasswordHash string
	IsSuperuser  bool
	IsStaff      bool
	IsActive     bool
}

func users(t *testing.T, environment []string) []user {
	t.Helper()
	list, err := database.All[user](t.Context(), apptest.OpenDatabase(t, environment).Read(),
		"select username, email, password_hash, is_superuser, is_staff, is_active from users order by id")
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// wantAdministrator fails the test unless these are the only users: one administrator.
func wantAdministrator(t *testing.T, environment []string, username, email string) {
	t.Helper()
	list := users(t, environment)
	if len(list) != 1 || list[0].Username != username || list[0].Email != email || !list[0].IsSuperuser ||
		!list[0].IsStaff || !list[0].IsActive {
		t.Fatalf("want %s <%s> alone, got %+v", username, email, list)
	}
}

func TestBootstrapTwice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		e := environment(t, engine)
		run(t, e, "", "bootstrap").want(t, 0)
		if list := users(t, e); len(list) != 0 {
			t.Errorf("without a password it made %+v", list)
		}
		run(t, append(e, "DJANGO_SUPERUSER_PASSWORD=first-password-1"), "", "bootstrap").want(t, 0)
		wantAdministrator(t, e, "admin", "admin@localhost")
		before := users(t, e)[0]
		if !strings.HasPrefix(before.PasswordHash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("the program hashes at another cost than the usual one: %s", before.PasswordHash)
		}
		run(t, append(e, "DJANGO_SUPERUSER_PASSWORD=second-password-2", "DJANGO_SUPERUSER_EMAIL=other@example.org"), "",
			"bootstrap").want(t, 0)
		if after := users(t, e); len(after) != 1 || after[0] != before {
			t.Errorf("the second changed it: %+v", after)
		}
		run(t, append(e, "DJANGO_SUPERUSER_USERNAME=root", "DJANGO_SUPERUSER_PASSWORD=change-me"), "", "bootstrap").
			wantError(t, 1, "appears in examples")
	})
}

func TestBootstrapMakesSampleCourses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		e := environment(t, engine)
		want := func(courses, notes int) {
			t.Helper()
			count := func(table string) int {
				n, err := database.One[int](t.Context(), apptest.OpenDatabase(t, e).Read(), "select count(*) from "+table)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			if c, n := count("courses"), count("notes"); c != courses || n != notes {
				t.Fatalf("there are %d courses and %d notes, want %d and %d", c, n, courses, notes)
			}
		}
		root := t.TempDir()
		run(t, append(e, "SAMPLE_ROOT="+root), "", "bootstrap").wantError(t, 1, root, "none of its folders has a course.json")
		run(t, append(e, "SAMPLE_ROOT="+root, "BOOTSTRAP_SAMPLE_CONTENT=no"), "", "bootstrap").want(t, 0)
		want(0, 0)
		run(t, append(e, "BOOTSTRAP_SAMPLE_CONTENT=yes"), "", "bootstrap").want(t, 0)
		want(3, 12)
		run(t, append(e, "BOOTSTRAP_SAMPLES=false"), "", "bootstrap", "--with-sample-content").want(t, 0)
		want(3, 12)
		run(t, append(e, "DJANGO_SUPERUSER_PASSWORD=change-me", "SAMPLE_ROOT="+root), "", "bootstrap").
			wantError(t, 1, "appears in examples", "course.json") // neither keeps the other from being tried
	})
}

func TestCreateSuperuser(t *testing.T) {
	const password = "DJANGO_SUPERUSER_PASSWORD=a-good-password"
	tests := []struct {
		name        string
		environment []string
		input       string
		arguments   []string
		username    string
		email       string
	}{
		{"flags", []string{password}, "", []string{"--username=Alice", "--email=Alice@example.org"}, "Alice",
			"alice@example.org"},
		{"flags beat the environment",
			[]string{password, "DJANGO_SUPERUSER_USERNAME=bob", "DJANGO_SUPERUSER_EMAIL=bob@example.org"}, "",
			[]string{"--username=alice", "--email=alice@example.org"}, "alice", "alice@example.org"},
		{"the environment", []string{password, "DJANGO_SUPERUSER_USERNAME=bob", "DJANGO_SUPERUSER_EMAIL=bob@example.org"}, "",
			nil, "bob", "bob@example.org"},
		{"a name alone", []string{password}, "", []string{"--username=carol"}, "carol", "carol@localhost"},
		{"the password on standard input", nil, "a-good-password\n", nil, "admin", "admin@localhost"},
		{"without a final line break", nil, "a-good-password", nil, "admin", "admin@localhost"},
		{"of a Windows machine", nil, "a-good-password\r\nmore", nil, "admin", "admin@localhost"},
	}
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				e := environment(t, engine)
				run(t, append(e, test.environment...), test.input,
					append([]string{"createsuperuser"}, test.arguments...)...).want(t, 0, test.username)
				wantAdministrator(t, e, test.username, test.email)
				wantSignIn(t, e, test.email)
			})
		}
	})
}

// wantSignIn fails the test unless the administrator can sign in with "a-good-password".
func wantSignIn(t *testing.T, environment []string, email string) {
	t.Helper()
	s := apptest.StartProcess(t, environment, "serve").Server()
	s.Call(t, "POST", "/api/v1/auth/login/", "",
		map[string]any{"email": email, "password": "a-good-password"}).Want(t, 200)
}

func TestCreateSuperuserRefuses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		e := environment(t, engine)
		run(t, e, "a-good-password", "createsuperuser", "--username=alice").want(t, 0)
		tests := []struct {
			name, input, arguments, words string
		}{
			{"a taken name", "a-good-password", "--username=ALICE --email=new@example.org", `"ALICE": an account with`},
			{"a taken address", "a-good-password", "--username=bob --email=Alice@localhost", "already exists"},
			{"no password", "", "--username=bob", "DJANGO_SUPERUSER_PASSWORD"},
			{"an empty password", "\nmore", "--username=bob", "DJANGO_SUPERUSER_PASSWORD"},
			{"a short password", "short", "--username=bob", "between 8 and 1024"},
			{"a known password", "change-me", "--username=bob", "examples"},
			{"no address", "a-good-password", "--username=bob --email=bob", "mail address"},
		}
		for _, test := range tests {
			arguments := append([]string{"createsuperuser"}, strings.Fields(test.arguments)...)
			run(t, e, test.input, arguments...).wantError(t, 1, test.words)
		}
		wantAdministrator(t, e, "alice", "alice@localhost")
	})
}
