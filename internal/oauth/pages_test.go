package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// wantSafePage fails the test unless the page loads and runs nothing, is framed by nobody and kept by nobody.
func wantSafePage(t *testing.T, page apptest.Reply) {
	t.Helper()
	policy := page.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
		"style-src 'sha256-"} {
		if !strings.Contains(policy, part) {
			t.Errorf("the policy has no %s: %s", part, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") ||
		strings.Contains(page.Text, "<script") {
		t.Errorf("scripts may run: %s", policy)
	}
	for name, value := range map[string]string{
		"X-Frame-Options": "DENY", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"Content-Type":           "text/html; charset=utf-8",
		"X-Content-Type-Options": "nosniff",
	} {
		if page.Header.Get(name) != value {
			t.Errorf("%s is %q", name, page.Header.Get(name))
		}
	}
}

func TestPagesAreSafe(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		reply := s.Post(t, "/register",
			keys{"client_name": `<script>alert("1")</script>`, "redirect_uris": []string{callback}}).Want(t, 201)
		p := program{s, reply.String("client_id"), callback}
		b := newBrowser(s)
		first := b.get(t, "/authorize?"+p.question(keys{"state": `"><script>alert(2)</script>`}).Encode())
		second := b.signIn(t, first, alice)
		third := b.press(t, second, "allow", url.Values{"scope": {"notes:read"}})
		wrong := b.get(t, "/authorize?"+p.question(keys{"scope": `<script>`}).Encode())
		for _, page := range []apptest.Reply{first, second, third, wrong} {
			wantSafePage(t, page)
		}
		if answer := answerOf(t, third); answer.Get("state") != `"><script>alert(2)</script>` {
			t.Errorf("the state comes back as %q", answer.Get("state"))
		}
	})
}

func TestCookiesOfPages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		p := register(t, s)
		for scheme, prefix := range map[string]string{"http": "", "https": "__Host-"} {
			request := s.Request(t, http.MethodGet, "/authorize?"+p.question(keys{"resource": ""}).Encode(), nil)
			request.Header.Set("X-Forwarded-Proto", scheme)
			reply := apptest.Do(t, request).Want(t, 200)
			cookies := (&http.Response{Header: reply.Header}).Cookies()
			if len(cookies) != 1 || cookies[0].Name != prefix+"notechondria-oauth" || !cookies[0].HttpOnly ||
				cookies[0].Secure != (scheme == "https") ||
				cookies[0].SameSite != http.SameSiteLaxMode || cookies[0].Path != "/" || cookies[0].MaxAge != 900 ||
				cookies[0].Domain != "" {
				t.Errorf("%s: %v", scheme, reply.Header["Set-Cookie"])
			}
		}
	})
}

func TestFormsOfOthersDecideNothing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p, other := s.SignUp(t, "alice"), register(t, s), register(t, s)
		victim := newBrowser(s)
		page := victim.signIn(t, victim.get(t, "/authorize?"+p.question(nil).Encode()), alice)
		allow := url.Values{"do": {"allow"}, "scope": {"notes:read"}, "form_key": {found(t, page, formKey)}}
		path := found(t, page, formAction)

		for name, header := range map[string]http.Header{
			"another site":     {"Sec-Fetch-Site": {"cross-site"}},
			"another host":     {"Sec-Fetch-Site": {"same-site"}},
			"an older browser": {"Origin": {"https://evil.example.org"}},
			"a sandbox":        {"Origin": {"null"}},
		} {
			victim.header = header
			if reply := victim.send(t, http.MethodPost, path, allow); reply.Status != 403 ||
				strings.Contains(reply.Text, "onwards") {
				t.Errorf("%s: %d %s", name, reply.Status, reply.Text)
			}
		}
		victim.header = http.Header{"Sec-Fetch-Site": {"same-origin"}, "Origin": {s.URL}}

		// The key of another browser, of another request, and none.
		eve := newBrowser(s)
		evesKey := found(t, eve.get(t, path), formKey)
		othersPath := "/authorize?" + other.question(nil).Encode()
		for name, change := range map[string]string{"another browser's": evesKey, "none": "",
			"wrong": strings.Repeat("0", 64)} {
			form := url.Values{"do": {"allow"}, "scope": {"notes:read"}, "form_key": {change}}
			if reply := victim.send(t, http.MethodPost, path, form); reply.Status != 403 ||
				strings.Contains(reply.Text, "onwards") {
				t.Errorf("%s: %d %s", name, reply.Status, reply.Text)
			}
		}
		if reply := victim.send(t, http.MethodPost, othersPath, allow); reply.Status != 403 ||
			strings.Contains(reply.Text, "onwards") {
			t.Errorf("another request: %d %s", reply.Status, reply.Text)
		}
		if reply := eve.send(t, http.MethodPost, path, allow); reply.Status != 403 ||
			strings.Contains(reply.Text, "onwards") {
			t.Errorf("another browser: %d %s", reply.Status, reply.Text)
		}

		// A sign-in is for one request: another program's needs another one.
		if reply := victim.get(t, othersPath); !strings.Contains(reply.Text, `name="password"`) {
			t.Errorf("the sign-in counts for another program: %s", reply.Text)
		}
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from oauth_grants"); n != 0 {
			t.Errorf("%d grants", n)
		}
	})
}

func TestNobodyAllowsWithoutSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		b := newBrowser(s)
		page := b.get(t, "/authorize?"+p.question(nil).Encode())
		b.press(t, page, "allow", url.Values{"scope": {"notes:read"}}).Want(t, 403)
		b.press(t, page, "nonsense", nil).Want(t, 400)
		page = b.signIn(t, page, alice)
		s.Exec(t, "update oauth_sign_ins set expires_at = $1", apptest.Ago(time.Second))
		b.press(t, page, "allow", url.Values{"scope": {"notes:read"}}).Want(t, 403)
		reply := b.press(t, page, "allow", nil).Want(t, 403) // that nothing is allowed matters to those who may decide
		if !strings.Contains(reply.Text, `name="password"`) || !strings.Contains(reply.Text, "Your session has ended.") {
			t.Errorf("who allows nothing, and has not signed in, sees %s", reply.Text)
		}

		// Nor does whoever was signed out or switched off meanwhile.
		for _, statement := range []string{
			"update sessions set revoked_at = $1 where id in (select session_id from oauth_sign_ins)",
			"update users set disabled_at = $1",
		} {
			b = newBrowser(s)
			page = b.signIn(t, b.get(t, "/authorize?"+p.question(nil).Encode()), alice)
			s.Exec(t, statement, apptest.Ago(time.Second))
			b.press(t, page, "allow", url.Values{"scope": {"notes:read"}}).Want(t, 403)
		}
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from oauth_grants"); n != 0 {
			t.Errorf("%d grants", n)
		}
	})
}

func TestSignInsThatDecideNothingEnd(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.WaitForPurge(t, "oauth.purge")
		alice, p := s.SignUp(t, "alice"), register(t, s)
		b := newBrowser(s)
		b.signIn(t, b.get(t, "/authorize?"+p.question(nil).Encode()), alice)
		s.Exec(t, "update oauth_sign_ins set expires_at = $1", apptest.Ago(time.Second))
		purge(t, s)
		db := s.Database(t)
		apptest.Eventually(t, "the sign-in and its session end", func() bool {
			return apptest.Value[int](t, db, "select count(*) from oauth_sign_ins") == 0 &&
				apptest.Value[int](t, db, "select count(*) from sessions where revoked_at is null") == 1
		})
	})
}

func TestGuessesAtPasswordsOnThePageAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.App(t)
		s.Register(t, "waiting", "waiting@example.com")
		p := register(t, s)
		b := newBrowser(s)
		page := b.get(t, "/authorize?"+p.question(nil).Encode())
		guess := func(name, password string) apptest.Reply {
			return b.press(t, page, "sign-in", url.Values{"identifier": {name}, "password": {password}})
		}
		for range 10 {
			reply := guess("nobody", "wrong").Want(t, 400)
			if !strings.Contains(reply.Text, "No active account matches") || strings.Contains(reply.Text, "wrong") {
				t.Fatalf("the page: %s", reply.Text)
			}
		}
		if reply := guess("nobody", "wrong").Want(t, 429); reply.Header.Get("Retry-After") == "" {
			t.Error("it does not say how long to wait")
		}
		guess("waiting", apptest.Password).Want(t, 400)
		guess("", "").Want(t, 400)
		guess("al\x00ice\xff", "x\x00\xff").Want(t, 400)
		guess(strings.Repeat("x", 5000), "x").Want(t, 400)
	})
}

func TestRequestsThatAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		p := register(t, s)
		for name, test := range map[string]struct {
			changes keys
			code    string // "" where the program is not told, since it may be another's
		}{
			"plain PKCE":           {keys{"code_challenge_method": "plain", "code_challenge": verifier}, "invalid_request"},
			"PKCE without method":  {keys{"code_challenge_method": ""}, "invalid_request"},
			"no PKCE":              {keys{"code_challenge_method": "", "code_challenge": ""}, "invalid_request"},
			"a short challenge":    {keys{"code_challenge": "short"}, "invalid_request"},
			"a token at once":      {keys{"response_type": "token"}, "unsupported_response_type"},
			"nothing":              {keys{"response_type": ""}, "unsupported_response_type"},
			"a fragment":           {keys{"response_mode": "fragment"}, "invalid_request"},
			"unknown scopes":       {keys{"scope": "everything"}, "invalid_scope"},
			"another resource":     {keys{"resource": "https://other.example.org/mcp"}, "invalid_target"},
			"another path":         {keys{"resource": s.URL + "/api"}, "invalid_target"},
			"a resource with more": {keys{"resource": s.URL + "/mcp?x=1"}, "invalid_target"},
			"asking nobody":        {keys{"prompt": "none"}, "login_required"},
			"a request object":     {keys{"request": "x.y.z"}, "request_not_supported"},
			"an unknown program":   {keys{"client_id": "unknown"}, ""},
			"no program":           {keys{"client_id": ""}, ""},
			"an endless state":     {keys{"state": strings.Repeat("x", 3000)}, ""},
		} {
			page := newBrowser(s).get(t, "/authorize?"+p.question(test.changes).Encode())
			if page.Status != 400 || page.Header.Get("Location") != "" || refresh.MatchString(page.Text) ||
				strings.Contains(page.Text, "<form") {
				t.Errorf("%s: %d %s", name, page.Status, page.Text)
			}
			wantSafePage(t, page)
			if test.code == "" {
				if onwards.MatchString(page.Text) {
					t.Errorf("%s: the page leads away: %s", name, page.Text)
				}
				continue
			}
			back, err := url.Parse(found(t, page, onwards))
			if err != nil || back.Query().Get("error") != test.code || back.Query().Get("state") != "a state&more" ||
				back.Query().Get("iss") != s.URL ||
				back.Host != "assistant.example.org" {
				t.Errorf("%s: the program is told %s", name, back)
			}
		}
		twice := p.question(nil)
		twice.Add("scope", "planner:write")
		newBrowser(s).get(t, "/authorize?"+twice.Encode()).Want(t, 400)
		twice = p.question(nil)
		twice.Add("redirect_uri", "https://evil.example.org/")
		newBrowser(s).get(t, "/authorize?"+twice.Encode()).Want(t, 400)
		s.Call(t, http.MethodGet, "/authorize", "", nil).Want(t, 400)
	})
}
