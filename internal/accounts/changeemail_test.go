package accounts_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func changeEmail(t testing.TB, s *apptest.Server, token string, body keys) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", changeEmailPath, token, body)
}

// askEmail has a code mailed to the new address, and returns it.
func askEmail(t testing.TB, s *apptest.Server, a apptest.Account, email string) string {
	t.Helper()
	seen, code := s.Mail.Count(email), identityCode(t, s, a)
	changeEmail(t, s, a.Token, keys{"new_email": email, "identity_code": code}).WantKeys(t, 200, "message",
		"delivery_fallback", "email")
	return s.Mail.Code(t, email, seen+1)
}

func TestChangeEmail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		phone := s.SignIn(t, alice)
		code := askEmail(t, s, alice, "New@Example.net")
		if email := s.Call(t, "GET", settingsPath, alice.Token, nil).String("email"); email != alice.Email {
			t.Errorf("asking alone changed the address to %s", email)
		}
		seen := s.Mail.Count(alice.Email)
		reply := changeEmail(t, s, alice.Token, keys{"new_email": "NEW@example.net", "code": code}).WantKeys(t, 200,
			"message", "email")
		if reply.String("email") != "new@example.net" {
			t.Errorf("want the address in small letters: %s", reply.Text)
		}
		for _, token := range []string{alice.Token, phone} {
			if email := s.Call(t, "GET", settingsPath, token, nil).Want(t, 200).String("email"); email != "new@example.net" {
				t.Errorf("the address is %s", email)
			}
		}
		s.TrySignIn(t, "New@example.net", apptest.Password).Want(t, 200)
		apptest.WantProblem(t, s.TrySignIn(t, alice.Email, apptest.Password), "non_field_errors")
		apptest.WantProblem(t, changeEmail(t, s, alice.Token, keys{"new_email": "new@example.net", "code": code}),
			"non_field_errors")

		notice := s.Mail.Wait(t, alice.Email, seen+1)
		if !strings.Contains(notice.Text, "alice") || !strings.Contains(notice.Text, "n***@example.net") ||
			regexp.MustCompile(`\d{6}|new@`).MatchString(notice.Text) {
			t.Errorf("want account and a hint at the new address, and no code: %s", notice.Text)
		}
		s.SignUpByMail(t, "bob") // mail is sent in turn: whatever came twice has come by now
		if s.Mail.Count(alice.Email) != seen+1 {
			t.Error("the former address was told more than once")
		}
	})
}

func TestChangeEmailAsPlainText(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		callPlain(t, s, alice.Token, changeEmailPath, keys{"new_email": "new@example.net", "identity_code": identityCode(t,
			s, alice)}).Want(t, 200)
		callPlain(t, s, alice.Token, changeEmailPath, keys{"new_email": "new@example.net",
			"code": s.Mail.Code(t, "new@example.net", 1)}).Want(t, 200)
	})
}

func TestChangeEmailChecksItsFields(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		s.SignUpByMail(t, "bob")
		s.Register(t, "pending", "pending@example.com")
		both := map[string]int{"new_email": 1, "identity_code": 1}
		for _, body := range []keys{{}, {"code": ""}, {"code": nil}, {"new_email": "x", "identity_code": nil},
			{"new_email": "BOB@example.com", "identity_code": " "}} {
			apptest.WantProblems(t, changeEmail(t, s, alice.Token, body), both)
		}
		apptest.WantProblem(t, changeEmail(t, s, alice.Token, keys{"code": "1"}), "new_email")
		apptest.WantProblem(t, changeEmail(t, s, alice.Token, keys{"new_email": "new@example.net", "identity_code": "1",
			"code": []int{}}), "code")

		code := identityCode(t, s, alice)
		for _, taken := range []string{"BOB@example.com", "alice@example.com", "pending@example.com"} {
			apptest.WantProblem(t, changeEmail(t, s, alice.Token, keys{"new_email": taken, "identity_code": code}), "new_email")
		}
		changeEmail(t, s, alice.Token, keys{"new_email": "new@example.net", "identity_code": otherThan(code,
			1)[0]}).WantKeys(t, 400, "detail")
		changeEmail(t, s, alice.Token, keys{"new_email": "new@example.net", "identity_code": code}).Want(t,
			200) // nothing has used it up
		changeEmail(t, s, alice.Token, keys{"new_email": "new@example.net", "identity_code": code}).WantKeys(t, 400, "detail")

		// The second call needs no identity code, whatever is sent for one.
		sent := keys{"new_email": "new@example.net", "code": s.Mail.Code(t, "new@example.net", 1), "identity_code": ""}
		changeEmail(t, s, alice.Token, sent).Want(t, 200)
	})
}

func TestCodeForAnAddressIsBoundToWhoAsked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob")
		const email = "new@example.net"
		hers, his := askEmail(t, s, alice, email), askEmail(t, s, bob, email)
		if hers == his {
			return // one in a million
		}
		apptest.WantProblem(t, changeEmail(t, s, alice.Token, keys{"new_email": email, "code": his}), "non_field_errors")
		apptest.WantProblem(t, changeEmail(t, s, alice.Token, keys{"new_email": "other@example.net", "code": hers}),
			"non_field_errors")
		changeEmail(t, s, alice.Token, keys{"new_email": email, "code": hers}).Want(t,
			200) // his did not retire it
		apptest.WantProblem(t, changeEmail(t, s, bob.Token, keys{"new_email": email, "code": his}),
			"non_field_errors") // taken meanwhile
	})
}

func TestAddressTakenMeanwhile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		code := askEmail(t, s, alice, "bob@example.com")
		s.SignUpByMail(t, "bob")
		apptest.WantProblem(t, changeEmail(t, s, alice.Token, keys{"new_email": "bob@example.com", "code": code}),
			"non_field_errors")
		s.TrySignIn(t, alice.Email, apptest.Password).Want(t, 200)
	})
}

func TestCodeForAnAddressWorksOnceSideBySide(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		code := askEmail(t, s, alice, "new@example.net")
		answers := apptest.StatusesAtOnce(6, func(int) apptest.Reply {
			return changeEmail(t, s, alice.Token, keys{"new_email": "new@example.net", "code": code})
		})
		if answers[200] != 1 || answers[400] != 5 {
			t.Errorf("answers %v, want one 200 and five 400", answers)
		}
		people := []apptest.Account{s.SignUpByMail(t, "bob"), s.SignUpByMail(t, "carol")}
		const email = "wanted@example.net"
		codes := []string{askEmail(t, s, people[0], email), askEmail(t, s, people[1], email)}
		answers = apptest.StatusesAtOnce(2, func(i int) apptest.Reply {
			return changeEmail(t, s, people[i].Token, keys{"new_email": email, "code": codes[i]})
		})
		if answers[200] != 1 || answers[400] != 1 {
			t.Errorf("answers %v to two who want one address, want one 200 and one 400", answers)
		}
	})
}

func TestQuestionsWhetherAnAddressIsTakenAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		ask := func() apptest.Reply {
			return changeEmail(t, s, alice.Token, keys{"new_email": alice.Email, "identity_code": "none"})
		}
		apptest.WantProblem(t, ask(), "new_email")
		apptest.Change(t, s.Database(t), "update failed_attempts set failures = 60 where scope = 'probe_address'")
		apptest.WantTooMany(t, ask())
	})
}

func TestMailsToANewAddressAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		db, alice := s.Database(t), s.SignUpByMail(t, "alice")
		askEmail(t, s, alice, "new@example.net")
		apptest.Change(t, db, "update failed_attempts set failures = 20 where key = 'new@example.net'")
		code := identityCode(t, s, alice)
		apptest.WantTooMany(t, changeEmail(t, s, alice.Token, keys{"new_email": "NEW@example.net", "identity_code": code}))
		changeEmail(t, s, alice.Token, keys{"new_email": "other@example.net", "identity_code": code}).Want(t,
			200) // the code is still good
	})
}

// The mail must not go to the domain that folding makes of it.
func TestNewAddressKeepsItsSpelling(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		body := keys{"new_email": "Me@Straße.example", "identity_code": identityCode(t, s, alice)}
		if reply := changeEmail(t, s, alice.Token, body).Want(t, 200); reply.String("email") != "me@straße.example" {
			t.Errorf("answered: %s", reply.Text)
		}
		if address := apptest.Value[string](t, s.Database(t),
			"select address from verification_codes where purpose = 'change_email'"); address != "me@straße.example" {
			t.Errorf("the mail goes to %s", address)
		}
	})
}
