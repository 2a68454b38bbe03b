package accounts_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// Clients of these tests, with addresses that are reserved for examples.
const (
	home     = "198.51.100.7"
	stranger = "203.0.113.1"
	another  = "203.0.113.2"
)

// signInFrom signs in as a client with that address.
func signInFrom(t testing.TB, s *apptest.Server, client, identifier, password string) apptest.Reply {
	t.Helper()
	return s.PostFrom(t, client, signInPath, keys{"email": identifier, "password": password})
}

func TestWrongPasswordsOfAnAccountAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		db := s.Database(t)
		importUser(t, db, "alice")
		signInFrom(t, s, home, "alice", apptest.Password).Want(t, 200)
		for i := range 10 {
			name := []string{"alice", "Alice@example.com"}[i%2] // both names count together
			apptest.WantProblem(t, signInFrom(t, s, fmt.Sprintf("203.0.113.%d", i), name, "Wrong-pass-1"), "non_field_errors")
		}
		apptest.WantTooMany(t, signInFrom(t, s, another, "alice", apptest.Password))
		apptest.WantTooMany(t, signInFrom(t, s, "203.0.113.99", "alice@example.com", "Wrong-pass-1"))
		signInFrom(t, s, home, "alice", apptest.Password).Want(t, 200) // nobody locks the owner out

		apptest.Change(t, db, "update failed_attempts set window_started_at = $1", apptest.Ago(16*time.Minute))
		signInFrom(t, s, another, "alice", apptest.Password).Want(t, 200)
	})
}

func TestUnknownNamesAreLimitedLikeAccounts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		for i := range 10 {
			apptest.WantProblem(t, signInFrom(t, s, fmt.Sprintf("203.0.113.%d", i), "Nobody", apptest.Password),
				"non_field_errors")
		}
		apptest.WantTooMany(t, signInFrom(t, s, "203.0.113.99", "nobody ", apptest.Password))
	})
}

func TestWrongPasswordsOfAClientAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		db := s.Database(t)
		importUser(t, db, "alice")
		apptest.WantProblem(t, signInFrom(t, s, stranger, "person-1", apptest.Password), "non_field_errors")
		failedBefore(t, db, 29)
		apptest.WantProblem(t, signInFrom(t, s, stranger, "person-30", apptest.Password), "non_field_errors")
		apptest.WantTooMany(t, signInFrom(t, s, stranger, "alice", apptest.Password))
		signInFrom(t, s, another, "alice", apptest.Password).Want(t, 200)
	})
}

// Whoever has IPv6 at home has more addresses than there are guesses.
func TestAddressesOfOneHouseholdCountTogether(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		apptest.WantProblem(t, signInFrom(t, s, "2001:db8:1:2::1", "person-1", apptest.Password), "non_field_errors")
		failedBefore(t, s.Database(t), 30)
		apptest.WantTooMany(t, signInFrom(t, s, "2001:db8:1:2:ffff::9", "person-2", apptest.Password))
		apptest.WantProblem(t, signInFrom(t, s, "2001:db8:1:3::1", "person-3", apptest.Password), "non_field_errors")
	})
}

// failedBefore sets how often the only client that failed so far has done so.
func failedBefore(t *testing.T, db *database.DB, times int) {
	t.Helper()
	apptest.Change(t, db, "update failed_attempts set failures = $1 where scope = 'sign_in_address'", times)
}

// Wrong guesses are charged before they are answered: otherwise all that are sent at once would get through.
func TestGuessesSideBySideAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		db := s.Database(t)
		importUser(t, db, "alice")
		answers := apptest.StatusesAtOnce(24, func(i int) apptest.Reply {
			return signInFrom(t, s, fmt.Sprintf("203.0.113.%d", i), "alice", "Wrong-pass-1")
		})
		if answers[400] != 10 || answers[429] != 14 {
			t.Errorf("answers %v, want ten 400, and 429 for the others", answers)
		}
		answers = apptest.StatusesAtOnce(40, func(i int) apptest.Reply {
			return signInFrom(t, s, home, fmt.Sprintf("person-%d", i), "Wrong-pass-1")
		})
		if answers[400] != 30 || answers[429] != 10 {
			t.Errorf("answers to one client %v, want thirty 400, and 429 for the others", answers)
		}
	})
}

func TestSignInsThatSucceedAreNotCounted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		for range 11 {
			s.SignIn(t, alice)
		}
		if counted := apptest.Value[int](t, s.Database(t),
			"select count(*) from failed_attempts where scope like 'sign_in_%'"); counted != 0 {
			t.Errorf("%d failures are counted", counted)
		}
	})
}

func TestForwardedAddressesOfStrangersAreNotBelieved(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite) // without trusted proxies
	apptest.WantProblem(t, signInFrom(t, s, stranger, "person-1", apptest.Password), "non_field_errors")
	failedBefore(t, s.Database(t), 30)
	apptest.WantTooMany(t, signInFrom(t, s, another, "person-2", apptest.Password))
}
