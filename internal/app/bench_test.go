package app_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
)

// eachEngine runs a benchmark on a server of each engine, with an account that has that many notes.
func eachEngine(b *testing.B, notes int, run func(b *testing.B, s *apptest.Server, a apptest.Account)) {
	for _, engine := range apptest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			s := apptest.Start(b, engine, "LOG_LEVEL=ERROR")
			alice := s.SignUp(b, "alice")
			for i := range notes {
				s.Call(b, "POST", "/api/v1/notes/", alice.Token, benchNote(i)).Want(b, 201)
			}
			before := cpuTime(b)
			b.ResetTimer()
			run(b, s, alice)
			b.StopTimer()
			b.ReportMetric((cpuTime(b)-before).Seconds()*1000/float64(b.N), "cpu-ms/op") // of server and client together
		})
	}
}

func benchNote(i int) map[string]any {
	return map[string]any{"title": fmt.Sprintf("Note %d", i), "description": "About a thing",
		"content": fmt.Sprintf("# Note %d\n\n%s\n\n## Part\n\n%s", i, strings.Repeat("Some words on it. ", 30), strings.Repeat("And more. ", 30))}
}

func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkNoteList(b *testing.B) {
	eachEngine(b, 20, func(b *testing.B, s *apptest.Server, a apptest.Account) {
		for b.Loop() {
			s.Call(b, "GET", "/api/v1/notes/?limit=20", a.Token, nil).Want(b, 200)
		}
	})
}

func BenchmarkNoteDetail(b *testing.B) {
	eachEngine(b, 1, func(b *testing.B, s *apptest.Server, a apptest.Account) {
		id := s.Call(b, "POST", "/api/v1/notes/", a.Token, benchNote(0)).Int("id")
		path := fmt.Sprintf("/api/v1/notes/%d/", id)
		for b.Loop() {
			s.Call(b, "GET", path, a.Token, nil).Want(b, 200)
		}
	})
}

func BenchmarkNoteCreate(b *testing.B) {
	eachEngine(b, 0, func(b *testing.B, s *apptest.Server, a apptest.Account) {
		for i := 0; b.Loop(); i++ {
			s.Call(b, "POST", "/api/v1/notes/", a.Token, benchNote(i)).Want(b, 201)
		}
	})
}

func BenchmarkCourseList(b *testing.B) {
	eachEngine(b, 100, func(b *testing.B, s *apptest.Server, a apptest.Account) {
		for b.Loop() {
			s.Call(b, "GET", "/api/v1/courses/", a.Token, nil).Want(b, 200)
		}
	})
}

func BenchmarkFrontPage(b *testing.B) {
	eachEngine(b, 2000, func(b *testing.B, s *apptest.Server, a apptest.Account) {
		for b.Loop() {
			s.Call(b, "GET", "/api/v1/front-page/", a.Token, nil).Want(b, 200)
		}
	})
}

// BenchmarkWeek shows a week with twenty events, five series, ten sessions and a calendar of 1,000 events, seven of them in it.
func BenchmarkWeek(b *testing.B) {
	eachEngine(b, 1, func(b *testing.B, s *apptest.Server, a apptest.Account) {
		note := s.Call(b, "POST", "/api/v1/notes/", a.Token, benchNote(0)).Int("id")
		add := func(path string, body map[string]any) {
			s.Call(b, "POST", "/api/v1/"+path+"/", a.Token, body).Want(b, 201)
		}
		for i := range 20 {
			add("planner-events", map[string]any{"title": "Exam", "event_date": fmt.Sprintf("2099-03-%02d", 2+i%7)})
			if i%2 == 0 {
				add("note-sessions", map[string]any{"note_id": note, "started_at": fmt.Sprintf("2099-03-%02dT09:00:00Z", 2+i%7)})
			}
			if i%4 == 0 {
				add("planner-events", map[string]any{"title": "Seminar", "event_date": "2026-03-02", "rrule": "FREQ=WEEKLY", "time_zone": "Europe/Berlin"})
			}
		}
		add("calendar-feeds", map[string]any{"title": "Campus", "raw_ical": benchCalendar(1000)})
		for b.Loop() {
			s.Call(b, "GET", "/api/v1/activity/week/?start_date=2099-03-02", a.Token, nil).Want(b, 200)
		}
	})
}

// benchCalendar has an event a day, the middle one on the second of March 2099.
func benchCalendar(events int) string {
	var text strings.Builder
	text.WriteString("BEGIN:VCALENDAR\r\n")
	for i := range events {
		day := time.Date(2099, 3, 2+i-events/2, 9, 0, 0, 0, time.UTC)
		fmt.Fprintf(&text, "BEGIN:VEVENT\r\nUID:%d\r\nSUMMARY:Lecture\r\nDTSTART:%s\r\nEND:VEVENT\r\n", i, day.Format("20060102T150405Z"))
	}
	text.WriteString("END:VCALENDAR\r\n")
	return text.String()
}

func BenchmarkSignIn(b *testing.B) {
	eachEngine(b, 0, func(b *testing.B, s *apptest.Server, a apptest.Account) {
		for b.Loop() {
			s.SignIn(b, a)
		}
	})
}

// BenchmarkColdStart measures a process on a migrated database from its start to the first answered list of courses.
func BenchmarkColdStart(b *testing.B) {
	for _, engine := range apptest.Engines {
		b.Run(string(engine), func(b *testing.B) {
			environment := append(apptest.Environment(b, engine), "SECRET_KEY=0123456789012345678901234567890123456789012345678901")
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
	port := freePort(b)
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

func freePort(b *testing.B) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
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
