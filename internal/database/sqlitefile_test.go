package database_test

import (
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// openMigrated opens a database in its usual mode, with a write-ahead log.
func openMigrated(t *testing.T, o database.Options) *database.DB {
	t.Helper()
	db := openWith(t, o)
	if err := db.Migrate(t.Context(), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return db
}

// What is written to a file without a name is gone at the next start: nothing is acknowledged any more.
func TestAFileThatIsRemovedOrReplacedTakesNoWrites(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(path string) error{
		"removed": func(string) error { return nil },
		"replaced": func(path string) error {
			content, err := os.ReadFile(path + ".old")
			return errors.Join(err, os.WriteFile(path, content, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, database.SQLite)
			db := openMigrated(t, o)
			exec(t, db, "create table things (id integer primary key)")
			write := func() error {
				return db.Write(t.Context(), func(tx *database.Tx) error {
					_, err := tx.ExecContext(t.Context(), "insert into things default values")
					return err
				})
			}
			if err := errors.Join(os.Rename(o.SQLitePath, o.SQLitePath+".old"), spoil(o.SQLitePath)); err != nil {
				t.Fatal(err)
			}
			if err := write(); problem.TroubleOf(err) == nil || db.CheckWritable(t.Context()) == nil {
				t.Errorf("it takes a write: %v", err)
			}
			if err := os.Rename(o.SQLitePath+".old", o.SQLitePath); err != nil { // back in its place
				t.Fatal(err)
			}
			if err := errors.Join(write(), db.CheckWritable(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
}

// A backup that is put in the place of the file is what the next start finds, whatever the log of the old one holds.
func TestAFileThatIsPutInItsPlaceIsReadAfterARestart(t *testing.T) {
	t.Parallel()
	o, other := options(t, database.SQLite), options(t, database.SQLite)
	backup := openMigrated(t, other)
	exec(t, backup, "create table things (text text)")
	exec(t, backup, "insert into things (text) values ('of the backup')")
	if err := backup.Close(); err != nil {
		t.Fatal(err)
	}
	db := openMigrated(t, o)
	exec(t, db, "create table things (text text)")
	for range 20 {
		exec(t, db, "insert into things (text) values ($1)", strings.Repeat("x", 5000))
	}
	if err := errors.Join(os.Rename(other.SQLitePath, o.SQLitePath), db.Close()); err != nil {
		t.Fatal(err)
	}

	db = openMigrated(t, o)
	for query, want := range map[string]string{
		"select text from things": "of the backup", "pragma integrity_check": "ok",
	} {
		if got, err := database.One[string](t.Context(), db.Read(), query); err != nil || got != want {
			t.Errorf("%s: %.40q, %v", query, got, err)
		}
	}
	if _, err := os.Stat(o.SQLitePath + "-wal.replaced"); err != nil {
		t.Errorf("what was not in the old file yet is gone: %v", err)
	}
}

// A reader that takes long, a backup say, has the log grow, since nothing of what comes after its beginning can be put
// away. Afterwards the space is given back.
func TestTheLogShrinksAfterALongReader(t *testing.T) {
	t.Parallel()
	o := options(t, database.SQLite)
	o.SQLitePath = filepath.Join(t.TempDir(), "notes.sqlite3")
	db := openMigrated(t, o)
	exec(t, db, "create table things (text text)")
	exec(t, db, "insert into things (text) values ('')")
	log := func() int64 {
		info, err := os.Stat(o.SQLitePath + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	reader, err := db.Pools()["read"].BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Rollback()
	if err := reader.QueryRowContext(t.Context(), "select text from things").Scan(new(string)); err != nil {
		t.Fatal(err)
	}
	for i := range 12 {
		exec(t, db, "update things set text = $1", strings.Repeat(string(rune('a'+i)), 1<<20))
	}
	const limit = 8 << 20
	if size := log(); size <= limit {
		t.Fatalf("beside the reader the log has %d bytes: the test shows nothing", size)
	}
	if err := reader.Rollback(); err != nil {
		t.Fatal(err)
	}
	for i := range 4 { // puts all of it away, then begins it anew
		exec(t, db, "update things set text = $1", i)
	}
	if size := log(); size > limit {
		t.Errorf("the log keeps %d bytes", size)
	}
}
