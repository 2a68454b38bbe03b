package backup_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	notesPath    = "/api/v1/notes/"
	coursesPath  = "/api/v1/courses/"
	eventsPath   = "/api/v1/planner-events/"
	feedsPath    = "/api/v1/calendar-feeds/"
	settingsPath = "/api/v1/settings/"
)

// filled is a server with something of everything, and what it answers to whom.
type filled struct {
	*apptest.Server
	tokens []string // "" for nobody
	paths  []string // of operations and files, to be read
}

// fill puts something of everything into a server through its API.
func fill(t *testing.T, s *apptest.Server) filled {
	t.Helper()
	alice, bob := s.SignUp(t, "alice"), s.SignUp(t, "bob")
	call := func(method, path string, body any) apptest.Reply {
		t.Helper()
		got := s.Call(t, method, path, alice.Token, body)
		if got.Status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, got.Status, got.Text)
		}
		return got
	}
	upload := func(method, path, name, file, content string) {
		t.Helper()
		if got := s.Upload(t, method, path, alice.Token,
			apptest.Part{Name: name, FileName: file, Content: content}); got.Status >= 300 {
			t.Fatalf("%s %s: %d %s", method, path, got.Status, got.Text)
		}
	}
	call("PATCH", settingsPath,
		map[string]any{"motto": "per aspera “ad” astra", "app_settings": map[string]any{"a": []int{1, 2}}})
	upload("PATCH", settingsPath, "avatar", "me.png", apptest.PNG(t, 40, 20, 7))
	call("POST", "/api/v1/auth/rotate-api-key/", nil)
	course := call("POST", coursesPath, map[string]any{"title": "Botany 植物", "description": "of *plants*"})
	coursePath := fmt.Sprintf("%s%d/", coursesPath, course.Int("id"))
	note := call("POST", notesPath, map[string]any{
		"title": "Roses", "content": "# Roses\n\nare \"red\"\n\n- a\n- b\n\n```go\nx := 1\n```\n",
		"course_id": course.Int("id"), "is_public": true,
	})
	notePath := fmt.Sprintf("%s%d/", notesPath, note.Int("id"))
	upload("POST", notePath+"cover/", "cover", "a.png", apptest.PNG(t, 8, 8, 3))
	upload("POST", notePath+"attachments/", "file", "Zusammenfassung ü.txt", strings.Repeat("sunny \x00\xff", 5000))
	upload("POST", notePath+"attachments/", "file", "empty.bin", "")
	call("POST", notePath+"snapshot/", nil)
	call("PATCH", notePath, map[string]any{"content": "# Roses\n\nare red, and 🌹"})
	gone := call("POST", notesPath, map[string]any{"title": "Gone", "content": "in the bin"})
	call("DELETE", fmt.Sprintf("%s%d/", notesPath, gone.Int("id")), nil)
	for i := range 5 {
		call("POST", notesPath, map[string]any{"title": fmt.Sprint("Note ", i), "content": strings.Repeat("word ", i*100)})
	}
	s.Call(t, "POST", coursePath+"subscribe/", bob.Token, nil)
	s.Call(t, "POST", coursePath+"open/", bob.Token, nil)
	s.Call(t, "POST", notesPath, bob.Token, map[string]any{"title": "A comment", "content": "!", "note_type": "C",
		"source_note_id": note.Int("id")})
	call("POST", eventsPath, map[string]any{
		"title": "Sowing", "event_date": "2026-11-20", "starts_at": "2026-11-20T10:00:00Z", "ends_at": "2026-11-20T11:30:00Z",
		"rrule": "FREQ=DAILY;COUNT=5", "time_zone": "Europe/Berlin",
	})
	call("POST", eventsPath, map[string]any{"title": "Harvest", "event_date": "2026-11-21", "course_id": course.Int("id")})
	call("POST", eventsPath+"calendar/", nil)
	call("POST", feedsPath, map[string]any{"title": "Lectures", "raw_ical": strings.ReplaceAll(`BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20261119T100000
DTEND;TZID=Europe/Berlin:20261119T120000
RRULE:FREQ=WEEKLY;COUNT=8
SUMMARY:Lecture ü
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261122
SUMMARY:Fair
END:VEVENT
END:VCALENDAR
`, "\n", "\r\n")})
	call("POST", "/api/v1/note-sessions/",
		map[string]any{"note_id": note.Int("id"), "title": "Reading", "started_at": "2026-11-20T08:00:00Z"})
	f := filled{Server: s, tokens: []string{"", alice.Token, bob.Token}}
	f.paths = f.readable(t)
	return f
}

// readable lists the addresses of all operations that read, with the numbers that there are, and of all files.
func (f filled) readable(t *testing.T) (paths []string) {
	t.Helper()
	document, _ := f.Call(t, "GET", "/api/openapi.json", "", nil).Object()["paths"].(map[string]any)
	if len(document) == 0 {
		t.Fatal("there is no description of the API")
	}
	inPath := regexp.MustCompile(`\{\w+\}`)
	for path, methods := range document {
		if _, reads := methods.(map[string]any)["get"]; !reads || strings.Contains(path, "/ping/") ||
			strings.Contains(path, "/handshake/") {
			continue
		}
		if !inPath.MatchString(path) {
			paths = append(paths, path)
			continue
		}
		for id := range 12 { // some of them are nobody's
			paths = append(paths, inPath.ReplaceAllString(path, fmt.Sprint(id)))
		}
	}
	paths = append(paths, "/api/v1/activity/week/?date=2026-11-20", notesPath+"?search=red", notesPath+"?q=rose",
		"/api/v1/heatmap/?days=30")
	for _, key := range f.Files(t) {
		paths = append(paths, "/media/"+key)
	}
	slices.Sort(paths)
	if len(paths) < 60 || len(f.Files(t)) < 4 {
		t.Fatalf("only %d addresses, with %d files", len(paths), len(f.Files(t)))
	}
	return paths
}

// answers reads everything as everybody.
func (f filled) answers(t *testing.T, s *apptest.Server) map[string]string {
	t.Helper()
	got := map[string]string{}
	for _, path := range f.paths {
		for i, token := range f.tokens {
			reply := s.Call(t, "GET", path, token, nil)
			text := strings.ReplaceAll(reply.Text, s.URL, "")
			got[fmt.Sprint(i, " ", path)] = fmt.Sprint(reply.Status, " ", now.ReplaceAllString(text, "(now)"))
		}
	}
	return got
}

// now is when sessions were last seen.
var now = regexp.MustCompile(`"(last_seen_at|generated_at|api_key_last_used_at)":"[^"]*"`)

func wantAnswers(t *testing.T, got, want map[string]string) {
	t.Helper()
	for path, text := range want {
		if got[path] != text {
			t.Errorf("%s\ngot  %.500s\nwant %.500s", path, got[path], text)
		}
	}
}

// TestEveryAnswerIsTheSame goes from SQLite to PostgreSQL and back.
func TestEveryAnswerIsTheSame(t *testing.T) {
	t.Parallel()
	first := newSite(t, database.SQLite, "BACKUP_SCHEDULE=off")
	f := fill(t, apptest.Start(t, database.SQLite, first.environment...))
	want := f.answers(t, f.Server)
	ok := 0
	for _, text := range want {
		if strings.HasPrefix(text, "200 ") {
			ok++
		}
	}
	if ok < 50 {
		t.Fatalf("only %d of %d answers are good", ok, len(want))
	}
	from := first
	for _, engine := range []database.Engine{database.PostgreSQL, database.SQLite} {
		file := filepath.Join(t.TempDir(), "archive")
		from.must(t, "backup", "--files", "--output", file)
		to := newSite(t, engine, "BACKUP_SCHEDULE=off")
		to.must(t, "restore", file)
		wantAnswers(t, f.answers(t, apptest.StartProcess(t, to.environment, "start").Server()), want)
		from = to
	}
}

// TestOtherToolsReadAnArchive unpacks one with age, zstd and tar, and compares sums and counts lines with further
// tools.
func TestOtherToolsReadAnArchive(t *testing.T) {
	t.Parallel()
	apptest.NeedTools(t, "age", "age-keygen", "zstd", "tar", "sha256sum", "wc")
	s := newSite(t, database.SQLite, "BACKUP_SCHEDULE=off")
	fill(t, apptest.Start(t, database.SQLite, s.environment...))
	folder := t.TempDir()
	shell := func(script string) string {
		t.Helper()
		return apptest.Shell(t, folder, script)
	}
	shell("age-keygen -o key.txt")
	recipient := strings.TrimSpace(shell("age-keygen -y key.txt"))
	file := filepath.Join(folder, "archive.age")
	site{append(slices.Clone(s.environment), "BACKUP_AGE_RECIPIENT="+recipient)}.must(t, "backup", "--files",
		"--output", file)
	shell("mkdir out && age -d -i key.txt archive.age | zstd -dc | tar -x -C out && cd out && sha256sum --quiet " +
		"--strict -c SHA256SUMS")
	db := s.open(t)
	for _, table := range []string{"notes", "note_blocks", "users", "sessions", "attachments", "planner_events"} {
		lines := strings.TrimSpace(shell("cat out/tables/" + table + "/*.ndjson | wc -l"))
		if rows := apptest.Value[string](t, db, "select cast(count(*) as text) from "+table); lines != rows {
			t.Errorf("%s has %s lines, want %s", table, lines, rows)
		}
	}
	if got := shell("cd out/files/data && find . -type f | sort | sed 's#^./##'"); strings.Count(got, "\n") != 4 {
		t.Errorf("the files in it are %q", got)
	}
	original, err := os.ReadFile(filepath.Join(folder, "out", "manifest.json"))
	if err != nil || !bytes.Contains(original, []byte(`"format": "notechondria-backup"`)) {
		t.Errorf("the manifest is %.200s, %v", original, err)
	}
}
