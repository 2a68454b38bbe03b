package deployment_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

const unit = "deployment/systemd/notechondria.service"

// installed is a copy of the unit that starts the built program from where it lies.
func installed(t *testing.T) string {
	t.Helper()
	const command = "ExecStart=/usr/local/bin/notechondria start\n"
	text := readFile(t, unit)
	if !strings.Contains(text, command) {
		t.Fatalf("the unit has no line %q", command)
	}
	path := filepath.Join(publicFolder(t), "notechondria.service")
	write(t, path, strings.Replace(text, "/usr/local/bin/notechondria", theImage(t).program(), 1), 0o644)
	return path
}

func TestUnitIsValid(t *testing.T) {
	t.Parallel()
	if output := run(t, exec.Command("systemd-analyze", "verify", "--man=no", installed(t))); output != "" {
		t.Errorf("systemd-analyze verify: %s", output)
	}
}

func TestUnitIsHardened(t *testing.T) {
	t.Parallel()
	run(t, exec.Command("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=15", installed(t)))
}

// The unit allows @system-service but for @privileged and @resources. strace counts the system calls that the program
// makes from its start to its end, as a user without privileges.
func TestUnitAllowsTheSystemCallsOfTheProgram(t *testing.T) {
	t.Parallel()
	filter := []string{"SystemCallFilter=@system-service\n", "SystemCallFilter=~@privileged @resources\n"}
	for _, line := range filter {
		if !strings.Contains(readFile(t, unit), line) {
			t.Fatalf("the unit has no line %q", line)
		}
	}
	denied := append(systemCalls(t, "@privileged"), systemCalls(t, "@resources")...)
	allowed := systemCalls(t, "@system-service")
	used := usedSystemCalls(t)
	if !slices.Contains(used, "listen") || !slices.Contains(used, "accept4") {
		t.Fatalf("strace counted %v", used)
	}
	for _, call := range used {
		if !slices.Contains(allowed, call) || slices.Contains(denied, call) && !harmlessWithoutEffect[call] {
			t.Errorf("the unit forbids %s, which the program calls", call)
		}
	}
}

// The Go runtime tries to raise the limit of open files, and goes on when it may not.
var harmlessWithoutEffect = map[string]bool{"prlimit64": true, "setrlimit": true}

// systemCalls lists a set with the sets in it.
func systemCalls(t *testing.T, set string) (list []string) {
	t.Helper()
	for line := range strings.Lines(run(t, exec.Command("systemd-analyze", "syscall-filter", "--no-pager", set))) {
		switch name := strings.TrimSpace(line); {
		case name == "" || name == set || strings.HasPrefix(name, "#"):
		case strings.HasPrefix(name, "@"):
			list = append(list, systemCalls(t, name)...)
		default:
			list = append(list, name)
		}
	}
	return list
}

func usedSystemCalls(t *testing.T) []string {
	t.Helper()
	folder, port := publicFolder(t), freePort(t)
	program := filepath.Join(folder, "notechondria")
	if err := copyFile(theImage(t).program(), program); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(folder, "home")
	if err := os.Mkdir(home, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("strace", "-f", "-qq", "-o", filepath.Join(home, "calls"), "-c", "-U", "name", program, "start")
	cmd.Dir, cmd.Env = home, append(basicEnvironment(home), "DATA_DIR="+home, "PORT="+port)
	if os.Geteuid() == 0 {
		const nobody = 65534
		if err := os.Chown(home, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	server := start(t, cmd)
	server.answers(t, "http://127.0.0.1:"+port+"/readyz")
	for _, path := range []string{"/handshake/", "/media/avatars/user-1.png", "/api/v1/courses/", "/static/nothing"} {
		if _, err := http.Get("http://127.0.0.1:" + port + path); err != nil {
			t.Fatal(err)
		}
	}
	// strace passes no signal on, so the program gets it as a member of the group.
	if err := syscall.Kill(-server.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	server.exit(t)
	counts, err := os.ReadFile(filepath.Join(home, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	_, names, _ := strings.Cut(string(counts), "\n") // a heading, and lines between
	return slices.DeleteFunc(strings.Fields(names), func(name string) bool {
		return name == "total" ||
			strings.HasPrefix(name, "-")
	})
}
