package adopt_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestTheFormerSystemWroteOn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		s := o.start(t)
		ann := token(t, s, "ann")
		s.Call(t, "PATCH", "/api/v1/notes/3/", ann, map[string]any{"title": "Changed here"}).Want(t, 200)
		s.Call(t, "DELETE", "/api/v1/notes/1/", ann, nil).Want(t, 204)
		// The last id of the fixture is that of a note that was left out: it is not given out again.
		here := s.Call(t, "POST", "/api/v1/notes/", ann,
			map[string]any{"title": "Made here", "content": "x"}).Want(t, 201).Int("id")

		o.exec(t, `update notes_note set content = 'Changed there.', last_edit = '2026-10-01 00:00:00' where id in (1, 2, 3);
			update courses_course set title = 'Renamed there' where id = 3;
			update auth_user set password = '!' where id = 2;
			insert into courses_course values (6, 'new', 'New course', '', null, false, '2026-10-01 00:00:00',
				'2026-10-01 00:00:00', 11, null, 0, null);
			insert into auth_user values (6, '!', null, false, 'late', '', '', 'late@example.org', false, true,
				'2026-10-01 00:00:00');
			insert into creators_creator values (16, null, null, '2026-10-01 00:00:00', '2026-10-01 00:00:00', 6, '', 'P',
				'http://localhost:9080/api/v1', 'S', 'teal', '', null, '', '', '')`)
		for i, id := range []int64{here, here + 100} {
			o.exec(t, strings.NewReplacer("ID", itoa(id), "HEX", "b000000000004000800000000000000"+itoa(int64(i))).Replace(`
				insert into notes_note values (ID, 'new-ID', 'Made there', '', '2026-10-01 00:00:00', '2026-10-01 00:00:00', 16, 6,
					'new', 'P', '', false,
					null, null, 'N', null, 'HEX', null, '');
				insert into notes_noteversion
				values (ID, 'Newer', null, 'between', '', 'P', 'manual', '2026-10-01 00:00:00', 11, 2)`))
		}
		planned := o.adopt(t, true, "--dry-run")
		said := o.adopt(t, true)
		for _, text := range []string{"changed there and here: what is here stays",
			"its id was given to something new here"} {
			if !strings.Contains(said, text) || !strings.Contains(planned, text) {
				t.Errorf("%q is not in %s", text, said)
			}
		}

		get := func(path string) apptest.Reply { return s.Call(t, "GET", "/api/v1/"+path, ann, nil) }
		if content := get("notes/2/").Want(t, 200).String("content"); content != "Changed there." {
			t.Errorf("a note that was changed there alone is %q", content)
		}
		if title := get("notes/3/").Want(t, 200).String("title"); title != "Changed here" {
			t.Errorf("a note that was changed here too is %q", title)
		}
		get("notes/1/").Want(t, 404)
		if title := get("notes/"+itoa(here)+"/").Want(t, 200).String("title"); title != "Made here" {
			t.Errorf("a note that was made here is %q", title)
		}
		if title := get("courses/3/").Want(t, 200).String("title"); title != "Renamed there" {
			t.Errorf("a course that was renamed there is %q", title)
		}
		get("courses/6/").Want(t, 200)
		signIn(t, s, "ANN", annsPassword).Want(t, 400)
		db := s.App(t).DB
		if n := apptest.Value[int](t, db, "select count(*) from notes where author_id = 6"); n != 1 {
			t.Errorf("%d notes of somebody new are here", n)
		}
		if n := apptest.Value[int](t, db,
			"select count(*) from note_versions where note_id = 2 and content = 'between'"); n != 2 {
			t.Errorf("%d of 2 new versions are here", n)
		}
		out := o.adopt(t, true)
		for _, text := range []string{"Nothing is new", "notes_note: 2× changed there and here: what is here stays: 1, 3",
			"notes_note: 1× its id was given to something new here"} {
			if !strings.Contains(out, text) {
				t.Errorf("a third run does not say %q: %s", text, out)
			}
		}
	})
}

func TestFromAnotherDatabase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		for _, into := range apptest.Engines {
			from := fixture(t, engine, 0)
			target := &old{engine: into, dataDir: t.TempDir()}
			if into == database.PostgreSQL {
				target.url = apptest.EmptyDatabase(t, false)
			} else {
				target.path = filepath.Join(target.dataDir, "own.sqlite3")
				target.url = "sqlite:///" + target.path
			}
			files := filepath.Join(from.dataDir, "media")
			picture := filepath.Join("user_upload", "user_1", "notes", "noteblock_2", "a.png")
			if err := os.MkdirAll(filepath.Dir(filepath.Join(files, picture)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(files, picture), []byte("picture"), 0o644); err != nil {
				t.Fatal(err)
			}
			address := from.url
			if engine == database.SQLite {
				address = from.path
				if err := os.Chmod(from.path, 0o444); err != nil {
					t.Fatal(err)
				}
			}
			planned := target.reported(t, "--from", address, "--media", files, "--dry-run")
			done := target.reported(t, "--from", address, "--media", files)
			if planned.Files.Copied != 1 || !reflect.DeepEqual(planned.Files, done.Files) {
				t.Errorf("a dry run says of the files %+v, then it is %+v", planned.Files, done.Files)
			}
			s := target.start(t)
			token(t, s, "ann")
			if got := s.Fetch(t, s.URL+"/media/"+filepath.ToSlash(picture)).Want(t, 200).Text; got != "picture" {
				t.Errorf("the file is %q", got)
			}
			s.Stop(t)
			if out := target.adopt(t, true, "--from", address, "--media", files); !strings.HasPrefix(out, "Nothing is new") {
				t.Errorf("another run says %s", out)
			}
			target.adopt(t, false, "--drop-old", "--from", address)
		}
	})
}

func TestRemovingTheOldTables(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := fixture(t, engine, 0)
		s := o.start(t)
		ann := token(t, s, "ann")
		if out := o.adopt(t, true, "--drop-old"); !strings.Contains(out, "15 old tables were removed") {
			t.Errorf("it says %s", out)
		}
		s.Call(t, "GET", "/api/v1/notes/3/", ann, nil).Want(t, 200)
		s.Stop(t)
		again := o.start(t)
		again.Call(t, "GET", "/api/v1/notes/3/", ann, nil).Want(t, 200)
		if message := o.adopt(t, false); !strings.Contains(message, "no database of the former system") {
			t.Errorf("it says %s", message)
		}
	})
}

func TestRefusals(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		t.Run("people of its own", func(t *testing.T) {
			o := fixture(t, engine, 0)
			s := o.start(t, "ADOPT=false", "DJANGO_SUPERUSER_PASSWORD=Admin-pass-123")
			a := s.App(t)
			apptest.Eventually(t, "the administrator is there", func() bool {
				return apptest.Value[int](t, a.DB, "select count(*) from users") == 1
			})
			for _, arguments := range [][]string{nil, {"--dry-run"}} {
				if message := o.adopt(t, false, arguments...); !strings.Contains(message, "people of its own") {
					t.Errorf("adopt %v says %s", arguments, message)
				}
			}
		})
		t.Run("nothing old", func(t *testing.T) {
			o := &old{engine: engine, dataDir: t.TempDir()}
			if o.url = "sqlite:///" + filepath.Join(o.dataDir, "x.sqlite3"); engine == database.PostgreSQL {
				o.url = apptest.EmptyDatabase(t, false)
			}
			for _, arguments := range [][]string{nil, {"--dry-run"}} {
				if message := o.adopt(t, false, arguments...); !strings.Contains(message, "no database of the former system") {
					t.Errorf("it says %s", message)
				}
			}
			o.adopt(t, false, "--from", filepath.Join(o.dataDir, "none"))
			o.adopt(t, false, "--media", filepath.Join(o.dataDir, "none"))
		})
		if engine == database.PostgreSQL {
			t.Run("too little room", func(t *testing.T) {
				o := fixture(t, engine, 0)
				o.limit = "DATABASE_LIMIT_BYTES=10 MiB"
				for _, arguments := range [][]string{nil, {"--dry-run"}} {
					if message := o.adopt(t, false, arguments...); !strings.Contains(message, "MiB are free") {
						t.Errorf("adopt %v says %s", arguments, message)
					}
				}
			})
			t.Run("room for what is new", func(t *testing.T) {
				o := fixture(t, engine, 0)
				o.exec(t, "update notes_note set content = (select string_agg(md5(i::text), ' ') from "+
					"generate_series(1, 200000) i) where id = 2")
				planned := o.reported(t, "--dry-run").Room.Needed
				done := o.reported(t).Room.Needed // vacuuming adds some pages in between
				if max(done, planned)-min(done, planned) > 1<<20 || done < 12<<20 {
					t.Errorf("%d bytes are needed, a dry run said %d", done, planned)
				}
				db := apptest.OpenDatabase(t, o.environment(testKey))
				size := apptest.Value[int64](t, db, "select pg_database_size(current_database())")
				o.limit = "DATABASE_LIMIT_BYTES=" + itoa(size+12<<20)
				if out := o.adopt(t, true); !strings.HasPrefix(out, "Nothing is new") {
					t.Errorf("another run says %s", out)
				}
			})
		}
	})
}
