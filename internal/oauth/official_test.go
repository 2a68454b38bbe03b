package oauth_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// tokens are what the official client keeps.
type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
}

// runClient runs the program of the official client and decodes what it prints. The test is skipped where that or the
// browser is missing, unless MCP_CLIENTS says that they are there.
func runClient(t *testing.T, question keys, answer any) {
	t.Helper()
	folder, err := filepath.Abs("../mcp/clients")
	if err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(folder, "node_modules/node-linux-*/bin/node"))
	browser, err := exec.LookPath("chromium")
	if err != nil || len(found) == 0 {
		if os.Getenv("MCP_CLIENTS") != "" {
			t.Fatal("scripts/clients.sh has not installed the official client and a browser")
		}
		t.Skip("scripts/clients.sh installs the official client and a browser")
	}
	question["chromium"] = browser
	argument, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	complaints := &apptest.Logs{}
	command := exec.CommandContext(t.Context(), found[0], filepath.Join(folder, "oauth.mjs"), string(argument))
	command.Stderr = complaints
	output, err := command.Output()
	if err != nil {
		t.Fatalf("the client: %v\n%s%s", err, output, complaints)
	}
	if err := json.Unmarshal(output, answer); err != nil {
		t.Fatalf("the client prints no JSON: %v\n%s%s", err, output, complaints)
	}
}

// TestTheOfficialClientConnects has the official client register, be allowed by somebody in a browser, call tools,
// refresh and revoke.
func TestTheOfficialClientConnects(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		var seen struct {
			Error          string
			Pages          []string
			Complaints     []string // of the browser
			Answer         map[string]string
			StateReturned  bool
			First, Second  tokens
			Tools          []string
			Profile, Again map[string]any
			Framed         string
			Revoked        int
			Denied         bool
		}
		runClient(t, keys{
			"endpoint": s.URL + "/mcp", "username": alice.Username, "password": apptest.Password, "profile": t.TempDir(),
		}, &seen)
		if seen.Error != "" {
			t.Fatalf("%s\n%s\n%s", seen.Error, seen.Pages, seen.Complaints)
		}
		if len(seen.Complaints) > 0 {
			t.Errorf("the browser complains: %q", seen.Complaints)
		}
		if len(seen.Pages) != 3 || !strings.Contains(seen.Pages[0], "The official client") ||
			!strings.Contains(seen.Pages[0], "a program on this computer") ||
			!strings.Contains(seen.Pages[1], "signed in as alice") {
			t.Errorf("the pages: %q", seen.Pages)
		}
		if seen.First.Scope != "notes:read notes:write planner:read planner:write account:read" {
			t.Errorf("the scopes are %q", seen.First.Scope)
		}
		if len(seen.Tools) < 21 || !slices.Contains(seen.Tools, "create_note") || seen.Profile["username"] != "alice" ||
			seen.Again["username"] != "alice" {
			t.Errorf("tools %q, profile %v, again %v", seen.Tools, seen.Profile, seen.Again)
		}
		if seen.Second.Access == "" || seen.Second.Access == seen.First.Access || seen.Second.Refresh == seen.First.Refresh {
			t.Errorf("tokens %v, then %v", seen.First, seen.Second)
		}
		if strings.Contains(seen.Framed, "Sign in") {
			t.Errorf("another page's frame shows %q", seen.Framed)
		}
		if seen.Revoked != 200 || !seen.Denied || seen.Answer["error"] != "access_denied" || seen.Answer["iss"] != s.URL ||
			!seen.StateReturned {
			t.Errorf("revoked %d, then the client gets %v", seen.Revoked, seen.Answer)
		}
		wantClosed(t, s, seen.Second.Access, "/mcp")
		list, _ := s.Call(t, "GET", grantsPath, alice.Token, nil).Want(t, 200).Object()["grants"].([]any)
		if len(list) != 0 {
			t.Errorf("%d grants are left", len(list))
		}
	})
}
