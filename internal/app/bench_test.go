package app_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
)

// benchSizes are the numbers of notes in the database. BENCH_NOTES adds one: 100000 takes minutes to prepare.
func benchSizes(b *testing.B) []int {
	sizes := []int{benchOwn}
	if text := os.Getenv("BENCH_NOTES"); text != "" {
		size, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		sizes = append(sizes, size)
	}
	return sizes
}

// BenchmarkRequests measures what requests cost in a database with few notes and with many.
func BenchmarkRequests(b *testing.B) {
	for _, engine := range apptest.Engines {
		for _, notes := range benchSizes(b) {
			b.Run(fmt.Sprintf("%s/notes=%d", engine, notes), func(b *testing.B) {
				s := startBench(b, engine, notes)
				s.benchReading(b)
				s.benchWriting(b)
				s.benchWeek(b)
				s.benchBare(b)
				b.Run("sign in", func(b *testing.B) {
					s.measure(b, func(b *testing.B) { s.SignIn(b, s.alice) })
				})
			})
		}
	}
}

// benchBare measures the bare handler, beside which the others are judged.
func (s *benchSite) benchBare(b *testing.B) {
	note := s.Call(b, "POST", "/api/v1/notes/", s.alice.Token, benchNote(0)).Want(b, 201).Int("id")
	for _, request := range []struct{ name, path string }{{"list", ""}, {"one note", fmt.Sprintf("%d/", note)}} {
		b.Run("bare, "+request.name, func(b *testing.B) {
			s.bare.measure(b, func(b *testing.B) { s.bare.Call(b, "GET", "/api/v1/notes/"+request.path, "", nil).Want(b, 200) })
		})
	}
	b.Run("bare, create", func(b *testing.B) {
		s.bare.measure(b, func(b *testing.B) { s.bare.Call(b, "POST", "/api/v1/notes/", "", benchNote(0)).Want(b, 201) })
	})
}

func (s *benchSite) benchReading(b *testing.B) {
	note := s.Call(b, "POST", "/api/v1/notes/", s.alice.Token, benchNote(0)).Want(b, 201).Int("id")
	for _, request := range []struct{ name, path string }{
		{"list", "notes/?limit=20"},
		{"one note", fmt.Sprintf("notes/%d/", note)},
		{"courses", "courses/"},
		{"front page", "front-page/"},
		{"search, in a few", "notes/?limit=20&q=w3999"},
		{"search, in all", "notes/?limit=20&q=common"},
		{"search, three letters", "notes/?limit=20&q=com"},
		{"search, one letter", "notes/?limit=20&q=c"},
		{"search, a common and a rare word", "notes/?limit=20&q=common+w3999"},
		{"search, two common words", "notes/?limit=20&q=common+chapter"},
		{"search, typing error", "notes/?limit=20&q=chaptre"},
		{"search, nowhere", "notes/?limit=20&q=xyzzyx"},
		{"search, everybody's, in a few", "notes/?limit=20&q=w3999&scope=all"},
		{"search, everybody's, in all", "notes/?limit=20&q=common&scope=all"},
	} {
		b.Run(request.name, func(b *testing.B) {
			s.measure(b, func(b *testing.B) { s.Call(b, "GET", "/api/v1/"+request.path, s.alice.Token, nil).Want(b, 200) })
		})
	}
}

func (s *benchSite) benchWriting(b *testing.B) {
	fresh := 0
	next := func() map[string]any { fresh++; return benchNote(fresh) }
	path := fmt.Sprintf("/api/v1/notes/%d/", s.Call(b, "POST", "/api/v1/notes/", s.alice.Token,
		next()).Want(b, 201).Int("id"))
	b.Run("patch", func(b *testing.B) {
		s.measure(b, func(b *testing.B) { s.Call(b, "PATCH", path, s.alice.Token, next()).Want(b, 200) })
	})
	b.Run("patch, nothing new", func(b *testing.B) {
		s.measure(b, func(b *testing.B) { s.Call(b, "PATCH", path, s.alice.Token, benchNote(fresh)).Want(b, 200) })
	})
	b.Run("create", func(b *testing.B) {
		s.measure(b, func(b *testing.B) { s.Call(b, "POST", "/api/v1/notes/", s.alice.Token, next()).Want(b, 201) })
	})
}

// benchWeek shows a week with twenty events, five series, ten sessions and a calendar of 1,000 events, seven of them in
// it.
func (s *benchSite) benchWeek(b *testing.B) {
	add := func(path string, body map[string]any) int64 {
		return s.Call(b, "POST", "/api/v1/"+path+"/", s.alice.Token, body).Want(b, 201).Int("id")
	}
	note := add("notes", benchNote(0))
	for i := range 20 {
		day := fmt.Sprintf("2099-03-%02d", 2+i%7)
		add("planner-events", map[string]any{"title": "Exam", "event_date": day})
		if i%2 == 0 {
			add("note-sessions", map[string]any{"note_id": note, "started_at": day + "T09:00:00Z"})
		}
		if i%4 == 0 {
			add("planner-events", map[string]any{"title": "Seminar", "event_date": "2026-03-02", "rrule": "FREQ=WEEKLY",
				"time_zone": "Europe/Berlin"})
		}
	}
	add("calendar-feeds", map[string]any{"title": "Campus", "raw_ical": benchCalendar(1000)})
	b.Run("week", func(b *testing.B) {
		s.measure(b, func(b *testing.B) {
			s.Call(b, "GET", "/api/v1/activity/week/?start_date=2099-03-02", s.alice.Token, nil).Want(b, 200)
		})
	})
}

// benchCalendar has an event a day, the middle one on the second of March 2099.
func benchCalendar(events int) string {
	var text strings.Builder
	text.WriteString("BEGIN:VCALENDAR\r\n")
	for i := range events {
		day := time.Date(2099, 3, 2+i-events/2, 9, 0, 0, 0, time.UTC)
		fmt.Fprintf(&text, "BEGIN:VEVENT\r\nUID:%d\r\nSUMMARY:Lecture\r\nDTSTART:%s\r\nEND:VEVENT\r\n", i,
			day.Format("20060102T150405Z"))
	}
	text.WriteString("END:VCALENDAR\r\n")
	return text.String()
}

// benchNote is a note of about 200 words in four blocks.
func benchNote(i int) map[string]any {
	return map[string]any{"title": fmt.Sprintf("Note %d", i), "description": "About a thing",
		"content": fmt.Sprintf("# Note %d\n\n%s\n\n## Part\n\n%s", i, strings.Repeat("Some words on it. ", 30),
			strings.Repeat("And more. ", 30))}
}

// BenchmarkReadingANote compares what programs are answered over MCP with what apps are over HTTP: it costs at most
// half as much again.
func BenchmarkReadingANote(b *testing.B) {
	for _, engine := range apptest.Engines {
		s := startBench(b, engine, 100)
		key := s.Call(b, "POST", "/api/v1/auth/rotate-api-key/", s.alice.Token, nil).Want(b, 200).String("api_key")
		for name, paragraphs := range map[string]int{"short": 1, "long": 60} {
			note := benchNote(0)
			note["content"] = strings.Repeat(note["content"].(string)+"\n\n", paragraphs)
			id := s.Call(b, "POST", "/api/v1/notes/", s.alice.Token, note).Want(b, 201).Int("id")
			b.Run(fmt.Sprintf("%s/%s/REST", engine, name), func(b *testing.B) {
				s.measure(b, func(b *testing.B) { s.Call(b, "GET", fmt.Sprintf("/api/v1/notes/%d/", id), key, nil).Want(b, 200) })
			})
			b.Run(fmt.Sprintf("%s/%s/MCP", engine, name), func(b *testing.B) {
				s.measure(b, func(b *testing.B) { s.getNote(b, key, id) })
			})
		}
	}
}

// getNote reads a note as programs do.
func (s *benchSite) getNote(b *testing.B, key string, id int64) {
	b.Helper()
	request := s.Request(b, "POST", "/mcp/", map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call",
		"params": map[string]any{"name": "get_note", "arguments": map[string]any{"note_id": id}}})
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("MCP-Protocol-Version", "2025-11-25")
	if got := apptest.Do(b, request).Want(b, 200); got.Object()["result"] == nil {
		b.Fatal(got.Text)
	}
}

// BenchmarkColdStart measures a process on a migrated database from its start to the first answered list of courses.
func BenchmarkColdStart(b *testing.B) {
	for _, engine := range apptest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			environment := append(apptest.Environment(b, engine), benchSecret)
			startOnce(b, environment) // makes and migrates the database
			var cpu time.Duration
			var resident int64
			for b.Loop() {
				used, rss := startOnce(b, environment)
				cpu += used
				resident += rss
			}
			b.ReportMetric(cpu.Seconds()*1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(resident)/float64(b.N)/1024, "rss-MB")
		})
	}
}

// startOnce returns the processor time that a process took until its first answer, and its resident memory (KB) then.
func startOnce(b *testing.B, environment []string) (cpu time.Duration, resident int64) {
	b.Helper()
	port := strconv.Itoa(apptest.FreePort(b))
	cmd := apptest.Program(b, append(environment, "PORT="+port, "LOG_LEVEL=ERROR"), "start")
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	for {
		response, err := http.Get("http://127.0.0.1:" + port + "/api/v1/courses/")
		if err == nil {
			response.Body.Close()
			break
		}
		if cmd.ProcessState != nil {
			b.Fatal("the program ended")
		}
	}
	resident = residentMemory(b, cmd.Process.Pid)
	_ = cmd.Process.Kill() // the usage is read below, whatever ended it
	_ = cmd.Wait()
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), resident
}

func residentMemory(b *testing.B, pid int) int64 {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if value, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
			if err != nil {
				b.Fatal(err)
			}
			return kb
		}
	}
	b.Fatal("the process has no resident memory")
	return 0
}
