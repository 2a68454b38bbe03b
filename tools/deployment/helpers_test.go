package deployment_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for a process that should be ready at once; building counts for itself.
const patience = 2 * time.Minute

// repository is the root of the working copy.
func repository() (string, error) { return filepath.Abs("../..") }

func readFile(t *testing.T, name string) string {
	t.Helper()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// sources are the files of a clean clone: what git tracks, and what it would, without what it ignores.
func sources(root string) ([]string, error) {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the files of the repository: %w", err)
	}
	var names []string
	for name := range strings.SplitSeq(strings.TrimRight(string(output), "\x00"), "\x00") {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil { // not one that was just deleted
			names = append(names, name)
		}
	}
	return names, nil
}

// copyTo copies files, given relative to root, into a folder.
func copyTo(folder, root string, names []string) error {
	for _, name := range names {
		if err := copyFile(filepath.Join(root, name), filepath.Join(folder, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm())
}

// copyTree copies a folder and what is in it; change is called for each copy.
func copyTree(from, to string, change func(copied string) error) error {
	return filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		copied := filepath.Join(to, relative)
		if entry.IsDir() {
			if err := copyFolder(entry, copied); err != nil {
				return err
			}
		} else if err := copyFile(name, copied); err != nil {
			return err
		}
		return change(copied)
	})
}

func copyFolder(entry fs.DirEntry, to string) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	return os.Chmod(to, info.Mode().Perm())
}

// cleanCopy is a fresh clone of the working copy as it is.
func cleanCopy(t *testing.T) string {
	t.Helper()
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	names, err := sources(root)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := copyTo(folder, root, names); err != nil {
		t.Fatal(err)
	}
	return folder
}

// run runs a command to its end, and returns what it wrote.
func run(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, output)
	}
	return string(output)
}

// output is what a running process has written so far.
type output struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.buffer.String()
}

// process is a command that runs beside the test, in a process group of its own that is killed with the test.
type process struct {
	*exec.Cmd
	output *output
	ended  chan struct{}
}

func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{Cmd: cmd, output: &output{}, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.output, p.output
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // how it ended shows in ProcessState
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // it may have ended already
		<-p.ended
		if t.Failed() {
			t.Logf("output of %v:\n%s", cmd.Args, p.output)
		}
	})
	return p
}

// answers waits until the address answers with 200.
func (p *process) answers(t *testing.T, url string) {
	t.Helper()
	p.ready(t, "answers "+url, func() bool {
		response, err := http.Get(url)
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
}

// ready waits until something holds, or fails the test when the process ends before.
func (p *process) ready(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-p.ended:
			t.Fatalf("%v ended: %v\n%s", p.Args, p.ProcessState, p.output)
		case <-deadline:
			t.Fatalf("it never came that %v %s\n%s", p.Args, what, p.output)
		case <-tick.C:
		}
	}
}

// exit waits for the end of the process, and returns its exit code.
func (p *process) exit(t *testing.T) int {
	t.Helper()
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("%v does not end", p.Args)
	}
	return p.ProcessState.ExitCode()
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

// publicFolder is a temporary folder that other users can look into.
func publicFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "notechondria-deployment")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

func body(t *testing.T, response *http.Response) string {
	t.Helper()
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// basicEnvironment is what any process gets: where programs, the home folder and temporary files are.
func basicEnvironment(home string) []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home}
}

// buildEnvironment is what a build on the machine of the tests needs beside: the caches of the Go command.
func buildEnvironment() []string {
	return append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
}
