package accounts_test

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

var (
	authKeys    = []string{"token", "session", "multi_device", "other_sessions_count", "user"}
	sessionKeys = []string{"id", "device_label", "created_at", "last_seen_at"}
	userKeys    = []string{"id", "email", "username", "first_name", "last_name", "display_name", "is_staff", "is_superuser", "motto",
		"social_link", "image_url", "editor_mode", "theme_preset", "theme_mode", "api_base_url", "app_settings", "app_settings_updated_at"}
	sessionToken = regexp.MustCompile(`^[0-9a-f]{40}$`)
)

// wantSignedIn fails the test unless the answer is a whole auth payload whose token works at once.
func wantSignedIn(t *testing.T, s *apptest.Server, reply apptest.Reply) {
	t.Helper()
	reply.WantKeys(t, 200, authKeys...)
	apptest.WantKeys(t, "session", reply.Object()["session"], sessionKeys...)
	apptest.WantKeys(t, "user", reply.Object()["user"], userKeys...)
	if !sessionToken.MatchString(reply.String("token")) {
		t.Errorf("token %q", reply.String("token"))
	}
	s.Call(t, "GET", settingsPath, reply.String("token"), nil).Want(t, 200)
}

func verify(t testing.TB, s *apptest.Server, email, code string) apptest.Reply {
	t.Helper()
	return post(t, s, verifyPath, keys{"email": email, "code": code})
}

func TestVerificationSignsIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := register(t, s, "alice", "alice@example.com")
		reset := askReset(t, s, "alice@example.com")
		register(t, s, "bob", "bob@example.com")
		wantProblems(t, post(t, s, verifyPath, keys{}), map[string]int{"email": 1, "code": 1})
		refused := map[string][2]string{
			"wrong code":           {"alice@example.com", otherThan(code, 1)[0]},
			"somebody else's code": {"bob@example.com", code},
			"unknown address":      {"nobody@example.com", code},
			"not a number":         {"alice@example.com", "''--"},
		}
		if reset != code {
			refused["code for a reset"] = [2]string{"alice@example.com", reset}
		}
		for name, test := range refused {
			t.Run(name, func(t *testing.T) { wantProblem(t, verify(t, s, test[0], test[1]), "non_field_errors") })
		}
		reply := verify(t, s, "Alice@example.com", code)
		wantSignedIn(t, s, reply)
		if reply.Object()["multi_device"] != false || reply.Int("other_sessions_count") != 0 {
			t.Errorf("want a single session: %s", reply.Text)
		}
		wantProblem(t, verify(t, s, "alice@example.com", code), "non_field_errors") // it is used
	})
}

func TestFiveWrongTriesRetireACode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		for tries, status := range map[int]int{4: 200, 5: 400} {
			name := fmt.Sprintf("after-%d-tries", tries)
			email := name + "@example.com"
			code := register(t, s, name, email)
			for _, wrong := range otherThan(code, tries) {
				wantProblem(t, verify(t, s, email, wrong), "non_field_errors")
			}
			verify(t, s, email, code).Want(t, status)
		}
	})
}

func TestTriesSideBySideAreCounted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := register(t, s, "alice", "alice@example.com")
		wrong := otherThan(code, 1)[0]
		answers := sideBySide(20, func(int) apptest.Reply { return verify(t, s, "alice@example.com", wrong) })
		if answers[400] != 20 {
			t.Errorf("answers %v, want 400 alone", answers)
		}
		if looked := value[int](t, s.Database(t), "select attempts from verification_codes"); looked != 5 {
			t.Errorf("%d tries were looked at, want 5", looked)
		}
		wantProblem(t, verify(t, s, "alice@example.com", code), "non_field_errors")
	})
}

func TestCodeWorksOnceSideBySide(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := register(t, s, "alice", "alice@example.com")
		answers := sideBySide(8, func(int) apptest.Reply { return verify(t, s, "alice@example.com", code) })
		if answers[200] != 1 || answers[400] != 7 {
			t.Errorf("answers %v, want one 200 and seven 400", answers)
		}
	})
}

func TestCodesExpire(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		db := s.Database(t)
		code := register(t, s, "alice", "alice@example.com")
		expires := value[struct{ ExpiresAt time.Time }](t, db, "select expires_at from verification_codes").ExpiresAt
		if left := time.Until(expires); left > 24*time.Hour || left < 23*time.Hour {
			t.Errorf("the code expires in %s, want a day", left)
		}
		change(t, db, "update verification_codes set expires_at = $1", ago(time.Second))
		wantProblem(t, verify(t, s, "alice@example.com", code), "non_field_errors")
	})
}

func TestResend(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUp(t, "active")
		first := register(t, s, "alice", "alice@example.com")
		resend := func(email string) apptest.Reply { return post(t, s, resendPath, keys{"email": email}) }
		for name, email := range map[string]string{
			"unknown": "nobody@example.com", "verified": "Active@example.com", "too soon": "alice@example.com", "no address": "alice",
		} {
			t.Run(name, func(t *testing.T) { wantProblem(t, resend(email), "email") })
		}
		change(t, s.Database(t), "update verification_codes set created_at = $1", ago(time.Minute))
		resend("Alice@example.com").WantKeys(t, 200, "message", "delivery_fallback")
		second := s.Mail.Code(t, "alice@example.com", 2)
		wantProblem(t, resend("alice@example.com"), "email") // too soon again
		if first != second {
			wantProblem(t, verify(t, s, "alice@example.com", first), "non_field_errors")
		}
		verify(t, s, "alice@example.com", second).Want(t, 200)
	})
}

func TestResendSideBySideSendsOneMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		register(t, s, "alice", "alice@example.com")
		change(t, s.Database(t), "update verification_codes set created_at = $1", ago(time.Minute))
		answers := sideBySide(8, func(int) apptest.Reply { return post(t, s, resendPath, keys{"email": "alice@example.com"}) })
		if answers[200] != 1 || answers[400] != 7 {
			t.Errorf("answers %v, want one 200 and seven 400", answers)
		}
	})
}

// Two codes made at once must not give two chances: only the newest one counts, even when it is used up.
func TestOlderCodeStaysRetiredWhenTheNewerIsUsedUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		db := s.Database(t)
		older := register(t, s, "alice", "alice@example.com")
		change(t, db, "update verification_codes set created_at = $1", ago(time.Minute))
		post(t, s, resendPath, keys{"email": "alice@example.com"}).Want(t, 200)
		s.Mail.Wait(t, "alice@example.com", 2)
		change(t, db, "update verification_codes set used_at = null") // as if neither had seen the other
		change(t, db, "update verification_codes set attempts = 5 where id = (select max(id) from verification_codes)")
		wantProblem(t, verify(t, s, "alice@example.com", older), "non_field_errors")
	})
}

func TestWrongCodesOfOneClientAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, behindProxy)
		try := func(client string, i int) apptest.Reply {
			return postFrom(t, s, client, verifyPath, keys{"email": fmt.Sprintf("person-%d@example.com", i), "code": "000000"})
		}
		for i := range 30 {
			wantProblem(t, try("203.0.113.1", i), "non_field_errors")
		}
		wantTooMany(t, try("203.0.113.1", 30))
		wantProblem(t, try("203.0.113.2", 30), "non_field_errors")
		page := s.Request(t, "POST", "/auth/verify-email/", "email=alice@example.com&code=000000")
		page.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		page.Header.Set("X-Forwarded-For", "203.0.113.1")
		apptest.Do(t, page).Want(t, 429)
	})
}
