package apptest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

// Where the planner, its calendars and what they belong to are.
const (
	CoursesPath = "/api/v1/courses/"
	EventsPath  = "/api/v1/planner-events/"
	FeedsPath   = "/api/v1/calendar-feeds/"
)

// Site is a server with two accounts.
type Site struct {
	*Server
	Alice, Bob Account
}

// StartSite is NewSite on a server of its own, with these settings besides those of Start.
func StartSite(t testing.TB, engine database.Engine, settings ...string) *Site {
	t.Helper()
	return NewSite(t, Start(t, engine, settings...))
}

// NewSite signs the two up on a server.
func NewSite(t testing.TB, server *Server) *Site {
	t.Helper()
	return &Site{Server: server, Alice: server.SignUp(t, "alice"), Bob: server.SignUp(t, "bob")}
}

// Course makes a course and returns its id.
func (s *Site) Course(t testing.TB, owner Account, title string) int64 {
	t.Helper()
	return s.Call(t, "POST", CoursesPath, owner.Token, map[string]any{"title": title}).Want(t, 201).Int("id")
}

// Event makes an event of Alice's.
func (s *Site) Event(t testing.TB, body map[string]any) Reply {
	t.Helper()
	return s.Call(t, "POST", EventsPath, s.Alice.Token, body).Want(t, 201)
}

// ChangeEvent changes an event of Alice's.
func (s *Site) ChangeEvent(t testing.TB, event Reply, body map[string]any) Reply {
	t.Helper()
	return s.Call(t, "PATCH", EventPath(event), s.Alice.Token, body)
}

// EventPath is where an event is.
func EventPath(event Reply) string { return fmt.Sprintf("%s%d/", EventsPath, event.Int("id")) }

// Feed makes a calendar feed of Alice's.
func (s *Site) Feed(t testing.TB, body map[string]any) Reply {
	t.Helper()
	return s.Call(t, "POST", FeedsPath, s.Alice.Token, body).Want(t, 201)
}

// Weekly is a series of events on Mondays at nine in Berlin; the clocks change on 29 March 2026.
func Weekly() map[string]any {
	return map[string]any{"title": "Seminar", "event_date": "2026-03-16", "starts_at": "2026-03-16T08:00:00Z",
		"ends_at": "2026-03-16T09:30:00Z", "rrule": "freq=weekly;BYDAY=MO", "time_zone": "Europe/Berlin"}
}

// Calendar is an iCalendar file with an event per title, one a day from the second of March 2026 on.
func Calendar(titles ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\n")
	for i, title := range titles {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d\r\nSUMMARY:%s\r\nDTSTART:202603%02dT090000Z\r\nEND:VEVENT\r\n", i, title, i+2)
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

// Texts are the values of a key in a list of objects, "" where there is no text.
func Texts(list []any, key string) []string {
	values := []string{}
	for _, item := range list {
		object, _ := item.(map[string]any)
		text, _ := object[key].(string)
		values = append(values, text)
	}
	return values
}

// Moment reads a time of RFC 3339.
func Moment(t testing.TB, text string) time.Time {
	t.Helper()
	value, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return value.UTC()
}
