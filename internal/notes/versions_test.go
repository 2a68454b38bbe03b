package notes_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

var versionKeys = []string{"id", "title", "description", "content", "metadata_json", "editor_mode", "reason", "label",
	"date_created"}

// history lists the versions of a note of alice, the newest first.
func (s *site) history(t testing.TB, note apptest.Reply) (versions []object) {
	t.Helper()
	for _, version := range s.Call(t, "GET", byID(note.JSON)+"history/", s.alice, nil).Want(t, 200).List() {
		apptest.WantKeys(t, "a version", version, versionKeys...)
		versions = append(versions, version.(object))
	}
	return versions
}

// contents are one field of each version.
func contents(versions []object, key string) []string {
	texts := []string{}
	for _, v := range versions {
		texts = append(texts, fmt.Sprint(v[key]))
	}
	return texts
}

func (s *site) snapshot(t testing.TB, note apptest.Reply, body any) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", byID(note.JSON)+"snapshot/", s.alice, body).WantKeys(t, 201, versionKeys...)
}

func (s *site) patch(t testing.TB, note apptest.Reply, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "PATCH", byID(note.JSON), s.alice, body).Want(t, 200)
}

func (s *site) goBack(t testing.TB, note apptest.Reply, version object) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", fmt.Sprintf("%srestore/%.0f/", byID(note.JSON), version["id"]), s.alice,
		object{}).WantKeys(t, 200, detailKeys...)
}

// age makes all versions older, as if time had passed.
func (s *site) age(t testing.TB, by time.Duration) {
	t.Helper()
	db := s.Database(t)
	versions, err := database.All[struct {
		ID        int64
		CreatedAt time.Time
	}](t.Context(), db.Read(), "select id, created_at from note_versions")
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		for _, v := range versions {
			if _, err := tx.ExecContext(t.Context(), "update note_versions set created_at = $1 where id = $2",
				v.CreatedAt.UTC().Add(-by), v.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSnapshots(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		sent := object{"title": "Novel", "description": "One", "content": "# Novel\n\nLate.", "editor_mode": "G",
			"metadata_json": "{}"}
		note := s.create(t, s.alice, sent)
		if versions := s.history(t, note); len(versions) != 0 {
			t.Errorf("a new note has the versions %v", versions)
		}
		labels := map[string]string{"autosave_1m": "AutoSave-1m", "AUTOSAVE_10M": "AutoSave-10m",
			"autosave_1h": "AutoSave-1h"}
		for _, reason := range []string{"autosave_1m", "AUTOSAVE_10M", "autosave_1h", "manual", strings.Repeat("é", 32)} {
			version := s.snapshot(t, note, object{"reason": reason})
			want := maps.Clone(sent)
			want["reason"], want["label"] = reason, labels[reason]
			if want["label"] == "" {
				want["label"] = strings.Replace(version.String("date_created")[:16], "T", " ", 1)
			}
			apptest.WantFields(t, version.JSON, want)
		}
		for _, body := range []any{object{}, nil, object{"reason": nil}, object{"reason": ""}, object{"reason": "  "}} {
			apptest.WantFields(t, s.snapshot(t, note, body).JSON, object{"reason": "manual"})
		}
		for _, body := range []any{object{"reason": []string{}}, object{"reason": strings.Repeat("x", 33)},
			object{"reason": "a\x00"}} {
			s.Call(t, "POST", byID(note.JSON)+"snapshot/", s.alice, body).WantFieldErrors(t, "reason")
		}
		s.Call(t, "POST", byID(note.JSON)+"snapshot/", s.alice, "[]").WantFieldErrors(t, "non_field_errors")
		if got := s.read(t, s.alice, note); got.String("last_edit") != note.String("last_edit") {
			t.Errorf("a snapshot changed the note: %s", got.Text)
		}
	})
}

// A clock that was a day ahead has stored a version of tomorrow: saves go on to keep what they replace.
func TestAVersionOfTomorrowPutsNoOtherOff(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "content": "One."})
		s.patch(t, note, object{"content": "Two."})
		if versions := s.history(t, note); len(versions) != 1 {
			t.Fatalf("after the first save there are the versions %v", versions)
		}
		s.patch(t, note, object{"content": "Three."}) // within minutes: nothing is kept
		s.age(t, -24*time.Hour)
		s.patch(t, note, object{"content": "Four."})
		if versions := s.history(t, note); len(versions) != 2 {
			t.Errorf("there are the versions %v, want that of tomorrow and the text that was replaced", versions)
		}
		s.patch(t, note, object{"content": "Five."})
		if versions := s.history(t, note); len(versions) != 2 {
			t.Errorf("each save keeps a version: %v", versions)
		}
	})
}

func TestTheTwelveNewestSnapshotsAreKept(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note, other := s.create(t, s.alice, object{"title": "x"}), s.create(t, s.alice, object{"title": "y"})
		s.snapshot(t, other, object{"reason": "kept"})
		want := []string{}
		for i := range 15 {
			reason := fmt.Sprint("number ", i)
			s.snapshot(t, note, object{"reason": reason})
			want = append([]string{reason}, want...)
		}
		if got := contents(s.history(t, note), "reason"); !slices.Equal(got, want[:12]) {
			t.Errorf("the versions are %q, want %q", got, want[:12])
		}
		if got := contents(s.history(t, other), "reason"); len(got) != 1 {
			t.Errorf("another note has %q", got)
		}
	})
}

func TestASaveKeepsWhatItOverwrites(t *testing.T) {
	saves := map[string]func(t *testing.T, s *site, note apptest.Reply){
		"content":     func(t *testing.T, s *site, note apptest.Reply) { s.patch(t, note, object{"content": "new"}) },
		"title":       func(t *testing.T, s *site, note apptest.Reply) { s.patch(t, note, object{"title": "new"}) },
		"description": func(t *testing.T, s *site, note apptest.Reply) { s.patch(t, note, object{"description": ""}) },
		"course":      func(t *testing.T, s *site, note apptest.Reply) { s.patch(t, note, object{"course_id": nil}) },
		"publicity":   func(t *testing.T, s *site, note apptest.Reply) { s.patch(t, note, object{"is_public": false}) },
		"metadata":    func(t *testing.T, s *site, note apptest.Reply) { s.patch(t, note, object{"metadata_json": ""}) },
		"custom meta": func(t *testing.T, s *site, note apptest.Reply) { s.patch(t, note, object{"custom_meta": ""}) },
		"mode":        func(t *testing.T, s *site, note apptest.Reply) { s.patch(t, note, object{"editor_mode": "B"}) },
		"blocks":      func(t *testing.T, s *site, note apptest.Reply) { s.patch(t, note, object{"blocks": []object{}}) },
		"by UUID": func(t *testing.T, s *site, note apptest.Reply) {
			s.Call(t, "PATCH", byUUID(note.JSON), s.alice, object{"content": "new"}).Want(t, 200)
		},
		"a draft": func(t *testing.T, s *site, note apptest.Reply) {
			s.Call(t, "POST", notesPath, s.alice, object{"title": "new", "client_draft_id": "d"}).Want(t, 200)
		},
		"a draft out of the bin": func(t *testing.T, s *site, note apptest.Reply) {
			s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
			s.Call(t, "POST", notesPath, s.alice, object{"title": "new", "client_draft_id": "d"}).Want(t, 200)
		},
		"a block": func(t *testing.T, s *site, note apptest.Reply) {
			s.Call(t, "PATCH", blockPath(s.blocks(t, note)[1]), s.alice, object{"text": "new"}).Want(t, 200)
		},
		"a block that goes": func(t *testing.T, s *site, note apptest.Reply) {
			s.Call(t, "DELETE", blockPath(s.blocks(t, note)[1]), s.alice, nil).Want(t, 204)
		},
	}
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Ports")
		for name, save := range saves {
			sent := fullNote(course)
			note := s.create(t, s.alice, sent)
			save(t, s, note)
			versions := s.history(t, note)
			if len(versions) != 1 {
				t.Fatalf("%s: the versions are %v", name, versions)
			}
			remembered := maps.Clone(sent)
			for _, key := range []string{"course_id", "is_public", "custom_meta", "note_type", "client_draft_id"} {
				delete(remembered, key)
			}
			remembered["reason"] = "before_save"
			apptest.WantFields(t, versions[0], remembered)
			back := maps.Clone(sent)
			delete(back, "client_draft_id")
			if name == "a draft out of the bin" { // deleting had made it private
				back["is_public"] = false
			}
			s.goBack(t, note, versions[0])
			apptest.WantFields(t, s.read(t, s.alice, note).JSON, back)
			s.Exec(t, "delete from notes")
		}
	})
}

func TestASaveThatOverwritesNothingKeepsNothing(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		sent := fullNote(s.course(t, s.alice, "Ports"))
		note := s.create(t, s.alice, sent)
		s.patch(t, note, object{})
		s.patch(t, note, sent)
		s.Call(t, "POST", notesPath, s.alice, sent).Want(t, 200)
		s.Call(t, "PATCH", blockPath(s.blocks(t, note)[1]), s.alice, object{"is_AI_generated": true}).Want(t, 200)
		s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		s.Call(t, "POST", byID(note.JSON)+"restore/", s.alice, nil).Want(t, 200)
		if versions := s.history(t, note); len(versions) != 0 {
			t.Errorf("the versions are %v", versions)
		}
	})
}

func TestAutomaticVersionsAreFiveMinutesApart(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "content": "0"})
		save := func(content string, want ...string) {
			t.Helper()
			s.patch(t, note, object{"content": content})
			if got := contents(s.history(t, note), "content"); !slices.Equal(got, want) {
				t.Errorf("saving %s: the versions are %q, want %q", content, got, want)
			}
		}
		save("1", "0")
		save("2", "0")
		s.age(t, 4*time.Minute)
		save("3", "0")
		s.age(t, time.Minute)
		save("4", "3", "0")
		s.age(t, 6*time.Minute)
		s.snapshot(t, note, object{"reason": "manual"}) // of 4: an automatic one would be the same
		save("5", "4", "3", "0")
		s.age(t, 6*time.Minute)
		s.snapshot(t, note, nil)
		s.patch(t, note, object{"custom_meta": "y"}) // the newest version equals the state once more
		save("6", "5", "5", "4", "3", "0")
	})
}

func TestAutomaticVersionsHavePlacesOfTheirOwn(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "content": "0"})
		s.snapshot(t, note, object{"reason": "first"})
		s.patch(t, note, object{"content": "1"})
		for i := range 14 {
			s.age(t, time.Hour)
			s.patch(t, note, object{"content": fmt.Sprint(i + 2)})
		}
		reasons := contents(s.history(t, note), "reason")
		if want := append(slices.Repeat([]string{"before_save"}, 12), "first"); !slices.Equal(reasons, want) {
			t.Errorf("after many saves the reasons are %q, want %q", reasons, want)
		}
		for range 14 {
			s.snapshot(t, note, object{"reason": "autosave_1m"})
		}
		reasons = contents(s.history(t, note), "reason")
		slices.Sort(reasons)
		if want := append(slices.Repeat([]string{"autosave_1m"}, 12),
			slices.Repeat([]string{"before_save"}, 12)...); !slices.Equal(reasons, want) {
			t.Errorf("after many snapshots the reasons are %q, want %q", reasons, want)
		}
	})
}

func TestGoingBackToAVersionThatWasAskedFor(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Ports")
		note := s.create(t, s.alice, object{"title": "One", "description": nil, "content": "# One\n\nA.", "custom_meta": "1",
			"is_public": true, "course_id": course})
		first := s.snapshot(t, note, nil).Object()
		changed := object{"title": "Two", "description": "B", "content": "# Two\n\n## C\n\nB.", "metadata_json": "2",
			"editor_mode": "B",
			"custom_meta": "2", "is_public": false, "course_id": nil}
		s.patch(t, note, changed)
		back := s.goBack(t, note, first)
		want := object{"title": "One", "description": "", "content": "# One\n\nA.", "metadata_json": "", "editor_mode": "P",
			"custom_meta": "2", "is_public": false, "course_id": nil} // as in the former system, these three stay
		apptest.WantFields(t, back.JSON, want)
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, want)
		if types := blockTypes(back); types != "TN" {
			t.Errorf("the blocks are %s", types)
		}
		versions := s.history(t, note)
		apptest.WantFields(t, versions[0], object{"reason": "before_restore", "title": "Two"})
		undone := s.goBack(t, note, versions[0])
		apptest.WantFields(t, undone.JSON, changed)
		if back.String("last_edit") <= note.String("last_edit") {
			t.Errorf("last_edit did not move: %s", back.Text)
		}
	})
}

func TestAVersionReturnsToItsCourseOnlyIfThatIsAllowed(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		own, foreign := s.course(t, s.alice, "Ports"), s.course(t, s.bob, "Rivers")
		note := s.create(t, s.alice, object{"title": "x", "content": "0", "course_id": own})
		s.patch(t, note, object{"content": "1"})
		s.Exec(t, "update note_versions set course_id = $1", foreign)
		apptest.WantFields(t, s.goBack(t, note, s.history(t, note)[0]).JSON, object{"content": "0", "course_id": own})
		s.Exec(t, "update note_versions set course_id = null")
		apptest.WantFields(t, s.goBack(t, note, s.history(t, note)[0]).JSON, object{"course_id": own})
	})
}

func TestVersionsHoldTheTextOfBlocksWithoutContent(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "blocks": []object{{"block_type": "N", "text": "only here"}}})
		s.patch(t, note, object{"content": "gone"})
		apptest.WantFields(t, s.goBack(t, note, s.history(t, note)[0]).JSON, object{"content": "# x\n\nonly here"})
	})
}

func TestOnlyTheAuthorSeesAndTakesVersions(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note, other := s.create(t, s.alice, object{"title": "x", "is_public": true}), s.create(t, s.alice,
			object{"title": "y"})
		version := s.snapshot(t, note, nil)
		back := fmt.Sprintf("restore/%d/", version.Int("id"))
		for _, step := range [][2]string{{"GET", "history/"}, {"POST", "snapshot/"}, {"POST", back}} {
			s.Call(t, step[0], byID(note.JSON)+step[1], "", nil).WantKeys(t, 401, "detail")
			s.Call(t, step[0], byID(note.JSON)+step[1], s.bob, nil).WantKeys(t, 403, "detail")
			wantPrivate(t, s.Call(t, step[0], byID(other.JSON)+step[1], s.bob, nil))
			s.Call(t, step[0], notesPath+"999999/"+step[1], s.alice, nil).WantKeys(t, 404, "detail")
		}
		for _, path := range []string{byID(other.JSON) + back, byID(note.JSON) + "restore/999999/",
			byID(note.JSON) + "restore/9223372036854775808/"} {
			s.Call(t, "POST", path, s.alice, nil).WantKeys(t, 404, "detail")
		}
		s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		s.Call(t, "GET", byID(note.JSON)+"history/", s.alice, nil).WantKeys(t, 404, "detail")
		s.Call(t, "POST", byID(note.JSON)+back, s.alice, nil).WantKeys(t, 404, "detail")
	})
}

// An app without a connection sends its draft again at each sign-in.
func TestADraftSentAgainAndAgainFillsNoHistory(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		draft := object{"title": "Draft", "content": "# Draft\n\nFrom the train.", "client_draft_id": "d", "is_public": false}
		note := s.create(t, s.alice, draft)
		for range 20 {
			s.Call(t, "POST", notesPath, s.alice, draft).Want(t, 200)
		}
		if versions := s.history(t, note); len(versions) != 0 {
			t.Errorf("the versions are %v", versions)
		}
		s.patch(t, note, object{"content": "# Draft\n\nWorked out at home.", "is_public": true})
		s.age(t, time.Hour)
		stale := s.Call(t, "POST", notesPath, s.alice, draft).Want(t, 200)
		apptest.WantFields(t, stale.JSON, object{"id": note.Object()["id"], "content": draft["content"]})
		lost := s.history(t, note)[0]
		apptest.WantFields(t, s.goBack(t, note, lost).JSON,
			object{"content": "# Draft\n\nWorked out at home.", "is_public": true})
	})
}

func TestSavesAndReturnsAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=20")
		note := s.create(t, s.alice, object{"title": "x", "content": "start"})
		back := fmt.Sprintf("%srestore/%d/", byID(note.JSON), s.snapshot(t, note, object{"reason": "first"}).Int("id"))
		for _, reply := range apptest.AtOnce(24, func(i int) apptest.Reply {
			switch i % 3 {
			case 0:
				return s.Call(t, "PATCH", byID(note.JSON), s.alice, object{"content": fmt.Sprintf("# %d\n\n%d", i, i)})
			case 1:
				return s.Call(t, "POST", back, s.alice, nil)
			}
			return s.Call(t, "POST", byID(note.JSON)+"snapshot/", s.alice, nil)
		}) {
			if reply.Status >= 300 {
				t.Errorf("status %d: %s", reply.Status, reply.Text)
			}
		}
		after := s.read(t, s.alice, note)
		if types, plain := blockTypes(after), after.String("content") == "start"; types != map[bool]string{true: "N",
			false: "TN"}[plain] {
			t.Errorf("content and blocks are of different saves: %s", after.Text)
		}
		if n := len(s.history(t, note)); n > 24 {
			t.Errorf("there are %d versions", n)
		}
	})
}
