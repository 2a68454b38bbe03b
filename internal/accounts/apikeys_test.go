package accounts_test

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const rotatePath = "/api/v1/auth/rotate-api-key/"

var apiKey = regexp.MustCompile(`^ntc_[0-9a-f]{32}$`)

// newKey makes an API key.
func newKey(t testing.TB, s *apptest.Server, token string) string {
	t.Helper()
	return s.Call(t, "POST", rotatePath, token, nil).Want(t, 200).String("api_key")
}

// callAs sends a request with that Authorization header.
func callAs(t testing.TB, s *apptest.Server, header, method, path string, body any) apptest.Reply {
	t.Helper()
	request := s.Request(t, method, path, body)
	request.Header.Set("Authorization", header)
	return apptest.Do(t, request)
}

func TestAPIKeyIsShownOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		reply := s.Call(t, "POST", rotatePath, alice.Token, nil).WantKeys(t, 200, "api_key", "api_key_prefix")
		key, prefix := reply.String("api_key"), reply.String("api_key_prefix")
		if !apiKey.MatchString(key) || prefix != key[:8] {
			t.Errorf("want ntc_ and 32 hexadecimal digits, and the first 8 characters: %s", reply.Text)
		}
		settings := s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200)
		if settings.String("api_key_prefix") != prefix || strings.Contains(settings.Text, key) {
			t.Errorf("want the prefix alone: %s", settings.Text)
		}
	})
}

func TestAPIKeyOpensWhatASessionOpens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		key := newKey(t, s, alice.Token)
		for _, header := range []string{"Bearer " + key, "bearer " + key, "BEARER\t " + key, "Token " + key, "tOKEN  " +
			key} {
			if reply := callAs(t, s, header, "GET", settingsPath, nil).Want(t, 200); reply.String("username") != "alice" {
				t.Errorf("%q: %s", header, reply.Text)
			}
			if reply := callAs(t, s, header, "GET", probePath, nil).Want(t, 200); reply.Text != `{"authenticated":false}` {
				t.Errorf("the probe is about sessions, and %q is none: %s", header, reply.Text)
			}
		}
		header := "Bearer " + key
		callAs(t, s, header, "PATCH", settingsPath, keys{"motto": "by a key"}).Want(t, 200)
		callAs(t, s, header, "POST", signInPath, keys{"email": "alice", "password": apptest.Password}).Want(t, 200)

		list := callAs(t, s, header, "GET", sessionsPath, nil).WantKeys(t, 200, "sessions", "current_session_id")
		rows, _ := list.Object()["sessions"].([]any)
		if len(rows) != 2 || list.Object()["current_session_id"] != nil || strings.Contains(list.Text, `"is_current":true`) {
			t.Errorf("want two sessions, none of them the current one: %s", list.Text)
		}
		callAs(t, s, header, "POST", signOutPath, nil).Want(t, 204)
		callAs(t, s, header, "GET", settingsPath, nil).Want(t, 200)
		s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200) // nobody was signed out
	})
}

func TestWhatIsNoAPIKey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		key := newKey(t, s, alice.Token)
		const anonymous = "Authentication credentials were not provided."
		for header, detail := range map[string]string{
			"Bearer ntc_" + strings.Repeat("0", 32):  "Invalid API key.",
			"Token ntc_" + strings.Repeat("0", 32):   "Invalid API key.",
			"Bearer ntc_":                            "Invalid API key.",
			"Bearer " + key + "0":                    "Invalid API key.",
			"Bearer " + key[:len(key)-1]:             "Invalid API key.",
			"Bearer " + strings.ToUpper(key):         anonymous,
			"Bearer " + alice.Token:                  anonymous,
			"Basic " + key:                           anonymous,
			key:                                      anonymous,
			"Token " + strings.TrimPrefix(key, "nt"): "Invalid token.",
		} {
			reply := callAs(t, s, header, "GET", settingsPath, nil).WantKeys(t, 401, "detail")
			if reply.String("detail") != detail || reply.Header.Get("WWW-Authenticate") != "Token" {
				t.Errorf("%q: %s", header, reply.Text)
			}
		}
		// Wrong credentials are refused where none are needed, too.
		callAs(t, s, "Bearer ntc_0", "POST", signInPath, keys{"email": "alice", "password": apptest.Password}).Want(t, 401)
	})
}

func TestAPIKeyDoesNotReplaceASessionWhereOneIsNeeded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		key := newKey(t, s, s.SignUpByMail(t, "alice").Token)
		for _, path := range []string{rotatePath, changePasswordPath, changeEmailPath} {
			for _, scheme := range []string{"Bearer ", "Token "} {
				callAs(t, s, scheme+key, "POST", path, keys{}).WantKeys(t, 403, "detail")
			}
			s.Call(t, "POST", path, "", keys{}).Want(t, 401)
		}
		callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).Want(t, 200)
	})
}

func TestANewKeyEndsTheFormerOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob")
		former, foreign := newKey(t, s, alice.Token), newKey(t, s, bob.Token)
		callAs(t, s, "Bearer "+former, "GET", settingsPath, nil).Want(t, 200)

		var mutex sync.Mutex
		var made []string
		apptest.StatusesAtOnce(6, func(int) apptest.Reply {
			reply := s.Call(t, "POST", rotatePath, alice.Token, nil)
			mutex.Lock()
			defer mutex.Unlock()
			made = append(made, reply.String("api_key"))
			return reply
		})
		good := 0
		for _, key := range made {
			if callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).Status == 200 {
				good++
			}
		}
		if len(made) != 6 || good != 1 {
			t.Errorf("%d of %d keys made at once work, want 1 of 6", good, len(made))
		}
		callAs(t, s, "Bearer "+former, "GET", settingsPath, nil).Want(t, 401)
		callAs(t, s, "Bearer "+foreign, "GET", settingsPath, nil).Want(t, 200)
	})
}

func TestAPIKeyOfADisabledAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		key := newKey(t, s, s.SignUpByMail(t, "alice").Token)
		apptest.Change(t, s.Database(t), "update users set is_active = false")
		callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).WantKeys(t, 401, "detail")
	})
}

func TestUseOfAKeyIsNotedOnceAMinute(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		db, alice := s.Database(t), s.SignUpByMail(t, "alice")
		key := newKey(t, s, alice.Token)
		lastUsed := func() *time.Time {
			return apptest.Value[struct {
				APIKeyLastUsedAt *time.Time `db:"api_key_last_used_at"`
			}](t, db, "select api_key_last_used_at from users").APIKeyLastUsedAt
		}
		use := func() { callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).Want(t, 200) }
		if lastUsed() != nil {
			t.Error("a key that nobody used has a time of last use")
		}
		use()
		apptest.Eventually(t, "the first use is stored", func() bool { return lastUsed() != nil })
		first := *lastUsed()
		apptest.Change(t, db, "update users set api_key_last_used_at = $1", apptest.Ago(61*time.Second))
		use()
		apptest.Eventually(t, "a later use is stored", func() bool { return !lastUsed().Before(first) })
		second := *lastUsed()
		use()
		key = newKey(t, s, alice.Token)
		if lastUsed() != nil {
			t.Error("a new key has the time of the former one")
		}
		apptest.Change(t, db, "update users set api_key_last_used_at = $1", second)
		use()
		s.Stop(t) // stores what is left
		if third := lastUsed(); !third.Equal(second) {
			t.Errorf("noted at %s and again at %s", second, third)
		}
	})
}

func TestARequestWithAKeyTakesOneStatementMore(t *testing.T) {
	t.Parallel()
	s, statements := apptest.StartCounted(t)
	key := newKey(t, s, s.SignUpByMail(t, "alice").Token)
	read := func() { callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).Want(t, 200) }
	read() // notes the use, and learns the statements
	if count := statements.Fewest(read, "users", "sessions"); count != 2 {
		t.Errorf("%d statements, want the key's and the settings'", count)
	}
}
