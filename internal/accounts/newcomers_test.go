package accounts_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func registerFrom(t *testing.T, s *apptest.Server, client, name string) apptest.Reply {
	t.Helper()
	return s.PostFrom(t, client, registerPath,
		keys{"username": name, "email": name + "@example.com", "password": apptest.Password})
}

// wantTooManyForAnHour fails the test unless the answer is 429, with a wait of an hour at most.
func wantTooManyForAnHour(t *testing.T, reply apptest.Reply) {
	t.Helper()
	reply.WantKeys(t, 429, "detail")
	if wait, err := strconv.Atoi(reply.Header.Get("Retry-After")); err != nil || wait <= 15*60 || wait > 60*60 {
		t.Errorf("want a Retry-After of an hour: %q", reply.Header.Get("Retry-After"))
	}
}

func TestMailsToNewcomersAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy, "MAX_REGISTRATION_MAILS_PER_HOUR=70")
		db := s.Database(t)
		registerFrom(t, s, "203.0.113.1", "first").Want(t, 201)
		apptest.Change(t, db, "update failed_attempts set failures = 59 where scope in ('newcomer_address', 'newcomers')")
		registerFrom(t, s, "203.0.113.1", "second").Want(t, 201)
		wantTooManyForAnHour(t, registerFrom(t, s, "203.0.113.1", "third"))
		apptest.Change(t, db, "update verification_codes set created_at = $1", apptest.Ago(time.Minute))
		wantTooManyForAnHour(t, s.PostFrom(t, "203.0.113.1", resendPath, keys{"email": "first@example.com"}))

		registerFrom(t, s, "203.0.113.2", "third").Want(t, 201) // the sixty-first of all
		apptest.Change(t, db, "update failed_attempts set failures = 70 where scope = 'newcomers'")
		wantTooManyForAnHour(t, registerFrom(t, s, "203.0.113.3", "fourth"))
		s.TrySignIn(t, "first", "wrong").Want(t, 400)
		s.PostFrom(t, "203.0.113.3", resetPath, keys{"email": "first@example.com"}).Want(t, 200) // others go on
		apptest.Change(t, db, "update failed_attempts set window_started_at = $1", apptest.Ago(61*time.Minute))
		registerFrom(t, s, "203.0.113.1", "fourth").Want(t, 201)
	})
}

// Classes, and tests, register many people from one address.
func TestWithoutMailAnyNumberRegisters(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy, "SMTP_HOST=", "MAX_REGISTRATION_MAILS_PER_HOUR=1")
		for i := range 65 {
			registerFrom(t, s, "203.0.113.1", fmt.Sprintf("person-%d", i)).Want(t, 201)
		}
	})
}

func TestResetsOfAnAccountAreLimitedForADay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		s.SignUp(t, "alice")
		reset := func(client string) apptest.Reply {
			return s.PostFrom(t, client, resetPath, keys{"email": "alice@example.com"})
		}
		s.PostFrom(t, "203.0.113.1", signInPath, keys{"email": "alice", "password": apptest.Password}).Want(t, 200)
		reset("203.0.113.66").Want(t, 200)
		apptest.Change(t, s.Database(t),
			"update failed_attempts set failures = 20, window_started_at = $1 where scope = 'reset_mailbox'",
			apptest.Ago(20*time.Hour))
		reply := reset("203.0.113.66").WantKeys(t, 429, "detail")
		if wait, err := strconv.Atoi(reply.Header.Get("Retry-After")); err != nil || wait <= 3*3600 || wait > 4*3600 {
			t.Errorf("want a Retry-After of four hours: %q", reply.Header.Get("Retry-After"))
		}
		reset("203.0.113.1").Want(t, 200) // where she has signed in before
		apptest.Change(t, s.Database(t), "update failed_attempts set window_started_at = $1", apptest.Ago(25*time.Hour))
		reset("203.0.113.66").Want(t, 200)
	})
}

// What was counted, and mailed, while the clock was a day ahead holds nobody up once it is right again.
func TestAClockThatWasAheadLocksNobodyOut(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		db := s.Database(t)
		s.SignUp(t, "alice")
		s.Register(t, "bob", "bob@example.com")
		const client = "203.0.113.66"
		for range 10 {
			s.PostFrom(t, client, signInPath, keys{"email": "alice", "password": "wrong"}).Want(t, 400)
		}
		wrong := s.PostFrom(t, client, signInPath, keys{"email": "alice", "password": apptest.Password})
		apptest.WantTooMany(t, wrong)
		tomorrow := apptest.Ago(-24 * time.Hour)
		apptest.Change(t, db, "update failed_attempts set window_started_at = $1", tomorrow)
		apptest.Change(t, db, "update verification_codes set created_at = $1", tomorrow)
		s.PostFrom(t, client, signInPath, keys{"email": "alice", "password": "wrong"}).Want(t, 400) // counting begins anew
		s.PostFrom(t, client, signInPath, keys{"email": "alice", "password": apptest.Password}).Want(t, 200)
		s.Post(t, resendPath, keys{"email": "bob@example.com"}).Want(t, 200)
	})
}
