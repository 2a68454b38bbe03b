package planner_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner"
)

type object = map[string]any

const eventsPath = "/api/v1/planner-events/"

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

// planner is the planner on the site's database, without HTTP.
func (s *site) planner(t testing.TB) *planner.Service {
	t.Helper()
	return planner.New(planner.Options{DB: s.Database(t)})
}

func (s *site) asAlice() actor.Actor { return actor.Actor{UserID: s.alice.ID, By: actor.Session} }

// course makes a course and returns its id.
func (s *site) course(t testing.TB, owner apptest.Account, title string) int64 {
	t.Helper()
	return s.Call(t, "POST", "/api/v1/courses/", owner.Token, object{"title": title}).Want(t, 201).Int("id")
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

// listed are alice's events.
func (s *site) listed(t testing.TB) []any {
	t.Helper()
	return s.Call(t, "GET", eventsPath, s.alice.Token, nil).Want(t, 200).List()
}

func pathOf(event apptest.Reply) string { return fmt.Sprintf("%s%d/", eventsPath, event.Int("id")) }

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
