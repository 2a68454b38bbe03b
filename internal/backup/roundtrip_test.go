package backup_test

import (
	"bytes"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/backup"
	"github.com/trance-0/notechondria/internal/database"
)

const testKey = "SECRET_KEY=a-key-for-tests-of-at-least-fifty-characters-0123456789"

// site is a server's environment, for commands.
type site struct{ environment []string }

// newSite has a migrated database without accounts.
func newSite(t *testing.T, engine database.Engine, settings ...string) site {
	t.Helper()
	return site{append(append(apptest.Environment(t, engine), testKey, "ALLOWED_HOSTS=127.0.0.1"), settings...)}
}

// run runs a command to its end.
func (s site) run(t *testing.T, arguments ...string) (out, errors string, code int) {
	t.Helper()
	cmd := apptest.Program(t, s.environment, arguments...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// must runs a command that has to succeed.
func (s site) must(t *testing.T, arguments ...string) (out string) {
	t.Helper()
	out, errors, code := s.run(t, arguments...)
	if code != 0 {
		t.Fatalf("%s ends with %d: %q", strings.Join(arguments, " "), code, errors)
	}
	return out
}

func (s site) open(t *testing.T) *database.DB {
	t.Helper()
	return apptest.OpenDatabase(t, s.environment)
}

// TestRandomRowsGoThroughBothEngines takes another seed each day.
func TestRandomRowsGoThroughBothEngines(t *testing.T) {
	t.Parallel()
	seed := time.Now().Unix() / 86400
	t.Logf("the seed is %d", seed)
	random := rand.New(rand.NewSource(seed))
	first := newSite(t, database.SQLite)
	db := first.open(t)
	fillAtRandom(t, db, random)
	want := contents(t, db)
	sequences := map[string]int64{}
	tables, err := db.Tables(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		if _, out := backup.LeftOut[table.Name]; table.Counted && !out {
			// The last rows may be gone: their numbers stay taken.
			if sequences[table.Name], err = db.LastID(t.Context(), db.Read(), table.Name); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(sequences) < 10 {
		t.Fatalf("only %d tables are numbered", len(sequences))
	}
	from := first
	for i, engine := range []database.Engine{database.PostgreSQL, database.SQLite, database.SQLite, database.PostgreSQL,
		database.PostgreSQL} {
		file := filepath.Join(t.TempDir(), "archive")
		from.must(t, "backup", "--output", file)
		to := newSite(t, engine)
		to.must(t, "restore", file)
		restored := to.open(t)
		t.Logf("step %d, to %s", i+1, engine)
		wantSame(t, contents(t, restored), want)
		wantSequences(t, restored, sequences)
		if left := apptest.Value[int](t, restored,
			"select count(*) from notes where deleted_at is null and id not in (select note_id from note_search)"); left > 0 {
			t.Errorf("%d notes are not in the search index", left)
		}
		from = to
	}
}

// TestEveryColumnIsInTheArchive asks the engines' own catalogues: whoever adds a table or a column has it in archives,
// or says in docs/backup.md why not.
func TestEveryColumnIsInTheArchive(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine)
		file := filepath.Join(t.TempDir(), "archive")
		s.must(t, "backup", "--output", file)
		inside := map[string]bool{}
		for _, table := range manifestOf(t, file).Tables {
			for _, c := range table.Columns {
				inside[table.Name+"."+c.Name] = true
			}
		}
		document, err := os.ReadFile(filepath.FromSlash("../../docs/backup.md"))
		if err != nil {
			t.Fatal(err)
		}
		query := "select table_name || '.' || column_name from information_schema.columns where table_schema = " +
			"current_schema()"
		if engine == database.SQLite {
			query = "select m.name || '.' || c.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table'"
		}
		columns, err := database.All[string](t.Context(), s.open(t).Read(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, column := range columns {
			table, _, _ := strings.Cut(column, ".")
			if strings.HasPrefix(table, "sqlite_") || strings.HasPrefix(table, "note_terms") || table == "note_vocabulary" {
				continue // SQLite's own, and its full text search
			}
			if _, out := backup.LeftOut[table]; out {
				if !strings.Contains(string(document), "`"+table+"`") {
					t.Errorf("docs/backup.md does not say why %s is left out", table)
				}
				continue
			}
			if !inside[column] {
				t.Errorf("%s is not in the archive", column)
			}
		}
		if len(inside) < 150 {
			t.Errorf("only %d columns are in the archive", len(inside))
		}
	})
}
