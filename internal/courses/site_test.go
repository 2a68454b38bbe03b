package courses_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

type object = map[string]any

const notesPath = "/api/v1/notes/"

// site is a server with two accounts, which have an Inbox and no notes.
type site struct{ *apptest.Site }

// onSite runs a test on each engine, on a site of its own.
func onSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) { test(t, newSite(t, engine)) })
}

func newSite(t testing.TB, engine database.Engine, settings ...string) *site {
	t.Helper()
	s := &site{apptest.StartSite(t, engine, settings...)}
	for _, account := range []apptest.Account{s.Alice, s.Bob} {
		for _, note := range s.Call(t, "GET", notesPath, account.Token, nil).Want(t, 200).List() {
			s.deleteNote(t, account, note)
		}
	}
	return s
}

// inbox is the id of an account's Inbox.
func (s *site) inbox(t testing.TB, owner apptest.Account) int64 {
	t.Helper()
	id, _ := s.list(t, owner.Token)[0].(object)["id"].(float64)
	return int64(id)
}

// note makes a note in a course.
func (s *site) note(t testing.TB, author apptest.Account, course int64, title string, public bool) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", notesPath, author.Token,
		object{"title": title, "course_id": course, "is_public": public}).Want(t, 201)
}

func (s *site) deleteNote(t testing.TB, author apptest.Account, note any) {
	t.Helper()
	s.Call(t, "DELETE", fmt.Sprintf("%s%v/", notesPath, note.(object)["id"]), author.Token, nil).Want(t, 204)
}

// subscribe makes the user a subscriber of a course; opened is a time, "" for never.
func (s *site) subscribe(t testing.TB, user apptest.Account, course int64, subscribed, opened string) {
	t.Helper()
	s.Exec(t, `insert into course_subscriptions (user_id, course_id, subscribed_at, last_opened_at)
		values ($1, $2, $3, $4)`,
		user.ID, course, moment(t, subscribed), moment(t, opened))
}

// moment reads a time; "" is none.
func moment(t testing.TB, text string) *time.Time {
	t.Helper()
	if text == "" {
		return nil
	}
	read, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return &read
}

// list returns the courses that the user with that token sees.
func (s *site) list(t testing.TB, token string) []any {
	t.Helper()
	return s.Call(t, "GET", apptest.CoursesPath, token, nil).Want(t, 200).List()
}

// recent are the titles of the notes that a course shows.
func recent(course any) []string {
	notes, _ := course.(object)["recent_notes"].([]any)
	return apptest.Texts(notes, "title")
}

func byID(id int64) string { return fmt.Sprintf("%s%d/", apptest.CoursesPath, id) }
