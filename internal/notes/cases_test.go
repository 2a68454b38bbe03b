package notes_test

import (
	"os"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// What programs send, and users of other servers reported: changing one word of a block changes that word, and nothing
// else.
func TestOneWordOfABlock(t *testing.T) {
	file, err := os.ReadFile("testdata/cases/40-note-blank-lines.md")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]string{ // content to a word in it
		string(file): "first para return intro second 1 python",
		"# A\n\n- a\n\n      code\n\n> q\nlazy\n\n[ref]: /url\n\n<div>\nhtml\n</div>\n\nUnder\n===\n": "code lazy url html " +
			"Under",
		"one\r\n\r\ntwo\r\n\r\n    three\r\n\r\n## four ##\r\n~~~ five\r\n  six\r\n~~~": "one two three four " +
			"five six",
		"text\n\n  ```sh\n    a\n  bb\n\n  ```\ntail\n": "bb sh tail",
		"## Head\n\n    x := 1\n\n    yy\n":             "Head x yy",
	}
	onSite(t, func(t *testing.T, s *site) {
		for content, words := range cases {
			note := s.create(t, s.alice, object{"title": "Note", "content": content})
			content = note.String("content")
			for word := range strings.FieldsSeq(words) {
				changed := strings.Replace(content, word, "other", 1)
				block, body := blockWith(t, s, note, word)
				s.Call(t, "PATCH", blockPath(block), s.alice, body).Want(t, 200)
				after := s.read(t, s.alice, note)
				apptest.WantFields(t, after.JSON, object{"content": changed})
				for key, text := range body {
					for _, b := range blocksIn(after) {
						if b["id"] == block["id"] {
							apptest.WantFields(t, b, object{key: text})
						}
					}
				}
				s.Call(t, "PATCH", byID(note.JSON), s.alice, object{"content": content}).Want(t, 200)
			}
		}
	})
}

// blockWith is the first block with a word, and the change that makes it another.
func blockWith(t *testing.T, s *site, note apptest.Reply, word string) (block, body object) {
	t.Helper()
	for _, block := range s.blocks(t, note) {
		for _, key := range []string{"args", "text"} {
			if text, ok := block[key].(string); ok && strings.Contains(text, word) {
				return block, object{key: strings.Replace(text, word, "other", 1)}
			}
		}
	}
	t.Fatalf("no block has %q", word)
	return nil, nil
}
