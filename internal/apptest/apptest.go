// Package apptest runs the product for tests: whole servers on either engine that are talked to over HTTP, with a real
// mail server beside them, and the built program as a process. Only tests may import it.
package apptest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/password"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/database"
)

// Engines are all engines, for tests that go through them by themselves.
var Engines = []database.Engine{database.SQLite, database.PostgreSQL}

// Each runs a test on each engine, side by side.
func Each(t *testing.T, test func(t *testing.T, engine database.Engine)) {
	t.Helper()
	t.Parallel()
	for _, engine := range Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, engine)
		})
	}
}

// Server is a server that runs until its test ends.
type Server struct {
	URL    string // http://127.0.0.1:port
	Mail   *Mailbox
	Config *config.Config
	Logs   *Logs

	stop  func()        // returns once the server has ended
	ready chan struct{} // closed once parts is set; nil for a server that is a process of its own
	parts *app.App

	owner   testing.TB // the test it runs for
	opening sync.Mutex
	opened  *database.DB // by Database; nil before
}

// App returns the parts of the server, for what commands do, and what no operation can bring about or show.
func (s *Server) App(t testing.TB) *app.App {
	t.Helper()
	select {
	case <-s.ready:
		return s.parts
	case <-time.After(readyPatience):
		t.Fatal("the server does not get ready")
		return nil
	}
}

// readyPatience is how long a test waits for a server to start.
const readyPatience = 60 * time.Second

// Stop ends the server before its test does.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	s.stop()
}

// WaitForPurge waits until a server that has just started has done its daily work of that kind: for tests that make
// things look old, which that work would remove at a time of its own.
func (s *Server) WaitForPurge(t testing.TB, kind string) {
	t.Helper()
	a := s.App(t)
	Eventually(t, kind+" is done", func() bool {
		due, err := database.One[int](t.Context(), a.DB.Read(), "select count(*) from periodic_jobs where name = $1", kind)
		if err != nil {
			t.Fatal(err)
		}
		waiting, err := a.Queue.Waiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return due == 1 && waiting == 0
	})
}

// Start runs a server on an empty, migrated database. settings are further environment variables, NAME=value.
func Start(t testing.TB, engine database.Engine, settings ...string) *Server {
	t.Helper()
	return start(t, append(Environment(t, engine), settings...))
}

func start(t testing.TB, environment []string) *Server {
	t.Helper()
	mailbox := NewMailbox(t)
	environment = slices.Concat([]string{
		"SECRET_KEY=a-key-for-tests-of-at-least-fifty-characters-0123456789", "ALLOWED_HOSTS=127.0.0.1,localhost",
		"CSRF_TRUSTED_ORIGINS=https://notes.example.org", NoBackups,
		"ACCOUNT_MAILS=none", // tests count mails
	}, mailbox.Environment(), environment)
	slices.Reverse(environment) // of two settings of one name the first counts: here that is the test's own
	c, err := config.Load(environment, "", nil)
	if err != nil {
		t.Fatalf("the configuration of a test: %v", err)
	}
	c.ListenAddress = "127.0.0.1:0"
	s := &Server{Mail: mailbox, Config: c, Logs: &Logs{}, ready: make(chan struct{}), owner: t}
	ctx, stop := context.WithCancel(context.Background())
	listening, ended := make(chan string, 1), make(chan error, 1)
	server := app.Server{
		Config: c, Version: "0.0.0-test", Phases: app.Phases{Migrate: true, Bootstrap: true},
		Log:       slog.New(slog.NewJSONHandler(s.Logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Listening: func(address string) { listening <- address },
		Ready:     func(parts *app.App) { s.parts = parts; close(s.ready) },
		Options:   []app.Option{app.WithPasswordCost(password.LowestCost())},
	}
	go func() { ended <- server.Run(ctx) }()
	s.stop = sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with: %v", err)
		}
	})
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Logf("log of the server:\n%s", s.Logs)
		}
	})
	select {
	case address := <-listening:
		s.URL = "http://" + address
	case err := <-ended:
		ended <- nil
		t.Fatalf("the server did not start: %v", err)
	}
	return s
}

// Environment gives a server of its own a folder and an empty, migrated database, and no sample courses: for processes,
// and for several servers on one database.
func Environment(t testing.TB, engine database.Engine) []string {
	t.Helper()
	folder := t.TempDir()
	environment := []string{"DATA_DIR=" + folder, "BOOTSTRAP_SAMPLES=false"}
	if engine == database.PostgreSQL {
		return append(environment, "DATABASE_URL="+EmptyDatabase(t, true))
	}
	if err := copyMigratedFile(folder); err != nil {
		t.Fatal(err)
	}
	return environment
}

// Logs keeps what a server logs.
type Logs struct{ lockedBuffer }

// Find returns the lines that contain all words.
func (l *Logs) Find(words ...string) (lines []string) {
	for line := range strings.Lines(l.String()) {
		found := true
		for _, word := range words {
			found = found && strings.Contains(line, word)
		}
		if found {
			lines = append(lines, line)
		}
	}
	return lines
}

// Root is the folder of the repository.
func Root() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the repository: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return "", errors.New("the test does not run inside the repository")
		}
		folder = parent
	}
}
