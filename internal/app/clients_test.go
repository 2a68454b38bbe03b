package app_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// clients are the programs of others that read the API description, in a folder of a test's own.
type clients struct{ node, folder string }

// newClients skips the test where they are not installed, unless API_CLIENTS says that they are.
func newClients(t *testing.T) clients {
	t.Helper()
	source, err := filepath.Abs("clients")
	if err != nil {
		t.Fatal(err)
	}
	found, _ := filepath.Glob(filepath.Join(source, "node_modules/node-linux-*/bin/node"))
	if len(found) == 0 {
		if os.Getenv("API_CLIENTS") != "" {
			t.Fatal("scripts/clients.sh has not installed the programs that read the API description")
		}
		t.Skip("scripts/clients.sh installs the programs that read the API description")
	}
	c := clients{node: found[0], folder: t.TempDir()}
	for _, name := range []string{"node_modules", "redocly.yaml", "tsconfig.json", "package.json"} {
		if err := os.Symlink(filepath.Join(source, name), filepath.Join(c.folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	tour, err := os.ReadFile(filepath.Join(source, "tour.ts"))
	if err == nil {
		err = os.WriteFile(filepath.Join(c.folder, "tour.ts"), tour, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// run runs a script of the folder, and returns what it writes.
func (c clients) run(t *testing.T, script string, arguments ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.node, append([]string{script}, arguments...)...)
	cmd.Dir = c.folder
	cmd.Env = append(os.Environ(), "HOME="+c.folder, "NO_COLOR=1",
		"REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", script, arguments, err, output)
	}
	return string(output)
}

// The linter of another project finds nothing, and a client that is generated from the description does the tour of
// the README.
func TestOtherProgramsUseTheDescription(t *testing.T) {
	t.Parallel()
	c, s := newClients(t), apptest.Start(t, database.SQLite)
	ada := s.SignUp(t, "ada")
	document := s.Call(t, "GET", rest.DocumentPath, "", nil).Want(t, 200).Text
	if err := os.WriteFile(filepath.Join(c.folder, "openapi.json"), []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	c.run(t, "node_modules/@redocly/cli/bin/cli.js", "lint", "openapi.json", "--config", "redocly.yaml",
		"--max-problems", "20")
	c.run(t, "node_modules/openapi-typescript/bin/cli.js", "openapi.json", "--output", "api.ts")
	c.run(t, "node_modules/typescript/bin/tsc", "--project", ".")
	const want = `{"content":"# Bernoulli numbers\n\nSee note G.","type":"N","label":"Mathematics","blocks":2}`
	if got := c.run(t, "tour.js", s.URL, ada.Username, apptest.Password); got != want {
		t.Errorf("the tour ends with %s, want %s", got, want)
	}
}
