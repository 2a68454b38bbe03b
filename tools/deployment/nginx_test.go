package deployment_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const sandbox = "sandbox; default-src 'none'"

func TestNginxServesMediaFromTheVolume(t *testing.T) {
	t.Parallel()
	const shown = "default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; style-src 'unsafe-inline'; " +
		"frame-ancestors 'none'"
	n := frontOfEcho(t, "")
	for name, want := range map[string]struct{ kind, disposition, policy string }{
		"a/picture.png":  {"image/png", "inline", shown},
		"a/PICTURE.JPG":  {"image/jpeg", "inline", shown},
		"a/paper.pdf":    {"application/pdf", "inline", shown},
		"a/song.mp3":     {"audio/mpeg", "inline", shown},
		"a/film.mp4":     {"video/mp4", "inline", shown},
		"a/words.txt":    {"text/plain; charset=utf-8", "inline", shown},
		"a/notes.md":     {"text/plain; charset=utf-8", "inline", shown},
		"a/page.html":    {"application/octet-stream", "attachment", sandbox},
		"a/page.xhtml":   {"application/octet-stream", "attachment", sandbox},
		"a/drawing.svg":  {"image/svg+xml", "attachment", sandbox},
		"a/code.js":      {"text/javascript; charset=utf-8", "attachment", sandbox},
		"a/x.png.html":   {"application/octet-stream", "attachment", sandbox},
		"a/Grüße 1.webp": {"image/webp", "inline", shown},
		"a/nothing":      {"application/octet-stream", "attachment", sandbox},
	} {
		write(t, filepath.Join(n.data, "media", name), "content of "+name, 0o644)
		response := get(t, n.url+"/media/"+strings.ReplaceAll(name, " ", "%20"))
		wantHeaders(t, name, response, map[string]string{
			"Content-Type": want.kind, "Content-Disposition": want.disposition, "Content-Security-Policy": want.policy,
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "public, max-age=86400",
			"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "", "X-Asked": "",
			"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		})
		if got := body(t, response); response.StatusCode != http.StatusOK || got != "content of "+name {
			t.Errorf("%s: %d %q", name, response.StatusCode, got)
		}
	}
}

func TestNginxServesPartsAndRevalidates(t *testing.T) {
	t.Parallel()
	n := frontOfEcho(t, "")
	write(t, filepath.Join(n.data, "media/film.mp4"), "0123456789", 0o644)
	part := get(t, n.url+"/media/film.mp4", "Range: bytes=2-4")
	if got := body(t, part); part.StatusCode != http.StatusPartialContent || got != "234" {
		t.Errorf("part: %d %q", part.StatusCode, got)
	}
	again := get(t, n.url+"/media/film.mp4", "If-None-Match: "+part.Header.Get("ETag"))
	if body(t, again); again.StatusCode != http.StatusNotModified {
		t.Errorf("again: %d", again.StatusCode)
	}
}

func TestNginxMediaHeadersAreTheServers(t *testing.T) {
	t.Parallel()
	n, _, direct := frontOfServer(t)
	for _, name := range []string{"picture.png", "paper.pdf", "words.txt", "notes.md", "page.html", "drawing.svg",
		"song.mp3", "nothing"} {
		write(t, filepath.Join(n.data, "media", name), "content", 0o644)
		theirs, ours := get(t, direct+"/media/"+name), get(t, n.url+"/media/"+name)
		if body(t, theirs); theirs.StatusCode != http.StatusOK {
			t.Fatalf("the server answers %d for %s", theirs.StatusCode, name)
		}
		body(t, ours)
		want := map[string]string{}
		for _, header := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options",
			"Cache-Control", "Referrer-Policy", "Cross-Origin-Opener-Policy"} {
			want[header] = theirs.Header.Get(header)
		}
		want["Content-Disposition"], _, _ = strings.Cut(theirs.Header.Get("Content-Disposition"), ";")
		if name != "page.html" { // nginx gives no HTML away as such
			want["Content-Type"] = theirs.Header.Get("Content-Type")
		}
		wantHeaders(t, name, ours, want)
	}
}

func TestNginxAsksTheServerForTheRest(t *testing.T) {
	t.Parallel()
	n, _, direct := frontOfServer(t)
	for path, kind := range map[string]string{
		"/media/avatars/user-7.png": "image/png", "/readyz": "application/json", "/api/v1/courses/": "application/json",
		"/static/nothing.css": "application/json", "/media/nothing.png": "application/json",
	} {
		theirs, ours := get(t, direct+path), get(t, n.url+path)
		want, got := body(t, theirs), body(t, ours)
		if ours.StatusCode != theirs.StatusCode || got != want || !strings.HasPrefix(ours.Header.Get("Content-Type"), kind) {
			t.Errorf("%s: %d %.80q, the server answers %d %.80q", path, ours.StatusCode, got, theirs.StatusCode, want)
		}
		if values := ours.Header.Values("Access-Control-Allow-Origin"); len(values) > 1 {
			t.Errorf("%s: origins %v", path, values)
		}
	}
}

func TestNginxServesCollectedStaticFiles(t *testing.T) {
	t.Parallel()
	n := frontOfEcho(t, "")
	write(t, filepath.Join(n.data, "static/docs/init.0123456789ab.js"), "plain", 0o644)
	write(t, filepath.Join(n.data, "static/docs/init.0123456789ab.js.gz"), "packed", 0o644)
	write(t, filepath.Join(n.data, "static/docs/init.js"), "plain", 0o644)
	for _, c := range []struct{ path, accepts, content, encoding, cache string }{
		{"docs/init.0123456789ab.js", "identity", "plain", "", "public, max-age=31536000, immutable"},
		{"docs/init.0123456789ab.js", "gzip, br", "packed", "gzip", "public, max-age=31536000, immutable"},
		{"docs/init.js", "gzip", "plain", "", "public, max-age=60"},
	} {
		response := get(t, n.url+"/static/"+c.path, "Accept-Encoding: "+c.accepts)
		wantHeaders(t, c.path, response, map[string]string{"Content-Encoding": c.encoding, "Cache-Control": c.cache,
			"Content-Type": "text/javascript; charset=utf-8", "Access-Control-Allow-Origin": "*",
			"X-Content-Type-Options": "nosniff"})
		if got := body(t, response); got != c.content {
			t.Errorf("%s for %s: %q", c.path, c.accepts, got)
		}
	}
	missing := get(t, n.url+"/static/docs/other.js")
	body(t, missing)
	wantHeaders(t, "a file that is not collected", missing, map[string]string{"X-Asked": "GET /static/docs/other.js"})
}

// Paths as clients that mean no good send them; http.Client would tidy them up.
func TestNginxKeepsToItsFolders(t *testing.T) {
	t.Parallel()
	n := frontOfEcho(t, "")
	for _, name := range []string{"secret", "media/.unfinished/secret", "other/secret"} {
		write(t, filepath.Join(n.data, name), "top secret", 0o644)
	}
	write(t, filepath.Join(n.data, "media/a/b.txt"), "for everybody", 0o644)
	for _, path := range []string{"/media/../secret", "/media/%2e%2e/secret", "/media/..%2fsecret",
		"/media/a/..%2f..%2fsecret",
		"/media/a/../../secret", "/media/./../secret", "/media../secret", "/media//../secret", "/static/../other/secret",
		"/static/%2e%2e%2fother%2fsecret",
		"/media/.unfinished/secret", "/media/%2eunfinished/secret", "/../secret", "/secret", "//secret", "/other/secret",
		"/media/..%5csecret",
		"/media/a", "/media/"} {
		answer := raw(t, n.url, path)
		if strings.Contains(answer, "top secret") || strings.Contains(answer, "for everybody") {
			t.Errorf("%s gives a file away: %s", path, answer)
		}
	}
	if answer := raw(t, n.url, "/media/a/b.txt"); !strings.Contains(answer, "for everybody") {
		t.Errorf("the file that may be seen: %s", answer)
	}
}

func raw(t *testing.T, url, path string) string {
	t.Helper()
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", path)
	answer, err := io.ReadAll(bufio.NewReader(connection))
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

func TestNginxLogsNoQueries(t *testing.T) {
	t.Parallel()
	n := frontOfEcho(t, "")
	body(t, get(t, n.url+"/api/v1/auth/verify?email=a@example.org&code=123456", "Referer: http://localhost/?code=654321"))
	if err := n.Process.Signal(syscall.SIGQUIT); err != nil { // it finishes, the lines of its log, too
		t.Fatal(err)
	}
	n.exit(t)
	log, err := os.ReadFile(n.requests)
	if err != nil {
		t.Fatal(err)
	}
	if lines := string(log); !strings.Contains(lines, " GET /api/v1/auth/verify ") || strings.Contains(lines, "123456") ||
		strings.Contains(lines, "654321") {
		t.Errorf("the log: %s", lines)
	}
}
