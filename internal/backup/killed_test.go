package backup_test

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// rounds is how often something is done: few times, or as often as TEST_BACKUP_ROUNDS says, as 100.
func rounds(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("TEST_BACKUP_ROUNDS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// killer kills commands (kill -9) at moments within a time, which gets shorter when one has ended before.
type killer struct {
	within time.Duration
	random *rand.Rand
	killed int
}

// newKiller measures how long a command usually takes.
func newKiller(run func()) *killer {
	start := time.Now()
	run()
	return &killer{within: time.Since(start), random: rand.New(rand.NewSource(start.UnixNano()))}
}

// run runs a command and kills it. It reports whether the command had ended by itself.
func (k *killer) run(t *testing.T, s site, arguments ...string) (ended bool) {
	t.Helper()
	cmd := apptest.Program(t, s.environment, arguments...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("%v ends with %v", arguments, err)
		}
		k.within = max(k.within*3/4, 1)
		return true
	case <-time.After(time.Duration(k.random.Int63n(int64(k.within)))):
		_ = cmd.Process.Kill() // it may just have ended
		<-done
		k.killed++
		return false
	}
}

// seedNotes puts notes into a database, with their author.
func seedNotes(t *testing.T, db *database.DB, number int) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.ExecContext(t.Context(),
			"insert into users (username, username_folded, date_joined) values ('alice', 'alice', $1)", database.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	type note struct {
		UUID    string `json:"uuid"`
		Content string `json:"content"`
	}
	random := rand.New(rand.NewSource(1))
	for first := 0; first < number; first += 500 {
		var notes []note
		for i := first; i < min(first+500, number); i++ {
			content := ""
			for range 150 {
				content += fmt.Sprintf("w%d ", random.Intn(5000))
			}
			notes = append(notes, note{fmt.Sprintf("%08x-0000-4000-8000-000000000000", i), content})
		}
		list, err := database.JSON(notes)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Write(t.Context(), func(tx *database.Tx) error {
			_, err := tx.ExecContext(t.Context(), `
				insert into notes (author_id, uuid, sharing_id, title, content, created_at, updated_at)
				select (select id from users), uuid, cast(uuid as text), 'A note', content, $2, $2 from `+
				db.Records(1, "uuid uuid", "content text")+" r", list, database.Now())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestKilledBackupsLeaveTheNewestOne kills backups and the removal of old ones, in a folder and in a bucket.
func TestKilledBackupsLeaveTheNewestOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		for name, settings := range map[string][]string{
			"folder": {"BACKUP_DIR=" + filepath.Join(t.TempDir(), "backups")},
			"bucket": withBackups(apptest.StartS3(t)),
		} {
			s := newSite(t, engine, settings...)
			seedNotes(t, s.open(t), 300)
			killer := newKiller(func() { s.must(t, "backup") })
			for range rounds(t, 6) {
				before := newestVerified(t, s)
				for _, command := range [][]string{{"backup"}, {"backup", "prune"}} {
					killer.run(t, s, command...)
				}
				after := newestVerified(t, s)
				if after.Name < before.Name {
					t.Fatalf("%s: the newest verified archive was %s, and is %s", name, before.Name, after.Name)
				}
				s.must(t, "backup", "verify", after.Name)
			}
			if killer.killed == 0 {
				t.Errorf("%s: nothing was killed in time", name)
			}
			s.must(t, "backup")
			s.must(t, "backup", "prune")
		}
	})
}

func newestVerified(t *testing.T, s site) kept {
	t.Helper()
	list := s.list(t)
	i := slices.IndexFunc(list, func(b kept) bool { return b.Verified })
	if i < 0 {
		t.Fatalf("no archive is verified: %v", list)
	}
	return list[i]
}

// TestAKilledRestoreBeginsAgain kills restores, which then succeed.
func TestAKilledRestoreBeginsAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		full := newSite(t, engine, apptest.NoBackups)
		seedNotes(t, full.open(t), 300)
		want := contents(t, full.open(t))
		file := filepath.Join(t.TempDir(), "archive")
		full.must(t, "backup", "--output", file)
		killer := newKiller(func() { newSite(t, engine, apptest.NoBackups).must(t, "restore", file) })
		for range rounds(t, 6) {
			s := newSite(t, engine, apptest.NoBackups)
			ended := false
			for range 3 {
				if ended = killer.run(t, s, "restore", file) || finished(t, s); ended {
					break
				}
			}
			if !ended {
				if out, errors, code := s.run(t, "restore", file); code != 0 {
					t.Fatalf("after being killed, restoring ends with %d: %s%s", code, out, errors)
				}
			}
			db := s.open(t)
			wantSame(t, contents(t, db), want)
			if left := apptest.Value[int](t, db,
				"select count(*) from notes where id not in (select note_id from note_search)"); left > 0 {
				t.Errorf("%d notes are not in the search index", left)
			}
		}
		if killer.killed == 0 {
			t.Error("nothing was killed in time")
		}
	})
}

// finished reports whether a restore was killed when it had done all of its work: then the accounts are there, and
// nothing is left to be finished.
func finished(t *testing.T, s site) bool {
	t.Helper()
	db := s.open(t)
	tables, err := db.Tables(t.Context(), db.Read(), "restore_in_progress")
	if err != nil {
		t.Fatal(err)
	}
	return apptest.Value[int](t, db, "select count(*) from users") > 0 &&
		!slices.ContainsFunc(tables, func(table database.Table) bool { return table.Name == "restore_in_progress" })
}

// TestABackupUnderWritesIsOneState writes notes while backups are made. Each note has two blocks, written with it; each
// is numbered, and whatever was acknowledged before a backup began is in it.
func TestABackupUnderWritesIsOneState(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		here := newSite(t, engine, apptest.NoBackups)
		s := apptest.Start(t, engine, here.environment...)
		const writers = 3
		acknowledged := make(chan int64, 1) // the last note that the first writer was told of
		acknowledged <- 0
		stop, stopped := make(chan struct{}), make(chan struct{}, writers)
		for w := range writers {
			token := s.SignUp(t, fmt.Sprint("writer", w)).Token
			go func() {
				defer func() { stopped <- struct{}{} }()
				for {
					select {
					case <-stop:
						return
					default:
					}
					got := s.Call(t, "POST", notesPath, token, map[string]any{"title": "N", "content": "first\n\nsecond"})
					if got.Status != 201 {
						t.Errorf("%d %s", got.Status, got.Text)
						return
					}
					last := <-acknowledged
					acknowledged <- max(last, got.Int("id"))
				}
			}()
		}
		service := s.App(t).Backups
		for range rounds(t, 12) {
			last := <-acknowledged
			acknowledged <- last
			sofar := apptest.Value[int64](t, s.App(t).DB, "select count(*) from notes where id <= $1", last)
			file, err := os.CreateTemp(t.TempDir(), "archive")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := service.Export(t.Context(), file, false, nil); err != nil {
				t.Fatal(err)
			}
			notes, whole := countNotes(t, file.Name(), last)
			if notes < sofar {
				t.Errorf("%d of %d acknowledged notes are in the backup", notes, sofar)
			}
			if !whole {
				t.Error("a note is in the backup without its blocks, or blocks without their note")
			}
		}
		close(stop)
		for range writers {
			<-stopped
		}
		s.Stop(t) // times of last use are stored by the minute, and now
		file := filepath.Join(t.TempDir(), "archive")
		here.must(t, "backup", "--output", file)
		to := newSite(t, engine, apptest.NoBackups)
		to.must(t, "restore", file)
		wantSame(t, contents(t, to.open(t)), contents(t, here.open(t)))
	})
}
