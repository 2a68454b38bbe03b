package accounts_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const eventsPath = "/api/v1/auth/events/"

// eventsOf returns the events that somebody is shown, the newest first.
func eventsOf(t testing.TB, s *apptest.Server, token string) (events []map[string]any) {
	t.Helper()
	reply := s.Call(t, "GET", eventsPath+"?limit=100", token, nil).WantKeys(t, 200, "results", "total", "offset",
		"limit", "has_more")
	for _, item := range reply.Object()["results"].([]any) {
		apptest.WantKeys(t, "an event", item, "id", "event", "detail", "actor", "device_label", "user_agent",
			"ip_hash_prefix",
			"times", "created_at", "last_at")
		events = append(events, item.(map[string]any))
	}
	return events
}

// kindsOf counts the events of each kind.
func kindsOf(events []map[string]any) map[string]int {
	kinds := map[string]int{}
	for _, e := range events {
		kinds[e["event"].(string)] += int(e["times"].(float64))
	}
	return kinds
}

func TestWhatHappensToAnAccountIsShownAndLogged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob")
		for range 3 {
			s.TrySignIn(t, "alice", "Wr0ng-password").Want(t, 400)
		}
		s.TrySignIn(t, "nobody-of-this-name", "Wr0ng-password").Want(t, 400)
		other := s.SignIn(t, alice)
		rows, _ := listSessions(t, s, other)
		key := newKey(t, s, alice.Token)
		s.Call(t, "DELETE", apiKeyPath, alice.Token, nil).Want(t, 204)
		changePassword(t, s, alice, identityCode(t, s, alice), apptest.Password, newPassword).Want(t, 200)
		s.Call(t, "DELETE", fmt.Sprintf("%s%.0f/", sessionsPath, rows[0]["id"]), alice.Token, nil).Want(t, 204)
		code := s.AskReset(t, alice.Email)
		confirmReset(t, s, alice.Email, code, apptest.Password).Want(t, 200)
		alice.Token = s.SignIn(t, alice)

		events := eventsOf(t, s, alice.Token)
		want := map[string]int{
			"signed_in": 3, "sign_in_failed": 3, "key_made": 1, "key_removed": 1, "password_changed": 1, "session_ended": 1,
			"password_reset": 1,
		}
		if got := kindsOf(events); !maps.Equal(got, want) {
			t.Errorf("events %v, want %v", got, want)
		}
		if newest := events[0]; newest["event"] != "signed_in" || newest["actor"] != "" || newest["ip_hash_prefix"] == "" {
			t.Errorf("the newest is %v", newest)
		}
		failed := slices.IndexFunc(events, func(e map[string]any) bool { return e["event"] == "sign_in_failed" })
		if events[failed]["times"] != 3.0 {
			t.Errorf("three failures of one client are one event: %v", events[failed])
		}
		if got := kindsOf(eventsOf(t, s, bob.Token)); !maps.Equal(got, map[string]int{"signed_in": 1}) {
			t.Errorf("bob is shown %v", got)
		}
		for kind, times := range want {
			if lines := s.Logs.Find("account event", `"event":"`+kind+`"`,
				fmt.Sprintf(`"user":%d`, alice.ID)); len(lines) != times {
				t.Errorf("%s is logged %d times, want %d", kind, len(lines), times)
			}
		}
		if lines := s.Logs.Find("account event", `"event":"sign_in_failed"`, `"user":0`); len(lines) != 1 {
			t.Errorf("a failure without an account is logged %d times", len(lines))
		}
		for _, secret := range []string{key, newPassword, apptest.Password, "Wr0ng-password",
			"nobody-of-this-name", code, other} {
			if strings.Contains(s.Logs.String(), secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
		stored := apptest.Value[string](t, s.Database(t), "select max(detail) from account_events where kind = 'key_made'")
		if stored != key[:8]+"…" {
			t.Errorf("stored of the key: %q", stored)
		}
	})
}

func TestEventsAreForTheirPersonSignedIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		for range 4 {
			s.SignIn(t, alice)
		}
		s.Call(t, "GET", eventsPath, "", nil).Want(t, 401)
		key := newKey(t, s, alice.Token)
		s.Call(t, "GET", eventsPath, key, nil).WantKeys(t, 403, "detail")
		if _, err := serviceOf(t, s).ListEvents(t.Context(), actor.Actor{UserID: alice.ID, By: actor.Key}, 1, 0); err == nil {
			t.Error("a key reads events without HTTP")
		}
		if _, err := serviceOf(t, s).EventsOf(t.Context(), actor.Actor{UserID: alice.ID, By: actor.Session}, alice.ID, 1,
			0); err == nil {
			t.Error("who is no operator reads events as one")
		}
		var seen []float64
		for offset := 0; ; offset += 2 {
			page := s.Call(t, "GET", fmt.Sprintf("%s?limit=2&offset=%d", eventsPath, offset), alice.Token, nil).Want(t, 200)
			if page.Int("total") != 6 || page.Int("limit") != 2 || page.Int("offset") != int64(offset) {
				t.Errorf("a page: %s", page.Text)
			}
			for _, e := range page.Object()["results"].([]any) {
				seen = append(seen, e.(map[string]any)["id"].(float64))
			}
			if page.Object()["has_more"] != true {
				break
			}
		}
		if !slices.IsSortedFunc(seen, func(a, b float64) int { return int(b - a) }) || len(seen) != 6 {
			t.Errorf("in pages: %v", seen)
		}
		for query, want := range map[string]int64{"?limit=0": 1, "?limit=100000": 100, "?offset=-5": 50, "": 50} {
			if got := s.Call(t, "GET", eventsPath+query, alice.Token, nil).Want(t, 200); got.Int("limit") != want {
				t.Errorf("%q: %s", query, got.Text)
			}
		}
	})
}

func TestEventsAreBounded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUp(t, "alice"), s.SignUp(t, "bob")
		db := s.Database(t)
		fill := func(kind string, isFailure bool, count int) {
			apptest.Change(t, db, `
				with recursive n(i) as (select 1 union all select i + 1 from n where i < cast($4 as integer))
				insert into account_events (user_id, account_id, kind, is_failure, ip_hash, created_at, last_at)
				select u.id, u.id, cast($2 as text), cast($3 as boolean), cast(i as text), u.date_joined, u.date_joined
				from n, users u where u.id = $1`,
				alice.ID, kind, isFailure, count)
		}
		fill("signed_in", false, 430)
		fill("sign_in_failed", true, 130)
		count := func(userID int64, isFailure bool) int {
			return apptest.Value[int](t, db,
				fmt.Sprintf("select count(*) from account_events where user_id = %d and is_failure = %t", userID, isFailure))
		}
		s.TrySignIn(t, "alice", "Wr0ng-password").Want(t, 400)
		if failures, others := count(alice.ID, true), count(alice.ID, false); failures != 100 || others < 430 {
			t.Errorf("after another failure %d failures and %d others are kept: strangers must not push the rest out",
				failures, others)
		}
		s.SignIn(t, alice)
		if failures, others := count(alice.ID, true), count(alice.ID, false); failures != 100 || others != 400 {
			t.Errorf("%d failures and %d others are kept, want 100 and 400", failures, others)
		}
		if count(bob.ID, false) != 1 {
			t.Error("the events of somebody else are gone")
		}
	})
}

func TestOldEventsArePurged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := append(apptest.Environment(t, engine), "ACCOUNT_EVENTS_DAYS=10")
		s := apptest.Start(t, engine, environment...)
		alice := s.SignUp(t, "alice")
		s.WaitForPurge(t, "accounts.purge")
		s.SignIn(t, alice)
		s.Exec(t, "update account_events set last_at = $1 where id = (select min(id) from account_events)",
			apptest.Ago(11*24*time.Hour))
		s.Exec(t, "update periodic_jobs set due_at = $1 where name = 'accounts.purge'", apptest.Ago(time.Hour))
		s.Stop(t)
		s = apptest.Start(t, engine, environment...)
		s.WaitForPurge(t, "accounts.purge")
		apptest.Eventually(t, "the old event is gone, and the other is not", func() bool {
			return apptest.Value[int](t, s.Database(t), "select count(*) from account_events") == 1
		})
	})
}
