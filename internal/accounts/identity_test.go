package accounts_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	identityPath       = "/api/v1/auth/send-identity-code/"
	changePasswordPath = "/api/v1/auth/change-password/"
	changeEmailPath    = "/api/v1/auth/change-email/"
)

// identityCode has a code mailed that shows that it is they, and returns it.
func identityCode(t testing.TB, s *apptest.Server, a apptest.Account) string {
	t.Helper()
	seen := s.Mail.Count(a.Email)
	s.Call(t, "POST", identityPath, a.Token, nil).Want(t, 200)
	return s.Mail.Code(t, a.Email, seen+1)
}

// callFrom sends a body with a token from a client with that address, on a server that is apptest.BehindProxy.
func callFrom(t testing.TB, s *apptest.Server, address, token, path string, body any) apptest.Reply {
	t.Helper()
	request := s.Request(t, "POST", path, body)
	request.Header.Set("X-Forwarded-For", address)
	if token != "" {
		request.Header.Set("Authorization", "Token "+token)
	}
	return apptest.Do(t, request)
}

// callPlain sends JSON labelled as text, as the apps do.
func callPlain(t testing.TB, s *apptest.Server, token, path string, body any) apptest.Reply {
	t.Helper()
	request := s.Request(t, "POST", path, body)
	request.Header.Set("Authorization", "Token "+token)
	request.Header.Set("Content-Type", "text/plain; charset=utf-8")
	return apptest.Do(t, request)
}

func TestIdentityCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		s.Call(t, "POST", identityPath, "", nil).Want(t, 401)
		reply := s.Call(t, "POST", identityPath, alice.Token, nil).WantKeys(t, 200, "message", "delivery_fallback",
			"masked_email")
		if reply.String("masked_email") != "a***@example.com" || reply.Object()["delivery_fallback"] != false {
			t.Errorf("want a hint at the address, and mail: %s", reply.Text)
		}
		mail := s.Mail.Wait(t, alice.Email, 2)
		if first := s.Mail.Wait(t, alice.Email, 1); mail.Subject == first.Subject || !strings.Contains(mail.Subject,
			"Notechondria") {
			t.Errorf("want a subject of its own: %q", mail.Subject)
		}
		for range 9 { // others, who use up what anybody may have sent to her mailbox, do not keep her from it
			s.Post(t, resetPath, keys{"email": alice.Email}).Want(t, 200)
			s.Call(t, "POST", identityPath, alice.Token, nil).Want(t, 200)
		}
		apptest.WantTooMany(t, s.Post(t, resetPath, keys{"email": alice.Email}))
		apptest.WantTooMany(t, s.Call(t, "POST", identityPath, alice.Token, nil))

		apptest.Change(t, s.Database(t), "update users set email = '', email_folded = ''")
		s.Call(t, "POST", identityPath, alice.Token, nil).WantKeys(t, 400, "detail")
	})
}

func TestIdentityCodeWithoutMail(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite, "SMTP_HOST=")
	importUser(t, s.Database(t), "alice")
	token := s.TrySignIn(t, "alice", apptest.Password).Want(t, 200).String("token")
	reply := s.Call(t, "POST", identityPath, token, nil).Want(t, 200)
	if reply.Object()["delivery_fallback"] != true {
		t.Errorf("want delivery_fallback: %s", reply.Text)
	}
	if lines := s.Logs.Find("verification_code", "verify_identity", "alice@example.com"); len(lines) != 1 {
		t.Errorf("%d lines of the log hold the code, want 1", len(lines))
	}
}

// Wrong codes are charged before they are looked at: otherwise all that are sent at once would get through.
func TestWrongCodesSideBySideAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		db, alice := s.Database(t), s.SignUpByMail(t, "alice")
		wrong := "none"
		tests := map[string]struct {
			path string
			body keys
		}{
			"verification": {verifyPath, keys{"email": alice.Email, "code": wrong}},
			"reset":        {confirmPath, keys{"email": alice.Email, "code": wrong, "password": newPassword}},
			"password": {changePasswordPath, keys{"current_password": apptest.Password, "new_password": newPassword,
				"identity_code": wrong}},
			"address":            {changeEmailPath, keys{"new_email": "new@example.com", "identity_code": wrong}},
			"address, confirmed": {changeEmailPath, keys{"new_email": "new@example.com", "code": wrong}},
		}
		clients := map[string]string{}
		for name := range tests {
			clients[name] = "203.0.113." + string(rune('1'+len(clients)))
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				send := func(int) apptest.Reply { return callFrom(t, s, clients[name], alice.Token, test.path, test.body) }
				send(0).Want(t, 400)
				apptest.Change(t, db, "update failed_attempts set failures = 27 where scope = 'code_address' and failures = 1")
				if answers := apptest.StatusesAtOnce(8, send); answers[400] != 3 || answers[429] != 5 {
					t.Errorf("answers %v, want three 400 and five 429", answers)
				}
			})
		}
	})
}

func TestRightCodesAreNotCounted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		changePassword(t, s, alice, identityCode(t, s, alice), apptest.Password, newPassword).Want(t, 200)
		if counted := apptest.Value[int](t, s.Database(t),
			"select sum(failures) from failed_attempts where scope = 'code_address'"); counted != 0 {
			t.Errorf("%d wrong codes are counted", counted)
		}
	})
}
