package notes_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
)

const binPath = notesPath + "deleted/"

// emptyBins removes the welcome notes, which newcomers have deleted.
func (s *site) emptyBins(t testing.TB) {
	t.Helper()
	for _, token := range []string{s.alice, s.bob} {
		s.Call(t, "DELETE", binPath+"empty/", token, nil).Want(t, 200)
	}
}

func TestTheBinListsOnesDeletedNotes(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.emptyBins(t)
		first, second := s.create(t, s.alice, object{"title": "First"}), s.create(t, s.alice,
			object{"title": "Second", "is_public": true})
		s.create(t, s.alice, object{"title": "Kept"})
		foreign := s.create(t, s.bob, object{"title": "Bob's"})
		s.Call(t, "DELETE", byID(foreign.JSON), s.bob, nil).Want(t, 204)
		for _, note := range []apptest.Reply{second, first} {
			s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		}
		bin := s.Call(t, "GET", binPath, s.alice, nil).Want(t, 200).List()
		if titles := titlesOf(bin); !slices.Equal(titles, []string{"First", "Second"}) {
			t.Errorf("the bin holds %q, want the latest deletion first", titles)
		}
		for _, entry := range bin {
			apptest.WantKeys(t, "an entry", entry, append([]string{"deleted_at", "recycle_bin_entry_id"}, summaryKeys...)...)
			apptest.WantFields(t, entry, object{"is_public": false, "recycle_bin_entry_id": entry.(object)["id"]})
			if at, _ := entry.(object)["deleted_at"].(string); !timeForm.MatchString(at) {
				t.Errorf("it was deleted at %q", at)
			}
		}
		if bin[0].(object)["last_edit"] != first.Object()["last_edit"] {
			t.Error("deleting moved last_edit")
		}
		s.Call(t, "GET", binPath, "", nil).WantKeys(t, 401, "detail")
	})
}

func TestRestoringANote(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Open", "content": "# A\n\nb", "is_public": true})
		comment := s.create(t, s.bob,
			object{"title": "Hm", "is_public": true, "note_type": "C", "source_note_uuid": note.String("uuid")})
		path := byID(note.JSON) + "restore/"
		s.Call(t, "POST", path, s.alice, nil).WantKeys(t, 404, "detail") // not deleted
		s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		s.Call(t, "POST", path, s.bob, nil).WantKeys(t, 404, "detail")
		s.Call(t, "POST", path, "", nil).WantKeys(t, 401, "detail")
		back := s.Call(t, "POST", path, s.alice, object{}).WantKeys(t, 200, detailKeys...)
		apptest.WantFields(t, back.JSON, object{"id": note.Object()["id"], "content": "# A\n\nb", "is_public": false,
			"last_edit": note.Object()["last_edit"]})
		wantPrivate(t, s.Call(t, "GET", byID(comment.JSON), "", nil))
		apptest.WantFields(t, s.read(t, s.bob, comment).JSON,
			object{"source_note_uuid": note.Object()["uuid"], "is_public": false})
		s.Call(t, "POST", notesPath+"9223372036854775808/restore/", s.alice, nil).WantKeys(t, 404, "detail")
	})
}

func TestEmptyingTheBin(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.emptyBins(t)
		note := s.create(t, s.alice, object{"title": "Open", "content": "a", "is_public": true})
		comment := s.create(t, s.bob,
			object{"title": "Hm", "is_public": true, "note_type": "C", "source_note_uuid": note.String("uuid")})
		s.Call(t, "POST", byID(note.JSON)+"snapshot/", s.alice, nil).Want(t, 201)
		foreign := s.create(t, s.bob, object{"title": "Bob's"})
		s.Call(t, "DELETE", byID(foreign.JSON), s.bob, nil).Want(t, 204)
		s.create(t, s.alice, object{"title": "Kept"})
		for i, method := range []string{"DELETE", "POST"} {
			if i > 0 {
				note = s.create(t, s.alice, object{"title": "Again"})
			}
			s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
			s.Call(t, method, binPath+"empty/", "", nil).WantKeys(t, 401, "detail")
			emptied := s.Call(t, method, binPath+"empty/", s.alice, nil).WantKeys(t, 200, "count", "deleted_count")
			apptest.WantFields(t, emptied.JSON, object{"count": 1, "deleted_count": 1})
			s.Call(t, "POST", byID(note.JSON)+"restore/", s.alice, nil).WantKeys(t, 404, "detail")
		}
		apptest.WantFields(t, s.Call(t, "DELETE", binPath+"empty/", s.alice, nil).JSON,
			object{"count": 0, "deleted_count": 0})
		apptest.WantFields(t, s.read(t, s.bob, comment).JSON, object{"source_note_uuid": nil, "note_type": "C"})
		if titles := s.titles(t, s.alice, ""); !slices.Equal(titles, []string{"Kept"}) {
			t.Errorf("alice has %q", titles)
		}
		if bin := titlesOf(s.Call(t, "GET", binPath, s.bob, nil).Want(t, 200).List()); !slices.Equal(bin, []string{"Bob's"}) {
			t.Errorf("bob's bin holds %q", bin)
		}
		for _, table := range []string{"note_blocks", "note_versions"} {
			left, err := database.One[int](t.Context(), s.Database(t).Read(),
				"select count(*) from "+table+" where note_id not in (select id from notes)")
			if err != nil || left != 0 {
				t.Errorf("%d rows of %s are left (%v)", left, table, err)
			}
		}
	})
}

// A bin is emptied in steps of 200 notes.
func TestALargeBinIsEmptiedWhole(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.emptyBins(t)
		const count = 201 // one more than go at once
		for range count {
			s.create(t, s.alice, object{"title": "x"})
		}
		s.Exec(t, "update notes set deleted_at = created_at")
		apptest.WantFields(t, s.Call(t, "DELETE", binPath+"empty/", s.alice, nil).Want(t, 200).JSON,
			object{"count": count, "deleted_count": count})
	})
}

// What has been in the bin for thirty days goes.
func TestOldNotesLeaveTheBin(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.emptyBins(t)
		deleted := map[string]time.Duration{"old": 30*24*time.Hour + time.Minute, "young": 30*24*time.Hour - time.Hour}
		for title, ago := range deleted {
			note := s.create(t, s.alice, object{"title": title, "content": "x"})
			s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
			s.Exec(t, "update notes set deleted_at = $1 where id = $2", database.Now().Add(-ago), note.Int("id"))
		}
		s.create(t, s.alice, object{"title": "live"})
		db := s.Database(t)
		queue := jobs.New(db, slog.New(slog.DiscardHandler))
		if err := db.Write(t.Context(),
			func(tx *database.Tx) error { return queue.Enqueue(t.Context(), tx, "notes.purge", nil) }); err != nil {
			t.Fatal(err)
		}
		s.SignUp(t, "carol") // the server looks for jobs when it leaves one itself: the mail
		deadline := time.Now().Add(time.Minute)
		for {
			bin := titlesOf(s.Call(t, "GET", binPath, s.alice, nil).Want(t, 200).List())
			if slices.Equal(bin, []string{"young"}) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the bin still holds %q", bin)
			}
		}
		if titles := s.titles(t, s.alice, ""); !slices.Equal(titles, []string{"live"}) {
			t.Errorf("the live notes are %q", titles)
		}
	})
}
