package apptest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// program is built once per test program.
var program = sync.OnceValues(func() (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "notechondria-test")
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "notechondria")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, output)
	}
	return path, nil
})

// Program returns a command that runs the built program with that environment and nothing else.
func Program(t testing.TB, environment []string, arguments ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, arguments...)
	cmd.Env = environment
	cmd.Dir = t.TempDir() // no .env there
	return cmd
}

// Process is the program, running.
type Process struct {
	*exec.Cmd
	URL    string
	Output *Logs // both outputs
}

// StartProcess starts the program and waits until it listens, or fails the test. It is killed with the test.
func StartProcess(t testing.TB, environment []string, arguments ...string) *Process {
	t.Helper()
	cmd := Program(t, environment, arguments...)
	p := &Process{Cmd: cmd, Output: &Logs{}}
	cmd.Stderr = p.Output
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended already
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("output of the process:\n%s", p.Output)
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		fmt.Fprintln(p.Output, lines.Text())
		if _, address, ok := strings.Cut(lines.Text(), "listens on "); ok {
			p.URL = strings.Replace(address, "0.0.0.0", "127.0.0.1", 1)
			break
		}
	}
	if p.URL == "" {
		t.Fatalf("the program did not start:\n%s", p.Output)
	}
	return p
}

// Server is a client for the process.
func (p *Process) Server() *Server { return &Server{URL: p.URL, Logs: p.Output} }
