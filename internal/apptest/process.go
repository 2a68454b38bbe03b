package apptest

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programVariable names the program where it has been built for all tests.
const programVariable = "TEST_PROGRAM"

// program is built once per test program, into one place for all of them: nothing is left behind but the newest one.
var program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(programVariable); path != "" {
		return path, nil
	}
	root, err := Root()
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a place for the program: %w", err)
	}
	folder := filepath.Join(cache, "notechondria-test")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("making a place for the program: %w", err)
	}
	fresh := filepath.Join(folder, fmt.Sprintf("build-%d", os.Getpid()))
	build := exec.Command("go", "build", "-o", fresh, ".")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is deployed
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, output)
	}
	checkout := sha256.Sum256([]byte(root)) // each has a program of its own
	path := filepath.Join(folder, fmt.Sprintf("notechondria-%x", checkout[:4]))
	return path, os.Rename(fresh, path) // whoever runs the old one keeps it
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
	URL    string // set by Listens
	Output *Logs  // both outputs

	watch *watch
	ended chan struct{}
}

// processPatience is how long a test waits for what a process should do at once.
const processPatience = 60 * time.Second

// StartProcess starts the program and waits until it listens, or fails the test. Where the environment has no PORT, it
// gets a free one. It is killed with the test.
func StartProcess(t testing.TB, environment []string, arguments ...string) *Process {
	t.Helper()
	for range 5 {
		p := LaunchProcess(t, environment, arguments...)
		if p.Listens() {
			return p
		}
		if !strings.Contains(p.Output.String(), "address already in use") {
			t.Fatalf("the program did not start:\n%s", p.Output)
		}
	}
	t.Fatal("no port stayed free")
	return nil
}

// LaunchProcess is StartProcess without waiting.
func LaunchProcess(t testing.TB, environment []string, arguments ...string) *Process {
	t.Helper()
	for name, value := range map[string]string{"PORT": strconv.Itoa(FreePort(t)), "SHUTDOWN_DELAY": "0s"} {
		if !slices.ContainsFunc(environment, func(variable string) bool { return strings.HasPrefix(variable, name+"=") }) {
			environment = append(slices.Clone(environment), name+"="+value)
		}
	}
	p := &Process{Cmd: Program(t, environment, arguments...), Output: &Logs{}, ended: make(chan struct{})}
	p.watch = &watch{Logs: p.Output, found: make(chan string, 1)}
	p.Stdout, p.Stderr = p.watch, p.watch
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = p.Wait() // Exit reads the state
	}()
	t.Cleanup(func() {
		_ = p.Process.Kill() // it may have ended already
		<-p.ended
		if t.Failed() {
			t.Logf("output of the process:\n%s", p.Output)
		}
	})
	return p
}

// Listens waits until the process listens; false when it ended before.
func (p *Process) Listens() bool {
	select {
	case p.URL = <-p.watch.found:
		return true
	case <-p.ended:
		return false
	}
}

// Stop asks the process to stop, waits, and returns its exit code.
func (p *Process) Stop(t testing.TB) int {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatalf("stopping the process: %v", err)
	}
	return p.Exit(t)
}

// Exit waits until the process has ended, and returns its exit code; -1 when a signal ended it.
func (p *Process) Exit(t testing.TB) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(processPatience):
		t.Fatal("the process does not end")
	}
	return p.ProcessState.ExitCode()
}

// Server is a client for the process.
func (p *Process) Server() *Server { return &Server{URL: p.URL, Logs: p.Output} }

// FreePort returns a port that nobody listens on just now. It is below those that systems give to connections, one of
// which could take it before its user listens.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 100 {
		port := 10000 + rand.IntN(10000)
		if listener, err := net.Listen("tcp", ":"+strconv.Itoa(port)); err == nil {
			_ = listener.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

// Eventually fails the test unless check, tried again and again, comes true. It is for what other processes do.
func Eventually(t testing.TB, what string, check func() bool) {
	t.Helper()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	deadline := time.After(processPatience)
	for !check() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

// watch keeps output, and finds the address in it. One goroutine writes.
type watch struct {
	*Logs
	found   chan string
	isFound bool
}

var listensOn = regexp.MustCompile(`listens on (http://\S+)\n`)

// Write appends to the logs.
func (w *watch) Write(p []byte) (int, error) {
	n, err := w.Logs.Write(p)
	if w.isFound {
		return n, err
	}
	if match := listensOn.FindStringSubmatch(w.String()); match != nil {
		w.isFound = true
		w.found <- strings.Replace(match[1], "0.0.0.0", "127.0.0.1", 1)
	}
	return n, err
}
