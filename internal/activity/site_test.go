package activity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

type object = map[string]any

const (
	coursesPath = "/api/v1/courses/"
	notesPath   = "/api/v1/notes/"
	eventsPath  = "/api/v1/planner-events/"
	feedsPath   = "/api/v1/calendar-feeds/"
)

var (
	eventKeys = []string{"id", "title", "event_date", "starts_at", "ends_at", "difficulty_weight",
		"description", "course_id",
		"is_completed", "completed_at"}
	occurrenceKeys = append([]string{"occurrence", "rrule", "time_zone"}, eventKeys...)
)

// weekly is a series on Mondays at nine in Berlin; the clocks change on 29 March 2026.
var weekly = object{"title": "Seminar", "event_date": "2026-03-16", "starts_at": "2026-03-16T08:00:00Z",
	"ends_at": "2026-03-16T09:30:00Z", "rrule": "freq=weekly;BYDAY=MO", "time_zone": "Europe/Berlin"}

// site is a server with two accounts.
type site struct {
	*apptest.Server
	alice, bob apptest.Account
}

// onSite runs a test on each engine, on a site of its own.
func onSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := &site{Server: apptest.Start(t, engine)}
		s.alice, s.bob = s.SignUp(t, "alice"), s.SignUp(t, "bob")
		test(t, s)
	})
}

// course makes a course and returns its id.
func (s *site) course(t testing.TB, owner apptest.Account, title string) int64 {
	t.Helper()
	return s.Call(t, "POST", coursesPath, owner.Token, object{"title": title}).Want(t, 201).Int("id")
}

// inbox is the id of an account's Inbox.
func (s *site) inbox(t testing.TB, owner apptest.Account) int64 {
	t.Helper()
	for _, course := range s.Call(t, "GET", coursesPath, owner.Token, nil).Want(t, 200).List() {
		if id, _ := course.(object)["id"].(float64); course.(object)["is_default"] == true {
			return int64(id)
		}
	}
	t.Fatalf("%s has no Inbox", owner.Username)
	return 0
}

// note makes a note.
func (s *site) note(t testing.TB, author apptest.Account, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", notesPath, author.Token, body).Want(t, 201)
}

func (s *site) deleteNote(t testing.TB, author apptest.Account, note apptest.Reply) {
	t.Helper()
	s.Call(t, "DELETE", fmt.Sprintf("%s%d/", notesPath, note.Int("id")), author.Token, nil).Want(t, 204)
}

// event makes an event of alice's.
func (s *site) event(t testing.TB, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", eventsPath, s.alice.Token, body).Want(t, 201)
}

// change changes an event of alice's.
func (s *site) change(t testing.TB, event apptest.Reply, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "PATCH", fmt.Sprintf("%s%d/", eventsPath, event.Int("id")), s.alice.Token, body)
}

// feed makes a calendar feed of alice's.
func (s *site) feed(t testing.TB, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", feedsPath, s.alice.Token, body).Want(t, 201)
}

// ics is a calendar with an event per title, one a day from the second of March 2026 on.
func ics(titles ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\n")
	for i, title := range titles {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d\r\nSUMMARY:%s\r\nDTSTART:202603%02dT090000Z\r\nEND:VEVENT\r\n", i, title, i+2)
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

// texts are the values of a key in a list of objects.
func texts(list []any, key string) []string {
	values := []string{}
	for _, item := range list {
		text, _ := item.(object)[key].(string)
		values = append(values, text)
	}
	return values
}

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	value, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return value.UTC()
}
