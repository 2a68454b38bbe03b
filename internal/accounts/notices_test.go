package accounts_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// subjects waits for so many mails to an address and returns their subjects.
func subjects(t testing.TB, s *apptest.Server, address string, count int) (list []string) {
	t.Helper()
	for n := 1; n <= count; n++ {
		list = append(list, s.Mail.Wait(t, address, n).Subject)
	}
	return list
}

func TestSignInsFromNewDevicesAreTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy, "ACCOUNT_MAILS=all")
		alice := s.SignUpByMail(t, "alice") // one mail, with the code
		signInFrom := func(address string) {
			s.PostFrom(t, address, signInPath, keys{"email": "alice", "password": apptest.Password}).Want(t, 200)
		}
		s.SignIn(t, alice) // from where the account was made
		signInFrom("203.0.113.9")
		notice := s.Mail.Wait(t, alice.Email, 2)
		if notice.Subject != "Notechondria: new sign-in" || !strings.Contains(notice.Text, "account alice") ||
			!strings.Contains(notice.Text, "Device: Web browser") {
			t.Errorf("the mail: %q\n%s", notice.Subject, notice.Text)
		}
		signInFrom("203.0.113.9") // is known by now
		request := s.Request(t, "POST", signInPath, keys{"email": "alice", "password": apptest.Password})
		request.Header.Set("X-Forwarded-For", "203.0.113.9")
		request.Header.Set("User-Agent", "Mozilla/5.0 (iPhone)")
		apptest.Do(t, request).Want(t, 200)
		if third := s.Mail.Wait(t, alice.Email, 3); !strings.Contains(third.Text, "Device: iPhone") {
			t.Errorf("want one mail for each new device: %s", third.Text)
		}
		// A device stays known after its session has ended and is forgotten.
		s.Exec(t, "delete from sessions where ip_hash <> (select ip_hash from sessions order by id limit 1)")
		signInFrom("203.0.113.9")
		signInFrom("198.51.100.1")
		s.Mail.Wait(t, alice.Email, 4)
		if count := apptest.Value[int](t, s.Database(t),
			"select count(*) from account_events where detail = 'new device'"); count != 3 {
			t.Errorf("%d sign-ins from new devices", count)
		}
		if count := s.Mail.Count(alice.Email); count != 4 {
			t.Errorf("%d mails", count)
		}
	})
}

func TestChangesOfAnAccountAreTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy, "ACCOUNT_MAILS=changes")
		alice := s.SignUp(t, "alice")
		// Is not told.
		s.PostFrom(t, "203.0.113.9", signInPath, keys{"email": "alice", "password": apptest.Password}).Want(t, 200)
		key := newKey(t, s, alice.Token)
		if made := s.Mail.Wait(t, alice.Email, 1); made.Subject != "Notechondria: new API key" ||
			!strings.Contains(made.Text, key[:8]) || strings.Contains(made.Text, key) {
			t.Errorf("the mail: %q\n%s", made.Subject, made.Text)
		}
		code := identityCode(t, s, alice) // the second
		changePassword(t, s, alice, code, apptest.Password, newPassword).Want(t, 200)
		if changed := s.Mail.Wait(t, alice.Email, 3); !strings.Contains(changed.Subject, "password was changed") ||
			!strings.Contains(changed.Text, "still have access: api key "+key[:8]) {
			t.Errorf("the mail: %q\n%s", changed.Subject, changed.Text)
		}
		confirmReset(t, s, alice.Email, s.AskReset(t, alice.Email), apptest.Password).Want(t, 200) // the fourth
		if reset := s.Mail.Wait(t, alice.Email, 5); !strings.Contains(reset.Subject, "password was reset") ||
			!strings.Contains(reset.Text, "other access: api key "+key[:8]) {
			t.Errorf("the mail: %q\n%s", reset.Subject, reset.Text)
		}
		alice.Token = s.SignIn(t, alice)
		newKey(t, s, alice.Token)
		s.Call(t, "DELETE", apiKeyPath, alice.Token, nil).Want(t, 204)
		if list := subjects(t, s, alice.Email, 7); !strings.Contains(strings.Join(list, "|"), "API key removed") {
			t.Errorf("subjects: %q", list)
		}
		if err := serviceOf(t, s).SetPassword(t.Context(), operator, alice.ID, newPassword); err != nil {
			t.Fatal(err)
		}
		if by := s.Mail.Wait(t, alice.Email, 8); !strings.Contains(by.Text, "By: an operator of the server") {
			t.Errorf("the mail: %q\n%s", by.Subject, by.Text)
		}
	})
}

// People, and programs, look for a code in the newest mail.
func TestNoticesDoNotComeBetweenACodeAndItsReader(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "ACCOUNT_MAILS=all")
		alice := s.SignUp(t, "alice")
		newKey(t, s, alice.Token)
		code := identityCode(t, s, alice)
		apptest.Eventually(t, "the notice is held back", func() bool {
			return len(s.Logs.Find("job postponed", "accounts.send_notice")) > 0
		})
		if count := s.Mail.Count(alice.Email); count != 1 {
			t.Errorf("%d mails while a code is waited for", count)
		}
		changePassword(t, s, alice, code, apptest.Password, newPassword).Want(t, 200)
		if list := strings.Join(subjects(t, s, alice.Email, 3), "|"); !strings.Contains(list, "new API key") ||
			!strings.Contains(list, "password was changed") {
			t.Errorf("subjects: %q", list)
		}
	})
}

func TestMailsOfAccountsCanBeSwitchedOff(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy, "ACCOUNT_MAILS=none")
		alice := s.SignUp(t, "alice")
		s.PostFrom(t, "203.0.113.9", signInPath, keys{"email": "alice", "password": apptest.Password}).Want(t, 200)
		newKey(t, s, alice.Token)
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from goqite where queue = 'notices'"); n != 0 {
			t.Errorf("%d mails wait", n)
		}
		s.AskReset(t, alice.Email) // the first mail of all
		if count := s.Mail.Count(alice.Email); count != 1 {
			t.Errorf("%d mails came", count)
		}
	})
}

// Nobody has a person's mailbox filled, or the quota of the mail service used up.
func TestMailsToOnePersonAreBounded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "ACCOUNT_MAILS=all")
		alice := s.SignUp(t, "alice")
		for range 25 {
			newKey(t, s, alice.Token)
		}
		s.Mail.Wait(t, alice.Email, 20)
		apptest.Eventually(t, "all mails are sent", func() bool {
			return apptest.Value[int](t, s.Database(t), "select count(*) from goqite where queue = 'notices'") == 0
		})
		if count := s.Mail.Count(alice.Email); count != 20 {
			t.Errorf("%d mails", count)
		}
		if made := kindsOf(eventsOf(t, s, alice.Token))["key_made"]; made != 25 {
			t.Errorf("%d of 25 events", made)
		}
	})
}
