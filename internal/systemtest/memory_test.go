package systemtest_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	memoryLimit = 64 << 20
	memoryTime  = 8 * time.Second
	people      = 8
	writesEach  = 5 // after each time that all have signed in
)

func TestEightPeopleFitInto64MiB(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := startLimited(t, memoryLimit, apptest.Environment(t, engine)...)
		useTogether(t, s.Server)
		s.wantWithin(t)
	})
}

// limited is a server that may take so much memory.
type limited struct {
	*apptest.Server
	cmd   *exec.Cmd
	group memoryGroup
}

// startLimited starts the program with an administrator.
func startLimited(t *testing.T, limit int64, environment ...string) *limited {
	t.Helper()
	port, output := apptest.FreePort(t), &apptest.Logs{}
	cmd := apptest.Program(t, append(environment, secretKey, "LOG_FORMAT=json",
		"DJANGO_SUPERUSER_PASSWORD="+apptest.Password, fmt.Sprintf("PORT=%d", port)), "start")
	group := newMemoryGroup(t, limit)
	group.enter(cmd)
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has ended, where the test went well
		_ = cmd.Wait()
		group.remove(t)
		if t.Failed() {
			t.Logf("output of the process:\n%s", output)
		}
	})
	s := &limited{Server: &apptest.Server{URL: fmt.Sprintf("http://127.0.0.1:%d", port)}, cmd: cmd, group: group}
	waitUntilReady(t, s.Server)
	group.wantKnown(t, output)
	apptest.Eventually(t, "the administrator is there",
		func() bool { return len(output.Find("administrator created")) > 0 })
	return s
}

// wantWithin ends the process, and fails the test when that had ended before or had too much memory.
func (s *limited) wantWithin(t *testing.T) {
	t.Helper()
	total, program := resident(t, s.cmd.Process.Pid)
	if s.group.folder == "" && total-program > s.group.limit {
		t.Errorf("%d MiB were resident besides the program", (total-program)>>20)
	}
	t.Logf("resident at most %d MiB, %d of them the program; %s", total>>20, program>>20, s.group.peak(t))
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the process ended with: %v", err)
	}
}

// adminToken signs in.
func adminToken(t testing.TB, s *apptest.Server) string {
	t.Helper()
	return s.Call(t, "POST", "/api/v1/auth/login/", "",
		object{"email": "admin@localhost", "password": apptest.Password}).Want(t, 200).String("token")
}

// useTogether has people sign in at once, again and again, and write and list between.
func useTogether(t *testing.T, s *apptest.Server) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), memoryTime)
	defer stop()
	all := func(status int, call func(i int) apptest.Reply) []apptest.Reply {
		replies := apptest.AtOnce(people, call)
		for _, reply := range replies {
			reply.Want(t, status)
		}
		return replies
	}
	tokens := make([]string, people)
	content := strings.Repeat("## Part\n\nSome words of a note.\n\n", 50)
	for ctx.Err() == nil {
		for i, reply := range all(200, func(int) apptest.Reply {
			return s.Call(t, "POST", "/api/v1/auth/login/", "", object{"email": "admin@localhost", "password": apptest.Password})
		}) {
			tokens[i] = reply.String("token")
		}
		for n := range writesEach {
			body := object{"title": fmt.Sprint("Note ", n), "content": content}
			all(201, func(i int) apptest.Reply { return s.Call(t, "POST", notesPath, tokens[i], body) })
			all(200, func(i int) apptest.Reply { return s.Call(t, "GET", notesPath+"?limit=50", tokens[i], nil) })
		}
	}
}

// resident returns the most bytes that were resident at once, and those of the program's own file, which the kernel
// drops where memory is short.
func resident(t testing.TB, pid int) (total, program int64) {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		t.Fatal(err)
	}
	field := func(name string) int64 {
		_, rest, _ := strings.Cut(string(status), name+":")
		kilobytes, err := strconv.ParseInt(strings.TrimSpace(strings.Split(rest, "kB")[0]), 10, 64)
		if err != nil {
			t.Fatalf("reading %s: %v", name, err)
		}
		return kilobytes << 10
	}
	return field("VmHWM"), field("RssFile")
}
