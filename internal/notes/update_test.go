package notes_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// fullNote has another value than the default in each field.
func fullNote(course int64) object {
	return object{
		"title": "Rotterdam", "description": "A port", "course_id": course, "is_public": true, "editor_mode": "G",
		"content": "# Rotterdam\n\nCranes.", "metadata_json": `{"section": "one"}`, "custom_meta": `{"mood": "grey"}`,
		"note_type": "C", "client_draft_id": "d",
	}
}

func TestAPatchLeavesWhatItDoesNotName(t *testing.T) {
	cases := []struct {
		body    object
		changed []string
	}{
		{object{}, nil},
		{object{"title": "Delft"}, []string{"title"}},
		{object{"description": "A town"}, []string{"description"}},
		{object{"description": nil}, []string{"description"}},
		{object{"content": "# Delft\n\nTiles."}, []string{"content", "excerpt", "preview_lines", "blocks"}},
		{object{"markdown": "# Delft\n\nTiles."}, []string{"content", "excerpt", "preview_lines", "blocks"}},
		{object{"metadata_json": `{"section": "two"}`}, []string{"metadata_json"}},
		{object{"metadata_json": ""}, []string{"metadata_json"}},
		{object{"custom_meta": `{}`}, []string{"custom_meta"}},
		{object{"custom_meta": ""}, []string{"custom_meta"}},
		{object{"is_public": false}, []string{"is_public"}},
		{object{"editor_mode": "B"}, []string{"editor_mode"}},
		{object{"course_id": nil}, []string{"course_id", "course"}},
		{object{"course_id": 0}, []string{"course_id", "course"}},
		{object{"course_id": -1718000000000000}, []string{"course_id", "course"}},
		{object{"content": nil, "markdown": nil, "metadata_json": nil, "custom_meta": nil, "is_public": nil,
			"editor_mode": nil}, nil},
		{object{"client_draft_id": "e", "note_type": "N", "source_note_uuid": nil, "uuid": "x", "id": 7, "author": 1}, nil},
	}
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Ports")
		for _, c := range cases {
			sent := fullNote(course)
			sent["client_draft_id"] = nil
			before := s.read(t, s.alice, s.create(t, s.alice, sent))
			answer := s.Call(t, "PATCH", byID(before.JSON), s.alice, c.body).WantKeys(t, 200, detailKeys...)
			after := s.read(t, s.alice, before)
			if want := append([]string{"last_edit"}, c.changed...); !slices.Equal(differing(before.Object(), after.Object()),
				slices.Sorted(slices.Values(want))) {
				t.Errorf("%v changed %q, want %q", c.body, differing(before.Object(), after.Object()), want)
			}
			if after.String("last_edit") <= before.String("last_edit") {
				t.Errorf("%v: last_edit went from %s to %s", c.body, before.String("last_edit"), after.String("last_edit"))
			}
			apptest.WantFields(t, after.JSON, answer.Object())
		}
	})
}

// differing are the keys under which two notes differ.
func differing(a, b object) (keys []string) {
	for key := range a {
		if !reflect.DeepEqual(a[key], b[key]) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func TestPatchByUUIDDoesTheSameAndTellsWhoCanEdit(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.course(t, s.alice, "Ports")
		note := s.create(t, s.alice, object{"title": "Draft"})
		want := fullNote(course)
		delete(want, "client_draft_id")
		delete(want, "note_type")
		answer := s.Call(t, "PATCH", byUUID(note.JSON), s.alice, want).WantKeys(t, 200, editDetailKeys...)
		want["can_edit"] = true
		apptest.WantFields(t, answer.JSON, want)
		apptest.WantFields(t, s.read(t, s.alice, note).JSON, answer.Object())
	})
}

func TestPatchValues(t *testing.T) {
	cases := []struct {
		before, body, want object
	}{
		{object{"content": "old"}, object{"content": "\n# New\n\nOne.\nTwo.\n"},
			object{"content": "# New\n\nOne.\nTwo.", "excerpt": "One.\nTwo.", "preview_lines": []string{"One.", "Two."}}},
		{object{"content": "old"}, object{"content": "", "markdown": "new"}, object{"content": "new", "excerpt": "new"}},
		{object{"content": "old"}, object{"content": "new", "markdown": "newer"}, object{"content": "new"}},
		{object{"content": "old", "description": "About"}, object{"content": ""},
			object{"content": "", "excerpt": "About", "blocks": []any{}}},
		{object{"content": "old"}, object{"content": " ", "markdown": ""},
			object{"content": "", "preview_lines": []string{}}},
		{object{"content": "old"}, object{"content": nil, "markdown": ""}, object{"content": "old"}},
		{object{"content": "old"}, object{"markdown": ""}, object{"content": "old"}},
		{object{"blocks": []object{{"text": "a"}}}, object{"content": ""}, object{"content": "", "blocks": []any{}}},
		{object{"description": "About"}, object{"description": "Anew"}, object{"description": "Anew", "excerpt": "Anew"}},
		{object{"description": "About"}, object{"description": ""}, object{"description": "", "excerpt": ""}},
		{object{"description": "About"}, object{"description": nil}, object{"description": nil, "excerpt": ""}},
		{object{"content": "old"}, object{"description": "Anew"}, object{"description": "Anew", "excerpt": "old"}},
		{object{"content": "old", "description": "About"}, object{"description": nil, "content": "new"},
			object{"description": nil, "excerpt": "new"}},
		{object{}, object{"title": "  Spaces "}, object{"title": "Spaces"}},
		{object{}, object{"editor_mode": "M"}, object{"editor_mode": "G"}},
		{object{"editor_mode": "G"}, object{"editor_mode": "T"}, object{"editor_mode": "P"}},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			body := object{"title": "Note"}
			maps.Copy(body, c.before)
			note := s.create(t, s.alice, body)
			apptest.WantFields(t, s.Call(t, "PATCH", byID(note.JSON), s.alice, c.body).Want(t, 200).JSON, c.want)
			apptest.WantFields(t, s.read(t, s.alice, note).JSON, c.want)
		}
	})
}

func TestAnEmptyContentEmptiesTheNoteAndKeepsAVersion(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for last, path := range map[string]func(any) string{"Moss.": byID, "Kelp.": byUUID} {
			note := s.create(t, s.alice, object{"title": "Novel", "content": "# Novel\n\nOne."})
			// A version is kept, and the next one is too soon.
			for _, text := range []string{"# Novel\n\nTwo.", "# Novel\n\n" + last} {
				s.patch(t, note, object{"content": text})
			}
			for range 3 { // nothing is lost the second and the third time
				emptied := s.Call(t, "PATCH", path(note.JSON), s.alice, object{"title": "Novel", "content": ""}).Want(t, 200)
				apptest.WantFields(t, emptied.JSON,
					object{"content": "", "excerpt": "", "preview_lines": []any{}, "blocks": []any{}})
			}
			want := []string{"# Novel\n\n" + last, "# Novel\n\nOne."}
			if got := contents(s.history(t, note), "content"); !slices.Equal(got, want) {
				t.Errorf("the versions are %q, want %q", got, want)
			}
			if found := s.find(t, s.alice, last, ""); len(found) != 0 {
				t.Errorf("what is gone is found: %v", found)
			}
			back := s.goBack(t, note, s.history(t, note)[0])
			apptest.WantFields(t, back.JSON, object{"content": want[0]})
		}
		blocks := s.create(t, s.alice, object{"title": "Poem", "blocks": []object{{"text": "Roses."}}})
		s.patch(t, blocks, object{"content": ""})
		if got := contents(s.history(t, blocks), "content"); !slices.Equal(got, []string{"# Poem\n\nRoses."}) {
			t.Errorf("the versions of a note of blocks are %q", got)
		}
	})
}

func TestNewContentIsCutIntoBlocksAnew(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "x", "content": "# A\n\nOne.\n\n## B\n\nTwo."})
		after := s.Call(t, "PATCH", byID(note.JSON), s.alice, object{
			"content": "# Ferry\n\nTwice a day.\n\n### Night\n\nAt ten.\n\n```go\nx := 1\n\ny := 2\n```\n\nBye."}).Want(t, 200)
		want := []object{
			{"block_type": "T", "text": "Ferry", "args": nil}, {"block_type": "N", "text": "Twice a day.", "args": nil},
			{"block_type": "S", "text": "Night", "args": "###"}, {"block_type": "N", "text": "At ten.", "args": nil},
			{"block_type": "C", "text": "x := 1\n\ny := 2", "args": "go"}, {"block_type": "N", "text": "Bye.", "args": nil},
		}
		blocks, _ := after.Object()["blocks"].([]any)
		if len(blocks) != len(want) {
			t.Fatalf("there are %d blocks, want %d: %v", len(blocks), len(want), blocks)
		}
		for i, block := range blocks {
			maps.Copy(want[i], object{"is_AI_generated": false, "image_url": ""})
			apptest.WantFields(t, block, want[i])
		}
		if got := s.read(t, s.alice, note).Object()["blocks"]; !reflect.DeepEqual(got, after.Object()["blocks"]) {
			t.Errorf("reading shows other blocks than the answer to the change: %v", got)
		}
	})
}

func TestPatchRefusesFieldsAndChangesNothing(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		foreign := s.course(t, s.bob, "Rivers")
		before := s.read(t, s.alice, s.create(t, s.alice, fullNote(s.course(t, s.alice, "Ports"))))
		for _, path := range []string{byID(before.JSON), byUUID(before.JSON)} {
			for field, value := range map[string]any{
				"title": "", "description": strings.Repeat("é", 601), "content": object{}, "metadata_json": object{},
				"custom_meta": []int{},
				"is_public":   "maybe", "course_id": "x",
			} {
				s.Call(t, "PATCH", path, s.alice, object{"title": "New", "content": "new", field: value}).WantFieldErrors(t, field)
			}
			s.Call(t, "PATCH", path, s.alice, object{"title": nil}).WantFieldErrors(t, "title")
			for _, course := range []int64{foreign, 999999} {
				s.Call(t, "PATCH", path, s.alice,
					object{"title": "New", "content": "new", "course_id": course}).WantKeys(t, 404, "detail")
			}
		}
		if got := differing(before.Object(), s.read(t, s.alice, before).Object()); len(got) != 0 {
			t.Errorf("refused changes changed %q", got)
		}
	})
}
