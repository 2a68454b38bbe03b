package notes_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// callIf is a call of alice with an If-Match header.
func (s *site) callIf(t testing.TB, etag, method, path string, body any) apptest.Reply {
	t.Helper()
	request := s.Request(t, method, path, body)
	request.Header.Set("Authorization", "Token "+s.alice)
	request.Header.Set("If-Match", etag)
	return apptest.Do(t, request)
}

func etagOf(t testing.TB, reply apptest.Reply) string {
	t.Helper()
	etag := reply.Header.Get("ETag")
	if len(etag) < 3 || etag[0] != '"' || etag[len(etag)-1] != '"' {
		t.Fatalf("the ETag is %q", etag)
	}
	return etag
}

func TestAnswersWithANoteCarryItsETag(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "content": "a", "client_draft_id": "d", "is_public": true})
		seen := map[string]bool{}
		changed := func(reply apptest.Reply) {
			t.Helper()
			etag := etagOf(t, reply)
			if seen[etag] {
				t.Errorf("the ETag %s stayed", etag)
			}
			seen[etag] = true
			for _, path := range []string{byID(note.JSON), byUUID(note.JSON)} {
				if now := etagOf(t, s.Call(t, "GET", path, "", nil)); now != etag {
					t.Errorf("GET has the ETag %s, the change had %s", now, etag)
				}
			}
		}
		changed(note)
		changed(s.patch(t, note, object{}))
		changed(s.Call(t, "PATCH", byUUID(note.JSON), s.alice, object{"title": "y"}))
		changed(s.Call(t, "POST", notesPath, s.alice,
			object{"title": "z", "content": "a", "client_draft_id": "d", "is_public": true}))
		added := s.Call(t, "POST", byID(note.JSON)+"blocks/", s.alice, object{"block_type": "N", "text": "b"})
		changed(added)
		changed(s.Call(t, "PATCH", blockPath(added.Object()), s.alice, object{"is_AI_generated": true}))
		changed(s.Call(t, "POST", byID(note.JSON)+"reorder/", s.alice,
			object{"ordered_block_ids": []any{added.Object()["id"], s.blocks(t, note)[0]["id"]}}))
		changed(s.Call(t, "DELETE", blockPath(added.Object()), s.alice, nil))
		version := s.snapshot(t, note, nil)
		changed(s.goBack(t, note, version.Object()))
		s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		if back := etagOf(t, s.Call(t, "POST", byID(note.JSON)+"restore/", s.alice, nil)); seen[back] {
			t.Errorf("the ETag %s came back from the bin", back)
		}
	})
}

func TestWritesToAnotherRevisionAreRefused(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "content": "# a\n\nb"})
		stale := etagOf(t, note)
		version := s.snapshot(t, note, nil).Int("id")
		blocks := s.blocks(t, note)
		s.patch(t, note, object{"content": "# a\n\nb", "title": "y"})
		current := s.Call(t, "GET", byID(note.JSON), s.alice, nil)
		path := byID(note.JSON)
		writes := []struct {
			method, path string
			body         any
			status       int
		}{
			{"PATCH", path, object{"title": "z"}, 200},
			{"PATCH", byUUID(note.JSON), object{"title": "z"}, 200},
			{"POST", path + "reorder/", object{"ordered_block_ids": []any{blocks[1]["id"], blocks[0]["id"]}}, 200},
			{"POST", path + "blocks/", object{"block_type": "N", "text": "c"}, 201},
			{"PATCH", blockPath(blocks[1]), object{"text": "c"}, 200},
			{"DELETE", blockPath(blocks[1]), nil, 204},
			{"POST", fmt.Sprintf("%srestore/%d/", path, version), nil, 200},
			{"DELETE", byUUID(note.JSON), nil, 204},
			{"DELETE", path, nil, 204},
		}
		for _, w := range writes {
			for _, etag := range []string{stale, "W/" + stale, `"x"`, "7", `"", "abc"`} {
				refused := s.callIf(t, etag, w.method, w.path, w.body).WantKeys(t, 412, "detail", "current")
				apptest.WantKeys(t, "the current note", refused.Object()["current"], detailKeys...)
				apptest.WantFields(t, refused.Object()["current"], object{"title": "y", "content": "# a\n\nb"})
				if refused.Header.Get("ETag") != current.Header.Get("ETag") {
					t.Errorf("%s %s: the ETag is %s", w.method, w.path, refused.Header.Get("ETag"))
				}
			}
		}
		if after := s.read(t, s.alice, note); after.Text != current.Text {
			t.Errorf("a refused write changed the note: %s", after.Text)
		}
		// What is wrong with the request comes first.
		s.callIf(t, stale, "PATCH", path, object{"title": ""}).WantFieldErrors(t, "title")
		for i, w := range writes[:7] {
			etag := etagOf(t, s.read(t, s.alice, note))
			form := []string{etag, "W/" + etag, `"x", W/` + etag, "*", " "}[i%5]
			s.callIf(t, form, w.method, w.path, w.body).Want(t, w.status)
		}
		s.callIf(t, etagOf(t, s.read(t, s.alice, note)), "DELETE", path, nil).Want(t, 204)
		s.callIf(t, "*", "PATCH", path, object{}).WantKeys(t, 404, "detail")
	})
}

func TestOfTwoWritersOfOneRevisionOneWins(t *testing.T) {
	const writers = 10
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=20")
		note := s.create(t, s.alice, object{"title": "x"})
		etag, statuses, winner := etagOf(t, note), map[int]int{}, ""
		for _, reply := range apptest.AtOnce(writers, func(i int) apptest.Reply {
			return s.callIf(t, etag, "PATCH", byID(note.JSON), object{"content": fmt.Sprint(i)})
		}) {
			if statuses[reply.Status]++; reply.Status == 200 {
				winner = reply.String("content")
			}
		}
		if statuses[200] != 1 || statuses[412] != writers-1 {
			t.Errorf("the answers are %v", statuses)
		}
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": winner})
	})
}
