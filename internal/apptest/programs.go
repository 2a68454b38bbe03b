package apptest

import (
	"os"
	"os/exec"
	"testing"
)

// toolsVariable says that the programs which tests run beside ours are installed.
const toolsVariable = "SECOND_OPINIONS"

// NeedTools skips the test where a program of the system is missing, and fails it where the scripts have installed all.
func NeedTools(t testing.TB, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err == nil {
			continue
		}
		if os.Getenv(toolsVariable) != "" {
			t.Fatalf("%s should be installed", name)
		}
		t.Skipf("%s is not installed: scripts/test does it", name)
	}
}

// Shell runs a script in a folder, and returns what it prints. It fails the test when any part of the script fails.
func Shell(t testing.TB, folder, script string) string {
	t.Helper()
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", script)
	cmd.Dir = folder
	out, err := cmd.Output()
	if err != nil {
		text := ""
		if exit, ok := err.(*exec.ExitError); ok {
			text = string(exit.Stderr)
		}
		t.Fatalf("%s: %v\n%s", script, err, text)
	}
	return string(out)
}
