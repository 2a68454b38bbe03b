package cli_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestUserEventsAreShown(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		alice := s.SignUp(t, "alice")
		signIn(t, s, alice.Email, "Wr0ng-password").Want(t, 400)
		signIn(t, s, alice.Email, "Wr0ng-password").Want(t, 400)
		run(t, e, "a-good-password\n", "user", "set-password", "alice").want(t, 0)
		run(t, e, "", "user", "disable", "alice").want(t, 0)
		run(t, e, "", "user", "show", "alice").want(t, 0, "password_reset", "operator", "sign_in_failed", "disabled")
		var list []struct {
			Event, Actor string
			Times        int
		}
		r := run(t, e, "", "user", "events", "alice", "--json").want(t, 0)
		if err := json.Unmarshal([]byte(r.stdout), &list); err != nil {
			t.Fatalf("%v: %s", err, r.stdout)
		}
		got := ""
		for _, event := range list {
			got += fmt.Sprintf("%s %s %d, ", event.Event, event.Actor, event.Times)
		}
		if want := "disabled operator 1, password_reset operator 1, sign_in_failed  2, signed_in  1, "; got != want {
			t.Errorf("events: %q, want %q", got, want)
		}
		page := run(t, e, "", "user", "events", "alice", "--limit=2", "--skip=1").want(t, 0, "password_reset",
			"sign_in_failed")
		if strings.Contains(page.stdout, "disabled") || !strings.Contains(page.stderr, "--skip 3") {
			t.Errorf("a page: %s%s", page.stdout, page.stderr)
		}
		run(t, e, "", "user", "events", "alice", "--limit=101").wantError(t, 2, "--limit")
		run(t, e, "", "user", "events", "nobody").wantError(t, 1, "no such user")

		run(t, e, "", "user", "delete", "alice", "--yes").want(t, 0)
		gone := run(t, e, "", "user", "events", fmt.Sprint(alice.ID)).want(t, 0, "deleted", "operator")
		if strings.Contains(gone.stdout, "signed_in") || strings.Contains(gone.stdout, "alice") {
			t.Errorf("more than the deletion is kept: %s", gone.stdout)
		}
	})
}

func TestUserIsHidden(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		alice := s.SignUp(t, "alice")
		note := s.Call(t, "POST", "/api/v1/notes/", alice.Token,
			map[string]any{"title": "BUY PILLS", "is_public": true}).Want(t, 201)
		path := "/api/v1/notes/uuid/" + note.String("uuid") + "/"
		list := func() string { return s.Call(t, "GET", "/api/v1/notes/?scope=all", "", nil).Want(t, 200).Text }
		run(t, e, "", "user", "disable", "alice").want(t, 0, "is disabled")
		s.Call(t, "GET", path, "", nil).Want(t, 200)
		run(t, e, "", "user", "disable", "alice", "--hide").want(t, 0, "is disabled", "hidden")
		if got := s.Call(t, "GET", path, "", nil); got.Status == 200 || strings.Contains(list(), "PILLS") {
			t.Errorf("a hidden note is seen: %d %s", got.Status, list())
		}
		// The time, and the event.
		if shown := run(t, e, "", "user", "show", "alice").want(t, 0); strings.Count(shown.stdout, "hidden") != 2 {
			t.Errorf("shown: %s", shown.stdout)
		}
		run(t, e, "", "user", "enable", "alice").want(t, 0, "is enabled")
		s.Call(t, "GET", path, "", nil).Want(t, 200)
		if !strings.Contains(list(), "PILLS") {
			t.Error("the note does not come back")
		}
	})
}

func TestSettingAPasswordEndsKeysAndCalendars(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		alice := s.SignUp(t, "alice")
		key := s.Call(t, "POST", "/api/v1/auth/rotate-api-key/", alice.Token, nil).Want(t, 200).String("api_key")
		calendar := s.Call(t, "POST", "/api/v1/planner-events/calendar/", alice.Token, nil).Want(t, 201).String("url")
		calendar = calendar[strings.Index(calendar, "/api/"):]
		run(t, e, "a-good-password\n", "user", "set-password", "alice").want(t, 0, "API key")
		s.Call(t, "GET", "/api/v1/settings/", key, nil).Want(t, 401)
		s.Call(t, "GET", calendar, "", nil).Want(t, 404)
	})
}
