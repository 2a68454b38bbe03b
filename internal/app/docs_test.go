package app_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

const docsPath = "/api/docs/"

func TestDocsPageNeedsNoOtherServer(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	page := s.Call(t, "GET", docsPath, "", nil).Want(t, 200)
	if !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") ||
		!strings.Contains(page.Text, `"`+rest.DocumentPath+`"`) {
		t.Errorf("it is %s:\n%s", page.Header.Get("Content-Type"), page.Text)
	}
	if without := s.Call(t, "GET", strings.TrimSuffix(docsPath, "/"), "", nil); without.Text != page.Text {
		t.Error("it is another one without the final slash")
	}
	references := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page.Text, -1)
	if len(references) < 3 {
		t.Errorf("want a style and scripts:\n%s", page.Text)
	}
	for _, match := range references {
		if !strings.HasPrefix(match[1], "/static/") {
			t.Errorf("%s is not served from here", match[1])
			continue
		}
		asset := s.Call(t, "GET", match[1], "", nil).Want(t, 200)
		ending := match[1][strings.LastIndexByte(match[1], '.'):]
		// Text/ or application/.
		want := map[string]string{".css": "text/css", ".js": "/javascript", ".svg": "image/svg+xml"}[ending]
		if kind := asset.Header.Get("Content-Type"); !strings.Contains(kind, want) {
			t.Errorf("%s is %s, want %s", match[1], kind, want)
		}
	}
}

func TestDocsPageMayLoadWhatItNeeds(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	policy := s.Call(t, "GET", docsPath, "", nil).Want(t, 200).Header.Get("Content-Security-Policy")
	for _, part := range []string{
		"default-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "frame-ancestors 'none'",
	} {
		if !strings.Contains(policy, part) {
			t.Errorf("%s is missing in %s", part, policy)
		}
	}
	if strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("another server is allowed: %s", policy)
	}
}

func TestUnknownFileOfTheDocsIsJSON(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	for _, path := range []string{"nothing.js", "index.html", "a/b"} {
		s.Call(t, "GET", docsPath+path, "", nil).WantKeys(t, 404, "detail", "status_code", "path")
	}
	s.Call(t, "POST", docsPath, "", nil).WantKeys(t, 405, "detail")
}
