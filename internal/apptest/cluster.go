package apptest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Cluster is a PostgreSQL server of a test's own, for tests that stop, freeze and replace it.
type Cluster struct {
	Port   int
	folder string // holds its data
	bin    string // where PostgreSQL's programs lie
}

// StartCluster starts an empty server, whose data lie in folder ("" for a temporary one). options go to postgres.
func StartCluster(t testing.TB, folder string, options ...string) *Cluster {
	t.Helper()
	c := newCluster(t, folder)
	c.run(t, "initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	c.start(t, options...)
	return c
}

// Standby starts a copy of the server that follows it.
func (c *Cluster) Standby(t testing.TB) *Cluster {
	t.Helper()
	standby := newCluster(t, "")
	standby.run(t, "pg_basebackup", "-D", standby.data(), "-R", "-X", "stream", "-c", "fast", "--no-sync",
		"-h", "127.0.0.1", "-p", strconv.Itoa(c.Port), "-U", "postgres")
	standby.start(t)
	return standby
}

func newCluster(t testing.TB, folder string) *Cluster {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		t.Skip("PostgreSQL's programs are not installed: scripts/test does so")
	}
	if folder == "" {
		if folder, err = os.MkdirTemp("", "cluster-*"); err != nil { // the test's own folder is closed to other users
			t.Fatal(err)
		}
	}
	c := &Cluster{Port: FreePort(t), folder: folder, bin: filepath.Dir(found[len(found)-1])}
	if id := serverUser(t); id != nil {
		if err := os.Chown(folder, int(id.Uid), int(id.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		c.stop(t)
		if err := os.RemoveAll(c.data()); err != nil {
			t.Error(err)
		}
		_ = os.Remove(c.folder) // it may be somebody else's
	})
	return c
}

// serverUser is who runs the server, nil for the present user: PostgreSQL refuses to run as root.
func serverUser(t testing.TB) *syscall.Credential {
	if os.Getuid() != 0 {
		return nil
	}
	postgres, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	uid, errUID := strconv.ParseUint(postgres.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(postgres.Gid, 10, 32)
	if errUID != nil || errGID != nil {
		t.Fatalf("the user postgres has no numbers: %v, %v", errUID, errGID)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

func (c *Cluster) data() string { return filepath.Join(c.folder, "data") }

func (c *Cluster) command(t testing.TB, program string, arguments ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, program), arguments...)
	cmd.Dir = "/"
	if id := serverUser(t); id != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: id}
	}
	return cmd
}

func (c *Cluster) run(t testing.TB, program string, arguments ...string) {
	t.Helper()
	var output bytes.Buffer
	cmd := c.command(t, program, arguments...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, &output)
	}
}

func (c *Cluster) start(t testing.TB, options ...string) {
	t.Helper()
	settings := append([]string{fmt.Sprintf("-p %d -k '' -h 127.0.0.1 -c max_connections=60 -c shared_buffers=16MB",
		c.Port)}, options...)
	c.run(t, "pg_ctl", "-D", c.data(), "-l", filepath.Join(c.data(), "server.log"), "-w", "-o",
		strings.Join(settings, " "), "start")
}

// Restart starts the server anew.
func (c *Cluster) Restart(t testing.TB) {
	t.Helper()
	c.stop(t)
	c.start(t)
}

// stop ends the server at once, as a crash does. It may have ended already.
func (c *Cluster) stop(t testing.TB) {
	c.Thaw(t)
	_ = c.command(t, "pg_ctl", "-D", c.data(), "-m", "immediate", "-w", "stop").Run()
}

// Kill ends the server as a crash does.
func (c *Cluster) Kill(t testing.TB) {
	t.Helper()
	c.run(t, "pg_ctl", "-D", c.data(), "-m", "immediate", "-w", "stop")
}

// Promote makes a standby take writes.
func (c *Cluster) Promote(t testing.TB) {
	t.Helper()
	c.run(t, "pg_ctl", "-D", c.data(), "-w", "promote")
}

// Freeze stops all processes of the server where they are: its connections stay open, and nothing is answered.
func (c *Cluster) Freeze(t testing.TB) {
	t.Helper()
	if c.signal(t, syscall.SIGSTOP) == 0 {
		t.Fatal("the server has no processes")
	}
}

// Thaw has frozen processes go on.
func (c *Cluster) Thaw(t testing.TB) { c.signal(t, syscall.SIGCONT) }

// signal sends a signal to the server and its children, and returns how many there were.
func (c *Cluster) signal(t testing.TB, s syscall.Signal) (sent int) {
	pidFile, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return 0 // it has ended
	}
	first, _, _ := strings.Cut(string(pidFile), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		t.Error(err)
		return 0
	}
	processes := []int{postmaster}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", postmaster, postmaster))
	if err != nil {
		return 0
	}
	for _, child := range strings.Fields(string(children)) {
		if pid, err := strconv.Atoi(child); err == nil {
			processes = append(processes, pid)
		}
	}
	for _, pid := range processes {
		if syscall.Kill(pid, s) == nil {
			sent++
		}
	}
	return sent
}

// URL is the address of a database on the first of the servers that takes writes.
func URL(name string, clusters ...*Cluster) string {
	hosts := make([]string, 0, len(clusters))
	for _, c := range clusters {
		hosts = append(hosts, fmt.Sprintf("127.0.0.1:%d", c.Port))
	}
	return fmt.Sprintf("postgres://postgres@%s/%s?sslmode=disable", strings.Join(hosts, ","), name)
}
