package notes_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestTextsComeBackAsTheyWereSent(t *testing.T) {
	texts := map[string]string{
		"Chinese, Japanese, Korean": "数学ノート 한국어",
		"emoji":                     "👩‍👩‍👧‍👦 🇳🇱 ✍🏽 and \U0001FAE0",
		"right to left":             "שלום العالم \u202eabc\u202c",
		"combining marks":           "e\u0301 ạ̈ Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L̠",
		"beyond the first plane":    "𝒜𝕭𝟙 𠜎",
		"line ends":                 "a\r\nb\rc\u2028d\u2029e\u0085f",
		"control characters":        "a\u0001b\u001bc\u007fd\u0080e",
		"no characters":             "a\ufffdb\ufffec\ufeffd",
		"marks of other languages":  `<script>alert("x")</script> & \u0041 '; drop table notes; -- %s $1 ${x}`,
		"code":                      "```go\n\n\nx := \"\\n\"\n\n\n```",
	}
	onSite(t, func(t *testing.T, s *site) {
		for name, text := range texts {
			want := object{"title": text, "description": text, "content": "# " + text, "metadata_json": text,
				"custom_meta": text}
			note := s.create(t, s.alice, want)
			if got := s.read(t, s.alice, note); strings.Contains(name, "emoji") && !strings.Contains(got.Text, text) {
				t.Errorf("emoji are escaped: %s", got.Text)
			}
			apptest.WantFields(t, s.read(t, s.alice, note).JSON, want)
			want["content"] = text
			apptest.WantFields(t, s.Call(t, "PATCH", byID(note.JSON), s.alice, want).Want(t, 200).JSON, want)
			apptest.WantFields(t, s.read(t, s.alice, note).JSON, want)
		}
	})
}

func TestAMegabyteOfContentComesBack(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		part := "\n\n## Part\n\n" + strings.Repeat("Lörem ipsum 港 dolor.\n", 50)
		content := strings.TrimSpace("# Long" + strings.Repeat(part, 1<<20/len(part)+1))
		note := s.create(t, s.alice, object{"title": "Long", "content": content})
		if got := s.read(t, s.alice, note).String("content"); got != content {
			t.Errorf("%d bytes came back of %d", len(got), len(content))
		}
		turned := content + "\n\nEnd."
		if got := s.Call(t, "PATCH", byID(note.JSON), s.alice,
			object{"content": turned}).Want(t, 200).String("content"); got != turned {
			t.Errorf("%d bytes came back of %d", len(got), len(turned))
		}
	})
}

func TestABodyBeyondTheLimitIs413(t *testing.T) {
	const limit = 4096
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "MAX_JSON_BYTES=4096")
		fitting := func(bytes int) string {
			const frame = `{"title": "x", "content": ""}`
			return strings.Replace(frame, `""`, `"`+strings.Repeat("a", bytes-len(frame))+`"`, 1)
		}
		note := apptest.Reply{JSON: s.Call(t, "POST", notesPath, s.alice, fitting(limit)).Want(t, 201).JSON}
		for method, path := range map[string]string{"POST": notesPath, "PATCH": byID(note.JSON)} {
			reply := s.Call(t, method, path, s.alice, fitting(limit+1)).WantKeys(t, 413, "detail", "status_code", "path")
			apptest.WantFields(t, reply.JSON, object{"status_code": 413, "path": path})
		}
		s.Call(t, "POST", notesPath, s.alice, fitting(20*limit)).Want(t, 413)
		if got := s.read(t, s.alice, note); got.String("last_edit") != note.String("last_edit") ||
			len(s.titles(t, s.alice, "")) != 1 {
			t.Error("a refused body was stored")
		}
	})
}

func TestManyHeadingsMakeABoundedNumberOfBlocks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		content := strings.TrimSpace(strings.Repeat("# heading\n", 5000))
		note := s.Call(t, "POST", "/api/v1/notes/", alice.Token,
			map[string]any{"title": "Headings", "content": content}).Want(t, 201)
		blocks := note.Object()["blocks"].([]any)
		last := blocks[len(blocks)-1].(map[string]any)["text"].(string)
		if len(blocks) != 2000 || strings.Count(last, "# heading") != 3001 || note.String("content") != content {
			t.Errorf("%d blocks, %d headings in the last", len(blocks), strings.Count(last, "# heading"))
		}
	})
}
