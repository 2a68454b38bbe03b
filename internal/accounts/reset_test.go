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
	return post(t, s, confirmPath, keys{"email": email, "code": code, "password": password})
}

func TestResetIsAnsweredAlikeForUnknownAddresses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUp(t, "alice")
		known := post(t, s, resetPath, keys{"email": "Alice@Example.com"})
		unknown := post(t, s, resetPath, keys{"email": "Nobody@Example.com"})
		known.WantKeys(t, 200, "message", "delivery_fallback", "email")
		if known.String("email") != "alice@example.com" || known.Object()["delivery_fallback"] != false {
			t.Errorf("want the address in small letters, and mail: %s", known.Text)
		}
		if unknown.Status != 200 || strings.ReplaceAll(unknown.Text, "nobody", "alice") != known.Text {
			t.Errorf("the answers differ:\n%s\n%s", known.Text, unknown.Text)
		}
		wantProblem(t, post(t, s, resetPath, keys{"email": "alice"}), "email")
		s.Mail.Wait(t, "alice@example.com", 2)
		register(t, s, "bob", "bob@example.com") // mail is sent in turn: one to nobody would have come by now
		if s.Mail.Count("nobody@example.com") != 0 {
			t.Error("an address without an account got a mail")
		}
	})
}

func TestResetSetsThePasswordAndEndsAllSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUp(t, "alice"), s.SignUp(t, "bob")
		tokens := []string{alice.Token, s.SignIn(t, alice)}
		seen := s.Mail.Count(alice.Email)
		code := askReset(t, s, alice.Email)
		s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200) // asking ends nothing: anybody can ask

		confirmReset(t, s, "ALICE@example.com", code, " "+newPassword+" ").WantKeys(t, 200, "message")
		for _, token := range tokens {
			wantInvalidToken(t, s.Call(t, "GET", settingsPath, token, nil))
		}
		s.Call(t, "GET", settingsPath, bob.Token, nil).Want(t, 200)
		wantProblem(t, signIn(t, s, "alice", apptest.Password), "non_field_errors")
		signIn(t, s, "alice", newPassword).Want(t, 200)
		wantProblem(t, confirmReset(t, s, alice.Email, code, apptest.Password), "non_field_errors") // it is used
		if s.Mail.Count(alice.Email) != seen+1 {
			t.Error("the code was mailed more than once")
		}
	})
}

func TestResetRefusesWeakPasswordsWithoutUsingTheCodeUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		code := askReset(t, s, alice.Email)
		for name, password := range map[string]string{
			"short": "Sh0rt", "no capital": "alllower1", "no small letter": "ALLUPPER1", "letters alone": "OnlyLetters", "over-long": "Aa1" + strings.Repeat("a", 1022),
		} {
			t.Run(name, func(t *testing.T) { wantProblem(t, confirmReset(t, s, alice.Email, code, password), "password") })
		}
		wantProblems(t, post(t, s, confirmPath, keys{}), map[string]int{"email": 1, "code": 1, "password": 1})
		wantProblem(t, post(t, s, confirmPath, []string{}), "non_field_errors")
		s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200)
		confirmReset(t, s, alice.Email, code, "Ümläut-Ä").Want(t, 200)
	})
}

func TestResetCodesAreRetired(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		older, newer := askReset(t, s, alice.Email), askReset(t, s, alice.Email)
		if older != newer {
			wantProblem(t, confirmReset(t, s, alice.Email, older, newPassword), "non_field_errors")
		}
		for _, wrong := range otherThan(newer, 5) {
			wantProblem(t, confirmReset(t, s, alice.Email, wrong, newPassword), "non_field_errors")
		}
		wantProblem(t, confirmReset(t, s, alice.Email, newer, newPassword), "non_field_errors")
		signIn(t, s, "alice", apptest.Password).Want(t, 200)
	})
}

func TestResetDoesNotVerifyAnAddress(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		registration := register(t, s, "alice", "alice@example.com")
		reset := askReset(t, s, "alice@example.com")
		if registration != reset {
			wantProblem(t, confirmReset(t, s, "alice@example.com", registration, newPassword), "non_field_errors")
		}
		confirmReset(t, s, "alice@example.com", reset, newPassword).Want(t, 200)
		wantProblem(t, signIn(t, s, "alice", newPassword), "non_field_errors")
		verify(t, s, "alice@example.com", registration).Want(t, 200)
		signIn(t, s, "alice", newPassword).Want(t, 200)
	})
}

func TestMailsToOneMailboxAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUp(t, "alice") // the first mail to her
		for range 9 {
			post(t, s, resetPath, keys{"email": "alice@example.com"}).Want(t, 200)
		}
		wantTooMany(t, post(t, s, resetPath, keys{"email": "Alice@example.com"}))
		post(t, s, resetPath, keys{"email": "nobody@example.com"}).Want(t, 200)
	})
}
