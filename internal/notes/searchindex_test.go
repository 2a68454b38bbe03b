package notes_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes"
	"github.com/trance-0/notechondria/internal/notes/search"
	"github.com/trance-0/notechondria/internal/problem"
)

func TestNotesThatAreMissingFromTheIndexOrOutdatedAreIndexed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := apptest.Environment(t, engine)
		s := &site{Server: apptest.Start(t, engine, environment...)}
		s.alice = s.newAccount(t, "alice")
		for title, statement := range map[string]string{
			"never indexed":    "delete from note_search where note_id = $1",
			"of an older form": "update note_search set version = 0 where note_id = $1",
			"changed without it": "update notes set title = 'Rose changed', updated_at = '2026-11-23 01:02:03.456789+00:00' " +
				"where id = $1",
			"deleted without it": "update notes set deleted_at = updated_at where id = $1",
			"as it should be":    "update notes set metadata_json = '' where id = $1",
			"of the future":      "update note_search set version = 1000 where note_id = $1",
		} {
			note := s.create(t, s.alice, object{"title": "Rose " + title})
			s.Exec(t, statement, note.Int("id"))
		}
		s.Exec(t, "delete from periodic_jobs where name like 'notes.search.%'")
		second := &site{Server: apptest.Start(t, engine, environment...), alice: s.alice}
		apptest.Eventually(t, "the notes are indexed", func() bool { return len(second.find(t, s.alice, "rose", "")) == 5 })
		apptest.Eventually(t, "the index is in line", func() bool {
			stale, err := database.One[int](t.Context(), s.Database(t).Read(),
				`select count(*) from notes n left join note_search s on s.note_id = n.id
				where n.deleted_at is null and (s.version is null or s.version < $1 or s.updated_at <> n.updated_at)
					or n.deleted_at is not null and s.note_id is not null`,
				search.Version)
			return err == nil && stale == 0
		})
		second.wantFound(t, "changed", "Rose changed")
		second.wantFound(t, "future", "Rose of the future")
		second.wantIndexed(t)
	})
}

func TestManyHiddenCommentsAreIndexedAfterwards(t *testing.T) {
	const comments = 21 // more than are indexed at once
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Open", "is_public": true})
		for range comments {
			s.create(t, s.bob, object{"title": "Rose", "is_public": true, "source_note_uuid": note.String("uuid")})
		}
		page := s.Call(t, "GET", notesPath+"?q=rose&limit=1", "", nil).Want(t, 200)
		apptest.WantFields(t, page.JSON, object{"total": comments})
		s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		page = s.Call(t, "GET", notesPath+"?q=rose&limit=1", "", nil).Want(t, 200)
		apptest.WantFields(t, page.JSON, object{"total": 0, "results": []any{}})
		apptest.Eventually(t, "their author finds the comments",
			func() bool { return len(s.find(t, s.bob, "rose", "")) == comments })
		s.wantIndexed(t)
	})
}

func (h *fixture) save(t *testing.T, d notes.Draft) notes.Note {
	t.Helper()
	n, _, err := h.Create(t.Context(), h.alice, problem.Clean(d))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (h *fixture) wantFound(t *testing.T, words string, want int64) {
	t.Helper()
	page, err := h.Search(t.Context(), h.alice, words, notes.Listing{Limit: 1})
	if err != nil || page.Total != want {
		t.Errorf("%q finds %d notes, want %d: %v", words, page.Total, want, err)
	}
}

func (h *fixture) wantWaiting(t *testing.T, least, most int) {
	t.Helper()
	if n, err := h.Unindexed(t.Context()); n < least || n > most || err != nil {
		t.Errorf("%d notes wait for the index, want %d to %d: %v", n, least, most, err)
	}
}

// Nothing runs here that indexes what waits.
func TestSoManyNotesWaitForTheIndex(t *testing.T) {
	withoutHTTP(t, func(t *testing.T, h *fixture) {
		long := h.save(t, notes.Draft{Title: "Rose", Content: strings.Repeat("thorn ", 6000)})
		h.wantWaiting(t, 0, 0) // who writes so much indexes it
		for range 50 {
			h.save(t, notes.Draft{Title: "Rose", Content: strings.Repeat("thorn ", 3000)})
		}
		h.wantWaiting(t, 20, 40) // long notes count more
		for range 300 {
			h.save(t, notes.Draft{Title: "Rose", Content: "thorn"})
		}
		h.wantWaiting(t, 20, 200)
		h.wantFound(t, "thorn", 351)
		if err := h.Delete(t.Context(), h.alice, notes.ByID(long.ID), nil); err != nil {
			t.Fatal(err)
		}
		h.wantFound(t, "thorn", 350)
		if err := h.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.wantWaiting(t, 0, 0)
		h.wantFound(t, "thorn", 350)
	})
}

// A process that is killed leaves what waits to the next one.
func TestWhatWaitsForTheIndexOutlivesAProcess(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := append(apptest.Environment(t, engine), "SECRET_KEY=that-of-the-tests-is-no-secret-at-all-0123456789")
		first := &site{Server: apptest.Start(t, engine, environment...)}
		first.alice = first.newAccount(t, "alice")
		first.Stop(t)
		killed := apptest.StartProcess(t, environment, "start")
		s := &site{Server: killed.Server(), alice: first.alice}
		note := s.create(t, s.alice, object{"title": "Rose", "content": "thorn"})
		s.Call(t, "PATCH", byID(note.JSON), s.alice, object{"content": "petal"}).Want(t, 200)
		if err := killed.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		killed.Exit(t)
		s = &site{Server: apptest.StartProcess(t, environment, "start").Server(), alice: first.alice}
		s.wantFound(t, "petal", "Rose")
		s.wantFound(t, "thorn")
		db := apptest.OpenDatabase(t, environment)
		waiting := func() int { return apptest.Value[int](t, db, "select count(*) from note_search_due") }
		if waiting() != 1 {
			t.Errorf("%d notes wait, want the one", waiting())
		}
		for i := range 100 { // so many that they are indexed at once
			s.create(t, s.alice, object{"title": "Lily", "content": fmt.Sprintf("leaf%dx", i)})
		}
		apptest.Eventually(t, "all notes are indexed", func() bool { return waiting() == 0 })
		s.wantFound(t, "petal", "Rose")
		s.wantFound(t, "thorn")
		s.wantFound(t, "leaf77x", "Lily")
	})
}

// An older server that runs beside this one indexes its notes itself.
func TestANoteThatIsIndexedAndWaitsIsFoundOnce(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Rose", "content": "thorn"})
		near := s.create(t, s.alice, object{"title": "Rosemary", "content": "thorn"})
		s.index(t)
		for _, n := range []int64{note.Int("id"), near.Int("id")} {
			s.Exec(t, "insert into note_search_due (note_id, mark, updated_at) "+
				"select id, 7, updated_at from notes where id = $1", n)
		}
		s.wantFound(t, "thorn", "Rosemary", "Rose")
		s.wantFound(t, "rosemarry", "Rosemary")
		s.wantIndexed(t)
	})
}

func TestIndexingBesideWritersMissesNothing(t *testing.T) {
	const writers, rounds = 4, 25
	onSite(t, func(t *testing.T, s *site) {
		ctx, done := context.WithCancel(t.Context())
		var indexing, writing sync.WaitGroup
		indexing.Go(func() {
			for ctx.Err() == nil {
				if err := s.App(t).Notes.Rebuild(ctx); err != nil && ctx.Err() == nil {
					t.Error(err)
				}
			}
		})
		for w := range writers {
			writing.Go(func() {
				note := s.Call(t, "POST", notesPath, s.alice, object{"title": fmt.Sprint("Rose ", w)})
				for round := range rounds {
					change := object{"content": fmt.Sprintf("w%dr%dx", w, round), "is_public": round%2 == 0}
					s.Call(t, "PATCH", byID(note.JSON), s.alice, change)
					if found := s.find(t, s.alice, fmt.Sprintf("w%dr%dx", w, round), ""); len(found) != 1 {
						t.Errorf("right after its save a note is found as %q", found)
					}
				}
			})
		}
		writing.Wait()
		done()
		indexing.Wait()
		for range 2 {
			for w := range writers {
				s.wantFound(t, fmt.Sprintf("w%dr%dx", w, rounds-1), fmt.Sprint("Rose ", w))
				s.wantFound(t, fmt.Sprintf("w%dr%dx", w, rounds-2))
			}
			s.wantIndexed(t)
		}
	})
}

func TestRightAfterEachChangeANoteIsFoundByWhatItIs(t *testing.T) {
	onSearched(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "Rose", "content": "thorn"})
		s.create(t, s.alice, object{"title": "Beside", "content": "thorn petal leaf root"}) // later, but edited before
		version := s.snapshot(t, note, nil).Int("id")
		call := func(method, path string, body any, status int) {
			t.Helper()
			s.Call(t, method, path, s.alice, body).Want(t, status)
		}
		call("PATCH", byID(note.JSON), object{"content": "petal"}, 200)
		s.wantFound(t, "petal", "Rose", "Beside")
		s.wantFound(t, "thorn", "Beside")
		call("PATCH", blockPath(s.blocks(t, s.read(t, s.alice, note))[0]), object{"text": "leaf"}, 200)
		s.wantFound(t, "leaf", "Rose", "Beside")
		s.wantFound(t, "petal", "Beside")
		call("DELETE", byID(note.JSON), nil, 204)
		s.wantFound(t, "leaf", "Beside")
		call("POST", byID(note.JSON)+"restore/", nil, 200)
		s.wantFound(t, "leaf", "Rose", "Beside")
		call("POST", fmt.Sprintf("%srestore/%d/", byID(note.JSON), version), nil, 200)
		s.wantFound(t, "thorn", "Rose", "Beside")
		call("DELETE", byID(note.JSON), nil, 204)
		call("DELETE", binPath+"empty/", nil, 200)
		s.wantFound(t, "thorn", "Beside")
		s.wantIndexed(t)
	})
}

// What many searches would look through is indexed by the first one, however young it is.
func TestASearchHasWhatItLooksThroughIndexed(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for range 12 {
			s.create(t, s.alice, object{"title": "Rose"})
		}
		s.Exec(t, "update note_search_due set updated_at = $1", database.Now().Add(15*time.Second))
		s.wantFound(t, "tulip")
		apptest.Eventually(t, "no note waits", func() bool {
			waiting, err := s.App(t).Notes.Unindexed(t.Context())
			return err == nil && waiting == 0
		})
		s.wantIndexed(t)
	})
}
