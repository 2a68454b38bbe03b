package social_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

var (
	refresh    = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]*)">`)
	onwards    = regexp.MustCompile(`<a id="onwards" href="([^"]*)">`)
	pageScript = regexp.MustCompile(`<script>(.*?)</script>`)
)

func landOn(t *testing.T, s *apptest.Server, name, query string) apptest.Reply {
	t.Helper()
	page := s.Call(t, http.MethodGet, "/auth/"+name+"/callback"+query, "", nil).Want(t, 200)
	if got := page.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/html") {
		t.Errorf("the page is %s", got)
	}
	return page
}

func TestLandingPagesLeadToTheEditor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "FRONTEND_ORIGIN=https://pages.example.net/")
		const editor = "https://pages.example.net/Notechondria/editor/?"
		for _, name := range []string{"google", "github", "oidc"} {
			for query, want := range map[string]string{
				"?code=4%2Fabc-DEF&state=google&scope=x": editor + "code=4%2Fabc-DEF&state=google",
				"?code=a%20b%26c":                        editor + "code=a+b%26c&state=",
				"?state=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&code=%22'<>": editor + "code=%22%27%3C%3E&state=" +
					url.QueryEscape(`"><script>alert(1)</script>`),
			} {
				page := landOn(t, s, name, query)
				for _, place := range []*regexp.Regexp{refresh, onwards} {
					found := place.FindStringSubmatch(page.Text)
					if found == nil || html.UnescapeString(found[1]) != want {
						t.Errorf("%s: want %s in: %s", query, want, page.Text)
					}
				}
				scripts := pageScript.FindAllStringSubmatch(page.Text, -1)
				if len(scripts) != 1 {
					t.Fatalf("%s: want one script: %s", query, page.Text)
				}
				digest := sha256.Sum256([]byte(scripts[0][1]))
				if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") ||
					!strings.Contains(policy, "script-src 'sha256-"+base64.StdEncoding.EncodeToString(digest[:])+"'") ||
					strings.Contains(policy, "script-src 'unsafe") {
					t.Errorf("the policy: %s", policy)
				}
			}
		}
	})
}

func TestLandingPagesThatLeadNowhere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "FRONTEND_ORIGIN=https://pages.example.net")
		for query, words := range map[string]string{
			"":         "no code",
			"?code=":   "no code",
			"?state=x": "no code",
			"?error=access_denied&state=github&code=x": "access_denied",
			"?error=%3Cimg%20src%3Dx%3E":               "&lt;img src=x&gt;",
		} {
			page := landOn(t, s, "github", query)
			if !strings.Contains(page.Text, "Authentication failed") || !strings.Contains(page.Text, words) {
				t.Errorf("%s: want %q in: %s", query, words, page.Text)
			}
			if strings.Contains(page.Text, "pages.example.net") || strings.Contains(page.Text, "<script") ||
				strings.Contains(page.Text, "<img") {
				t.Errorf("%s: %s", query, page.Text)
			}
		}
	})
}

func TestLandingPageWithoutAFrontEnd(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		page := landOn(t, apptest.Start(t, engine), "google", "?code=x&state=y")
		if found := onwards.FindStringSubmatch(page.Text); found == nil ||
			html.UnescapeString(found[1]) != "/Notechondria/editor/?code=x&state=y" {
			t.Errorf("want a way on this host: %s", page.Text)
		}
	})
}
