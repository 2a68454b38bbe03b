package notes_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
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
	s.alice = s.newcomer(f, "alice")
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
