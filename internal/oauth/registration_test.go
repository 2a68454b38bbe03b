package oauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestRegistering(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		reply := s.Post(t, "/register", keys{
			"client_name":                "  An\u202eodd\u200b \x07 name\n" + strings.Repeat("x", 200),
			"redirect_uris":              []string{callback, "cursor://anysphere.cursor-mcp/oauth/callback"},
			"token_endpoint_auth_method": "none", "grant_types": []string{"authorization_code", "refresh_token"},
			"response_types": []string{"code"},
			"scope":          "notes:read", "logo_uri": "https://example.org/x.png", "contacts": nil,
		})
		reply.WantKeys(t, 201, "client_id", "client_id_issued_at", "client_name", "redirect_uris",
			"token_endpoint_auth_method", "grant_types", "response_types")
		if name := reply.String("client_name"); !strings.HasPrefix(name, "Anodd name xxx") || len(name) != 80 {
			t.Errorf("the name is %q", name)
		}
		for body, code := range map[string]string{
			`{}`: "invalid_redirect_uri", `[]`: "invalid_client_metadata", ``: "invalid_client_metadata",
			`{"redirect_uris":"x"}`: "invalid_client_metadata",
			`{"redirect_uris":["https://a.example.org/"],` +
				`"token_endpoint_auth_method":"private_key_jwt"}`: "invalid_client_metadata",
			`{"redirect_uris":["https://a.example.org/"],` +
				`"grant_types":["implicit"]}`: "invalid_client_metadata",
			`{"redirect_uris":["https://a.example.org/"],` +
				`"response_types":["token"]}`: "invalid_client_metadata",
		} {
			wantError(t, s.Post(t, "/register", body), 400, code)
		}
		large := s.Post(t, "/register", `{"client_name":"`+strings.Repeat("x", 20_000)+`"}`)
		wantError(t, large, 413, "invalid_request")
	})
}

func TestRedirectsThatNoCodeIsSentTo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		for i, uri := range []string{
			"", "/relative", "//host/path", "http://example.org/", "http://127.0.0.1.example.org/",
			"http://localhost.example.org/",
			"https://", "https:///path", "https://host/#fragment", "https://host/#", "https://user@host/",
			"https://user:word@host/",
			"https://ho st/", "https://host/\nx", "https://höst/", "javascript:alert(1)", "JAVASCRIPT://x/%0aalert(1)",
			"data:text/html,x",
			"file:///etc/passwd", "about:blank", "mailto:eve@example.org", "ms-settings:x", "ftp://host/", "http://[::2]/",
			"https://" + strings.Repeat("x", 1000),
		} {
			reply := s.PostFrom(t, fmt.Sprintf("192.0.2.%d", i), "/register", keys{"redirect_uris": []string{callback, uri}})
			if wantError(t, reply, 400, "invalid_redirect_uri"); t.Failed() {
				t.Fatalf("%q was taken: %s", uri, reply.Text)
			}
		}
		for _, uri := range []string{"https://host", "http://localhost:1234/callback", "http://127.0.0.1/",
			"http://[::1]:99/x?y", "com.example.app:/callback", "vscode://x.y/z"} {
			register(t, s, uri)
		}
		many := make([]string, 21)
		for i := range many {
			many[i] = fmt.Sprintf("https://host/%d", i)
		}
		wantError(t, s.Post(t, "/register", keys{"redirect_uris": many}), 400, "invalid_redirect_uri")
	})
}

func TestRedirectsMustBeRegistered(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		p := register(t, s, callback, "http://localhost/callback", "http://127.0.0.1:3000/x?a=b", "cursor://host/cb")
		for _, uri := range []string{
			callback, "http://localhost/callback", "http://localhost:51234/callback", "http://127.0.0.1:1/x?a=b",
			"http://127.0.0.1/x?a=b", "cursor://host/cb",
		} {
			page := newBrowser(s).get(t, "/authorize?"+p.question(keys{"redirect_uri": uri}).Encode())
			if page.Status != 200 {
				t.Errorf("%s is refused: %s", uri, page.Text)
			}
		}
		for _, uri := range []string{
			"https://assistant.example.org/callback", callback + "&more", callback + "/",
			"https://assistant.example.org:8443/callback?of=us",
			"https://evil.example.org/callback?of=us", "http://assistant.example.org/callback?of=us",
			"HTTPS://assistant.example.org/callback?of=us",
			"http://localhost:51234/other", "http://127.0.0.1:51234/callback", "https://localhost:1/callback",
			"http://localhost:1/callback?x",
			"http://localhost:x/callback", "http://eve@localhost:1/callback", "http://localhost:1/callback#x",
			"http://localhost@evil.example.org/callback",
			"http://localhost:1/../callback", "cursor://host:1/cb", "cursor://host/cb/", "javascript:alert(1)", "",
		} {
			page := newBrowser(s).get(t, "/authorize?"+p.question(keys{"redirect_uri": uri}).Encode())
			if page.Status != 400 || strings.Contains(page.Text, "onwards") || page.Header.Get("Location") != "" ||
				strings.Contains(page.Text, "evil") {
				t.Errorf("%s: %d %s", uri, page.Status, page.Text)
			}
		}
	})
}

func TestRegistrationsOfAClientAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		body := keys{"redirect_uris": []string{callback}}
		for range 30 {
			s.PostFrom(t, "192.0.2.1", "/register", body).Want(t, 201)
		}
		refused := s.PostFrom(t, "192.0.2.1", "/register", body)
		wantError(t, refused, 429, "temporarily_unavailable")
		if refused.Header.Get("Retry-After") == "" {
			t.Error("it does not say how long to wait")
		}
		s.PostFrom(t, "192.0.2.2", "/register", body).Want(t, 201)
	})
}

func TestUnusedProgramsAreBounded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.WaitForPurge(t, "oauth.purge")
		db := s.Database(t)
		alice, used := s.SignUp(t, "alice"), register(t, s)
		tokens := used.connect(t, alice)
		s.Exec(t, "update oauth_clients set created_at = $1", apptest.Ago(1000*time.Hour))
		fill := func(n int, age time.Duration) {
			s.Exec(t, `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < $1)
				insert into oauth_clients (client_id, name, redirect_uris, auth_method, created_at)
				select cast($2 as text) || n, '', '[]', 'none', $3 from numbers`, n, age.String(), apptest.Ago(age))
		}
		fill(999, time.Minute)
		body := keys{"redirect_uris": []string{callback}}
		s.Post(t, "/register", body).Want(t, 201)
		// Others have just come, and may go on to ask.
		wantError(t, s.Post(t, "/register", body), 429, "temporarily_unavailable")
		s.Exec(t, "update oauth_clients set created_at = $1 where last_used_at is null and id % 2 = 0",
			apptest.Ago(2*time.Hour))
		s.Post(t, "/register", body).Want(t, 201)
		if n := apptest.Value[int](t, db, "select count(*) from oauth_clients"); n != 902 {
			t.Errorf("%d programs are left", n)
		}

		// Programs that nobody uses go, those with grants stay.
		s.Exec(t, "update oauth_clients set created_at = $1 where last_used_at is null", apptest.Ago(8*24*time.Hour))
		s.Exec(t, "update oauth_clients set last_used_at = $1 where last_used_at is not null", apptest.Ago(1000*time.Hour*24))
		purge(t, s)
		apptest.Eventually(t, "unused programs are removed", func() bool {
			return apptest.Value[int](t, db, "select count(*) from oauth_clients") == 1
		})
		used.refresh(t, tokens.String("refresh_token"), nil).Want(t, 200)
		s.Exec(t, "update oauth_grants set expires_at = $1", apptest.Ago(time.Second))
		purge(t, s)
		apptest.Eventually(t, "the last program is removed", func() bool {
			return apptest.Value[int](t, db, "select count(*) from oauth_clients") == 0
		})
		if page := newBrowser(s).get(t, "/authorize?"+used.question(nil).Encode()); page.Status != http.StatusBadRequest {
			t.Errorf("a program that is gone may ask: %d", page.Status)
		}
	})
}
