package notes_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/markdown"
)

// FuzzCreateNote sends arbitrary bodies: none may break the server, and what it takes it gives back.
func FuzzCreateNote(f *testing.F) {
	for _, body := range []string{
		`{"title": "x", "content": "# A\n\n- b\n\n> c\n\n` + "```go\\nd\\n```" + `"}`,
		`{"title": "x", "content": "", "markdown": "  a\u2028 "}`,
		`{"title": "x", "content": 1.50, "course_id": null, "is_public": "on", "editor_mode": "T"}`,
		`{"title": "x", "content": "\ud800 \ud83d\ude00 \u0001", "client_draft_id": "d", "source_note_uuid": ""}`,
		`{"title": "x", "content": "a", "content": "b", "Content": "c"}`,
		`{"title": "a\u0000b", "content": null}`, `[]`, ``, "\xff",
	} {
		f.Add([]byte(body))
	}
	s := &site{Server: apptest.Start(f, database.SQLite)}
	s.alice = s.newAccount(f, "alice")
	f.Fuzz(func(t *testing.T, body []byte) {
		reply := s.Call(t, "POST", notesPath, s.alice, string(body))
		if reply.Status >= 500 {
			t.Fatalf("status %d: %s", reply.Status, reply.Text)
		}
		if reply.Status >= 300 {
			return
		}
		want := sentContent(t, body)
		if got := s.read(t, s.alice, reply).String("content"); got != want {
			t.Errorf("%q came back as %q", want, got)
		}
	})
}

// sentContent is the content of a body, trimmed.
func sentContent(t *testing.T, body []byte) string {
	t.Helper()
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(body, &keys); err != nil {
		t.Fatalf("a body that can't be read was taken: %q", body)
	}
	for _, key := range []string{"content", "markdown"} {
		text := string(keys[key]) // of a number, its digits
		if text == "null" {
			continue
		}
		if strings.HasPrefix(text, `"`) {
			if err := json.Unmarshal(keys[key], &text); err != nil {
				t.Fatal(err)
			}
		}
		text = strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f })
		if text != "" {
			return text
		}
	}
	return ""
}

// FuzzEditBlock changes one block of any content: every byte of the others has to stay.
func FuzzEditBlock(f *testing.F) {
	for i, content := range []string{"", "a", "# A\r\nb\n## C ##\n```go\nx\n\n\ny\n```\nlast", "# A\n\n```\nopen",
		"> q\n- l\n\n<div>\n\n#\n##\n", "~~~\n~~~\n"} {
		f.Add(content, "new\n\ntext", uint(i))
	}
	s := &site{Server: apptest.Start(f, database.SQLite)}
	s.alice = s.newAccount(f, "alice")
	f.Fuzz(s.checkEdit)
}

// checkEdit makes a note, reads its blocks, and changes one of them in several ways.
func (s *site) checkEdit(t *testing.T, content, text string, at uint) {
	note := s.Call(t, "POST", notesPath, s.alice, object{"title": "Note", "content": content})
	if note.Status >= 400 && note.Status < 500 { // a zero byte
		return
	}
	content = note.Want(t, 201).String("content")
	sections, blocks := markdown.New().Cut(content), blocksIn(note)
	if len(sections) != len(blocks) {
		t.Fatalf("%d sections and %d blocks of %q", len(sections), len(blocks), content)
	}
	if len(blocks) == 0 {
		return
	}
	at %= uint(len(blocks))
	before, after := joined(sections[:at]), joined(sections[at+1:])
	ids := []any{}
	for i, block := range blocks {
		if args, _ := block["args"].(string); block["text"] != sections[i].Text || args != sections[i].Args ||
			block["block_type"] != sections[i].Type {
			t.Fatalf("block %d of %q is %v, want %q", i, content, block, sections[i])
		}
		ids = append(ids, block["id"])
	}
	path := blockPath(blocks[at])
	s.Call(t, "PATCH", path, s.alice,
		object{"is_AI_generated": true, "text": sections[at].Text, "args": blocks[at]["args"]}).Want(t, 200)
	s.Call(t, "POST", byID(note.JSON)+"reorder/", s.alice, object{"ordered_block_ids": ids}).Want(t, 200)
	if got := s.read(t, s.alice, note).String("content"); got != content {
		t.Fatalf("%q became %q though nothing was changed", content, got)
	}
	changed := s.Call(t, "PATCH", path, s.alice, object{"text": text})
	if changed.Status == 400 { // a zero byte
		return
	}
	changed.Want(t, 200)
	wantKept(t, content, before, after, s.read(t, s.alice, note).String("content"))
	s.Call(t, "DELETE", path, s.alice, nil).Want(t, 204)
	if sections[at].Type != markdown.Title { // the note's own title comes instead
		wantKept(t, content, before, after, s.read(t, s.alice, note).String("content"))
	}
}

func joined(sections []markdown.Section) string {
	all := ""
	for _, section := range sections {
		all += section.Source
	}
	return all
}

// wantKept expects the parts before and after a block that was changed, apart from the line ends around it.
func wantKept(t *testing.T, content, before, after, got string) {
	t.Helper()
	if after != "" && !strings.HasSuffix(got, after) {
		t.Fatalf("of %q the end %q is lost: %q", content, after, got)
	}
	rest := strings.TrimSuffix(got, after)
	if before = strings.TrimRight(before, " \t\r\n"); !strings.HasPrefix(rest, before) {
		t.Fatalf("of %q the beginning %q is lost: %q", content, before, got)
	}
}

// fragments is what random documents are made of.
var fragments = strings.Split(
	"# |## |###### x #|T|word|é|  |    |\n|\n\n|\r\n|```|````|~~~|`|go|---|===|- |1. |> |* * *|<!--|-->|<div>|[a]: "+
		"/b|\\|\u00a0|\u2028", "|")

func TestChangingOneBlockOfRandomNotesKeepsTheOthers(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		random := rand.New(rand.NewPCG(7, 8))
		document := func() string {
			var b strings.Builder
			for range random.IntN(40) {
				b.WriteString(fragments[random.IntN(len(fragments))])
			}
			return b.String()
		}
		for range 40 {
			s.checkEdit(t, document(), document(), uint(random.Uint32()))
		}
	})
}
