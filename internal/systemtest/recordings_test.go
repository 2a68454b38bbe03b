package systemtest_test

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
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		group := newMemoryGroup(t, memoryLimit)
		server := apptest.Program(t, nil, "start")
		group.enter(server)
		replay(t, engine, server, quickScenarios(t)...)
		t.Log(group.peak(t))
		group.remove(t)
	})
}

// TestRecordedExchangesWithABucket replays them with a bucket that keeps the files: all with PostgreSQL, as on servers,
// and those in which files are uploaded with SQLite.
func TestRecordedExchangesWithABucket(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		scenarios := []string{"accounts_avatar", "notes_files", "platform_origins"}
		if engine == database.PostgreSQL {
			scenarios = quickScenarios(t)
		}
		replay(t, engine, apptest.Program(t, apptest.StartS3(t).Environment(), "start"), scenarios...)
	})
}

// replay sends recorded requests to servers that the command starts, and compares the answers.
func replay(t *testing.T, engine database.Engine, server *exec.Cmd, scenarios ...string) {
	t.Helper()
	root := repository(t)
	runner := filepath.Join(root, "../shared/conformance/conform.py")
	if _, err := os.Stat(runner); err != nil {
		t.Skip("the recordings are not at hand")
	}
	arguments := []string{runner, "--summary", "--deviations", filepath.Join(root, "deviations.json")}
	if engine == database.PostgreSQL {
		arguments = append(arguments, "--database-url", apptest.EmptyDatabase(t, false)) // it is dropped and made anew
	}
	words := make([]string, len(server.Args))
	for i, word := range server.Args {
		words[i] = "'" + word + "'"
	}
	arguments = append(arguments, "--start", "env "+strings.Join(server.Env, " ")+" "+strings.Join(words, " "))
	if output, err := exec.Command("python3", append(arguments, scenarios...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func repository(t *testing.T) string {
	t.Helper()
	root, err := apptest.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// quickScenarios are those that match so far, but for the one that waits a minute.
func quickScenarios(t *testing.T) (names []string) {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(repository(t), "scripts/conformance-scenarios"))
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
