package cli_test

import (
	"encoding/json"
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/deploycheck"
)

// runProgram runs the built program.
func runProgram(t *testing.T, environment []string, arguments ...string) result {
	t.Helper()
	cmd := apptest.Program(t, environment, arguments...)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

func TestCheckDeploy(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	environment := []string{"DATA_DIR=" + folder, "SECRET_KEY=xkT8vQ2nLr7WmZp4YbH9sDfGjK3aEcUo6RiV1tMw5yNqBzPe0X"}
	line := regexp.MustCompile(`^(ok    |warn  |fail  )[A-Za-z -]+: \S.*\S$`)
	wantLines := func(r result) {
		t.Helper()
		for _, text := range strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n") {
			if !line.MatchString(text) {
				t.Errorf("odd line: %q", text)
			}
		}
	}

	fine := runProgram(t, environment, "check", "--deploy").want(t, 0, "ok    secret key: It has 50 characters.\n",
		"warn  mail: ", "RESEND_API_KEY")
	wantLines(fine)
	if fine.stderr != "" {
		t.Errorf("standard error: %s", fine.stderr)
	}

	failing := append([]string{"DEBUG=true"}, environment...)
	bad := runProgram(t, failing, "check", "--deploy").want(t, 1, "fail  debug mode: ", "Remove DEBUG.\n")
	wantLines(bad)
	wantWords(t, bad.stderr, "notechondria: 1 of ", "checks failed\n")

	var results []deploycheck.Result
	asJSON := runProgram(t, failing, "check", "--deploy", "--json").want(t, 1, `"level": "fail"`)
	if err := json.Unmarshal([]byte(asJSON.stdout), &results); err != nil ||
		len(results) != strings.Count(bad.stdout, "\n") {
		t.Errorf("%d results, %v:\n%s", len(results), err, asJSON.stdout)
	}

	unreadable := append([]string{"PORT=high"}, environment...)
	runProgram(t, unreadable, "check", "--deploy", "--json").wantError(t, 2, "PORT", "high")
	runProgram(t, environment, "check", "--json").wantError(t, 2, "--json needs --deploy")
	runProgram(t, environment, "check").want(t, 0, "The configuration is valid.\n")
}
