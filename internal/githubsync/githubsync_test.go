package githubsync_test

import (
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	statusPath   = "/api/v1/integrations/github/status/"
	callbackPath = "/api/v1/integrations/github/callback/"
	pushPath     = "/api/v1/integrations/github/push/"
	installURL   = "https://github.com/apps/notes-sync/installations/new"
	withoutKey   = "GITHUB_DATA_SYNC_APP_PRIVATE_KEY="
	withKey      = "GITHUB_DATA_SYNC_APP_PRIVATE_KEY=some key"
)

var statusKeys = []string{"connected", "install_url", "app_name", "account_login", "repo_full_name",
	"repo_default_branch",
	"last_push_at", "last_push_sha", "last_error"}

// keys is a JSON object to send.
type keys = map[string]any

func start(t *testing.T, engine database.Engine, settings ...string) (*apptest.Server, apptest.Account) {
	t.Helper()
	s := apptest.Start(t, engine, append(settings, "GITHUB_DATA_SYNC_APP_NAME=notes-sync",
		"GITHUB_DATA_SYNC_APP_INSTALL_URL="+installURL)...)
	return s, s.SignUp(t, "alice")
}

func connect(t testing.TB, s *apptest.Server, a apptest.Account, body keys) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", callbackPath, a.Token, body)
}

// wantStatus fails the test unless a repository is connected, and the status has these values.
func wantStatus(t testing.TB, s *apptest.Server, a apptest.Account, want keys) {
	t.Helper()
	reply := s.Call(t, "GET", statusPath, a.Token, nil).WantKeys(t, 200, statusKeys...)
	apptest.WantFields(t, reply.JSON, want)
}

// wantRefusedPush returns why nothing was pushed.
func wantRefusedPush(t testing.TB, s *apptest.Server, a apptest.Account) string {
	t.Helper()
	return s.Call(t, "POST", pushPath, a.Token, nil).WantKeys(t, 400, "detail").String("detail")
}

func TestConnectAndDisconnect(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, alice := start(t, engine)
		bob := s.SignUp(t, "bob")
		nothing := s.Call(t, "GET", statusPath, alice.Token, nil).WantKeys(t, 200, "connected", "install_url", "app_name")
		apptest.WantFields(t, nothing.JSON, keys{"connected": false, "install_url": installURL, "app_name": "notes-sync"})

		reply := connect(t, s, alice, keys{"installation_id": 12345, "account_login": "alice",
			"repo_full_name": "alice/notes", "repo_default_branch": "trunk"})
		reply.WantKeys(t, 200, "connected", "installation_id", "repo_full_name")
		apptest.WantFields(t, reply.JSON,
			keys{"connected": true, "installation_id": "12345", "repo_full_name": "alice/notes"})
		wantStatus(t, s, alice, keys{"connected": true, "install_url": installURL, "app_name": "notes-sync",
			"account_login":  "alice",
			"repo_full_name": "alice/notes", "repo_default_branch": "trunk", "last_push_at": nil,
			"last_push_sha": "", "last_error": ""})

		connect(t, s, alice, keys{"installation_id": "12345"}).Want(t, 200) // what is left out goes back to its default
		wantStatus(t, s, alice, keys{"account_login": "", "repo_full_name": "", "repo_default_branch": "main"})
		connect(t, s, alice, keys{"installation_id": "12345", "repo_default_branch": "", "account_login": "",
			"repo_full_name": ""}).Want(t, 200)
		wantStatus(t, s, alice, keys{"repo_default_branch": "main"})

		if other := s.Call(t, "GET", statusPath, bob.Token, nil); other.Object()["connected"] != false {
			t.Errorf("bob sees what alice connected: %s", other.Text)
		}
		s.Call(t, "DELETE", statusPath, bob.Token, nil).Want(t, 200)
		wantStatus(t, s, alice, keys{"connected": true})
		for range 2 { // again is fine
			if gone := s.Call(t, "DELETE", statusPath, alice.Token, nil).Want(t, 200); gone.Text != `{"connected":false}` {
				t.Errorf("disconnected: %s", gone.Text)
			}
		}
		if after := s.Call(t, "GET", statusPath, alice.Token, nil); after.Text != nothing.Text {
			t.Errorf("want what it was before: %s", after.Text)
		}
	})
}

func TestEverythingNeedsAnAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, alice := start(t, engine)
		key := s.Call(t, "POST", "/api/v1/auth/rotate-api-key/", alice.Token, nil).Want(t, 200).String("api_key")
		for _, call := range [][2]string{{"GET", statusPath}, {"DELETE", statusPath}, {"POST", callbackPath},
			{"POST", pushPath}} {
			s.Call(t, call[0], call[1], "", keys{}).Want(t, 401)
		}
		s.Call(t, "GET", statusPath, key, nil).Want(t, 200)
		s.Call(t, "DELETE", statusPath, key, nil).Want(t, 403) // whoever holds a key does not give others access
		s.Call(t, "POST", callbackPath, key, keys{"installation_id": "1"}).Want(t, 403)
	})
}

func TestConnectChecksItsFields(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, alice := start(t, engine)
		connect(t, s, alice, keys{"repo_full_name": "alice/notes"}).WantFieldErrors(t, "installation_id")
		connect(t, s, alice, keys{"installation_id": strings.Repeat("9", 65)}).WantFieldErrors(t, "installation_id")
		connect(t, s, alice, keys{"installation_id": nil, "account_login": strings.Repeat("a", 81),
			"repo_full_name":      "a/" + strings.Repeat("b", 159),
			"repo_default_branch": strings.Repeat("m", 81)}).WantFieldErrors(t, "installation_id", "account_login",
			"repo_full_name", "repo_default_branch")
		for _, name := range []string{"notes", "/notes", "alice/", "alice/notes/x", "../notes", "alice/..", "alice/.",
			"alice/no tes", "alice/nötes",
			"alice/notes?ref=x", "alice/notes#x", "alice%2Fnotes", "-alice/notes", "alice/notes\nx", ".alice/notes"} {
			reply := connect(t, s, alice, keys{"installation_id": "1", "repo_full_name": name})
			if reply.Status != 400 || reply.Object()["repo_full_name"] == nil {
				t.Errorf("%q: %d %s", name, reply.Status, reply.Text)
			}
		}
		// Nothing was stored.
		s.Call(t, "GET", statusPath, alice.Token, nil).WantKeys(t, 200, "connected", "install_url", "app_name")
		for _, name := range []string{"a/b", "alice/.github", "alice/..x", "alice/...", "my-org/Notes_2.0",
			"alice_corp/notes.git-1", "a/" + strings.Repeat("b", 158)} {
			connect(t, s, alice, keys{"installation_id": "1", "repo_full_name": name}).Want(t, 200)
			wantStatus(t, s, alice, keys{"repo_full_name": name})
		}
	})
}

func TestPushIsRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		reasons := map[string]bool{}
		for _, setting := range []string{withoutKey, withKey} {
			s, alice := start(t, engine, setting)
			reasons[wantRefusedPush(t, s, alice)] = true
			// Nothing is stored.
			s.Call(t, "GET", statusPath, alice.Token, nil).WantKeys(t, 200, "connected", "install_url", "app_name")
			for _, repository := range []string{"", "alice/notes"} {
				connect(t, s, alice, keys{"installation_id": "1", "repo_full_name": repository}).Want(t, 200)
				wantStatus(t, s, alice, keys{"last_error": ""})
				reason := wantRefusedPush(t, s, alice)
				wantStatus(t, s, alice, keys{"last_error": reason, "last_push_at": nil, "last_push_sha": "",
					"repo_full_name": repository})
				reasons[reason] = true
			}
			connect(t, s, alice, keys{"installation_id": "1"}).Want(t, 200)
			wantStatus(t, s, alice, keys{"last_error": ""})
		}
		if len(reasons) != 4 { // nothing connected; no key of the app; no repository; not confirmed
			t.Errorf("want four different reasons: %v", reasons)
		}
	})
}

func TestConfirmationIsForOneInstallationAndRepository(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, alice := start(t, engine, withKey)
		first := keys{"installation_id": "1", "repo_full_name": "alice/notes"}
		confirmed := func() bool {
			row, err := database.One[struct{ VerifiedAt *time.Time }](t.Context(), s.Database(t).Read(),
				"select verified_at from github_integrations")
			if err != nil {
				t.Fatal(err)
			}
			return row.VerifiedAt != nil
		}
		connect(t, s, alice, first).Want(t, 200)
		if confirmed() {
			t.Error("what an app says counts as confirmed")
		}
		for name, test := range map[string]struct {
			change keys
			want   bool
		}{
			"the same": {first, true},
			"another branch": {keys{"installation_id": "1", "repo_full_name": "alice/notes", "repo_default_branch": "x",
				"account_login": "y"}, true},
			"another installation": {keys{"installation_id": "2", "repo_full_name": "alice/notes"}, false},
			"another repository":   {keys{"installation_id": "1", "repo_full_name": "bob/notes"}, false},
		} {
			connect(t, s, alice, first).Want(t, 200)
			s.Exec(t, "update github_integrations set verified_at = $1, last_push_at = $1, last_push_sha = 'abc'",
				database.Now())
			connect(t, s, alice, test.change).Want(t, 200)
			if confirmed() != test.want {
				t.Errorf("%s: confirmed %v, want %v", name, confirmed(), test.want)
			}
			reply := s.Call(t, "GET", statusPath, alice.Token, nil).Want(t, 200)
			if reply.String("last_push_sha") != "abc" || !strings.HasSuffix(reply.String("last_push_at"), "Z") {
				t.Errorf("%s: the last push is forgotten: %s", name, reply.Text)
			}
		}
	})
}

func TestStatusTakesOneStatement(t *testing.T) {
	t.Parallel()
	s, statements := apptest.StartCounted(t)
	alice := s.SignUp(t, "alice")
	connect(t, s, alice, keys{"installation_id": "1"}).Want(t, 200)
	read := func() { s.Call(t, "GET", statusPath, alice.Token, nil).Want(t, 200) }
	read() // the connection learns the statement once
	if count := statements.Fewest(read, "github_integrations"); count != 1 {
		t.Errorf("%d statements, want 1", count)
	}
}
