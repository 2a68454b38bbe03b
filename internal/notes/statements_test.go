package notes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// aboutNotes are words of the statements that count; the server's other work goes on meanwhile.
var aboutNotes = []string{"notes", "note_blocks", "note_versions", "courses"}

func TestTheNumberOfStatementsDoesNotGrowWithTheNotes(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{Server: server}
	s.alice = s.newAccount(t, "alice")
	course := s.course(t, s.alice, "Ports")
	call := func(method, path string, body any, status int) func() {
		return func() { s.Call(t, method, path, s.alice, body).Want(t, status) }
	}
	long := "# Long" + strings.Repeat("\n\n## Part\n\nText.", 60)
	fresh := 0
	// on counts what is done with a note of that content, when there are other notes.
	on := func(content string) map[string]int {
		note := s.create(t, s.alice, object{"title": "x", "content": content, "course_id": course})
		path, blocks := byID(note.JSON), s.blocks(t, note)
		version := s.snapshot(t, note, nil).Int("id")
		ids := []any{}
		for _, block := range blocks {
			ids = append(ids, block["id"])
		}
		slices.Reverse(ids)
		work := map[string]func(){
			"a bare list":       call("GET", notesPath, nil, 200),
			"a page":            call("GET", notesPath+"?limit=100&scope=all", nil, 200),
			"the bin":           call("GET", binPath, nil, 200),
			"history":           call("GET", path+"history/", nil, 200),
			"one note":          call("GET", path, nil, 200),
			"one note by UUID":  call("GET", byUUID(note.JSON), nil, 200),
			"creating":          call("POST", notesPath, object{"title": "x", "content": content, "course_id": course}, 201),
			"changing a block":  call("PATCH", blockPath(blocks[0]), object{"is_AI_generated": true}, 200),
			"reordering blocks": call("POST", path+"reorder/", object{"ordered_block_ids": ids}, 200),
		}
		counts := map[string]int{}
		for what, do := range work {
			counts[what] = statements.Fewest(do, aboutNotes...)
		}
		counts["changing"] = statements.Fewest(func() {
			fresh++
			s.Call(t, "PATCH", path, s.alice, object{"content": fmt.Sprint(content, " ", fresh)}).Want(t, 200)
		}, aboutNotes...)
		counts["going back"] = statements.Fewest(call("POST", fmt.Sprintf("%srestore/%d/", path, version), nil,
			200), aboutNotes...)
		return counts
	}
	few := on("short")
	for i := range 20 {
		note := s.create(t, s.alice, object{"title": fmt.Sprint(i), "course_id": course, "content": "x"})
		if i%2 == 0 {
			s.Call(t, "DELETE", byID(note.JSON), s.alice, nil).Want(t, 204)
		}
	}
	many := on(long)
	for what, number := range few {
		if number == 0 || many[what] != number {
			t.Errorf("%s takes %d statements with few rows, and %d with many", what, number, many[what])
		}
	}
}

func TestTheNumberOfStatementsOfASearchDoesNotGrowWithTheNotes(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{Server: server}
	s.alice = s.newAccount(t, "alice")
	count := func(text string, total int) int {
		t.Helper()
		return statements.Fewest(func() {
			page := s.Call(t, "GET", notesPath+"?scope=all&limit=5&q="+text, s.alice, nil).Want(t, 200)
			apptest.WantFields(t, page.JSON, object{"total": total})
		}, aboutNotes...)
	}
	for i := range 12 {
		s.create(t, s.alice, object{"title": fmt.Sprint("Rose ", i)})
	}
	found, near := count("rose", 12), count("rosse", 12)
	for i := range 12 {
		s.create(t, s.alice, object{"title": fmt.Sprint("Rose ", i)})
	}
	if many := count("rose", 24); found != 3 || many != 3 {
		t.Errorf("a search takes %d statements with few notes, and %d with many, want 3", found, many)
	}
	if many := count("rosse", 24); near != 4 || many != 4 {
		t.Errorf("a search with a typing error takes %d statements with few notes, and %d with many, want 4", near, many)
	}
}

func TestWritingTakesFewStatements(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{Server: server}
	s.alice = s.newAccount(t, "alice")
	fresh := 0
	content := func() string {
		fresh++
		return fmt.Sprintf("# T\n\nFirst.\n\n## A\n\nPart %d.\n\n## B\n\nLast.", fresh)
	}
	note := s.create(t, s.alice, object{"title": "T", "content": content()})
	change := func(body func() object) func() {
		return func() { s.Call(t, "PATCH", byID(note.JSON), s.alice, body()).Want(t, 200) }
	}
	for what, c := range map[string]struct {
		do   func()
		want int
	}{
		// The note, the day's activity, its blocks.
		"creating": {func() { s.create(t, s.alice, object{"title": "T", "content": content()}) }, 3},
		// The lock, the note, the day's activity, the blocks and the one that is another one.
		"a paragraph": {change(func() object { return object{"content": content()} }), 5},
		// The lock, the note, the blocks.
		"nothing new": {change(func() object { return object{"title": "T"} }), 3},
	} {
		if number := statements.Fewest(c.do, "note"); number != c.want {
			t.Errorf("%s takes %d statements, want %d: %q", what, number, c.want, statements.During(c.do, "note"))
		}
	}
}
