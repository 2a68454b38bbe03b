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
// where the recordings are at hand: with PostgreSQL and a bucket as on servers, and with SQLite and a folder.
func TestRecordedExchangesFitInto64MiB(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		var stores []string
		if engine == database.PostgreSQL {
			stores = apptest.StartS3(t).Environment()
		}
		group := newMemoryGroup(t, memoryLimit)
		server := apptest.Program(t, stores, "start")
		group.enter(server)
		replay(t, engine, server, quickScenarios(t)...).wantAll(undescribed)
		t.Log(group.peak(t))
		group.remove(t)
	})
}

// TestRecordedExchangesWithABucket replays those in which files are uploaded with SQLite and a bucket, and with each
// database the one that waits a minute.
func TestRecordedExchangesWithABucket(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		scenarios := []string{"accounts_resend"}
		if engine == database.SQLite {
			scenarios = append(scenarios, "accounts_avatar", "notes_files", "platform_origins")
		}
		replay(t, engine, apptest.Program(t, apptest.StartS3(t).Environment(), "start"), scenarios...)
	})
}

// undescribed are the recorded requests that the server takes though its description has no place for them, each with
// the reason.
var undescribed = map[string]string{
	`POST /api/v1/auth/change-email/: a body that is "text/plain" is not described`:    plainText,
	`POST /api/v1/auth/change-password/: a body that is "text/plain" is not described`: plainText,

	"POST /api/v1/notes/: title: got number, want string":                                  otherKinds,
	"POST /api/v1/planner-events/: title: got number, want string":                         otherKinds,
	"POST /api/v1/planner-events/: difficulty_weight: got string, want null or integer":    otherKinds,
	"POST /api/v1/planner-events/: is_completed: got string, want null or boolean":         otherKinds,
	"POST /api/v1/integrations/github/callback/: installation_id: got number, want string": otherKinds,
	"GET /api/v1/front-page/: ?a is not described":                                         unknownKeys,
	"PATCH /api/v1/settings/: unheard_of is not described":                                 unknownKeys,
}

const (
	unknownKeys = "what has an unknown name is ignored, and no client should send it"
	plainText   = "JSON by the name of text/plain is what two calls of the apps send; new clients say what it is"
	otherKinds  = "numbers and truth values are taken as texts, and the other way round, as the former server did"
)

// replay sends recorded requests to servers that the command starts, and compares the answers with the recorded ones,
// and both with the OpenAPI document.
func replay(t *testing.T, engine database.Engine, server *exec.Cmd, scenarios ...string) *describing {
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
	d := newDescribing(t)
	arguments = append(arguments, "--start",
		d.script+" env "+strings.Join(server.Env, " ")+" "+strings.Join(words, " "))
	if output, err := exec.Command("python3", append(arguments, scenarios...)...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	d.wantNoneBut(undescribed)
	return d
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
