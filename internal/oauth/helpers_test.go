package oauth_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// keys is a JSON object.
type keys = map[string]any

const (
	callback = "https://assistant.example.org/callback?of=us"
	verifier = "a-verifier-of-at-least-forty-three-characters-000"
)

// challengeOf is what a program sends of its verifier (S256).
func challengeOf(verifier string) string {
	digest := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(digest[:])
}

// program is a registered program that plays by the rules.
type program struct {
	s        *apptest.Server
	id       string
	redirect string
}

func register(t testing.TB, s *apptest.Server, redirects ...string) program {
	t.Helper()
	if redirects == nil {
		redirects = []string{callback}
	}
	reply := s.Post(t, "/register", keys{
		"client_name": "The Assistant", "redirect_uris": redirects, "token_endpoint_auth_method": "none",
	}).Want(t, 201)
	return program{s, reply.String("client_id"), redirects[0]}
}

func (p program) endpoint() string { return p.s.URL + "/mcp" }

// question is what the program asks; changes win, and those that are empty are left out.
func (p program) question(changes keys) url.Values {
	values := url.Values{
		"response_type": {"code"}, "client_id": {p.id}, "redirect_uri": {p.redirect}, "state": {"a state&more"},
		"scope": {"notes:read notes:write planner:read"}, "resource": {p.endpoint()},
		"code_challenge": {challengeOf(verifier)}, "code_challenge_method": {"S256"},
	}
	for key, value := range changes {
		values.Del(key)
		if value != "" {
			values.Set(key, value.(string))
		}
	}
	return values
}

// browser keeps cookies, and follows no redirect by itself.
type browser struct {
	s       *apptest.Server
	cookies map[string]*http.Cookie
	header  http.Header // sent with each form
}

func newBrowser(s *apptest.Server) *browser {
	return &browser{s: s, cookies: map[string]*http.Cookie{}, header: http.Header{}}
}

func (b *browser) get(t testing.TB, path string) apptest.Reply {
	t.Helper()
	return b.send(t, http.MethodGet, path, nil)
}

func (b *browser) send(t testing.TB, method, path string, form url.Values) apptest.Reply {
	t.Helper()
	request := b.s.Request(t, method, path, nil)
	if form != nil {
		request = b.s.Request(t, method, path, form.Encode())
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for name, values := range b.header {
			request.Header[name] = values
		}
	}
	for _, cookie := range b.cookies {
		request.AddCookie(cookie)
	}
	reply := apptest.Do(t, request)
	for _, cookie := range (&http.Response{Header: reply.Header}).Cookies() {
		b.cookies[cookie.Name] = cookie
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
		}
	}
	return reply
}

var (
	formAction = regexp.MustCompile(`<form method="post" action="([^"]*)">`)
	formKey    = regexp.MustCompile(`name="form_key" value="([^"]*)"`)
	onwards    = regexp.MustCompile(`<a id="onwards" href="([^"]*)">`)
	refresh    = regexp.MustCompile(`<meta http-equiv="refresh" content="0;url=([^"]*)">`)
	checkbox   = regexp.MustCompile(`<input type="checkbox" name="scope" value="([^"]*)" checked>`)
)

// found returns what a page has in that place.
func found(t testing.TB, page apptest.Reply, place *regexp.Regexp) string {
	t.Helper()
	match := place.FindStringSubmatch(page.Text)
	if match == nil {
		t.Fatalf("%d, the page has no %s: %s", page.Status, place, page.Text)
	}
	return html.UnescapeString(match[1])
}

// press presses a button of a page.
func (b *browser) press(t testing.TB, page apptest.Reply, button string, fields url.Values) apptest.Reply {
	t.Helper()
	form := url.Values{"do": {button}, "form_key": {found(t, page, formKey)}}
	for name, values := range fields {
		form[name] = values
	}
	return b.send(t, http.MethodPost, found(t, page, formAction), form)
}

// signIn goes from the first page to the one that asks for a decision.
func (b *browser) signIn(t testing.TB, page apptest.Reply, a apptest.Account) apptest.Reply {
	t.Helper()
	reply := b.press(t, page, "sign-in",
		url.Values{"identifier": {a.Username}, "password": {apptest.Password}}).Want(t, 303)
	return b.get(t, reply.Header.Get("Location")).Want(t, 200)
}

// allow allows what is checked, and returns what the program gets.
func (b *browser) allow(t testing.TB, page apptest.Reply) url.Values {
	t.Helper()
	var scopes []string
	for _, match := range checkbox.FindAllStringSubmatch(page.Text, -1) {
		scopes = append(scopes, match[1])
	}
	return answerOf(t, b.press(t, page, "allow", url.Values{"scope": scopes}).Want(t, 200))
}

// answerOf is what the program gets when the browser goes on.
func answerOf(t testing.TB, page apptest.Reply) url.Values {
	t.Helper()
	target, err := url.Parse(found(t, page, refresh))
	if err != nil {
		t.Fatal(err)
	}
	if link := found(t, page, onwards); link != found(t, page, refresh) {
		t.Errorf("the link leads to %s", link)
	}
	return target.Query()
}

// ask goes all the way, in a browser of its own, and returns the code.
func (p program) ask(t testing.TB, a apptest.Account, changes keys) string {
	t.Helper()
	b := newBrowser(p.s)
	page := b.get(t, "/authorize?"+p.question(changes).Encode()).Want(t, 200)
	code := b.allow(t, b.signIn(t, page, a)).Get("code")
	if code == "" {
		t.Fatal("there is no code")
	}
	return code
}

// form sends a form as programs do.
func form(t testing.TB, s *apptest.Server, path string, values url.Values) apptest.Reply {
	t.Helper()
	request := s.Request(t, http.MethodPost, path, values.Encode())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return apptest.Do(t, request)
}

func (p program) redeem(t testing.TB, code string, changes keys) apptest.Reply {
	t.Helper()
	values := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {p.id}, "code": {code}, "code_verifier": {verifier},
		"redirect_uri": {p.redirect}, "resource": {p.endpoint()},
	}
	for key, value := range changes {
		values.Set(key, value.(string))
	}
	return form(t, p.s, "/token", values)
}

func (p program) refresh(t testing.TB, token string, changes keys) apptest.Reply {
	t.Helper()
	values := url.Values{"grant_type": {"refresh_token"}, "client_id": {p.id}, "refresh_token": {token}}
	for key, value := range changes {
		values.Set(key, value.(string))
	}
	return form(t, p.s, "/token", values)
}

// connect is ask and redeem.
func (p program) connect(t testing.TB, a apptest.Account) apptest.Reply {
	t.Helper()
	return p.redeem(t, p.ask(t, a, nil), nil).WantKeys(t, 200, "access_token", "token_type", "expires_in",
		"refresh_token", "scope")
}

// wantError fails the test unless a program was refused so.
func wantError(t testing.TB, reply apptest.Reply, status int, code string) {
	t.Helper()
	if reply.Status != status || reply.String("error") != code || reply.String("error_description") == "" {
		t.Errorf("want %d with %s: %d %s", status, code, reply.Status, reply.Text)
	}
	if reply.Header.Get("Cache-Control") != "no-store" || reply.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the header is %v", reply.Header)
	}
}

// opens returns who a token stands for at a path of the endpoint, and fails the test if for nobody.
func opens(t testing.TB, s *apptest.Server, token, path string) actor.Actor {
	t.Helper()
	who, err := s.App(t).OAuth.Authenticate(t.Context(), token, s.URL+path)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return who
}

func wantClosed(t testing.TB, s *apptest.Server, token, path string) {
	t.Helper()
	if who, err := s.App(t).OAuth.Authenticate(t.Context(), token, s.URL+path); err == nil || who.UserID != 0 {
		t.Errorf("%s: the token opens the account of %d", path, who.UserID)
	}
}

// purge has what is of no use any more removed soon.
func purge(t testing.TB, s *apptest.Server) {
	t.Helper()
	a := s.App(t)
	err := a.DB.Write(t.Context(),
		func(tx *database.Tx) error { return a.Queue.Enqueue(t.Context(), tx, "oauth.purge", nil) })
	if err != nil {
		t.Fatal(err)
	}
}
