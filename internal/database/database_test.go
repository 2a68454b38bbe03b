package database_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// open opens an empty database, and closes it with the test.
func open(t *testing.T, engine database.Engine) *database.DB {
	t.Helper()
	return openWith(t, options(t, engine))
}

// options name an empty database.
func options(t *testing.T, engine database.Engine) database.Options {
	t.Helper()
	o := database.Options{PoolSize: 4, StatementCache: database.CacheAuto}
	if engine == database.SQLite {
		o.SQLitePath = filepath.Join(t.TempDir(), "a folder", "100% notes?.sqlite3")
	} else {
		o.URL = apptest.EmptyDatabase(t, false)
	}
	return o
}

func openWith(t *testing.T, o database.Options) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// exec runs a statement in a transaction of its own.
func exec(t *testing.T, db *database.DB, statement string, args ...any) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := database.Exec(t.Context(), tx, statement, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func count(t *testing.T, db *database.DB, query string, args ...any) int64 {
	t.Helper()
	n, err := database.One[int64](t.Context(), db.Read(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

type row struct {
	ID       int64
	Text     string
	IsBig    bool
	Nickname *string
	At       time.Time
	Later    *time.Time `db:"later_at"`
}

// withRows makes a table that has a column of each type in use.
func withRows(t *testing.T, db *database.DB) {
	t.Helper()
	timestamp := "timestamptz"
	if db.Engine() == database.SQLite {
		timestamp = "timestamp"
	}
	exec(t, db, `create table things (id bigint primary key, text text not null, is_big boolean not null, nickname text,
		at `+timestamp+` not null, later_at `+timestamp+`)`)
	exec(t, db, "create unique index things_text_key on things (text)")
}

func insert(ctx context.Context, q database.Querier, r row) error {
	_, err := database.Exec(ctx, q,
		"insert into things (id, text, is_big, nickname, at, later_at) values ($1, $2, $3, $4, $5, $6)",
		r.ID, r.Text, r.IsBig, r.Nickname, r.At, r.Later)
	return err
}

func TestWhatIsStoredIsReadBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		withRows(t, db)
		name, now := "名前 \U0001F600 '\"\\", database.Now()
		elsewhere := time.Date(2026, 3, 29, 1, 59, 59, 123456000, time.FixedZone("", 2*60*60))
		rows := []row{
			{ID: 1, Text: "", At: now},
			{ID: 1 << 40, Text: name, IsBig: true, Nickname: &name, At: now, Later: &now},
			{ID: 1<<40 + 1, Text: "whole second", At: elsewhere.UTC().Truncate(time.Second), Later: &elsewhere},
		}
		for _, r := range rows {
			if err := db.Write(t.Context(), func(tx *database.Tx) error { return insert(t.Context(), tx, r) }); err != nil {
				t.Fatal(err)
			}
		}
		read, err := database.All[row](t.Context(), db.Read(), "select * from things order by id")
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range rows {
			got := read[i]
			if !got.At.Equal(want.At) || (want.Later == nil) != (got.Later == nil) || want.Later != nil &&
				!got.Later.Equal(*want.Later) {
				t.Errorf("times: got %v and %v, want %v and %v", got.At, got.Later, want.At, want.Later)
			}
			got.At, got.Later = want.At, want.Later
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got %+v, want %+v", got, want)
			}
			byTime := count(t, db, "select count(*) from things where at = $1 and id = $2", want.At, want.ID)
			if byTime != 1 {
				t.Errorf("the time of row %d is not found by itself", i)
			}
		}
	})
}

func TestTimesSortAsTimes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		withRows(t, db)
		second := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		for id, pause := range []time.Duration{0, time.Microsecond, 100 * time.Millisecond, 999999 * time.Microsecond,
			time.Second, 10 * time.Hour} {
			r := row{ID: int64(id), Text: pause.String(), At: second.Add(pause)}
			if err := db.Write(t.Context(), func(tx *database.Tx) error { return insert(t.Context(), tx, r) }); err != nil {
				t.Fatal(err)
			}
		}
		ids, err := database.All[int64](t.Context(), db.Read(), "select id from things order by at")
		if err != nil || !reflect.DeepEqual(ids, []int64{0, 1, 2, 3, 4, 5}) {
			t.Errorf("got %v, %v", ids, err)
		}
		if n := count(t, db, "select count(*) from things where at > $1", second); n != 5 {
			t.Errorf("%d rows are later than a whole second, want 5", n)
		}
	})
}

func TestNowFitsBothEngines(t *testing.T) {
	t.Parallel()
	now := database.Now()
	if now.Location() != time.UTC || now.Nanosecond()%1000 != 0 {
		t.Errorf("got %v", now)
	}
}

func TestOneAndAllWithoutRows(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		withRows(t, db)
		if _, err := database.One[row](t.Context(), db.Read(), "select * from things where id = $1",
			1); !errors.Is(err, database.ErrNotFound) {
			t.Errorf("One: %v", err)
		}
		rows, err := database.All[row](t.Context(), db.Read(), "select * from things")
		if err != nil || rows == nil || len(rows) != 0 {
			t.Errorf("All: %v, %v", rows, err)
		}
		if _, err := database.One[row](t.Context(), db.Read(), "select * from nothing"); err == nil ||
			errors.Is(err, database.ErrNotFound) {
			t.Errorf("a missing table: %v", err)
		}
	})
}

func TestReadersDoNotWrite(t *testing.T) {
	t.Parallel()
	db := open(t, database.SQLite)
	withRows(t, db)
	if err := insert(t.Context(), db.Read(), row{At: database.Now()}); err == nil {
		t.Error("a row was written outside a transaction")
	}
}

func TestIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		exec(t, db, "create table things (id bigint primary key)")
		exec(t, db, "insert into things (id) values (1), (2), (3), (4000000000)")
		tests := []struct {
			ids  []int64
			want int64
		}{
			{nil, 0}, {[]int64{}, 0}, {[]int64{2}, 1}, {[]int64{3, 1, 1, 99}, 2}, {[]int64{4000000000, -1}, 1},
		}
		for _, test := range tests {
			n := count(t, db, "select count(*) from things where id <> $1 and "+db.In("id", 2), 0, database.List(test.ids))
			if n != test.want {
				t.Errorf("%v: got %d rows, want %d", test.ids, n, test.want)
			}
		}
	})
}

func TestPlaces(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		for list, want := range map[*[]int64]int64{{4000000000, -1, 7}: 33, {7}: 1, {}: 0} {
			got := count(t, db, "select coalesce(sum(case when id = 7 then 1 else 10 end * place), 0) from "+db.Places(1)+" p",
				database.List(*list))
			if got != want {
				t.Errorf("%v: got %d, want %d", *list, got, want)
			}
		}
	})
}

func TestIsUniqueNamesTheIndex(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		exec(t, db, "create table places (owner bigint not null, slug text not null, home boolean not null)")
		exec(t, db, "create unique index places_slug_key on places (owner, slug)")
		exec(t, db, "create unique index places_home_key on places (owner) where home")
		store := func(slug string, home bool) error {
			return db.Write(t.Context(), func(tx *database.Tx) error {
				_, err := tx.ExecContext(t.Context(), "insert into places (owner, slug, home) values (1, $1, $2)", slug, home)
				return err
			})
		}
		if err := store("a", true); err != nil {
			t.Fatal(err)
		}
		if err := store("a", false); !database.IsUnique(err, "places_home_key", "places_slug_key") ||
			database.IsUnique(err, "places_home_key") {
			t.Errorf("a taken slug: %v", err)
		}
		if err := store("b", true); !database.IsUnique(err, "places_home_key") || database.IsUnique(err, "places_slug_key") {
			t.Errorf("a second home: %v", err)
		}
		if database.IsUnique(nil, "places_slug_key") || database.IsUnique(errors.New("places_slug_key"), "places_slug_key") {
			t.Error("other errors are taken for a taken slug")
		}
		notNull := db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.ExecContext(t.Context(), "insert into places (owner, slug, home) values (1, null, false)")
			return err
		})
		if notNull == nil || database.IsUnique(notNull, "places_slug_key") {
			t.Errorf("a missing slug: %v", notNull)
		}
	})
}

func TestWriteAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		db := open(t, engine)
		exec(t, db, "create table names (name text not null)")
		exec(t, db, "create unique index names_name_key on names (name)")
		exec(t, db, "insert into names (name) values ('a')")
		tries := 0
		err := db.WriteAgain(t.Context(), []string{"names_name_key"}, func(tx *database.Tx, try int) error {
			if tries++; try == 0 {
				return fmt.Errorf("wrapped: %w", database.ErrAgain)
			}
			_, err := tx.ExecContext(t.Context(), "insert into names (name) values ($1)", []string{"", "a", "b"}[try])
			return err
		})
		if err != nil || tries != 3 {
			t.Errorf("%d tries: %v", tries, err)
		}
		tries = 0
		err = db.WriteAgain(t.Context(), []string{"names_other_key"}, func(tx *database.Tx, _ int) error {
			tries++
			_, err := tx.ExecContext(t.Context(), "insert into names (name) values ('a')")
			return err
		})
		if !database.IsUnique(err, "names_name_key") || tries != 1 {
			t.Errorf("another index: %d tries: %v", tries, err)
		}
		tries = 0
		err = db.WriteAgain(t.Context(), nil, func(*database.Tx, int) error {
			tries++
			return database.ErrAgain
		})
		if !errors.Is(err, database.ErrAgain) || tries < 2 {
			t.Errorf("without end: %d tries: %v", tries, err)
		}
	})
}

func TestRecords(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		type thing struct {
			ID   int64   `json:"id"`
			Text *string `json:"text"`
			Good bool    `json:"good"`
		}
		db := open(t, engine)
		exec(t, db, "create table things (id bigint primary key, text text, good boolean not null)")
		records := func(list []thing) string {
			text, err := database.JSON(list)
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		table := db.Records(1, "id bigint", "text text", "good boolean")
		exec(t, db, "insert into things (id, text, good) select id, text, good from "+table+" r",
			records([]thing{{4_000_000_000, new("it's"), true}, {-1, nil, false}, {7, new(""), true}}))
		exec(t, db, "insert into things (id, text, good) select id, text, good from "+table+" r", records(nil))
		exec(t, db, "with r as materialized "+table+" update things set text = r.text from r where things.id = r.id",
			records([]thing{{7, new("new"), false}}))
		got, err := database.All[thing](t.Context(), db.Read(), "select id, text, good from things order by id")
		want := []thing{{-1, nil, false}, {7, new("new"), true}, {4_000_000_000, new("it's"), true}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

func TestTimesOfRecordsAreKeptLikeOthers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		type moment struct {
			At database.RecordTime `json:"at"`
		}
		column := map[database.Engine]string{database.SQLite: "timestamp", database.PostgreSQL: "timestamptz"}[engine]
		db := open(t, engine)
		exec(t, db, "create table moments (at "+column+" not null)")
		elsewhere := time.FixedZone("", -7200)
		for _, at := range []time.Time{
			time.Date(2026, 3, 29, 2, 30, 0, 123456789, elsewhere), time.Date(2026, 3, 29, 2, 30, 0, 0, elsewhere),
			time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 500_000_000, time.UTC),
		} {
			record, err := database.JSON([]moment{{database.RecordTime(at)}})
			if err != nil {
				t.Fatal(err)
			}
			exec(t, db, "delete from moments")
			exec(t, db, "insert into moments (at) select at from "+db.Records(1, "at timestamptz")+" r", record)
			got, err := database.One[struct{ At time.Time }](t.Context(), db.Read(), "select at from moments where at = $1", at)
			if want := at.UTC().Truncate(time.Microsecond); err != nil || !got.At.Equal(want) {
				t.Errorf("%s became %s, %v", at, got.At, err)
			}
		}
	})
}

func TestTimesAreKeptAlike(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		type moment struct {
			At    time.Time
			Later *time.Time
		}
		db := open(t, engine)
		exec(t, db, "create table moments (at "+map[database.Engine]string{database.SQLite: "timestamp",
			database.PostgreSQL: "timestamptz"}[engine]+
			" not null, later "+map[database.Engine]string{database.SQLite: "timestamp",
			database.PostgreSQL: "timestamptz"}[engine]+")")
		at := time.Date(2026, 3, 29, 2, 30, 0, 123456789, time.FixedZone("", 7200))
		want := time.Date(2026, 3, 29, 0, 30, 0, 123456000, time.UTC)
		exec(t, db, "insert into moments (at, later) values ($1, $2)", at, &at)
		exec(t, db, "insert into moments (at, later) values ($1, $2)", at, (*time.Time)(nil))
		got, err := database.All[moment](t.Context(), db.Read(), "select at, later from moments order by later nulls last")
		if err != nil || len(got) != 2 || !got[0].At.Equal(want) || !got[0].Later.Equal(want) || got[1].Later != nil {
			t.Errorf("got %v, %v", got, err)
		}
		if n := count(t, db, "select count(*) from moments where at = $1 and later = $2", at, &at); n != 1 {
			t.Errorf("%d rows are found by the time", n)
		}
	})
}

func TestManyWriteAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := options(t, engine)
		instances := []*database.DB{openWith(t, o), openWith(t, o)}
		exec(t, instances[0], "create table counters (n bigint not null)")
		exec(t, instances[0], "insert into counters (n) values (0)")
		var group sync.WaitGroup
		for i := range 40 {
			group.Go(func() {
				err := instances[i%2].Write(t.Context(), func(tx *database.Tx) error {
					_, err := database.One[int64](t.Context(), tx, "select n from counters")
					if err != nil {
						return err
					}
					_, err = database.Exec(t.Context(), tx, "update counters set n = n + 1")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := count(t, instances[0], "select n from counters"); n != 40 {
			t.Errorf("%d of 40 writes are there", n)
		}
	})
}
