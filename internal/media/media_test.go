package media_test

import (
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/rest"
)

const origin = "https://notes.example.org"

// each runs a test on each kind of store, empty, that is served.
func each(t *testing.T, test func(t *testing.T, s *apptest.Server, store blob.Store)) {
	t.Helper()
	apptest.EachStore(t, "media", func(t *testing.T, store blob.Store) { test(t, serve(t, store), store) })
}

// serve serves only the files.
func serve(t *testing.T, store blob.Store) *apptest.Server {
	t.Helper()
	s := &apptest.Server{Logs: &apptest.Logs{}}
	api := rest.New(rest.Options{Log: slog.New(slog.NewJSONHandler(s.Logs, nil)), Hosts: []string{"127.0.0.1"},
		Origins: []string{origin}})
	log := slog.New(slog.NewJSONHandler(s.Logs, nil))
	db := apptest.OpenDatabase(t, apptest.Environment(t, database.SQLite))
	media.New(media.Options{Store: store, DB: db, Queue: jobs.New(db, log), Log: log}).Register(api)
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

func put(t *testing.T, store blob.Store, key, content string) {
	t.Helper()
	putAs(t, store, key, mime.TypeByExtension(filepath.Ext(key)), content)
}

func putAs(t *testing.T, store blob.Store, key, kind, content string) {
	t.Helper()
	meta := blob.Meta{ContentType: kind}
	if err := store.Put(t.Context(), key, strings.NewReader(content), int64(len(content)), meta); err != nil {
		t.Fatal(err)
	}
}

// get sends a request as a page of the app does, with additional headers: "Name: value".
func get(t *testing.T, s *apptest.Server, method, path string, headers ...string) apptest.Reply {
	t.Helper()
	request := s.Request(t, method, path, nil)
	request.Header.Set("Origin", origin)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	reply := apptest.Do(t, request)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin",
		"X-Content-Type-Options": "nosniff",
	} {
		if got := reply.Header.Get(name); got != want {
			t.Errorf("%s %s: %s is %q, want %q", method, path, name, got, want)
		}
	}
	return reply
}

func wantHeaders(t *testing.T, what string, got http.Header, want map[string]string) {
	t.Helper()
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("%s: %s is %q, want %q", what, name, got.Get(name), value)
		}
	}
}

// shownPolicy lets browsers show a file by itself, and nothing else.
const shownPolicy = "default-src 'none'; img-src 'self'; media-src 'self'; object-src 'self'; style-src " +
	"'unsafe-inline'; frame-ancestors 'none'"

func TestWholeFile(t *testing.T) {
	each(t, func(t *testing.T, s *apptest.Server, store blob.Store) {
		put(t, store, "a/b.png", "a picture")
		stored, err := store.Stat(t.Context(), "a/b.png")
		if err != nil {
			t.Fatal(err)
		}
		headers := map[string]string{
			"Content-Type": "image/png", "Content-Length": "9", "Accept-Ranges": "bytes", "ETag": stored.ETag,
			"Last-Modified": stored.ModTime.Format(http.TimeFormat), "Cache-Control": "public, max-age=86400",
			"Content-Disposition": "inline; filename*=UTF-8''b.png", "Content-Security-Policy": shownPolicy,
		}
		whole := get(t, s, "GET", "/media/a/b.png").Want(t, 200)
		wantHeaders(t, "GET", whole.Header, headers)
		head := get(t, s, "HEAD", "/media/a/b.png").Want(t, 200)
		wantHeaders(t, "HEAD", head.Header, headers)
		if whole.Text != "a picture" || head.Text != "" {
			t.Errorf("got %q and %q", whole.Text, head.Text)
		}
		get(t, s, "HEAD", "/media/a/c.png").Want(t, 404)
		put(t, store, "empty.txt", "")
		wantHeaders(t, "empty", get(t, s, "GET", "/media/empty.txt").Want(t, 200).Header,
			map[string]string{"Content-Length": "0"})
	})
}

func TestRanges(t *testing.T) {
	each(t, func(t *testing.T, s *apptest.Server, store blob.Store) {
		putAs(t, store, "song.mp3", "audio/mpeg", "0123456789")
		etag := get(t, s, "GET", "/media/song.mp3").Header.Get("ETag")
		for asked, want := range map[string]struct {
			status      int
			part, bytes string
		}{
			"bytes=0-3": {206, "bytes 0-3/10", "0123"}, "bytes=4-": {206, "bytes 4-9/10", "456789"},
			"bytes=-2":   {206, "bytes 8-9/10", "89"},
			"bytes=8-99": {206, "bytes 8-9/10", "89"}, "bytes=0-9": {206, "bytes 0-9/10", "0123456789"},
		} {
			answer := get(t, s, "GET", "/media/song.mp3", "Range: "+asked, "If-Range: "+etag).Want(t, want.status)
			if answer.Header.Get("Content-Range") != want.part || answer.Text != want.bytes {
				t.Errorf("%s: %s %q", asked, answer.Header.Get("Content-Range"), answer.Text)
			}
		}
		for _, asked := range []string{"bytes=10-", "bytes=99-100", "bytes=x"} {
			get(t, s, "GET", "/media/song.mp3", "Range: "+asked).Want(t, 416)
		}
		if changed := get(t, s, "GET", "/media/song.mp3", "Range: bytes=0-3",
			`If-Range: "another"`).Want(t, 200); changed.Text != "0123456789" {
			t.Errorf("of another version: %q", changed.Text)
		}
		wantHeaders(t, "HEAD", get(t, s, "HEAD", "/media/song.mp3", "Range: bytes=2-4").Want(t, 206).Header,
			map[string]string{"Content-Range": "bytes 2-4/10", "Content-Length": "3"})
		wantParts(t, get(t, s, "GET", "/media/song.mp3", "Range: bytes=6-7, 0-1").Want(t, 206), "67", "01")
	})
}

func wantParts(t *testing.T, answer apptest.Reply, want ...string) {
	t.Helper()
	kind, parameters, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/byteranges" {
		t.Fatalf("%s, %v", kind, err)
	}
	reader := multipart.NewReader(strings.NewReader(answer.Text), parameters["boundary"])
	for _, bytes := range want {
		part, err := reader.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(part); err != nil || string(got) != bytes ||
			part.Header.Get("Content-Type") != "audio/mpeg" {
			t.Errorf("%v: %q, %v; want %q", part.Header, got, err, bytes)
		}
	}
	if _, err := reader.NextPart(); err != io.EOF {
		t.Errorf("further parts: %v", err)
	}
}

func TestConditionalRequests(t *testing.T) {
	each(t, func(t *testing.T, s *apptest.Server, store blob.Store) {
		put(t, store, "a.png", "a picture")
		first := get(t, s, "GET", "/media/a.png").Want(t, 200).Header
		etag, modified := first.Get("ETag"), first.Get("Last-Modified")
		when, err := http.ParseTime(modified)
		if err != nil {
			t.Fatal(err)
		}
		before := when.Add(-time.Hour).Format(http.TimeFormat)
		for header, status := range map[string]int{
			"If-None-Match: " + etag: 304, "If-None-Match: W/" + etag: 304, `If-None-Match: "x", ` + etag: 304,
			"If-None-Match: *":   304,
			`If-None-Match: "x"`: 200, "If-Modified-Since: " + modified: 304, "If-Modified-Since: " + before: 200,
			"If-Match: " + etag: 200, `If-Match: "x"`: 412, "If-Unmodified-Since: " + before: 412,
		} {
			for _, method := range []string{"GET", "HEAD"} {
				answer := get(t, s, method, "/media/a.png", header).Want(t, status)
				if answer.Header.Get("ETag") != etag || status != 200 && answer.Text != "" {
					t.Errorf("%s with %s: %v %q", method, header, answer.Header, answer.Text)
				}
			}
		}
		put(t, store, "a.png", "another picture")
		if changed := get(t, s, "GET", "/media/a.png",
			"If-None-Match: "+etag).Want(t, 200); changed.Text != "another picture" {
			t.Errorf("got %q", changed.Text)
		}
	})
}

func TestOnlyHarmlessTypesAreShown(t *testing.T) {
	each(t, func(t *testing.T, s *apptest.Server, store blob.Store) {
		for name, kind := range map[string]string{
			"a.png": "image/png", "a.jpg": "image/jpeg", "a.jpeg": "image/jpeg", "a.gif": "image/gif", "a.webp": "image/webp",
			"a.PNG": "image/png",
			"a.pdf": "application/pdf", "a.mp3": "audio/mpeg", "a.mp4": "video/mp4", "a.webm": "video/webm",
			"a.txt": "text/plain; charset=utf-8",
			"a.md":  "text/plain; charset=utf-8", "a.ogg": "audio/ogg", "a.wav": "audio/wav", "a.m4a": "audio/mp4",
		} {
			putAs(t, store, name, kind, "<script>alert(1)</script>")
			wantHeaders(t, name, get(t, s, "GET", "/media/"+name).Want(t, 200).Header, map[string]string{
				"Content-Type": kind, "Content-Disposition": "inline; filename*=UTF-8''" +
					name, "Content-Security-Policy": shownPolicy})
		}
		for _, name := range []string{
			"a.html", "a.htm", "a.xhtml", "a.HTML", "a.svg", "a.SVG", "a.js", "a.mjs", "a.css", "a.xml", "a.zip", "a.unknown",
			"none", "a.png.html", "a.wasm",
		} {
			put(t, store, name, "<script>alert(1)</script>")
			for _, method := range []string{"GET", "HEAD"} {
				wantHeaders(t, name, get(t, s, method, "/media/"+name).Want(t, 200).Header, map[string]string{
					"Content-Disposition": "attachment; filename*=UTF-8''" +
						name, "Content-Security-Policy": "sandbox; default-src 'none'"})
			}
		}
		wantHeaders(t, "none", get(t, s, "GET", "/media/none").Header,
			map[string]string{"Content-Type": "application/octet-stream"})
	})
}

func TestOddNames(t *testing.T) {
	each(t, func(t *testing.T, s *apptest.Server, store blob.Store) {
		for _, name := range []string{
			"two words.png", "100%.png", "%41.png", "a#b.png", "a?b=c.png", "日本語 メモ.png", "a+b&c;d.png", `quote"'.png`, "...png",
			".hidden.png", "ü/ö.png",
		} {
			put(t, store, "odd/"+name, name)
			answer := get(t, s, "GET", (&url.URL{Path: "/media/odd/" + name}).EscapedPath())
			if answer.Status != 200 || answer.Text != name {
				t.Errorf("%s: %d %s", name, answer.Status, answer.Text)
				continue
			}
			_, parameters, err := mime.ParseMediaType(answer.Header.Get("Content-Disposition"))
			if want := name[strings.LastIndex(name, "/")+1:]; err != nil || parameters["filename"] != want {
				t.Errorf("%s: %s, %v", name, answer.Header.Get("Content-Disposition"), err)
			}
		}
	})
}

func TestWhatIsNoFileIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, s *apptest.Server, store blob.Store) {
		put(t, store, "folder/a.png", "a picture")
		put(t, store, "etc/passwd", "a file")
		for _, path := range []string{
			"/", "folder", "folder/", "folder/a.png/", "folder/a.png/b", "folder//a.png", "/folder/a.png", "folder/./a.png",
			"folder/x/../a.png",
			"folder%2f%2fa.png", "folder/%2e%2e/etc/passwd", "../media/folder/a.png", "%00", "folder/a.png%00",
			"folder%5ca.png", "nothing.png",
			"%2e%2e/%2e%2e/etc/passwd", "..%2f..%2f..%2f..%2f..%2f..%2fetc/passwd", "%2fetc/passwd", "//etc/passwd",
			"..%5c..%5cetc%5cpasswd",
			strings.Repeat("a", 300), strings.Repeat("a/", 600) + "a", "%ff.png",
		} {
			answer := get(t, s, "GET", "/media/"+path)
			if answer.Status != 404 || answer.String("detail") != "Page not found." ||
				strings.Contains(answer.Header.Get("Cache-Control"), "86400") {
				t.Errorf("%.60s: %d %s", path, answer.Status, answer.Text)
			}
		}
	})
}

func TestFilesOutsideStayOutside(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	store := apptest.OpenLocal(t, s.Config.MediaRoot)
	put(t, store, "inside.txt", "inside")
	if got := get(t, s, "GET", "/media/inside.txt").Want(t, 200); got.Text != "inside" {
		t.Errorf("got %q", got.Text)
	}
	parent := filepath.Dir(filepath.Clean(s.Config.MediaRoot))
	if err := os.WriteFile(filepath.Join(parent, "secret.txt"), []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt", "%2e%2e%2fsecret.txt", "a/../../secret.txt",
		"..%5csecret.txt", "....//secret.txt",
		"..;/secret.txt", ".unfinished", url.PathEscape(filepath.Join(parent, "secret.txt")),
	} {
		for _, method := range []string{"GET", "HEAD"} {
			if answer := s.Call(t, method, "/media/"+path, "", nil); answer.Status != 404 || answer.Text == "secret" {
				t.Errorf("%s %s: %d %s", method, path, answer.Status, answer.Text)
			}
		}
	}
	for link, target := range map[string]string{"link.txt": filepath.Join(parent, "secret.txt"),
		"relative.txt": "../secret.txt", "up": ".."} {
		if err := os.Symlink(target, filepath.Join(s.Config.MediaRoot, link)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"link.txt", "relative.txt", "up/secret.txt"} {
		if answer := s.Call(t, "GET", "/media/"+path, "", nil); answer.Status != 404 {
			t.Errorf("the link %s is followed: %d %s", path, answer.Status, answer.Text)
		}
	}
}
