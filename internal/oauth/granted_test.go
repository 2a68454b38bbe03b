package oauth_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// A program that an intruder has let in does not outlive a reset of the password, nor does a code that waits.
func TestAResetEndsGrants(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob, p := s.SignUp(t, "alice"), s.SignUp(t, "bob"), register(t, s)
		hers, his, code := p.connect(t, alice), p.connect(t, bob), p.ask(t, alice, nil)
		if err := s.App(t).Accounts.SetPassword(t.Context(), actor.Operator(), alice.ID, apptest.Password); err != nil {
			t.Fatal(err)
		}
		wantClosed(t, s, hers.String("access_token"), "/mcp")
		wantError(t, p.refresh(t, hers.String("refresh_token"), nil), 400, "invalid_grant")
		wantError(t, p.redeem(t, code, nil), 400, "invalid_grant")
		opens(t, s, his.String("access_token"), "/mcp")

		token := s.SignIn(t, alice)
		events := s.Call(t, http.MethodGet, "/api/v1/auth/events/", token, nil).Want(t, 200).Text
		for _, want := range []string{`"access_granted"`, "The Assistant: notes:read notes:write planner:read",
			"ended: program The Assistant"} {
			if !strings.Contains(events, want) {
				t.Errorf("%s is not among the events: %s", want, events)
			}
		}
	})
}
