package adopt_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// TestDatabaseOfDjango adopts what the framework itself has written: its types, names, indexes and constraints.
func TestDatabaseOfDjango(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		const notes = 300
		o := django(t, engine, notes)
		s := o.start(t)
		db := s.App(t).DB
		for query, want := range map[string]int{
			"select count(*) from users": 3, "select count(*) from sessions": 3, "select count(*) from courses": 6,
			"select count(*) from notes": notes, "select count(*) from notes where content = ''": notes / 50,
			"select count(*) from note_blocks where source_length is null": notes / 50 * 2,
			"select count(*) from note_versions":                           notes / 5,
			"select count(*) from note_activity":                           notes * 2,
			"select count(*) from planner_events":                          notes / 10,
			"select count(*) from calendar_feed_bodies":                    3,
			// What the blocks said is in the contents: all are taken over as they were.
			"select count(*) from note_blocks": notes * 2,
		} {
			if got := apptest.Value[int](t, db, query); got != want {
				t.Errorf("%s gives %d, want %d", query, got, want)
			}
		}
		someone := token(t, s, "user1")
		s.Call(t, "POST", "/api/v1/notes/", someone, map[string]any{"title": "New", "content": "x"}).Want(t, 201)
		s.Call(t, "GET", "/api/v1/settings/", "0000000000000000000000000000000000000002", nil).Want(t, 200)
	})
}

// django has Debian's Django make a database.
func django(t testing.TB, engine database.Engine, notes int) *old {
	t.Helper()
	if exec.Command("/usr/bin/python3", "-c", "import django, psycopg2").Run() != nil {
		if os.Getenv("DJANGO") != "" {
			t.Fatal("Debian's python3-django or python3-psycopg2 is missing")
		}
		t.Skip("python3-django and python3-psycopg2 are not installed: scripts/test does so")
	}
	o := &old{engine: engine, dataDir: t.TempDir()}
	address := filepath.Join(o.dataDir, "old.sqlite3")
	o.path, o.url = address, "sqlite:///"+address
	if engine == database.PostgreSQL {
		o.url = apptest.EmptyDatabase(t, false)
		address = o.url
	}
	output, err := exec.Command("/usr/bin/python3", "testdata/django/make.py", address,
		strconv.Itoa(notes)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return o
}
