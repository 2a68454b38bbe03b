package accounts_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const newPassword = "Another-pass-9"

func confirmReset(t testing.TB, s *apptest.Server, email, code, password string) apptest.Reply {
	t.Helper()
	return s.Post(t, confirmPath, keys{"email": email, "code": code, "password": password})
}

func TestResetIsAnsweredAlikeForUnknownAddresses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUpByMail(t, "alice")
		known := s.Post(t, resetPath, keys{"email": "Alice@Example.com"})
		unknown := s.Post(t, resetPath, keys{"email": "Nobody@Example.com"})
		known.WantKeys(t, 200, "message", "delivery_fallback", "email")
		if known.String("email") != "alice@example.com" || known.Object()["delivery_fallback"] != false {
			t.Errorf("want the address in small letters, and mail: %s", known.Text)
		}
		if unknown.Status != 200 || strings.ReplaceAll(unknown.Text, "nobody", "alice") != known.Text {
			t.Errorf("the answers differ:\n%s\n%s", known.Text, unknown.Text)
		}
		apptest.WantProblem(t, s.Post(t, resetPath, keys{"email": "alice"}), "email")
		s.Mail.Wait(t, "alice@example.com", 2)
		s.Register(t, "bob", "bob@example.com") // mail is sent in turn: one to nobody would have come by now
		if s.Mail.Count("nobody@example.com") != 0 {
			t.Error("an address without an account got a mail")
		}
	})
}

func TestResetSetsThePasswordAndEndsAllSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob")
		tokens := []string{alice.Token, s.SignIn(t, alice)}
		seen := s.Mail.Count(alice.Email)
		code := s.AskReset(t, alice.Email)
		s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200) // asking ends nothing: anybody can ask

		confirmReset(t, s, "ALICE@example.com", code, " "+newPassword+" ").WantKeys(t, 200, "message")
		for _, token := range tokens {
			wantInvalidToken(t, s.Call(t, "GET", settingsPath, token, nil))
		}
		s.Call(t, "GET", settingsPath, bob.Token, nil).Want(t, 200)
		apptest.WantProblem(t, s.TrySignIn(t, "alice", apptest.Password), "non_field_errors")
		s.TrySignIn(t, "alice", newPassword).Want(t, 200)
		apptest.WantProblem(t, confirmReset(t, s, alice.Email, code, apptest.Password), "non_field_errors") // it is used
		if s.Mail.Count(alice.Email) != seen+1 {
			t.Error("the code was mailed more than once")
		}
	})
}

func TestResetRefusesWeakPasswordsWithoutUsingTheCodeUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		code := s.AskReset(t, alice.Email)
		for name, password := range map[string]string{
			"short": "Sh0rt", "no capital": "alllower1", "no small letter": "ALLUPPER1", "letters alone": "OnlyLetters",
			"over-long": "Aa1" + strings.Repeat("a", 1022),
		} {
			t.Run(name, func(t *testing.T) {
				apptest.WantProblem(t, confirmReset(t, s, alice.Email, code, password), "password")
			})
		}
		apptest.WantProblems(t, s.Post(t, confirmPath, keys{}), map[string]int{"email": 1, "code": 1, "password": 1})
		apptest.WantProblem(t, s.Post(t, confirmPath, []string{}), "non_field_errors")
		s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200)
		confirmReset(t, s, alice.Email, code, "Ümläut-Ä").Want(t, 200)
	})
}

func TestResetCodesAreRetired(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		older, newer := s.AskReset(t, alice.Email), s.AskReset(t, alice.Email)
		if older != newer {
			apptest.WantProblem(t, confirmReset(t, s, alice.Email, older, newPassword), "non_field_errors")
		}
		for _, wrong := range otherThan(newer, 5) {
			apptest.WantProblem(t, confirmReset(t, s, alice.Email, wrong, newPassword), "non_field_errors")
		}
		apptest.WantProblem(t, confirmReset(t, s, alice.Email, newer, newPassword), "non_field_errors")
		s.TrySignIn(t, "alice", apptest.Password).Want(t, 200)
	})
}

func TestResetDoesNotVerifyAnAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		registration := s.Register(t, "alice", "alice@example.com")
		reset := s.AskReset(t, "alice@example.com")
		if registration != reset {
			apptest.WantProblem(t, confirmReset(t, s, "alice@example.com", registration, newPassword), "non_field_errors")
		}
		confirmReset(t, s, "alice@example.com", reset, newPassword).Want(t, 200)
		apptest.WantProblem(t, s.TrySignIn(t, "alice", newPassword), "non_field_errors")
		verify(t, s, "alice@example.com", registration).Want(t, 200)
		s.TrySignIn(t, "alice", newPassword).Want(t, 200)
	})
}

func TestMailsToOneMailboxAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUpByMail(t, "alice") // the first mail to her
		for range 9 {
			s.Post(t, resetPath, keys{"email": "alice@example.com"}).Want(t, 200)
		}
		apptest.WantTooMany(t, s.Post(t, resetPath, keys{"email": "Alice@example.com"}))
		s.Post(t, resetPath, keys{"email": "nobody@example.com"}).Want(t, 200)
	})
}
