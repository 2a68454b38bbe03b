package accounts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	apiKeyPath      = "/api/v1/auth/api-key/"
	publicationPath = "/api/v1/planner-events/calendar/"
)

func TestAPIKeyIsRemovedWithoutANewOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUp(t, "alice"), s.SignUp(t, "bob")
		key, foreign := newKey(t, s, alice.Token), newKey(t, s, bob.Token)
		s.Call(t, "DELETE", apiKeyPath, "", nil).Want(t, 401)
		s.Call(t, "DELETE", apiKeyPath, key, nil).WantKeys(t, 403, "detail")
		callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).Want(t, 200)
		s.Call(t, "DELETE", apiKeyPath, alice.Token, nil).Want(t, 204)
		callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).Want(t, 401)
		callAs(t, s, "Bearer "+foreign, "GET", settingsPath, nil).Want(t, 200)
		settings := s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200)
		if prefix, there := settings.Object()["api_key_prefix"]; !there || prefix != "" {
			t.Errorf("the settings still show a key: %s", settings.Text)
		}
		s.Call(t, "DELETE", apiKeyPath, alice.Token, nil).Want(t, 204) // there is none any more
		if made := newKey(t, s, alice.Token); made == key {
			t.Error("the removed key is back")
		}
	})
}

// published makes a calendar address and returns its path.
func published(t testing.TB, s *apptest.Server, token string) string {
	t.Helper()
	address := s.Call(t, "POST", publicationPath, token, nil).Want(t, 201).String("url")
	path, _ := strings.CutPrefix(address, s.URL)
	s.Call(t, "GET", path, "", nil).Want(t, 200)
	return path
}

func TestAResetEndsAllAccess(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob")
		hisKey, hisCalendar := newKey(t, s, bob.Token), published(t, s, bob.Token)
		for way, reset := range map[string]func(){
			"by mail": func() {
				confirmReset(t, s, alice.Email, s.AskReset(t, alice.Email), newPassword).WantKeys(t, 200, "message")
			},
			"by an operator": func() {
				if err := serviceOf(t, s).SetPassword(t.Context(), operator, alice.ID, newPassword); err != nil {
					t.Fatal(err)
				}
			},
		} {
			key, calendar := newKey(t, s, alice.Token), published(t, s, alice.Token)
			reset()
			wantInvalidToken(t, s.Call(t, "GET", settingsPath, alice.Token, nil))
			if got := callAs(t, s, "Bearer "+key, "GET", settingsPath, nil); got.Status != 401 {
				t.Errorf("the API key after a reset %s: %d %s", way, got.Status, got.Text)
			}
			if got := s.Call(t, "GET", calendar, "", nil); got.Status != 404 {
				t.Errorf("the calendar's address after a reset %s: %d", way, got.Status)
			}
			alice.Token = s.TrySignIn(t, "alice", newPassword).Want(t, 200).String("token")
			events := eventsOf(t, s, alice.Token)
			i := slices.IndexFunc(events, func(e map[string]any) bool { return e["event"] == "password_reset" })
			if i < 0 || events[i]["detail"] != "ended: api key "+key[:8]+"…, calendar" ||
				(events[i]["actor"] == "operator") != (way == "by an operator") {
				t.Errorf("the reset %s among the events: %v", way, events)
			}
		}
		callAs(t, s, "Bearer "+hisKey, "GET", settingsPath, nil).Want(t, 200)
		s.Call(t, "GET", hisCalendar, "", nil).Want(t, 200)
		s.Call(t, "GET", settingsPath, bob.Token, nil).Want(t, 200)
	})
}

func TestChangePasswordSaysWhatStillHasAccess(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		changePassword(t, s, alice, identityCode(t, s, alice), apptest.Password, newPassword).
			WantKeys(t, 200, "message", "token", "session") // as recorded, where nothing else has access
		key, calendar := newKey(t, s, alice.Token), published(t, s, alice.Token)
		reply := changePassword(t, s, alice, identityCode(t, s, alice), newPassword, apptest.Password).Want(t, 200)
		list, _ := reply.Object()["still_has_access"].([]any)
		if len(list) != 2 {
			t.Fatalf("what still has access: %s", reply.Text)
		}
		apptest.WantFields(t, list[0], keys{"kind": "api_key", "name": key[:8] + "…", "since": nil})
		apptest.WantFields(t, list[1], keys{"kind": "calendar", "name": ""})
		if message := reply.String("message"); !strings.Contains(message, "api key "+key[:8]) ||
			!strings.Contains(message, "calendar") {
			t.Errorf("the message does not say it: %s", message)
		}
		callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).Want(t, 200)
		s.Call(t, "GET", calendar, "", nil).Want(t, 200)
	})
}
