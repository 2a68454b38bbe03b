package adopt_test

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

//go:embed testdata/old.sql
var fixtureSQL string

// fixture is a small database of the former system, with so many further notes.
func fixture(t testing.TB, engine database.Engine, notes int) *old {
	t.Helper()
	o := &old{engine: engine, dataDir: t.TempDir()}
	if err := os.MkdirAll(filepath.Join(o.dataDir, "media", "user_upload", "user_1"), 0o755); err != nil {
		t.Fatal(err)
	}
	types := strings.NewReplacer("TIME", "timestamptz", "UUID", "uuid", "ID ", "bigint ")
	if engine == database.PostgreSQL {
		o.url = apptest.EmptyDatabase(t, false)
	} else {
		types = strings.NewReplacer("TIME", "datetime", "UUID", "char(32)", "ID ", "integer ")
		o.path = filepath.Join(o.dataDir, "old.sqlite3")
		o.url = "sqlite:///" + o.path
	}
	head, rows, _ := strings.Cut(fixtureSQL, "create index noteindex_note")
	script := types.Replace(head) + "create index noteindex_note" + rows
	if notes > 0 {
		script += manyNotes(notes, map[database.Engine]string{database.PostgreSQL: "uuid", database.SQLite: "text"}[engine])
	}
	o.exec(t, script)
	return o
}

// manyNotes are further notes of ann's, with two blocks and a version each.
func manyNotes(n int, uuidType string) string {
	const first = 1000
	return fmt.Sprintf(`
		with recursive n (i) as (select %[1]d union all select i + 1 from n where i < %[2]d)
		insert into notes_note select i, 'many-' || i, 'Note ' || i, '', '2026-01-01 00:00:00', '2026-01-02 00:00:00', 11, 1,
			'# Note ' || i || %[3]s || 'Some words of note ' || i || ', and more of them.', 'P', '', false, null, null, 'N',
			null,
			cast('a0000000-0000-4000-8000-' || substr('000000000000' || i, length('000000000000' || i) - 11) as %[4]s), null,
			'' from n;
		insert into notes_noteblock select id, 'T', null, null, false, title, null, date_created, last_edit, 11,
			id from notes_note where id >= %[1]d;
		insert into notes_noteindex select id, 0, id, id from notes_note where id >= %[1]d;
		insert into notes_noteversion select id, title, null, 'before', '', 'P', 'manual', date_created, 11,
			id from notes_note where id >= %[1]d;
		insert into planner_heatmapactivity
		select id, 'C', '2026-01-01', 5, date_created, null, 11, id from notes_note where id >= %[1]d;`,
		first, first+n-1, "'\n\n'", uuidType)
}
