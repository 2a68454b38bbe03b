package app_test

import (
	"encoding/json"
	"regexp"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// started returns a server that has booted: probes do not wait for that by themselves.
func started(t *testing.T, engine database.Engine) *apptest.Server {
	t.Helper()
	s := apptest.Start(t, engine)
	s.Call(t, "GET", "/api/v1/ping/", "", nil).Want(t, 200)
	return s
}

func TestPlatformRoutes(t *testing.T) {
	t.Parallel()
	s := started(t, database.SQLite)
	const hello = `{"service":"notechondria-backend","api_version":"v1","version":"0.0.0-test",` +
		`"capabilities":{"attachments":1,"auth":1,"calendar_feeds":1,"courses":1,"mcp":1,"notes":1,"planner":1},` +
		`"build":{"version":"0.0.0-test","commit":"","build_time":"","deploy_target":""}}`
	for path, want := range map[string]string{
		"/":                  `{"status":"ok","service":"notechondria-backend"}`,
		"/api/v1/health/":    `{"status":"ok"}`,
		"/api/health/":       `{"status":"ok"}`,
		"/healthz":           `{"status":"ok"}`,
		"/readyz":            `{"status":"ok"}`,
		"/handshake/":        hello,
		"/api/v1/handshake/": hello,
	} {
		other := path + "/" // with the final slash, or without
		if path[len(path)-1] == '/' {
			other = path[:len(path)-1]
		}
		for _, p := range []string{path, other} {
			got := s.Call(t, "GET", p, "stale", nil).Want(t, 200)
			if got.Text != want {
				t.Errorf("%s: %s, want %s", p, got.Text, want)
			}
			if head := s.Call(t, "HEAD", p, "", nil); head.Status != 200 || head.Text != "" {
				t.Errorf("HEAD %s: %d %q", p, head.Status, head.Text)
			}
			post := s.Call(t, "POST", p, "", map[string]any{}).WantKeys(t, 405, "detail")
			if allow := post.Header.Get("Allow"); allow != "GET, HEAD, OPTIONS" {
				t.Errorf("%s allows %s", p, allow)
			}
		}
	}
}

func TestPing(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	before := time.Now().Truncate(time.Microsecond)
	got := s.Call(t, "GET", "/api/v1/ping/", "stale", nil).WantKeys(t, 200, "pong", "service", "timestamp")
	if got.Object()["pong"] != true || got.String("service") != "notechondria-backend" {
		t.Errorf("got %s", got.Text)
	}
	stamp := got.String("timestamp")
	if !regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$`).MatchString(stamp) {
		t.Errorf("the timestamp is %s", stamp)
	}
	if at, err := time.Parse(time.RFC3339Nano, stamp); err != nil || at.Before(before) || at.After(time.Now()) {
		t.Errorf("the timestamp is %s, %v", stamp, err)
	}
	s.Call(t, "HEAD", "/api/v1/ping", "", nil).Want(t, 200)
}

func TestHandshakeShowsTheBuild(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite, "BACKEND_VERSION=9.8.7", "RENDER_GIT_COMMIT=0123abc",
		"BACKEND_BUILD_TIME=2026-11-22", "BACKEND_DEPLOY_TARGET=render")
	got := s.Call(t, "GET", "/api/v1/handshake/", "", nil).Want(t, 200)
	build, err := json.Marshal(got.Object()["build"])
	want := `{"build_time":"2026-11-22","commit":"0123abc","deploy_target":"render","version":"9.8.7"}`
	if err != nil || string(build) != want || got.String("version") != "9.8.7" {
		t.Errorf("got %s", got.Text)
	}
}

func TestHandshakeFromAnotherOrigin(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	for origin, allowed := range map[string]string{"https://notes.example.org": "https://notes.example.org",
		"https://evil.example.org": ""} {
		for _, path := range []string{"/handshake/", "/api/v1/handshake/", "/api/v1/nothing/"} {
			request := s.Request(t, "GET", path, nil)
			request.Header.Set("Origin", origin)
			if got := apptest.Do(t, request).Header.Get("Access-Control-Allow-Origin"); got != allowed {
				t.Errorf("%s allows %q %s", path, got, origin)
			}
		}
	}
}

func TestProbesUnderAForeignHostName(t *testing.T) {
	t.Parallel()
	s := started(t, database.SQLite)
	for path, status := range map[string]int{"/healthz": 200, "/readyz": 200, "/api/health/": 200, "/api/v1/health/": 200,
		"/": 400, "/api/v1/ping/": 400} {
		request := s.Request(t, "GET", path, nil)
		request.Host = "10.1.2.3:10000"
		if got := apptest.Do(t, request); got.Status != status {
			t.Errorf("%s: %d, want %d", path, got.Status, status)
		}
	}
}

func TestReadinessLooksAtTheSchema(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := started(t, engine)
		s.Call(t, "GET", "/readyz", "", nil).Want(t, 200)
		s.Exec(t, "delete from goose_db_version where version_id = (select max(version_id) from goose_db_version)")
		got := s.Call(t, "GET", "/readyz", "", nil).WantKeys(t, 503, "detail")
		if got.String("detail") != "The database schema does not match this version." {
			t.Errorf("got %s", got.Text)
		}
		s.Call(t, "GET", "/healthz", "", nil).Want(t, 200)
	})
}
