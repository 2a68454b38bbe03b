// Package mcpclients runs programs of others that speak to the endpoint for agents.
package mcpclients

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// installed says that scripts/mcpclients.sh has installed what the programs need.
const installed = "MCP_CLIENTS"

// Run runs a program of this folder with Node and decodes what it prints. question is its argument, as JSON. Where the
// programs or needed are missing the test is skipped, unless MCP_CLIENTS says that they are there.
func Run(t testing.TB, program string, question, answer any, needed ...string) {
	t.Helper()
	folder, err := thisFolder()
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat(filepath.Join(folder, "node_modules"))
	for _, name := range append(needed, "node") {
		_, err := exec.LookPath(name)
		missing = errors.Join(missing, err)
	}
	if missing != nil {
		if os.Getenv(installed) != "" {
			t.Fatal(missing)
		}
		t.Skipf("scripts/mcpclients.sh installs what is missing: %v", missing)
	}
	argument, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	var complaints bytes.Buffer
	command := exec.CommandContext(t.Context(), "node", filepath.Join(folder, program), string(argument))
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", program, err, output, &complaints)
	}
	if err := json.Unmarshal(output, answer); err != nil {
		t.Fatalf("%s prints no JSON: %v\n%s%s", program, err, output, &complaints)
	}
}

// thisFolder finds this package from that of the test, where tests run.
func thisFolder() (string, error) {
	folder, err := os.Getwd()
	for err == nil && folder != filepath.Dir(folder) {
		if _, missing := os.Stat(filepath.Join(folder, "go.mod")); missing == nil {
			return filepath.Join(folder, "internal/apptest/mcpclients"), nil
		}
		folder = filepath.Dir(folder)
	}
	return "", fmt.Errorf("looking for the folder of the module: %w", errors.Join(err, os.ErrNotExist))
}
