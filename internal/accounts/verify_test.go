package accounts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func verify(t testing.TB, s *apptest.Server, email, code string) apptest.Reply {
	t.Helper()
	return s.Post(t, verifyPath, keys{"email": email, "code": code})
}

func TestVerificationSignsIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := s.Register(t, "alice", "alice@example.com")
		reset := s.AskReset(t, "alice@example.com")
		s.Register(t, "bob", "bob@example.com")
		apptest.WantProblems(t, s.Post(t, verifyPath, keys{}), map[string]int{"email": 1, "code": 1})
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
			t.Run(name, func(t *testing.T) { apptest.WantProblem(t, verify(t, s, test[0], test[1]), "non_field_errors") })
		}
		reply := verify(t, s, "Alice@example.com", code)
		s.WantSignedIn(t, reply)
		if reply.Object()["multi_device"] != false || reply.Int("other_sessions_count") != 0 {
			t.Errorf("want a single session: %s", reply.Text)
		}
		apptest.WantProblem(t, verify(t, s, "alice@example.com", code), "non_field_errors") // it is used
	})
}

func TestFiveWrongTriesRetireACode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		for tries, status := range map[int]int{4: 200, 5: 400} {
			name := fmt.Sprintf("after-%d-tries", tries)
			email := name + "@example.com"
			code := s.Register(t, name, email)
			for _, wrong := range otherThan(code, tries) {
				apptest.WantProblem(t, verify(t, s, email, wrong), "non_field_errors")
			}
			verify(t, s, email, code).Want(t, status)
		}
	})
}

func TestTriesSideBySideAreCounted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := s.Register(t, "alice", "alice@example.com")
		wrong := otherThan(code, 1)[0]
		answers := apptest.StatusesAtOnce(20, func(int) apptest.Reply { return verify(t, s, "alice@example.com", wrong) })
		if answers[400] != 20 {
			t.Errorf("answers %v, want 400 alone", answers)
		}
		if looked := apptest.Value[int](t, s.Database(t), "select attempts from verification_codes"); looked != 5 {
			t.Errorf("%d tries were looked at, want 5", looked)
		}
		apptest.WantProblem(t, verify(t, s, "alice@example.com", code), "non_field_errors")
	})
}

func TestCodeWorksOnceSideBySide(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := s.Register(t, "alice", "alice@example.com")
		answers := apptest.StatusesAtOnce(8, func(int) apptest.Reply { return verify(t, s, "alice@example.com", code) })
		if answers[200] != 1 || answers[400] != 7 {
			t.Errorf("answers %v, want one 200 and seven 400", answers)
		}
	})
}

func TestCodesExpire(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		db := s.Database(t)
		code := s.Register(t, "alice", "alice@example.com")
		expires := apptest.Value[struct{ ExpiresAt time.Time }](t, db, "select expires_at from verification_codes").ExpiresAt
		if left := time.Until(expires); left > 24*time.Hour || left < 23*time.Hour {
			t.Errorf("the code expires in %s, want a day", left)
		}
		apptest.Change(t, db, "update verification_codes set expires_at = $1", apptest.Ago(time.Second))
		apptest.WantProblem(t, verify(t, s, "alice@example.com", code), "non_field_errors")
	})
}

func TestCodesThatLetInLiveAnHour(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		db, alice := s.Database(t), s.SignUpByMail(t, "alice")
		s.AskReset(t, alice.Email)
		s.Call(t, "POST", identityPath, alice.Token, nil).Want(t, 200)
		for nth := 2; nth <= 3; nth++ {
			if mail := s.Mail.Wait(t, alice.Email, nth); !strings.Contains(mail.Text, "Valid for one hour.") {
				t.Errorf("the mail does not say for how long: %s", mail.Text)
			}
		}
		for _, purpose := range []string{"password_reset", "verify_identity"} {
			expires := apptest.Value[struct{ ExpiresAt time.Time }](t, db,
				"select expires_at from verification_codes where purpose = '"+purpose+"'").ExpiresAt
			if left := time.Until(expires); left > time.Hour || left < 50*time.Minute {
				t.Errorf("the code for %s expires in %s, want an hour", purpose, left)
			}
		}
	})
}

func TestResend(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUpByMail(t, "active")
		first := s.Register(t, "alice", "alice@example.com")
		resend := func(email string) apptest.Reply { return s.Post(t, resendPath, keys{"email": email}) }
		for name, email := range map[string]string{
			"unknown": "nobody@example.com", "verified": "Active@example.com", "too soon": "alice@example.com",
			"no address": "alice",
		} {
			t.Run(name, func(t *testing.T) { apptest.WantProblem(t, resend(email), "email") })
		}
		apptest.Change(t, s.Database(t), "update verification_codes set created_at = $1", apptest.Ago(time.Minute))
		resend("Alice@example.com").WantKeys(t, 200, "message", "delivery_fallback")
		second := s.Mail.Code(t, "alice@example.com", 2)
		apptest.WantProblem(t, resend("alice@example.com"), "email") // too soon again
		if first != second {
			apptest.WantProblem(t, verify(t, s, "alice@example.com", first), "non_field_errors")
		}
		verify(t, s, "alice@example.com", second).Want(t, 200)
	})
}

func TestResendSideBySideSendsOneMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.Register(t, "alice", "alice@example.com")
		apptest.Change(t, s.Database(t), "update verification_codes set created_at = $1", apptest.Ago(time.Minute))
		answers := apptest.StatusesAtOnce(8, func(int) apptest.Reply {
			return s.Post(t, resendPath,
				keys{"email": "alice@example.com"})
		})
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
		older := s.Register(t, "alice", "alice@example.com")
		apptest.Change(t, db, "update verification_codes set created_at = $1", apptest.Ago(time.Minute))
		s.Post(t, resendPath, keys{"email": "alice@example.com"}).Want(t, 200)
		s.Mail.Wait(t, "alice@example.com", 2)
		apptest.Change(t, db, "update verification_codes set used_at = null") // as if neither had seen the other
		apptest.Change(t, db,
			"update verification_codes set attempts = 5 where id = (select max(id) from verification_codes)")
		apptest.WantProblem(t, verify(t, s, "alice@example.com", older), "non_field_errors")
	})
}

func TestWrongCodesOfOneClientAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		try := func(client string, i int) apptest.Reply {
			return s.PostFrom(t, client, verifyPath, keys{"email": fmt.Sprintf("person-%d@example.com", i), "code": "000000"})
		}
		for i := range 30 {
			apptest.WantProblem(t, try("203.0.113.1", i), "non_field_errors")
		}
		apptest.WantTooMany(t, try("203.0.113.1", 30))
		apptest.WantProblem(t, try("203.0.113.2", 30), "non_field_errors")
		page := s.Request(t, "POST", "/auth/verify-email/", "email=alice@example.com&code=000000")
		page.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		page.Header.Set("X-Forwarded-For", "203.0.113.1")
		apptest.Do(t, page).Want(t, 429)
	})
}
