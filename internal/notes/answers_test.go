package notes_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// What writing a note answers is put together from what was written: it must be what is read afterwards.
func TestAnswersToWritingAreWhatIsThereThen(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course, other := s.course(t, s.alice, "Ports"), s.course(t, s.alice, "Towns")
		source := s.create(t, s.bob, object{"title": "Source", "is_public": true})
		comment := fullNote(course)
		comment["source_note_uuid"] = strings.ToUpper(source.String("uuid"))
		written := func(what string, reply apptest.Reply) {
			t.Helper()
			read := s.read(t, s.alice, reply)
			got, want := maps.Clone(reply.Object()), maps.Clone(read.Object())
			delete(got, "can_edit")
			delete(want, "can_edit")
			if !reflect.DeepEqual(got, want) || reply.Header.Get("ETag") != read.Header.Get("ETag") {
				t.Errorf("%s: the answer is\n%v, %s; the note is\n%v, %s",
					what, got, reply.Header.Get("ETag"), want, read.Header.Get("ETag"))
			}
		}
		note := s.create(t, s.alice, comment)
		written("a comment in a course", note)
		written("the least", s.create(t, s.alice, object{"title": "x"}))
		written("blocks alone", s.create(t, s.alice, object{"title": "x", "blocks": []object{{"text": "Salt."},
			{"block_type": "C", "text": "x", "args": "go", "is_AI_generated": true}}}))
		written("odd texts", s.create(t, s.alice,
			object{"title": " \u00e9 ", "description": "a\r\nb", "content": "\r\na\t\r\n\r\n"}))
		written("a draft sent again", s.Call(t, "POST", notesPath, s.alice, object{"title": "Again", "client_draft_id": "d",
			"blocks": []object{{"text": "New."}}}).Want(t, 200))
		s.Upload(t, "POST", byID(note.JSON)+"cover/", s.alice,
			apptest.Part{Name: "cover", FileName: "a.png", Content: png}).Want(t, 200)
		for i, change := range []object{
			{}, {"title": "y"}, {"description": nil}, {"course_id": other}, {"course_id": nil}, {"editor_mode": "B"},
			{"content": "# A\n\none\n\ntwo"}, {"content": "# A\n\none\n\nthree"}, {"content": "# A\n\nthree"}, {"content": ""},
			{"blocks": []object{{"text": "a"}, {"text": "b"}}}, {"blocks": []object{}}, {"content": "a\n\n## b"},
			{"description": "Only that", "is_public": true, "custom_meta": "{}", "metadata_json": "{}"},
		} {
			written(fmt.Sprintf("change %d", i), s.Call(t, "PATCH", byID(note.JSON), s.alice, change).Want(t, 200))
			written(fmt.Sprintf("change %d by UUID", i), s.Call(t, "PATCH", byUUID(note.JSON), s.alice, change).Want(t, 200))
		}
		version := s.snapshot(t, note, nil).Int("id")
		s.Call(t, "PATCH", byID(note.JSON), s.alice, object{"content": "other", "title": "other"}).Want(t, 200)
		written("a version",
			s.Call(t, "POST", fmt.Sprintf("%srestore/%d/", byID(note.JSON), version), s.alice, nil).Want(t, 200))
		s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		written("from the bin", s.Call(t, "POST", byID(note.JSON)+"restore/", s.alice, nil).Want(t, 200))
	})
}

func TestBlocksThatDoNotChangeKeepTheirRows(t *testing.T) {
	const before = "# T\n\n## one\n\n## two\n\n## three\n\n## four"
	cases := map[string]struct {
		after string
		kept  []int // places before of the blocks after, -1 for new ones
		anew  []int // places of those that have another time of their last edit
	}{
		"the same":         {before, []int{0, 1, 2, 3, 4}, nil},
		"one paragraph":    {"# T\n\n## one\n\n## zwei\n\n## three\n\n## four", []int{0, 1, 2, 3, 4}, []int{2}},
		"more blank lines": {"# T\n\n## one\n\n\n\n## two\n\n## three\n\n## four", []int{0, 1, 2, 3, 4}, nil},
		"one more": {"# T\n\n## one\n\n## new\n\n## two\n\n## three\n\n## four",
			[]int{0, 1, -1, 2, 3, 4}, []int{2}},
		"another beginning":   {"## new\n\n" + before, []int{0, -1, 1, 2, 3, 4}, []int{0, 1}}, // "T" is a heading then
		"one more at the end": {before + "\n\n## new", []int{0, 1, 2, 3, 4, -1}, []int{5}},
		"one less":            {"# T\n\n## one\n\n## three\n\n## four", []int{0, 1, 3, 4}, nil},
		"two become one":      {"# T\n\n## one\n\n## x\n\n## four", []int{0, 1, 2, 4}, []int{2}},
		"another kind":        {"# T\n\n## one\n\ntwo\n\n## three\n\n## four", []int{0, 1, 2, 3, 4}, []int{2}},
		"the same twice": {"# T\n\n## one\n\n## one\n\n## two\n\n## three\n\n## four",
			[]int{0, 1, -1, 2, 3, 4}, []int{2}},
		"all others":           {"## a\n\n## b", []int{0, 1}, []int{0, 1}},
		"the last one is left": {"## four", []int{4}, nil},
		"nothing":              {"", []int{}, nil},
	}
	onSite(t, func(t *testing.T, s *site) {
		for name, c := range cases {
			note := s.create(t, s.alice, object{"title": "T", "content": before})
			old := s.blocks(t, note)
			changed := s.Call(t, "PATCH", byID(note.JSON), s.alice, object{"content": c.after}).Want(t, 200)
			places := map[any]int{}
			for i, block := range old {
				places[block["id"]] = i
			}
			kept, anew := []int{}, []int(nil)
			for i, block := range s.blocks(t, changed) {
				place, there := places[block["id"]]
				if !there {
					place = -1
				}
				if !there || old[place]["last_edit"] != block["last_edit"] {
					anew = append(anew, i)
				}
				if there && old[place]["date_created"] != block["date_created"] {
					t.Errorf("%s: block %d was made anew", name, i)
				}
				kept = append(kept, place)
			}
			if !slices.Equal(kept, c.kept) || !slices.Equal(anew, c.anew) {
				t.Errorf("%s: kept are the rows of %v, written %v, want %v and %v", name, kept, anew, c.kept, c.anew)
			}
			// What the content is made of can be changed as ever.
			for _, block := range s.blocks(t, changed) {
				s.Call(t, "PATCH", blockPath(block), s.alice, object{"is_AI_generated": true}).Want(t, 200)
			}
			apptest.WantFields(t, s.read(t, s.alice, note).JSON, object{"content": c.after})
		}
	})
}

// A block of the former system's has its picture as long as it says the same.
func TestABlockThatIsReplacedLosesItsPicture(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.create(t, s.alice, object{"title": "T", "content": "## one\n\n## two"})
		for _, block := range s.blocks(t, note) {
			s.Exec(t, "update note_blocks set image_path = 'users/1/x.png' where id = $1", int64(block["id"].(float64)))
		}
		changed := s.blocks(t,
			s.Call(t, "PATCH", byID(note.JSON), s.alice, object{"content": "## one\n\n## other"}).Want(t, 200))
		if changed[0]["image_url"] == "" || changed[1]["image_url"] != "" {
			t.Errorf("the blocks are %v", changed)
		}
	})
}
