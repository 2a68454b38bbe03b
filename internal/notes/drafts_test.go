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
		again := s.Call(t, "POST", notesPath, s.alice,
			object{"title": "Draft II", "note_type": "N", "client_draft_id": "draft-2"}).
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
		s.create(t, s.alice, object{"title": "Draft", "custom_meta": "old", "content": "# Old\n\n## Old\n\nx",
			"client_draft_id": "d"})
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
		// The first save keeps a version, those after it are too soon for another one.
		for _, text := range []string{"One.", "Two.", "Three."} {
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
		apptest.WantFields(t, again.JSON, object{"id": first.Object()["id"], "uuid": first.Object()["uuid"],
			"is_public": false})
		if titles := s.titles(t, s.alice, ""); len(titles) != 1 || titles[0] != "Back" {
			t.Errorf("the list holds %q, want the note that is back", titles)
		}
	})
}

// columns reads the whole row of a note.
func (s *site) columns(t testing.TB, note apptest.Reply) map[string]string {
	t.Helper()
	rows, err := s.Database(t).Read().QueryContext(t.Context(), "select * from notes where id = $1", note.Int("id"))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil || !rows.Next() {
		t.Fatalf("no row: %v", err)
	}
	values, targets := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	if err := rows.Scan(targets...); err != nil {
		t.Fatal(err)
	}
	byName := map[string]string{}
	for i, name := range names {
		byName[name] = fmt.Sprint(values[i])
	}
	return byName
}

// What becomes of each column, when a draft is sent again that names nothing but the title. A new column needs a
// decision.
func TestWhatADraftSentAgainKeepsOfEachColumn(t *testing.T) {
	const kept, reset, follows = "kept", "reset", "follows from the others, or counts"
	decisions := map[string]string{
		"id": kept, "author_id": kept, "uuid": kept, "sharing_id": kept, "note_type": kept, "source_note_id": kept,
		"client_draft_id": kept, "cover_path": kept, "custom_meta": kept, "created_at": kept,
		"is_hidden": kept,
		"title":     reset, "description": reset, "content": reset, "metadata_json": reset, "course_id": reset,
		"is_public": reset, "editor_mode": reset, "deleted_at": reset,
		"excerpt": follows, "preview_lines": follows, "word_count": follows, "updated_at": follows, "revision": follows,
	}
	defaults := map[string]string{
		"title": "Second", "description": "", "content": "", "metadata_json": "", "editor_mode": "B", "course_id": "<nil>",
		"deleted_at": "<nil>", "is_public": "false",
	}
	onSite(t, func(t *testing.T, s *site) {
		s.Call(t, "PATCH", "/api/v1/settings/", s.alice, object{"editor_mode": "B"}).Want(t, 200)
		for _, deleted := range []bool{false, true} {
			id := fmt.Sprint("draft, deleted: ", deleted)
			course := s.course(t, s.alice, id)
			source := s.create(t, s.bob, object{"title": "Open", "is_public": true}).String("uuid")
			note := s.create(t, s.alice, object{
				"title": "First", "description": "One", "content": "# First\n\nOne.", "course_id": course, "is_public": true,
				"metadata_json": "{}", "custom_meta": `{"k":"v"}`, "editor_mode": "G", "note_type": "C", "source_note_uuid": source,
				"client_draft_id": id,
			})
			picture := apptest.Part{Name: "cover", FileName: "a.png", Content: png}
			covered := s.Upload(t, "POST", byID(note.JSON)+"cover/", s.alice, picture).Want(t, 200)
			cover := covered.String("cover_image_url")
			attached := s.Upload(t, "POST", byID(note.JSON)+"attachments/", s.alice, file("a.txt", "sunny")).Want(t, 201)
			if deleted {
				s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
			}
			before := s.columns(t, note)
			again := s.Call(t, "POST", notesPath, s.alice, object{"title": "Second", "client_draft_id": id}).Want(t, 200)
			after := s.columns(t, note)
			for name, value := range after {
				switch decisions[name] {
				case kept:
					if value != before[name] {
						t.Errorf("%s was %s, and is %s", name, before[name], value)
					}
				case reset:
					if want := defaults[name]; value != want && !(name == "is_public" && value == "0") {
						t.Errorf("%s is %s, want %s", name, value, want)
					}
				case "":
					t.Errorf("nobody has decided what becomes of %s", name)
				}
			}
			if again.String("cover_image_url") != cover || cover == "" || before["cover_path"] == "" {
				t.Errorf("the cover was %q, and is %q", cover, again.String("cover_image_url"))
			}
			s.Fetch(t, cover).Want(t, 200)
			if list := s.Call(t, "GET", byID(note.JSON)+"attachments/", s.alice, nil).Want(t, 200).List(); len(list) != 1 {
				t.Errorf("the attachments are %v", list)
			}
			s.Fetch(t, attached.String("url")).Want(t, 200)
		}
	})
}

func TestADraftOfBlocksSentAgainKeepsThoseThatAreLost(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		draft := object{"title": "Draft", "blocks": []object{{"text": "Offline."}}, "client_draft_id": "d"}
		note := s.create(t, s.alice, draft)
		s.Call(t, "POST", notesPath, s.alice, draft).Want(t, 200)
		if versions := s.history(t, note); len(versions) != 0 {
			t.Errorf("nothing is lost, and yet there are the versions %v", versions)
		}
		draft["blocks"] = []object{{"text": "Online."}}
		s.Call(t, "POST", notesPath, s.alice, draft).Want(t, 200)
		if got := contents(s.history(t, note), "content"); !slices.Equal(got, []string{"# Draft\n\nOffline."}) {
			t.Errorf("the versions are %q", got)
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
		if want := fmt.Sprintf("# Try\n\n%v", block["text"]); note.String("content") != want ||
			note.String("title") != fmt.Sprint("Try ", block["text"]) {
			t.Errorf("title, content and blocks are of different tries: %s", note.Text)
		}
	})
}
