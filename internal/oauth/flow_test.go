package oauth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestAProgramIsGrantedAccess(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		b := newBrowser(s)
		page := b.get(t, "/authorize?"+p.question(nil).Encode()).Want(t, 200)
		for _, text := range []string{"The Assistant", "assistant.example.org", "Read your notes and courses",
			"Read your planner"} {
			if !strings.Contains(page.Text, text) {
				t.Errorf("the first page has no %q", text)
			}
		}
		page = b.signIn(t, page, alice)
		if !strings.Contains(page.Text, "signed in as <strong>alice</strong>") {
			t.Errorf("the page does not say who decides: %s", page.Text)
		}
		answer := b.allow(t, page)
		if len(b.cookies) != 0 {
			t.Errorf("the browser keeps %v", b.cookies)
		}
		want := url.Values{"of": {"us"}, "state": {"a state&more"}, "iss": {s.URL}, "code": answer["code"]}
		if answer.Encode() != want.Encode() || len(answer.Get("code")) != 64 {
			t.Errorf("the program gets %v", answer)
		}

		tokens := p.redeem(t, answer.Get("code"), nil).
			WantKeys(t, 200, "access_token", "token_type", "expires_in", "refresh_token", "scope")
		apptest.WantFields(t, tokens.JSON,
			keys{"token_type": "Bearer", "expires_in": 3600, "scope": "notes:read notes:write planner:read"})
		if tokens.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("tokens may be kept: %v", tokens.Header)
		}
		token := tokens.String("access_token")
		for _, path := range []string{"/mcp", "/mcp/readonly", "/mcp/x/notes,planner"} {
			who := opens(t, s, token, path)
			if who.UserID != alice.ID || who.By != actor.Grant || who.Staff || who.GrantID == 0 ||
				!slices.Equal(who.Scopes, []string{"notes:read", "notes:write", "planner:read"}) {
				t.Errorf("%s: %+v", path, who)
			}
		}
		for _, path := range []string{"", "/", "/mcp2", "/api/v1/notes"} {
			wantClosed(t, s, token, path)
		}
		for _, scheme := range []string{"Bearer ", "Token "} {
			request := s.Request(t, http.MethodGet, "/api/v1/settings/", nil)
			request.Header.Set("Authorization", scheme+token)
			apptest.Do(t, request).Want(t, 401)
		}
	})
}

func TestTheSignInEndsWithTheDecision(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		sessions := func() int {
			return len(s.Call(t, http.MethodGet, "/api/v1/auth/sessions/", alice.Token,
				nil).Want(t, 200).Object()["sessions"].([]any))
		}
		first := "/authorize?" + p.question(nil).Encode()
		for _, button := range []string{"allow", "deny", "another"} {
			b := newBrowser(s)
			page := b.signIn(t, b.get(t, first), alice)
			if n := sessions(); n != 2 {
				t.Errorf("%d sessions before the decision", n)
			}
			key := *b.cookies["notechondria-oauth"]
			s.Call(t, http.MethodGet, "/api/v1/settings/", key.Value, nil).Want(t, 401) // it opens nothing else
			b.press(t, page, button, url.Values{"scope": {"notes:read"}})
			if n := sessions(); n != 1 {
				t.Errorf("%s: %d sessions after the decision", button, n)
			}
			b.cookies[key.Name] = &key
			if again := b.get(t, first).Want(t, 200); !strings.Contains(again.Text, `name="password"`) {
				t.Errorf("%s: the sign-in goes on: %s", button, again.Text)
			}
		}
	})
}

func TestDenying(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		for _, after := range []bool{false, true} {
			b := newBrowser(s)
			page := b.get(t, "/authorize?"+p.question(nil).Encode()).Want(t, 200)
			if after {
				page = b.signIn(t, page, alice)
			}
			answer := answerOf(t, b.press(t, page, "deny", nil).Want(t, 200))
			if answer.Get("error") != "access_denied" || answer.Get("state") != "a state&more" || answer.Get("iss") != s.URL ||
				answer.Has("code") {
				t.Errorf("after sign-in: %t: the program gets %v", after, answer)
			}
		}
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from oauth_grants"); n != 0 {
			t.Errorf("%d grants", n)
		}
	})
}

func TestPeopleMayAllowLess(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		b := newBrowser(s)
		page := b.signIn(t, b.get(t, "/authorize?"+p.question(nil).Encode()), alice)
		// Neither was asked for.
		page = b.press(t, page, "allow", url.Values{"scope": {"account:read", "nonsense"}}).Want(t, 400)
		answer := answerOf(t, b.press(t, page, "allow", url.Values{"scope": {"planner:read", "account:write"}}).Want(t, 200))
		tokens := p.redeem(t, answer.Get("code"), nil).Want(t, 200)
		if tokens.String("scope") != "planner:read" {
			t.Errorf("the scopes are %s", tokens.Text)
		}
		who := opens(t, s, tokens.String("access_token"), "/mcp")
		if !who.HasScope("planner:read") || who.HasScope("notes:read") || who.HasScope("account:write") {
			t.Errorf("the token opens %v", who.Scopes)
		}
	})
}

func TestWhoAsksForNoScopeMeansAll(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		tokens := p.redeem(t, p.ask(t, alice, keys{"scope": "", "resource": "", "state": ""}), nil).Want(t, 200)
		if tokens.String("scope") != "notes:read notes:write planner:read planner:write account:read account:write" {
			t.Errorf("the scopes are %s", tokens.Text)
		}
		opens(t, s, tokens.String("access_token"), "/mcp")
		some := p.redeem(t, p.ask(t, alice, keys{"scope": "openid notes:read offline_access"}), nil).Want(t, 200)
		if some.String("scope") != "notes:read" {
			t.Errorf("unknown scopes count: %s", some.Text)
		}
	})
}

func TestTokensAreForOneResource(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		part := keys{"resource": strings.ToUpper(s.URL[:4]) + s.URL[4:] + "/mcp/readonly/"}
		code := p.ask(t, alice, part)
		wantError(t, p.redeem(t, code, nil), 400, "invalid_target")
		tokens := p.redeem(t, code, part).Want(t, 200)
		opens(t, s, tokens.String("access_token"), "/mcp/readonly")
		for _, path := range []string{"/mcp", "/mcp/x/notes", "/mcp/readonly2"} {
			wantClosed(t, s, tokens.String("access_token"), path)
		}
		wantError(t, p.refresh(t, tokens.String("refresh_token"), keys{"resource": s.URL + "/mcp"}), 400, "invalid_target")
		p.refresh(t, tokens.String("refresh_token"), part).Want(t, 200)
		if _, err := s.App(t).OAuth.Authenticate(t.Context(), tokens.String("access_token"),
			"https://other.example.org/mcp/readonly"); err == nil {
			t.Error("the token opens another server")
		}
	})
}
