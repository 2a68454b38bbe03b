package notes_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestADraftSentAgainOverwritesItsNote(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Ports")
		other := s.create(t, s.bob, object{"title": "Open", "is_public": true}).String("uuid")
		first := s.create(t, s.alice, object{
			"title": "Draft", "description": "One", "content": "# Draft\n\nOne.", "course_id": course, "is_public": true,
			"metadata_json": "{}", "custom_meta": `{"k":"v"}`, "editor_mode": "G", "note_type": "C", "source_note_uuid": other,
			"client_draft_id": "draft-2",
		})
		again := s.Call(t, "POST", notesPath, s.alice, object{"title": "Draft II", "note_type": "N", "client_draft_id": "draft-2"}).
			WantKeys(t, 200, detailKeys...)
		want := maps.Clone(first.Object()) // the identity, custom_meta, what it comments on
		maps.Copy(want, object{
			"title": "Draft II", "description": "", "content": "", "excerpt": "", "preview_lines": []any{}, "blocks": []any{},
			"course_id": nil, "course": nil, "is_public": false, "metadata_json": "", "editor_mode": "P",
			"last_edit": again.Object()["last_edit"],
		})
		apptest.WantFields(t, again.JSON, want)
		if again.String("last_edit") <= first.String("last_edit") {
			t.Errorf("last_edit did not move: %s", again.Text)
		}
		apptest.WantFields(t, s.read(t, s.alice, first).JSON, want)
		if count := len(s.titles(t, s.alice, "")); count != 1 {
			t.Errorf("one draft made %d notes", count)
		}
	})
}

func TestADraftSentAgainTakesWhatIsSent(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Ports")
		s.create(t, s.alice, object{"title": "Draft", "custom_meta": "old", "content": "# Old\n\n## Old\n\nx", "client_draft_id": "d"})
		sent := object{
			"title": "New", "description": "Two", "content": "# New\n\nTwo.", "course_id": course, "is_public": true,
			"metadata_json": "{}", "custom_meta": "", "editor_mode": "B", "client_draft_id": " d ",
		}
		again := s.Call(t, "POST", notesPath, s.alice, sent).Want(t, 200)
		delete(sent, "client_draft_id")
		apptest.WantFields(t, again.JSON, sent)
		if types := blockTypes(again); types != "TN" {
			t.Errorf("the blocks are %s, want those of the new content: TN", types)
		}
		s.Call(t, "POST", notesPath, s.alice, object{"title": "y", "course_id": 999999, "client_draft_id": "d"}).Want(t, 404)
		apptest.WantFields(t, s.read(t, s.alice, again).JSON, sent)
	})
}

func TestWhatADraftSentAgainOverwritesIsKeptAtOnce(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		draft := object{"title": "Draft", "content": "# Draft\n\nOffline.", "client_draft_id": "d"}
		note := s.create(t, s.alice, draft)
		for _, text := range []string{"One.", "Two.", "Three."} { // the first save keeps a version, those after it are too soon for another one
			s.patch(t, note, object{"content": "# Draft\n\n" + text, "is_public": true})
		}
		for range 3 { // nothing is lost the second and the third time
			s.Call(t, "POST", notesPath, s.alice, draft).Want(t, 200)
		}
		want := []string{"# Draft\n\nThree.", "# Draft\n\nOffline."}
		versions := s.history(t, note)
		if got := contents(versions, "content"); !slices.Equal(got, want) {
			t.Fatalf("the versions are %q, want %q", got, want)
		}
		apptest.WantFields(t, s.goBack(t, note, versions[0]).JSON, object{"content": want[0], "is_public": true})
	})
}

func TestADraftBringsItsNoteBackFromTheBin(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		first := s.create(t, s.alice, object{"title": "Draft", "client_draft_id": "d", "is_public": true})
		s.Call(t, "DELETE", byID(first.JSON), s.alice, nil).Want(t, 204)
		again := s.Call(t, "POST", notesPath, s.alice, object{"title": "Back", "client_draft_id": "d"}).Want(t, 200)
		apptest.WantFields(t, again.JSON, object{"id": first.Object()["id"], "uuid": first.Object()["uuid"], "is_public": false})
		if titles := s.titles(t, s.alice, ""); len(titles) != 1 || titles[0] != "Back" {
			t.Errorf("the list holds %q, want the note that is back", titles)
		}
	})
}

func TestDraftIDsBelongToAccounts(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		body := object{"title": "Mine", "client_draft_id": "d"}
		first, second := s.create(t, s.alice, body), s.create(t, s.bob, body)
		if first.Int("id") == second.Int("id") {
			t.Error("two accounts share a note")
		}
	})
}

func TestOneDraftSentFiftyTimesAtOnceIsOneNote(t *testing.T) {
	const calls = 50
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=20")
		replies := apptest.AtOnce(calls, func(i int) apptest.Reply {
			return s.Call(t, "POST", notesPath, s.alice, object{
				"title": fmt.Sprint("Try ", i), "content": fmt.Sprintf("# Try\n\n%d", i), "client_draft_id": "draft",
			})
		})
		statuses, ids := map[int]int{}, map[int64]bool{}
		for _, reply := range replies {
			statuses[reply.Status]++
			ids[reply.Int("id")] = true
		}
		if statuses[201] != 1 || statuses[200] != calls-1 || len(ids) != 1 {
			t.Errorf("statuses %v and ids %v, want one 201, the others 200, and one id", statuses, ids)
		}
		list := s.Call(t, "GET", notesPath, s.alice, nil).Want(t, 200).List()
		if len(list) != 1 {
			t.Fatalf("there are %d notes, want 1", len(list))
		}
		note := s.Call(t, "GET", byID(list[0]), s.alice, nil).Want(t, 200)
		if types := blockTypes(note); types != "TN" {
			t.Errorf("the blocks are %s, want those of one content: TN", types)
		}
		block := note.Object()["blocks"].([]any)[1].(object)
		if want := fmt.Sprintf("# Try\n\n%v", block["text"]); note.String("content") != want || note.String("title") != fmt.Sprint("Try ", block["text"]) {
			t.Errorf("title, content and blocks are of different tries: %s", note.Text)
		}
	})
}
