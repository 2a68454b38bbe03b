package planner_test

import (
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner"
)

type object = map[string]any

// site is a server with two accounts.
type site struct{ *apptest.Site }

// onSite runs a test on each engine, on a site of its own.
func onSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		test(t, &site{apptest.StartSite(t, engine)})
	})
}

// planner is the planner on the site's database, without HTTP.
func (s *site) planner(t testing.TB) *planner.Service {
	t.Helper()
	return planner.New(planner.Options{DB: s.Database(t)})
}

func (s *site) asAlice() actor.Actor { return actor.Actor{UserID: s.Alice.ID, By: actor.Session} }

// listed are alice's events.
func (s *site) listed(t testing.TB) []any {
	t.Helper()
	return s.Call(t, "GET", apptest.EventsPath, s.Alice.Token, nil).Want(t, 200).List()
}
