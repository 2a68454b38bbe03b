package fleet_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// TestRecordedExchangesFitInto64MiB replays what the former server was recorded with against a server of little memory,
// where the recordings are at hand.
func TestRecordedExchangesFitInto64MiB(t *testing.T) {
	root, err := apptest.Root()
	if err != nil {
		t.Fatal(err)
	}
	replay := filepath.Join(root, "../shared/conformance/conform.py")
	if _, err := os.Stat(replay); err != nil {
		t.Skip("the recordings are not at hand")
	}
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		arguments := []string{replay, "--summary", "--deviations", filepath.Join(root, "deviations.json"),
			"--deviations", filepath.Join(root, "scripts/conformance-pending.json")}
		if engine == database.PostgreSQL {
			arguments = append(arguments, "--database-url", apptest.EmptyDatabase(t, false)) // it is dropped and made anew
		}
		group := newMemoryGroup(t)
		server := apptest.Program(t, nil, "start")
		group.enter(server)
		words := make([]string, len(server.Args))
		for i, word := range server.Args {
			words[i] = "'" + word + "'"
		}
		arguments = append(arguments, "--start", "env "+strings.Join(server.Env, " ")+" "+strings.Join(words, " "))
		cmd := exec.Command("python3", append(arguments, quickScenarios(t, root)...)...)
		output, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, output)
		}
		t.Log(group.peak(t))
		group.remove(t)
	})
}

// quickScenarios are those that match so far, but for the one that waits a minute.
func quickScenarios(t *testing.T, root string) (names []string) {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(root, "scripts/conformance-scenarios"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.Lines(string(list)) {
		if name = strings.TrimSpace(name); !strings.HasPrefix(name, "#") && name != "accounts_resend" {
			names = append(names, name)
		}
	}
	return names
}
