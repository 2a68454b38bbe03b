package accounts_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestRegistrationReportsAllProblemsTogether(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		tests := map[string]struct {
			body any
			want map[string]int
		}{
			"nothing sent": {keys{}, map[string]int{"username": 1, "email": 1, "password": 1}},
			"nulls": {keys{"username": nil, "email": nil, "password": nil, "invitation_code": nil},
				map[string]int{"username": 1, "email": 1, "password": 1, "invitation_code": 1}},
			"blanks": {keys{"username": " ", "email": "\u00a0", "password": "\t", "invitation_code": ""},
				map[string]int{"username": 1, "email": 1, "password": 1}},
			"wrong kinds": {keys{"username": true, "email": []string{}, "password": keys{}}, map[string]int{"username": 1,
				"email": 1, "password": 1}},
			"bad values": {keys{"username": "a!", "email": "nobody", "password": "Sh0rt", "invitation_code": "made up"},
				map[string]int{"username": 2, "email": 1, "password": 1, "invitation_code": 1}},
			"zero bytes": {keys{"username": "al\x00ice", "email": "al\x00ice@example.com", "password": "Str0ng\x00pass",
				"invitation_code": "\x00"}, map[string]int{"username": 1, "email": 1, "password": 1, "invitation_code": 1}},
			"over-long": {keys{"username": strings.Repeat("a", 151), "email": strings.Repeat("a", 250) + "@example.com",
				"password": "Aa1" + strings.Repeat("a", 1022), "invitation_code": strings.Repeat("a", 256)},
				map[string]int{"username": 1, "email": 1, "password": 1, "invitation_code": 1}},
			"odd letters": {keys{"username": "älice", "email": "alice@nodots", "password": "Ätzend-äh"},
				map[string]int{"username": 1, "email": 1}},
			"weak password": {keys{"username": "alice", "email": "alice@example.com", "password": "alllower1"},
				map[string]int{"password": 1}},
			"a list": {[]string{}, map[string]int{"non_field_errors": 1}},
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				apptest.WantProblems(t, s.Post(t, registerPath, test.body), test.want)
			})
		}
		s.Post(t, registerPath, `{"username": `).WantKeys(t, 400, "detail")
		if users := apptest.Value[int](t, s.Database(t), "select count(*) from users"); users != 0 {
			t.Errorf("%d accounts were made by refused registrations", users)
		}
	})
}

func TestStandardTextsOfFieldProblems(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	reply := s.Post(t, registerPath, keys{"username": "a!", "email": nil, "password": "Sh0rt"})
	want := `{"email":["This field may not be null."],"password":["Ensure this field has at least 8 characters."],` +
		`"username":["Ensure this field has at least 3 characters.","This value does not match the required pattern."]}`
	if reply.Text != want {
		t.Errorf("got  %s\nwant %s", reply.Text, want)
	}
}

func TestRegistrationMakesAnAccountThatWaits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		reply := s.Post(t, registerPath, keys{"username": " Alice_1-x ", "email": " Alice@Example.COM ", "password": "  " +
			apptest.Password + " ", "invitation_code": ""})
		reply.WantKeys(t, 201, "message", "delivery_fallback", "email")
		if reply.String("email") != "alice@example.com" || reply.Object()["delivery_fallback"] != false {
			t.Errorf("want the address in small letters, and mail: %s", reply.Text)
		}
		apptest.WantProblem(t, s.TrySignIn(t, "Alice_1-x", apptest.Password), "non_field_errors")
		code := s.Mail.Code(t, "alice@example.com", 1)
		s.Post(t, verifyPath, keys{"email": "ALICE@example.com", "code": " " + code + " "}).Want(t, 200)
		user, _ := s.TrySignIn(t, "alice_1-X", apptest.Password).Want(t, 200).Object()["user"].(map[string]any)
		if user["username"] != "Alice_1-x" || user["email"] != "alice@example.com" {
			t.Errorf("want the name as it was registered, the address in small letters: %v", user)
		}
	})
}

func TestNamesAndAddressesAreTakenInAnyLetterCase(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUpByMail(t, "alice")
		s.Register(t, "pending", "pending@example.com")
		tests := map[string]struct {
			username, email string
			want            map[string]int
		}{
			"name":                     {"ALICE", "new@example.com", map[string]int{"username": 1}},
			"address":                  {"newcomer", "Alice@Example.Com", map[string]int{"email": 1}},
			"both":                     {"Alice", "ALICE@example.com", map[string]int{"username": 1, "email": 1}},
			"name of somebody pending": {"Pending", "new@example.com", map[string]int{"username": 1}},
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				apptest.WantProblems(t, s.Post(t, registerPath, keys{"username": test.username, "email": test.email,
					"password": apptest.Password}), test.want)
			})
		}
	})
}

func TestAnAddressThatWaitsCanBeRegisteredAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		const email, second, third = "bob@example.com", "Second-pass-1", "Third-pass-1"
		s.Register(t, "bob", email)
		// The same name is his own while nobody has verified the address.
		s.Post(t, registerPath, keys{"username": "BOB", "email": "BOB@example.com", "password": second}).Want(t, 201)
		s.Mail.Wait(t, email, 2)
		s.Post(t, registerPath, keys{"username": "robert", "email": email, "password": third}).Want(t, 201)
		if mail := s.Mail.Wait(t, email, 3); !strings.Contains(mail.Text, "\nUser name: robert\r\n") {
			t.Errorf("the mail does not say what it opens: %s", mail.Text)
		}
		verify(t, s, email, s.Mail.Code(t, email, 3)).Want(t, 200)

		s.TrySignIn(t, "robert", third).Want(t, 200)
		for _, password := range []string{apptest.Password, second} {
			apptest.WantProblem(t, s.TrySignIn(t, "robert", password), "non_field_errors")
		}
		s.Register(t, "bob", "another@example.com") // the name is free again
		if users := apptest.Value[int](t, s.Database(t), "select count(*) from users"); users != 2 {
			t.Errorf("%d accounts, want 2", users)
		}
	})
}

// Somebody who registers the address of another person, before and after they do, gets nothing by it, and learns
// nothing of it.
func TestLyingInWaitForSomebodyWhoRegisters(t *testing.T) {
	const email, owners, strangers = "victim@example.com", "Owners-pass-1", "Strangers-pass-1"
	register := func(t *testing.T, s *apptest.Server, client, name, email, password string) apptest.Reply {
		t.Helper()
		return s.PostFrom(t, client, registerPath, keys{"username": name, "email": email, "password": password})
	}
	const stranger, owner = "203.0.113.66", "203.0.113.1"
	// wait has the stranger register first, then the owner, then the stranger again.
	wait := func(t *testing.T, engine database.Engine) (s *apptest.Server, code string) {
		s = apptest.Start(t, engine, apptest.BehindProxy)
		register(t, s, stranger, "stranger", email, strangers).Want(t, 201)
		s.Mail.Wait(t, email, 1)
		register(t, s, owner, "victim", email, owners).Want(t, 201)
		code = s.Mail.Code(t, email, 2)
		register(t, s, stranger, "stranger-2", email, strangers).Want(t, 201)
		s.Mail.Wait(t, email, 3)
		return s, code
	}
	wantOwners := func(t *testing.T, s *apptest.Server, verified apptest.Reply, name string) {
		t.Helper()
		user, _ := verified.Want(t, 200).Object()["user"].(map[string]any)
		if user["username"] != name {
			t.Errorf("the owner got the account %v", user)
		}
		apptest.WantProblem(t, s.TrySignIn(t, email, strangers), "non_field_errors")
		for nth := 1; nth <= 3; nth++ { // nor does another mail open it any more
			apptest.WantProblem(t, verify(t, s, email, s.Mail.Code(t, email, nth)), "non_field_errors")
		}
		s.TrySignIn(t, email, owners)
	}
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		t.Run("the owner's code opens the owner's account", func(t *testing.T) {
			t.Parallel()
			s, code := wait(t, engine)
			wantOwners(t, s, verify(t, s, email, code), "victim")
			s.TrySignIn(t, "victim", owners).Want(t, 200)
		})
		t.Run("so does another code that the owner asks for", func(t *testing.T) {
			t.Parallel()
			s, _ := wait(t, engine)
			apptest.Change(t, s.Database(t), "update verification_codes set created_at = $1", apptest.Ago(time.Minute))
			s.PostFrom(t, owner, resendPath, keys{"email": email}).Want(t, 200)
			wantOwners(t, s, verify(t, s, email, s.Mail.Code(t, email, 4)), "victim")
			s.TrySignIn(t, "victim", owners).Want(t, 200)
		})
		t.Run("one that is asked for elsewhere opens it without a password", func(t *testing.T) {
			t.Parallel()
			s, _ := wait(t, engine)
			s.PostFrom(t, "203.0.113.2", resendPath, keys{"email": email}).Want(t, 200)
			wantOwners(t, s, verify(t, s, email, s.Mail.Code(t, email, 4)), "stranger")
			apptest.WantProblem(t, s.TrySignIn(t, email, owners), "non_field_errors")
			confirmReset(t, s, email, s.AskReset(t, email), owners).Want(t, 200)
			s.TrySignIn(t, email, owners).Want(t, 200)
		})
		t.Run("the stranger learns nothing", func(t *testing.T) {
			t.Parallel()
			s := apptest.Start(t, engine, apptest.BehindProxy)
			register(t, s, stranger, "stranger", email, strangers).Want(t, 201)
			taken := register(t, s, stranger, "stranger", "other@example.com", strangers)
			apptest.Change(t, s.Database(t), "update verification_codes set created_at = $1", apptest.Ago(time.Minute))
			register(t, s, owner, "victim", email, owners).Want(t, 201)
			apptest.WantProblem(t, register(t, s, stranger, "stranger", "other@example.com", strangers), "username")
			apptest.WantProblem(t, taken, "username")
			s.PostFrom(t, stranger, resendPath, keys{"email": email}).Want(t, 200) // not "too soon"
			for range 7 {
				register(t, s, owner, "victim", email, owners).Want(t, 201)
			}
			for range 8 {
				register(t, s, stranger, "stranger", email, strangers).Want(t, 201)
			}
			apptest.WantTooMany(t, register(t, s, stranger, "stranger", email, strangers)) // by what the stranger did alone
		})
		t.Run("a new password goes for all that was registered", func(t *testing.T) {
			t.Parallel()
			s, _ := wait(t, engine)
			stranger := s.Mail.Code(t, email, 3)
			confirmReset(t, s, email, s.AskReset(t, email), owners).Want(t, 200)
			verify(t, s, email, stranger).Want(t, 200)
			s.TrySignIn(t, email, owners).Want(t, 200)
			apptest.WantProblem(t, s.TrySignIn(t, email, strangers), "non_field_errors")
		})
		t.Run("a name that is taken meanwhile gets a number", func(t *testing.T) {
			t.Parallel()
			s, code := wait(t, engine)
			s.SignUpByMail(t, "victim2")
			apptest.Change(t, s.Database(t),
				"update users set username = 'Victim', username_folded = 'victim' where username = 'victim2'")
			user, _ := verify(t, s, email, code).Want(t, 200).Object()["user"].(map[string]any)
			if user["username"] != "victim_1" {
				t.Errorf("the account is %v", user)
			}
		})
	})
}

func TestRegistrationsSideBySide(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		answers := apptest.StatusesAtOnce(6, func(i int) apptest.Reply {
			return s.Post(t, registerPath, keys{"username": "same", "email": fmt.Sprintf("person-%d@example.com", i),
				"password": apptest.Password})
		})
		if answers[201] != 1 || answers[400] != 5 {
			t.Errorf("one name: answers %v, want one 201 and five 400", answers)
		}
		answers = apptest.StatusesAtOnce(6, func(i int) apptest.Reply {
			return s.Post(t, registerPath, keys{"username": fmt.Sprintf("person-%d", i), "email": "same@example.com",
				"password": apptest.Password})
		})
		// A later one registers the waiting address, too, or learns that it was too slow.
		if answers[201] < 1 || answers[201]+answers[400] != 6 {
			t.Errorf("one address: answers %v, want 201 and 400 alone", answers)
		}
		if users := apptest.Value[int](t, s.Database(t), "select count(*) from users"); users != 2 {
			t.Errorf("%d accounts, want 2", users)
		}
	})
}

func TestRegistrationsThatTellWhoHasAnAccountAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		s.SignUpByMail(t, "alice")
		taken := keys{"username": "alice", "email": "new@example.com", "password": apptest.Password}
		for range 60 {
			apptest.WantProblem(t, s.PostFrom(t, "203.0.113.1", registerPath, taken), "username")
		}
		apptest.WantTooMany(t, s.PostFrom(t, "203.0.113.1", registerPath, taken))
		apptest.WantTooMany(t, s.PostFrom(t, "203.0.113.1", resendPath, keys{"email": "nobody@example.com"}))
		apptest.WantProblem(t, s.PostFrom(t, "203.0.113.2", registerPath, taken), "username")
		answers := apptest.StatusesAtOnce(70, func(int) apptest.Reply {
			return s.PostFrom(t, "203.0.113.3", resendPath, keys{"email": "nobody@example.com"})
		})
		if answers[400] != 60 || answers[429] != 10 {
			t.Errorf("side by side: answers %v, want sixty 400 and ten 429", answers)
		}
	})
}
