package accounts_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// path is the address of one object of a list.
func path(list string, id float64) string {
	return fmt.Sprintf("%s/%.0f/", strings.TrimSuffix(list, "/"), id)
}

// wantInvalidToken fails the test unless the answer is the one by which the apps know that a session has ended.
func wantInvalidToken(t testing.TB, reply apptest.Reply) {
	t.Helper()
	reply.Want(t, 401)
	if reply.Text != `{"detail":"Invalid token."}` || reply.Header.Get("WWW-Authenticate") != "Token" {
		t.Errorf("want the words that the apps look for, and the scheme: %q %s", reply.Header.Get("WWW-Authenticate"),
			reply.Text)
	}
}

func listSessions(t testing.TB, s *apptest.Server, token string) (rows []map[string]any, current float64) {
	t.Helper()
	reply := s.Call(t, "GET", sessionsPath, token, nil).WantKeys(t, 200, "sessions", "current_session_id")
	list, _ := reply.Object()["sessions"].([]any)
	for _, item := range list {
		row, _ := item.(map[string]any)
		rows = append(rows, row)
	}
	current, _ = reply.Object()["current_session_id"].(float64)
	return rows, current
}

func TestSessionsNameTheirDevices(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		importUser(t, s.Database(t), "alice")
		agents := []struct{ agent, label string }{
			{"", "Unknown device"},
			{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)", "iPhone"},
			{"Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)", "iPad"},
			{"Mozilla/5.0 (Linux; Android 14)", "Android device"},
			{"Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0)", "Mac"},
			{"Mozilla/5.0 (Windows NT 10.0; Win64)", "Windows PC"},
			{"Mozilla/5.0 (X11; Linux x86_64)", "Linux"},
			{"curl/8.0 " + strings.Repeat("x", 600), "Web browser"},
		}
		token := ""
		for _, test := range agents {
			request := s.Request(t, "POST", signInPath, keys{"email": "alice", "password": apptest.Password})
			request.Header.Set("User-Agent", test.agent)
			token = apptest.Do(t, request).Want(t, 200).String("token")
		}
		rows, current := listSessions(t, s, token)
		if len(rows) != len(agents) {
			t.Fatalf("%d sessions, want %d", len(rows), len(agents))
		}
		for i, row := range rows {
			test := agents[len(agents)-1-i] // the one that was used last comes first
			apptest.WantKeys(t, "session", row, "id", "device_label", "user_agent", "ip_hash_prefix", "created_at",
				"last_seen_at", "is_current")
			apptest.WantFields(t, row, keys{"device_label": test.label, "user_agent": test.agent[:min(512, len(test.agent))],
				"is_current": row["id"] == current})
			if prefix, _ := row["ip_hash_prefix"].(string); len(prefix) != 8 {
				t.Errorf("prefix of the address's hash: %q", prefix)
			}
		}
		if rows[0]["id"] != current {
			t.Errorf("the current session is %v, want the one that asks, %v", current, rows[0]["id"])
		}
	})
}

func TestRevokedSessionEndsAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, mallory := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "mallory")
		phone := s.SignIn(t, alice)
		_, id := listSessions(t, s, phone)

		for _, other := range []string{path(sessionsPath, id), sessionsPath + "999/", sessionsPath +
			"99999999999999999999999/"} {
			reply := s.Call(t, "DELETE", other, mallory.Token, nil).Want(t, 404)
			if reply.Text != `{"detail":"Session not found."}` {
				t.Errorf("%s: %s", other, reply.Text)
			}
		}
		s.Call(t, "DELETE", sessionsPath+"first/", mallory.Token, nil).WantKeys(t, 404, "detail", "status_code", "path")
		s.Call(t, "GET", settingsPath, phone, nil).Want(t, 200)

		for range 2 { // again is fine
			if reply := s.Call(t, "DELETE", path(sessionsPath, id), alice.Token, nil).Want(t, 204); reply.Text != "" {
				t.Errorf("want no body: %s", reply.Text)
			}
		}
		wantInvalidToken(t, s.Call(t, "GET", settingsPath, phone, nil))
		if rows, _ := listSessions(t, s, alice.Token); len(rows) != 1 {
			t.Errorf("%d sessions are listed, want 1", len(rows))
		}
	})
}

func TestSignOutEndsThisSessionOnly(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		phone := s.SignIn(t, alice)
		s.Call(t, "POST", signOutPath, phone, nil).Want(t, 204)
		wantInvalidToken(t, s.Call(t, "POST", signOutPath, phone, nil))
		s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200)
	})
}

func TestCredentialsInTheHeader(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		missing, invalid := `{"detail":"Authentication credentials were not provided."}`, `{"detail":"Invalid token."}`
		for name, test := range map[string]struct{ header, refusal string }{
			"as the apps send it":       {"Token " + token, ""},
			"scheme in any case":        {"tOKEN \t " + token, ""},
			"none":                      {"", missing},
			"scheme alone":              {"Token", missing},
			"another scheme":            {"Basic " + token, missing},
			"bearer that is no key":     {"Bearer " + token, missing},
			"key in capitals":           {"Token " + strings.ToUpper(token), invalid},
			"key with something behind": {"Token " + token + " x", invalid},
			"longer than keys are":      {"Token " + token + "0", invalid},
		} {
			t.Run(name, func(t *testing.T) {
				request := s.Request(t, "GET", settingsPath, nil)
				request.Header.Set("Authorization", test.header)
				reply := apptest.Do(t, request)
				if test.refusal == "" {
					reply.Want(t, 200)
				} else if reply.Want(t, 401).Text != test.refusal || reply.Header.Get("WWW-Authenticate") != "Token" {
					t.Errorf("want %s: %s", test.refusal, reply.Text)
				}
			})
		}
	})
}

func TestProbeIsNeverRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		ended, disabled := s.SignIn(t, alice), s.SignUpByMail(t, "disabled").Token
		s.Call(t, "POST", signOutPath, ended, nil).Want(t, 204)
		db := s.Database(t)
		apptest.Change(t, db, "update users set disabled_at = $1 where username = 'disabled'", database.Now())
		for name, header := range map[string]string{
			"none": "", "malformed": "Token", "unknown": "Token " + strings.Repeat("0", 40), "ended": "Token " + ended,
			"disabled account": "Token " + disabled, "bearer": "Bearer " + alice.Token, "something long": "Token " +
				strings.Repeat("é", 2000),
		} {
			request := s.Request(t, "GET", probePath, nil)
			request.Header.Set("Authorization", header)
			if reply := apptest.Do(t, request).Want(t, 200); reply.Text != `{"authenticated":false}` {
				t.Errorf("%s: %s", name, reply.Text)
			}
		}
		s.Call(t, "GET", settingsPath, disabled, nil).WantKeys(t, 401, "detail")

		apptest.Change(t, db, "update sessions set last_seen_at = $1", apptest.Ago(time.Hour))
		reply := s.Call(t, "GET", probePath, alice.Token, nil)
		reply.WantKeys(t, 200, "authenticated", "token", "session", "multi_device", "other_sessions_count", "user")
		apptest.WantKeys(t, "user", reply.Object()["user"], apptest.UserKeys()...)
		if reply.Object()["authenticated"] != true || reply.String("token") != alice.Token ||
			reply.Object()["multi_device"] != false {
			t.Errorf("want the token back: %s", reply.Text)
		}
		if seen := lastSeen(t, db, alice.ID); time.Since(seen) < time.Hour {
			t.Errorf("the probe counts as use of the session: %s", seen)
		}
	})
}

func lastSeen(t testing.TB, db *database.DB, userID int64) time.Time {
	t.Helper()
	return apptest.Value[struct{ LastSeenAt time.Time }](t, db,
		"select last_seen_at from sessions where user_id = $1 and revoked_at is null", userID).LastSeenAt
}

func TestUseOfASessionIsWrittenOnceAMinute(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		db := s.Database(t)
		alice := s.SignUpByMail(t, "alice")
		use := func() { s.Call(t, http.MethodGet, settingsPath, alice.Token, nil).Want(t, 200) }
		earlier := apptest.Ago(2 * time.Minute)
		apptest.Change(t, db, "update sessions set last_seen_at = $1", earlier)
		use()
		apptest.Eventually(t, "the use is stored", func() bool { return lastSeen(t, db, alice.ID).After(earlier) })
		first := lastSeen(t, db, alice.ID)
		use()
		s.Stop(t) // stores what is left
		if second := lastSeen(t, db, alice.ID); !second.Equal(first) {
			t.Errorf("last seen %s, want %s still", second, first)
		}
	})
}

func TestSessionsTimeOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		const day = 24 * time.Hour
		s := apptest.Start(t, engine, "SESSION_IDLE_DAYS=2", "SESSION_ABSOLUTE_DAYS=5")
		db := s.Database(t)
		s.WaitForPurge(t, "accounts.purge")
		importUser(t, db, "alice")
		token := s.TrySignIn(t, "alice", apptest.Password).Want(t, 200).String("token")
		for _, test := range []struct {
			name          string
			unused, since time.Duration
			good          bool
		}{
			{"almost idle", 2*day - time.Minute, 3 * day, true},
			{"idle", 2*day + time.Minute, 3 * day, false},
			{"almost too old", 0, 5*day - time.Minute, true},
			{"too old", 0, 5*day + time.Minute, false},
		} {
			t.Run(test.name, func(t *testing.T) {
				apptest.Change(t, db, "update sessions set last_seen_at = $1, created_at = $2", apptest.Ago(test.unused),
					apptest.Ago(test.since))
				probe := s.Call(t, "GET", probePath, token, nil).Want(t, 200)
				if probe.Object()["authenticated"] != test.good {
					t.Errorf("the probe answers %s", probe.Text)
				}
				reply := s.Call(t, "GET", sessionsPath, token, nil)
				if !test.good {
					wantInvalidToken(t, reply)
				} else {
					reply.Want(t, 200)
				}
			})
		}
		newer := s.TrySignIn(t, "alice", apptest.Password)
		if rows, _ := listSessions(t, s, newer.String("token")); len(rows) != 1 || newer.Int("other_sessions_count") != 0 {
			t.Errorf("the session that timed out still counts: %s", newer.Text)
		}
	})
}
