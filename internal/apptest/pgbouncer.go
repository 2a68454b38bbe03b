package apptest

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// PgBouncer starts a PgBouncer in transaction mode in front of the server of a database, with so many connections to
// it, and returns the address of the database through it. The test is skipped where the program is absent.
func PgBouncer(t testing.TB, address string, poolSize int) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/pgbouncer"); err != nil {
			t.Skip("PgBouncer is not installed: Debian's package is pgbouncer")
		}
	}
	server, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		port := FreePort(t)
		if startPgBouncer(t, program, bouncerSettings(server, port, poolSize)) {
			through := *server
			through.Host = fmt.Sprintf("127.0.0.1:%d", port)
			return through.String()
		}
	}
	t.Fatal("PgBouncer did not start")
	return ""
}

func bouncerSettings(server *url.URL, port, poolSize int) string {
	target := fmt.Sprintf("host=%s port=%s user=%s", server.Hostname(), server.Port(), server.User.Username())
	if password, ok := server.User.Password(); ok {
		target += " password=" + password
	}
	return fmt.Sprintf(`[databases]
* = %s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = %d
max_client_conn = 200
`, target, port, poolSize)
}

// startPgBouncer returns false when the program ended, for example since somebody took its port.
func startPgBouncer(t testing.TB, program, settings string) bool {
	t.Helper()
	folder, err := os.MkdirTemp("", "pgbouncer") // not the test's own folder: another user reads it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	path := filepath.Join(folder, "pgbouncer.ini")
	if err := os.WriteFile(path, []byte(settings), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, path)
	cmd.Dir = "/"
	if os.Getuid() == 0 { // it refuses to run as root
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credentialOf(t, "postgres")}
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log := bufio.NewScanner(stderr)
	var seen strings.Builder
	for log.Scan() {
		fmt.Fprintln(&seen, log.Text())
		if strings.Contains(log.Text(), "process up") {
			drained := make(chan struct{})
			go func() { defer close(drained); _, _ = io.Copy(io.Discard, stderr) }() // ends with the process
			t.Cleanup(func() {
				_ = cmd.Process.Kill() // it may have ended already
				<-drained
				_ = cmd.Wait()
			})
			return true
		}
	}
	_ = cmd.Wait()
	t.Logf("PgBouncer ended:\n%s", &seen)
	return false
}

func credentialOf(t testing.TB, name string) *syscall.Credential {
	t.Helper()
	account, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.ParseUint(account.Gid, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
