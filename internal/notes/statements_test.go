package notes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// aboutNotes are words of the statements that count; the server's other work goes on meanwhile.
var aboutNotes = []string{"notes", "note_blocks", "courses"}

func TestTheNumberOfStatementsDoesNotGrowWithTheNotes(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{Server: server}
	s.alice = s.newcomer(t, "alice")
	course := s.course(t, s.alice, "Ports")
	count := func(method, path string, body any, status int) int {
		t.Helper()
		request := func() { s.Call(t, method, path, s.alice, body).Want(t, status) }
		return statements.Fewest(request, aboutNotes...)
	}
	long := "# Long" + strings.Repeat("\n\n## Part\n\nText.", 60)
	note := func(content string) object { return object{"title": "x", "content": content, "course_id": course} }

	few := map[string]int{
		"a bare list": count("GET", notesPath, nil, 200),
		"a page":      count("GET", notesPath+"?limit=100&scope=all", nil, 200),
		"creating":    count("POST", notesPath, note("short"), 201),
	}
	short := s.create(t, s.alice, note("short"))
	few["one note"] = count("GET", byID(short.JSON), nil, 200)
	few["changing"] = count("PATCH", byID(short.JSON), object{"content": "shorter"}, 200)

	for i := range 60 {
		s.create(t, s.alice, object{"title": fmt.Sprint(i), "course_id": course, "content": "x"})
	}
	many := map[string]int{
		"a bare list": count("GET", notesPath, nil, 200),
		"a page":      count("GET", notesPath+"?limit=100&scope=all", nil, 200),
		"creating":    count("POST", notesPath, note(long), 201),
	}
	big := s.create(t, s.alice, note(long))
	many["one note"] = count("GET", byID(big.JSON), nil, 200)
	many["changing"] = count("PATCH", byID(big.JSON), object{"content": long + " "}, 200)

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
	s.alice = s.newcomer(t, "alice")
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
	for i := range 60 {
		s.create(t, s.alice, object{"title": fmt.Sprint("Rose ", i)})
	}
	if many := count("rose", 72); found != 2 || many != 2 {
		t.Errorf("a search takes %d statements with few notes, and %d with many, want 2", found, many)
	}
	if many := count("rosse", 72); near != 3 || many != 3 {
		t.Errorf("a search with a typing error takes %d statements with few notes, and %d with many, want 3", near, many)
	}
}
