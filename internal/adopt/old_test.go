package adopt_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // restores dumps

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// old is a restored database of the former system, with its files.
type old struct {
	engine  database.Engine
	folder  string // of the set
	dataDir string
	url     string // as DATABASE_URL takes it
	path    string // of the SQLite file
	limit   string // a further setting
}

// sets is the folder with databases that the former system wrote, "" where there is none.
func sets(t testing.TB) string {
	root, err := apptest.Root()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(root, "..", "shared", "adoption")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no databases of the former system are at %s", folder)
	}
	return folder
}

// restore makes a database of a dump, and a data folder with the files that belong to it.
func restore(t testing.TB, engine database.Engine, set string, variants ...string) *old {
	t.Helper()
	o := &old{engine: engine, folder: filepath.Join(sets(t), set), dataDir: t.TempDir()}
	if err := os.CopyFS(filepath.Join(o.dataDir, "media"), os.DirFS(filepath.Join(o.folder, "media"))); err != nil {
		t.Fatal(err)
	}
	o.makeWritable(t)
	if engine == database.PostgreSQL {
		o.url = apptest.EmptyDatabase(t, false)
		psql(t, o.url, filepath.Join(o.folder, "postgres.sql"))
		for _, variant := range variants {
			psql(t, o.url, filepath.Join(sets(t), "variants", variant))
		}
	} else {
		o.path = filepath.Join(o.dataDir, "old.sqlite3")
		o.url = "sqlite:///" + o.path
		script, err := os.ReadFile(filepath.Join(o.folder, "sqlite.sql"))
		if err != nil {
			t.Fatal(err)
		}
		runSQLite(t, o.path, string(script))
	}
	if len(variants) == 0 { // others have no such table
		o.moveSessions(t)
	}
	return o
}

func (o *old) makeWritable(t testing.TB) {
	err := filepath.Walk(filepath.Join(o.dataDir, "media"), func(path string, info os.FileInfo, err error) error {
		if err == nil && info.IsDir() {
			err = os.Chmod(path, 0o755)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// moveSessions moves the sessions to the present: they stand as they did when the answers were recorded.
func (o *old) moveSessions(t testing.TB) {
	taken, err := time.Parse("2006-01-02 15:04:05-07:00", o.people(t).TakenAt)
	if err != nil {
		t.Fatal(err)
	}
	seconds := int64(time.Since(taken).Seconds())
	if o.engine == database.PostgreSQL {
		o.exec(t, "update creators_session set created_at = created_at + $1 * interval '1 second', last_seen_at = "+
			"last_seen_at + $1 * interval '1 second'", seconds)
		return
	}
	const moved = "strftime('%Y-%m-%d %H:%M:%f', last_seen_at, $1 || ' seconds')"
	o.exec(t, "update creators_session set last_seen_at = "+moved+", created_at = "+strings.Replace(moved, "last_seen_at",
		"created_at", 1), seconds)
}

// exec changes the old database.
func (o *old) exec(t testing.TB, statement string, args ...any) {
	t.Helper()
	driver, name := "sqlite", "file:"+o.path+"?_pragma=busy_timeout(10000)"
	if o.engine == database.PostgreSQL {
		driver, name = "pgx", o.url
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement, args...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func runSQLite(t testing.TB, path, script string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(context.Background(), script); err != nil {
		t.Fatal(err)
	}
}

// psql runs a script: dumps hold what only that program reads.
func psql(t testing.TB, url, script string) {
	t.Helper()
	program, err := exec.LookPath("psql")
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/psql")
		if len(found) == 0 {
			t.Skip("psql is not installed: scripts/test does so")
		}
		program = found[0]
	}
	var output bytes.Buffer
	cmd := exec.Command(program, "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", script)
	cmd.Stderr = &output
	if err := cmd.Run(); err != nil {
		t.Fatalf("psql -f %s: %v\n%s", script, err, &output)
	}
}

// environment has a server use the old database as its own.
func (o *old) environment(settings ...string) []string {
	return slices.Concat([]string{"DATA_DIR=" + o.dataDir, "DATABASE_URL=" + o.url, "BOOTSTRAP_SAMPLES=false",
		"MEDIA_ROOT=" + filepath.Join(o.dataDir, "media"), o.limit}, settings)
}

func (o *old) start(t testing.TB, settings ...string) *apptest.Server {
	t.Helper()
	return apptest.Start(t, database.SQLite, o.environment(settings...)...)
}

// people is people.json.
type people struct {
	TakenAt string `json:"golden_taken_at"`
	People  []struct {
		ID       float64
		Username string
		Email    string
		Password string
		State    string
		Tokens   []struct{ Token, Made, Note string }
		Profiles []float64
		APIKey   string `json:"api_key"`
		DeadKey  string `json:"api_key_dead"`
		Owns     map[string]any
	}
	Others []struct{ Who, Token string } `json:"other_tokens"`
}

func (o *old) people(t testing.TB) people { return read[people](t, o.folder, "people.json") }

func (o *old) golden(t testing.TB) []exchange {
	return read[[]exchange](t, o.folder, "golden.json")
}

func read[T any](t testing.TB, folder, name string) (value T) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err == nil {
		err = json.Unmarshal(data, &value)
	}
	if err != nil {
		t.Fatal(err)
	}
	return value
}
