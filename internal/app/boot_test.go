package app_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// emptyEnvironment is that of processes that start on an empty database.
func emptyEnvironment(t *testing.T, engine database.Engine) []string {
	t.Helper()
	environment := []string{"DATA_DIR=" + t.TempDir(), "DJANGO_SUPERUSER_PASSWORD=" + apptest.Password}
	if engine == database.PostgreSQL {
		environment = append(environment, "DATABASE_URL="+apptest.EmptyDatabase(t, false),
			"SECRET_KEY=a-key-for-tests-of-at-least-fifty-characters-0123456789")
	}
	return environment
}

// wantEachMigrationOnce fails the test unless the schema is current and whole.
func wantEachMigrationOnce(t *testing.T, db *database.DB) {
	t.Helper()
	status, err := db.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(status.Applied) == 0 || len(status.Pending) > 0 ||
		len(slices.Compact(slices.Clone(status.Applied))) != len(status.Applied) {
		t.Errorf("applied %v, pending %v", status.Applied, status.Pending)
	}
}

func waitUntilReady(t *testing.T, p *apptest.Process) {
	t.Helper()
	apptest.Eventually(t, "the server is ready", func() bool {
		return p.Server().Call(t, "GET", "/readyz", "", nil).Status == http.StatusOK
	})
}

// adminToken signs the administrator in whom bootstrap makes.
func adminToken(t *testing.T, p *apptest.Process) string {
	t.Helper()
	apptest.Eventually(t, "the administrator is there",
		func() bool { return len(p.Output.Find("administrator created")) > 0 })
	return p.Server().SignIn(t, apptest.Account{Email: "admin@localhost"})
}

func TestTenStartAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := emptyEnvironment(t, engine)
		var processes []*apptest.Process
		for range 10 {
			processes = append(processes, apptest.LaunchProcess(t, environment, "start"))
		}
		for i, p := range processes {
			if !p.Listens() && strings.Contains(p.Output.String(), "address already in use") {
				p = apptest.StartProcess(t, environment, "start")
				processes[i] = p
			}
			waitUntilReady(t, p)
		}
		wantEachMigrationOnce(t, apptest.OpenDatabase(t, environment))
		made := func() (times int) {
			for _, p := range processes {
				times += len(p.Output.Find("administrator created"))
			}
			return times
		}
		apptest.Eventually(t, "the administrator is there", func() bool { return made() > 0 })
		for _, p := range processes {
			if code := p.Stop(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
			if failed := p.Output.Find(`"level":"ERROR"`); len(failed) > 0 {
				t.Errorf("it logged %s", failed)
			}
		}
		if made() != 1 {
			t.Errorf("%d processes made the administrator, want 1", made())
		}
	})
}

func TestDataSurvivesStopAndStart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := emptyEnvironment(t, engine)
		first := apptest.StartProcess(t, environment) // start is the default
		s := first.Server()
		s.Call(t, "POST", "/api/v1/auth/register/", "",
			map[string]any{"username": "alice", "email": "alice@example.com", "password": apptest.Password}).Want(t, 201)
		code := regexp.MustCompile(`"verification_code":"(\d{6})"`)
		apptest.Eventually(t, "the code is in the log", func() bool { return code.MatchString(first.Output.String()) })
		token := s.Call(t, "POST", "/api/v1/auth/verify-email/", "", map[string]any{
			"email": "alice@example.com", "code": code.FindStringSubmatch(first.Output.String())[1]}).Want(t,
			200).String("token")
		note := s.Call(t, "POST", "/api/v1/notes/", token,
			map[string]any{"title": "Kept", "content": "# Kept\n\nfor ever"}).Want(t, 201)
		if code := first.Stop(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
		second := apptest.StartProcess(t, environment, "serve").Server()
		read := second.Call(t, "GET", fmt.Sprintf("/api/v1/notes/%d/", note.Int("id")), token, nil).Want(t, 200)
		if read.String("content") != "# Kept\n\nfor ever" {
			t.Errorf("got %s", read.Text)
		}
		second.SignIn(t, apptest.Account{Email: "alice@example.com"})
	})
}

func TestStopFinishesTheRequestThatRuns(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := emptyEnvironment(t, engine)
		p := apptest.StartProcess(t, environment, "start")
		token, address := adminToken(t, p), strings.TrimPrefix(p.URL, "http://")
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		const body = `{"title": "Slow", "content": "# Slow"}`
		fmt.Fprintf(conn, "POST /api/v1/notes/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Token %s\r\nContent-Type: "+
			"application/json\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n", token, len(body))
		answer := bufio.NewReader(conn)
		if line, err := answer.ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
			t.Fatalf("got %q, %v", line, err)
		}
		if _, err := answer.ReadString('\n'); err != nil { // the request is being handled from here on
			t.Fatal(err)
		}
		if err := p.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		apptest.Eventually(t, "no new connection is accepted", func() bool {
			another, err := net.Dial("tcp", address)
			if err == nil {
				_ = another.Close()
			}
			return err != nil
		})
		fmt.Fprint(conn, body)
		response, err := http.ReadResponse(answer, nil)
		if err != nil || response.StatusCode != http.StatusCreated {
			t.Fatalf("got %v, %v", response, err)
		}
		if code := p.Exit(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
		wantInOrder(t, p.Output.String(), `"msg":"ready"`, `"msg":"stopping"`, `"path":"/api/v1/notes/"`, `"msg":"stopped"`)
		notes, err := database.One[int64](t.Context(), apptest.OpenDatabase(t, environment).Read(),
			"select count(*) from notes where title = 'Slow'")
		if err != nil || notes != 1 {
			t.Errorf("%d notes, %v", notes, err)
		}
	})
}

func wantInOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		_, rest, ok := strings.Cut(text, part)
		if !ok {
			t.Errorf("%q is missing, or not in its place", part)
			return
		}
		text = rest
	}
}

func TestStopWhileStarting(t *testing.T) {
	t.Parallel()
	_, address := reservedPort(t)
	p := apptest.StartProcess(t, []string{"DATA_DIR=" + t.TempDir(), "SECRET_KEY=k", "DATABASE_URL=postgres://postgres@" +
		address + "/notes"}, "start")
	if code := p.Stop(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// reservedPort returns an address where nobody listens, and nobody else can, until listen is called.
func reservedPort(t *testing.T) (listen func() net.Listener, address string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	socket := os.NewFile(uintptr(fd), "reserved")
	t.Cleanup(func() { _ = socket.Close() })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	listen = func() net.Listener {
		if err := syscall.Listen(fd, 64); err != nil {
			t.Fatal(err)
		}
		listener, err := net.FileListener(socket)
		if err != nil {
			t.Fatal(err)
		}
		return listener
	}
	return listen, fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
}

// forward hands connections on to target until the test ends.
func forward(t *testing.T, listener net.Listener, target string) {
	t.Helper()
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", target)
			if err != nil {
				_ = from.Close()
				continue
			}
			for _, pair := range [][2]net.Conn{{from, to}, {to, from}} {
				go func() { _, _ = io.Copy(pair[0], pair[1]); _ = pair[0].Close() }() // ends with either side
			}
		}
	}()
}

func TestLivenessWhileTheDatabaseIsAway(t *testing.T) {
	t.Parallel()
	original := apptest.EmptyDatabase(t, false)
	_, rest, _ := strings.Cut(original, "@")
	server, _, _ := strings.Cut(rest, "/")
	listen, address := reservedPort(t)
	p := apptest.StartProcess(t, []string{"DATA_DIR=" + t.TempDir(), "SECRET_KEY=k",
		"DATABASE_URL=" + strings.Replace(original, server, address, 1)}, "start")
	s := p.Server()
	for range 3 {
		s.Call(t, "GET", "/healthz", "", nil).Want(t, 200)
		s.Call(t, "GET", "/readyz", "", nil).Want(t, 503)
	}
	waiting := make(chan int, 1)
	request := s.Request(t, "GET", "/api/v1/notes/", nil)
	go func() {
		response, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			waiting <- 0
			return
		}
		_ = response.Body.Close()
		waiting <- response.StatusCode
	}()
	forward(t, listen(), server)
	waitUntilReady(t, p)
	if status := <-waiting; status != http.StatusOK && status != http.StatusUnauthorized {
		t.Errorf("a request that came before the database got %d", status)
	}
	if code := p.Stop(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestWhatStopsTheStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	port := fmt.Sprintf("PORT=%d", taken.Addr().(*net.TCPAddr).Port)
	notADatabase := t.TempDir()
	if err := os.WriteFile(notADatabase+"/notechondria.sqlite3", []byte(strings.Repeat("no database\n", 100)),
		0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name        string
		environment []string
		command     string
		code        int
		words       []string
	}{
		{"no secret key", []string{"DATABASE_URL=postgres://me:hunter2@db/notes"}, "start", 2,
			[]string{"configuration", "SECRET_KEY"}},
		{"half an object storage",
			[]string{"CLOUDFLARE_R2_BUCKET_NAME=shelf", "CLOUDFLARE_R2_ACCESS_KEY_ID=hunter2"}, "start", 2,
			[]string{`"shelf"`, "CLOUDFLARE_R2_ACCOUNT_ID, CLOUDFLARE_R2_SECRET_ACCESS_KEY"}},
		{"a taken port", []string{port}, "start", 1, []string{"listening on 0.0.0.0:", "address already in use"}},
		{"pending migrations", nil, "serve", 1, []string{"migrations are pending", "migrate"}},
		{"a file that is no database", []string{"DATA_DIR=" + notADatabase}, "start", 1, []string{"not a database"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			environment := append([]string{"DATA_DIR=" + t.TempDir()}, test.environment...)
			p := apptest.LaunchProcess(t, environment, test.command)
			if code := p.Exit(t); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			lines := p.Output.Find("notechondria: ")
			if len(lines) != 1 || strings.Contains(p.Output.String(), "hunter2") {
				t.Fatalf("want one clear line, got:\n%s", p.Output)
			}
			for _, word := range test.words {
				if !strings.Contains(lines[0], word) {
					t.Errorf("%q is missing: %s", word, lines[0])
				}
			}
		})
	}
}
