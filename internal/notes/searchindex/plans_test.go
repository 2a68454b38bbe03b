package searchindex_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/notes/search"
	"github.com/trance-0/notechondria/internal/notes/searchindex"
)

func TestSearchUsesTheIndex(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		db := s.Database(t)
		alice := s.SignUp(t, "alice")
		seedIndexed(t, s, alice.ID)
		for _, text := range []string{"rose", "rose thorn", "ro", "料理", "rose thorn petal leaf root stem"} {
			statements, err := searchindex.Statements(t.Context(), db, alice.ID, text)
			if err != nil {
				t.Fatal(err)
			}
			for _, statement := range statements {
				if statement.SQL == "" { // of words that SQLite has no completion for
					continue
				}
				check := wantPlan
				if engine == database.PostgreSQL {
					check = wantScans
				}
				check(t, db, statement)
			}
		}
	})
}

func TestNotesThatWaitAreReadOneByOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		seedIndexed(t, s, alice.ID)
		explain, wanted := "explain query plan ", "SEARCH n USING INTEGER PRIMARY KEY"
		if engine == database.PostgreSQL {
			explain, wanted = "explain (format json) ", "notes_pkey"
		}
		for _, scope := range []notelist.Scope{notelist.Own, notelist.OwnPublic, notelist.Readable} {
			statement := searchindex.WaitingStatement(s.Database(t), alice.ID, scope)
			rows, err := s.Database(t).Read().QueryContext(t.Context(), explain+statement.SQL, statement.Args...)
			if err != nil {
				t.Fatal(err)
			}
			plan := ""
			for columns, _ := rows.Columns(); rows.Next(); { // one of JSON, or four of which the last one tells
				row := make([]any, len(columns))
				for i := range row {
					row[i] = new(any)
				}
				if err := rows.Scan(row...); err != nil {
					t.Fatal(err)
				}
				plan += fmt.Sprintf("%s\n", *row[len(row)-1].(*any))
			}
			if err := errors.Join(rows.Err(), rows.Close()); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(plan, wanted) || strings.Contains(plan, "notes_author_idx") {
				t.Errorf("%s\nis carried out as\n%s", statement.SQL, plan)
			}
		}
	})
}

// wantPlan fails the test unless SQLite begins with the index, and looks up rows by it.
func wantPlan(t *testing.T, db *database.DB, s searchindex.Statement) {
	t.Helper()
	type step struct {
		ID      int
		Parent  int
		NotUsed int `db:"notused"`
		Detail  string
	}
	steps, err := database.All[step](t.Context(), db.Read(), "explain query plan "+s.SQL, s.Args...)
	if err != nil {
		t.Fatalf("%s: %v", s.SQL, err)
	}
	indexed := false
	for _, step := range steps {
		indexed = indexed || strings.HasPrefix(step.Detail, "SCAN note_terms VIRTUAL TABLE INDEX")
		for _, table := range []string{"n", "s", "notes", "note_search"} {
			if step.Detail == "SCAN "+table || strings.HasPrefix(step.Detail, "SCAN "+table+" ") {
				t.Errorf("%s\nhas the step %s", s.SQL, step.Detail)
			}
		}
	}
	if !indexed {
		t.Errorf("%s\nis carried out as %v", s.SQL, steps)
	}
}

// wantScans fails the test unless PostgreSQL uses the index, and does not read all documents. The planner's estimates
// are out of sight here, in a function.
func wantScans(t *testing.T, db *database.DB, s searchindex.Statement) {
	t.Helper()
	type scans struct{ Sequential, ByIndex int }
	const count = "select seq_scan as sequential, idx_scan as by_index from pg_stat_xact_user_tables where relname = " +
		"'note_search'"
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		before, err := database.One[scans](t.Context(), tx, count)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(t.Context(), s.SQL, s.Args...); err != nil {
			return err
		}
		after, err := database.One[scans](t.Context(), tx, count)
		if after.Sequential != before.Sequential || after.ByIndex == before.ByIndex {
			t.Errorf("%s\nreads all documents %d times, and the index %d times",
				s.SQL, after.Sequential-before.Sequential, after.ByIndex-before.ByIndex)
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", s.SQL, err)
	}
}

// seeds make a thousand notes of the user $1 and put them, with a hundred words each and some that all have, into the
// index.
var seeds = map[database.Engine][]string{
	database.SQLite: {
		`with recursive i (value) as (select 1 union all select value + 1 from i where value < 1000)
			insert into notes (author_id, uuid, sharing_id, title, created_at, updated_at)
				select $1, 'u' || value, 's' || value, 'Rose', $2, $2 from i`,
		`insert into note_search (note_id, key, version, updated_at)
			select id, id, 1, $2 from notes where author_id = $1 and title = 'Rose'`,
		`insert into note_terms (rowid, terms)
			select id, replace('@/rose @:rose @/thorn @/w', '@', $2) || id from notes where author_id = $1 and title = 'Rose'`,
	},
	database.PostgreSQL: {
		`insert into notes (author_id, uuid, sharing_id, title, content, created_at, updated_at)
			select $1, gen_random_uuid(), 's' || i, 'Rose', repeat('content', 200), $2, $2 from generate_series(1, 1000) i`,
		`insert into note_search (note_id, key, version, updated_at, document)
			select id, id, 1, $2, '' from notes where author_id = $1 and title = 'Rose'`,
		`update note_search set document = cast(replace('@/rose ''@:rose'' @/thorn', '@', $2)
			|| (select string_agg(' ' || $2 || '/w' || note_id || 'x' || i, '') from generate_series(1, 100) i)
				as tsvector) where $1 > 0`,
		`analyze`,
	},
}

func seedIndexed(t *testing.T, s *apptest.Server, author int64) {
	t.Helper()
	s.WaitForPurge(t, fmt.Sprintf("notes.search.%d", search.Version)) // or it would index some of them
	statements := seeds[s.Database(t).Engine()]
	s.Exec(t, statements[0], author, database.Now())
	s.Exec(t, statements[1], author, database.Now())
	s.Exec(t, statements[2], author, strconv.FormatInt(author, 36))
	for _, statement := range statements[3:] {
		s.Exec(t, statement)
	}
}
