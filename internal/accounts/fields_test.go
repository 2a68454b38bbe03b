package accounts_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

func TestUserNamesFromElsewhere(t *testing.T) {
	t.Parallel()
	for elsewhere, want := range map[string]string{
		"octo-cat": "octo-cat", "ada.lovelace": "ada-lovelace", "Zoë Müller": "Zoe-Muller", " ada_l ": "ada_l",
		"ada\u200b\u202elove": "ada-love", "<b>ada</b>": "b-ada-b", "../etc": "etc", "\u0430dmin": "dmin",
		"Жук": "", "al": "", "": "", "-_-": "", strings.Repeat("x", 200): strings.Repeat("x", 150),
	} {
		if got := accounts.UsernameFrom(elsewhere); got != want {
			t.Errorf("%q becomes %q, want %q", elsewhere, got, want)
		}
	}
}

func TestPasswordsThatAreGuessedFirstAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		const phrase = "correct horse battery staple"
		alice := s.SignUpByMail(t, "Alice-Smith1")
		code := s.AskReset(t, alice.Email)
		for _, plain := range []string{
			"Password1", "QWERTY123", "Welcome1", "Admin123", // common
			"Alice-Smith1", "alice-SMITH123", "1-Alice-smith-!", "Alice-smith1@", // her own
			"correct horse", "alllower1", "Sh0rt", // easy to try out
		} {
			apptest.WantProblem(t, confirmReset(t, s, alice.Email, code, plain), "password")
			apptest.WantProblem(t, changePassword(t, s, alice, "none", apptest.Password, plain), "new_password")
			apptest.WantProblem(t, s.Post(t, registerPath, keys{"username": "alice-smith", "email": "Alice-Smith1@example.net",
				"password": plain}), "password")
		}
		confirmReset(t, s, alice.Email, code, phrase).Want(t, 200) // the code is still good
		s.TrySignIn(t, alice.Email, phrase).Want(t, 200)
		s.Post(t, registerPath, keys{"username": "bob", "email": "bob@example.com",
			"password": "ein ganz langer satz"}).Want(t, 201)
	})
}

func TestOperatorsDoNotSetPasswordsThatAreGuessedFirst(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	for _, plain := range []string{"password1", "change-me", "Short-1"} {
		err := serviceOf(t, s).SetPassword(t.Context(), operator, s.SignUp(t, "alice-"+plain).ID, plain)
		if !problem.IsKind(err, problem.Invalid) {
			t.Errorf("%q is set: %v", plain, err)
		}
	}
}

func TestNoMailToMachinesAndTheServersOwnAccounts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		for _, address := range []string{
			"x@[169.254.169.254]", "x@[127.0.0.1]", "x@[IPv6:::1]", "root@localhost", "root@sub.localhost", "x@169.254.169.254",
			`"a"@example.org`,
		} {
			apptest.WantProblem(t, s.Post(t, registerPath, keys{"username": "root", "email": address,
				"password": apptest.Password}), "email")
			apptest.WantProblem(t, changeEmail(t, s, alice.Token,
				keys{"new_email": address, "identity_code": "none"}), "new_email")
		}
		if waiting := apptest.Value[int](t, s.Database(t), "select count(*) from users where not is_active"); waiting != 0 {
			t.Errorf("%d accounts wait", waiting)
		}
		_, err := serviceOf(t, s).CreateUser(t.Context(), operator, accounts.NewUser{ // an operator may
			Username: "root", Email: "root@localhost", Password: apptest.Password,
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Post(t, resetPath, keys{"email": "root@localhost"}).Want(t, 200)
		apptest.Eventually(t, "the mail is given up", func() bool {
			return len(s.Logs.Find("job given up", "accounts.send_code", "root@localhost")) == 1
		})
		if mails := s.Mail.Count("root@localhost"); mails != 0 {
			t.Errorf("%d mails were sent", mails)
		}
	})
}

func TestAddressesWithoutMail(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite, "SMTP_HOST=")
	s.Post(t, registerPath, keys{"username": "root", "email": "root@localhost", "password": apptest.Password}).Want(t, 201)
}
