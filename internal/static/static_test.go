package static_test

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/rest"
	"github.com/trance-0/notechondria/internal/static"
)

const (
	style  = "docs/swagger-ui.css"
	script = "docs/init.js"
	icon   = "favicon.svg"
)

// serve serves the files alone.
func serve(t *testing.T) *apptest.Server {
	t.Helper()
	api := rest.New(rest.Options{Log: slog.New(slog.DiscardHandler), Hosts: []string{"127.0.0.1"}})
	static.New().Register(api)
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	return &apptest.Server{URL: server.URL}
}

func hashedPath(t *testing.T, name string) string {
	t.Helper()
	path, err := static.New().Path(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// get asks with further headers, "Name: value", and for the plain form where they do not say.
func get(t *testing.T, s *apptest.Server, method, path string, headers ...string) apptest.Reply {
	t.Helper()
	request := s.Request(t, method, path, nil)
	request.Header.Set("Accept-Encoding", "identity")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	return apptest.Do(t, request)
}

func wantHeaders(t *testing.T, what string, got http.Header, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("%s: %s is %q, want %q", what, name, got.Get(name), value)
		}
	}
}

func unzip(t *testing.T, data string) string {
	t.Helper()
	reader, err := gzip.NewReader(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func TestHashedNamesAreImmutableAndPlainOnesAreNot(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for name, kind := range map[string]string{
		icon: "image/svg+xml", script: "text/javascript; charset=utf-8", style: "text/css; charset=utf-8",
		"docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
	} {
		hashed := get(t, s, "GET", hashedPath(t, name)).Want(t, 200)
		plain := get(t, s, "GET", static.Prefix+name).Want(t, 200)
		if hashed.Text != plain.Text || hashed.Text == "" {
			t.Errorf("%s: %d and %d bytes", name, len(hashed.Text), len(plain.Text))
		}
		both := map[string]string{"Content-Type": kind, "Access-Control-Allow-Origin": "*", "Vary": "Accept-Encoding",
			"Content-Encoding":       "",
			"X-Content-Type-Options": "nosniff"}
		wantHeaders(t, name, hashed.Header, both)
		wantHeaders(t, name, plain.Header, both)
		wantHeaders(t, name, hashed.Header, map[string]string{"Cache-Control": "public, max-age=31536000, immutable"})
		wantHeaders(t, name, plain.Header, map[string]string{"Cache-Control": "public, max-age=60"})
	}
}

func TestGzipIsNegotiated(t *testing.T) {
	t.Parallel()
	s := serve(t)
	path := hashedPath(t, style)
	plain := get(t, s, "GET", path).Want(t, 200)
	for accepted, packed := range map[string]bool{
		"gzip": true, "br, gzip;q=0.5, *;q=0.1": true, "GZIP": true, "gzip; q=1": true,
		"": false, "br": false, "gzip;q=0": false, "br;q=1, gzip; q=0.0": false, "xgzip": false,
	} {
		answer := get(t, s, "GET", path, "Accept-Encoding: "+accepted).Want(t, 200)
		if !packed {
			if answer.Header.Get("Content-Encoding") != "" || answer.Text != plain.Text {
				t.Errorf("%q: encoded as %q", accepted, answer.Header.Get("Content-Encoding"))
			}
			continue
		}
		if answer.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%q: encoded as %q", accepted, answer.Header.Get("Content-Encoding"))
			continue
		}
		if len(answer.Text) >= len(plain.Text) || unzip(t, answer.Text) != plain.Text {
			t.Errorf("%q: another content", accepted)
		}
	}
	if small := get(t, s, "GET", hashedPath(t, script),
		"Accept-Encoding: gzip").Want(t, 200); small.Header.Get("Content-Encoding") != "" {
		t.Errorf("a file without compressed form is encoded as %s", small.Header.Get("Content-Encoding"))
	}
}

func TestNotModified(t *testing.T) {
	t.Parallel()
	s := serve(t)
	path := hashedPath(t, style)
	etag := get(t, s, "GET", path).Header.Get("ETag")
	if !strings.HasPrefix(etag, `W/"`) {
		t.Errorf("the ETag %s of several encodings is not weak", etag)
	}
	for match, status := range map[string]int{
		etag: 304, strings.TrimPrefix(etag, "W/"): 304, `"other", ` + etag: 304, `"other"`: 200, "": 200,
	} {
		answer := get(t, s, "GET", path, "If-None-Match: "+match).Want(t, status)
		if status == 304 && (answer.Text != "" || answer.Header.Get("ETag") != etag ||
			answer.Header.Get("Cache-Control") == "") {
			t.Errorf("%s: %v %q", match, answer.Header, answer.Text)
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, encoding := range []string{"identity", "gzip"} {
		whole := get(t, s, "GET", hashedPath(t, style), "Accept-Encoding: "+encoding).Want(t, 200)
		head := get(t, s, "HEAD", hashedPath(t, style), "Accept-Encoding: "+encoding).Want(t, 200)
		if head.Text != "" {
			t.Errorf("%s: a body of %d bytes", encoding, len(head.Text))
		}
		for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "ETag", "Cache-Control"} {
			wantHeaders(t, encoding, head.Header, map[string]string{name: whole.Header.Get(name)})
		}
	}
}

func TestUnknownFilesAreJSON(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for _, path := range []string{
		"docs", "docs/", "nothing.js", "docs/init.000000000000.js", "docs/swagger-ui.css.gz", "staticfiles.json",
		"../static.go",
		"%2e%2e/static.go", "docs/../favicon.svg", "favicon.svg/", "favicon.svg%00",
	} {
		answer := get(t, s, "GET", static.Prefix+path).Want(t, 404)
		if answer.String("detail") != "Page not found." || answer.Header.Get("Access-Control-Allow-Origin") != "*" ||
			strings.Contains(answer.Header.Get("Cache-Control"), "max-age=6") {
			t.Errorf("%s: %s %v", path, answer.Text, answer.Header)
		}
	}
	if answer := get(t, s, "POST", static.Prefix+icon).Want(t, 405); answer.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("allowed: %s", answer.Header.Get("Allow"))
	}
}

func TestPathChangesWithNothingButContent(t *testing.T) {
	t.Parallel()
	if a, b := hashedPath(t, icon), hashedPath(t, icon); a != b || a == static.Prefix+icon {
		t.Errorf("%s and %s", a, b)
	}
	if _, err := static.New().Path("nothing.js"); err == nil || !strings.Contains(err.Error(), "nothing.js") {
		t.Errorf("got %v", err)
	}
}
