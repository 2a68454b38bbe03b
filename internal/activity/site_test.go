package activity_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

type object = map[string]any

const notesPath = "/api/v1/notes/"

var (
	eventKeys = []string{"id", "title", "event_date", "starts_at", "ends_at", "difficulty_weight",
		"description", "course_id",
		"is_completed", "completed_at"}
	occurrenceKeys = append([]string{"occurrence", "rrule", "time_zone"}, eventKeys...)
)

// site is a server with two accounts.
type site struct{ *apptest.Site }

// onSite runs a test on each engine, on a site of its own.
func onSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		test(t, &site{apptest.StartSite(t, engine)})
	})
}

// inbox is the id of an account's Inbox.
func (s *site) inbox(t testing.TB, owner apptest.Account) int64 {
	t.Helper()
	for _, course := range s.Call(t, "GET", apptest.CoursesPath, owner.Token, nil).Want(t, 200).List() {
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
