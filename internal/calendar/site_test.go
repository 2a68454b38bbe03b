package calendar_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

type object = map[string]any

const eventsPath = "/api/v1/planner-events/"

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
	apptest.Each(t, func(t *testing.T, engine database.Engine) { test(t, newSite(t, engine)) })
}

func newSite(t testing.TB, engine database.Engine, settings ...string) *site {
	t.Helper()
	s := &site{Server: apptest.Start(t, engine, settings...)}
	s.alice, s.bob = s.SignUp(t, "alice"), s.SignUp(t, "bob")
	return s
}

// event makes an event of alice's.
func (s *site) event(t testing.TB, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", eventsPath, s.alice.Token, body).Want(t, 201)
}

// change changes an event of alice's.
func (s *site) change(t testing.TB, event apptest.Reply, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "PATCH", pathOf(event), s.alice.Token, body)
}

func pathOf(event apptest.Reply) string { return fmt.Sprintf("%s%d/", eventsPath, event.Int("id")) }

func moment(t testing.TB, text string) time.Time {
	t.Helper()
	value, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return value.UTC()
}
