package notes_test

import (
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/search"
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
