package oauth_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const public = "http://notes.example.org"

// startWithProviders runs a server that is registered at providers with its own landing pages.
func startWithProviders(t *testing.T, engine database.Engine) (*apptest.Server, *apptest.Providers) {
	t.Helper()
	providers := apptest.StartProviders(t)
	landing := func(name string) string {
		return "=" + apptest.EditorRedirect + "," + public + "/auth/" + name + "/callback"
	}
	s := apptest.Start(t, engine, slices.Concat(providers.Environment(), []string{
		"PUBLIC_URL=" + public, "GOOGLE_AUTHORIZED_REDIRECT_URIS" + landing("google"),
		"GITHUB_AUTHORIZED_REDIRECT_URIS" + landing("github"),
	})...)
	return s, providers
}

// leave begins a sign-in at a provider, and returns what that is asked.
func (b *browser) leave(t *testing.T, page apptest.Reply, name string) url.Values {
	t.Helper()
	_, asked := b.leaveFor(t, page, name)
	return asked
}

// leaveFor is leave, and returns where the browser goes, too.
func (b *browser) leaveFor(t *testing.T, page apptest.Reply, name string) (address string, asked url.Values) {
	t.Helper()
	target, err := url.Parse(found(t, b.press(t, page, "provider:"+name, nil).Want(t, 200), refresh))
	if err != nil {
		t.Fatal(err)
	}
	asked, target.RawQuery = target.Query(), ""
	return target.String(), asked
}

// The whole way through a provider that others have made, to a program's access.
func TestSigningInThroughARealProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		const public = "https://notes.example.org" // that provider leads to no other
		gina := apptest.OpenIDUser{ID: "uid-1", Username: "gina", Password: "verysecure", Email: "alice@example.com",
			EmailVerified: true, PreferredLanguage: "nl"}
		mallory := apptest.OpenIDUser{ID: "uid-2", Username: "mallory", Password: "verysecure", Email: "alice@example.com",
			PreferredLanguage: "nl"}
		provider := apptest.StartOpenIDProvider(t, public+"/auth/oidc/callback", gina, mallory)
		s := apptest.Start(t, engine, append(provider.Environment(), "PUBLIC_URL="+public)...)
		s.SignUp(t, "alice")
		p := register(t, s)
		question := "/authorize?" + p.question(keys{"resource": public + "/mcp"}).Encode()
		come := func(b *browser, user apptest.OpenIDUser) (back string, reply apptest.Reply) {
			t.Helper()
			address, asked := b.leaveFor(t, b.get(t, question).Want(t, 200), "oidc")
			back = "/auth/oidc/callback?" + provider.SignIn(t, address, asked, user).Encode()
			return back, b.get(t, back)
		}

		_, refused := come(newBrowser(s), mallory) // whose address is not verified
		if refused.Status != 400 || !strings.Contains(refused.Text, "No account found") {
			t.Errorf("%d %s", refused.Status, refused.Text)
		}
		b := newBrowser(s)
		back, reply := come(b, gina)
		page := b.get(t, reply.Want(t, 303).Header.Get("Location")).Want(t, 200)
		if !strings.Contains(page.Text, "signed in as <strong>alice</strong>") {
			t.Fatalf("the page: %s", page.Text)
		}
		access := p.redeem(t, b.allow(t, page).Get("code"), keys{"resource": ""}).Want(t, 200).String("access_token")
		wantResult(t, tool(t, s, "/mcp", access, "list_notes", keys{}))
		if page := b.get(t, back).Want(t, 200); !strings.Contains(page.Text, "Continue to Notechondria") {
			t.Errorf("what came back once is of use again: %s", page.Text)
		}
	})
}

func TestSigningInThroughAProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startWithProviders(t, engine)
		alice := s.SignUp(t, "alice")
		providers.Person("alice", apptest.Claims{"sub": "uid-1", "email": alice.Email, "email_verified": true})
		providers.GitHubPerson("alice-hub", apptest.GitHubPerson{ID: 1, Login: "alice",
			Addresses: []apptest.GitHubAddress{{Email: alice.Email, Primary: true, Verified: true}}})
		p := register(t, s)
		question := "/authorize?" + p.question(keys{"resource": public + "/mcp"}).Encode()
		for name, code := range map[string]string{"google": "alice", "github": "alice-hub"} {
			b := newBrowser(s)
			page := b.get(t, question).Want(t, 200)
			if strings.Contains(page.Text, "provider:oidc") {
				t.Error("a provider is offered that can't lead back")
			}
			asked := b.leave(t, page, name)
			if asked.Get("redirect_uri") != public+"/auth/"+name+"/callback" || asked.Get("response_type") != "code" ||
				asked.Get("code_challenge_method") != "S256" {
				t.Errorf("%s is asked %v", name, asked)
			}
			back := "/auth/" + name + "/callback?" + url.Values{"code": {code}, "state": {asked.Get("state")}}.Encode()
			reply := b.get(t, back).Want(t, 303)
			page = b.get(t, reply.Header.Get("Location")).Want(t, 200)
			if !strings.Contains(page.Text, "signed in as <strong>alice</strong>") {
				t.Fatalf("%s: the page: %s", name, page.Text)
			}
			tokenPath := map[string]string{"google": "/google/token", "github": "/github/login/oauth/access_token"}[name]
			forms := providers.Requests(tokenPath)
			if sent := forms[len(forms)-1]; challengeOf(sent.Get("code_verifier")) != asked.Get("code_challenge") ||
				sent.Get("redirect_uri") != asked.Get("redirect_uri") {
				t.Errorf("%s gets %v", name, sent)
			}
			code := b.allow(t, page).Get("code")
			p.redeem(t, code, keys{"resource": ""}).Want(t, 200)

			// What came back once is of no use in this browser again, nor in another one: the landing page takes it for the
			// app's.
			for _, other := range []*browser{b, newBrowser(s)} {
				if page := other.get(t, back).Want(t, 200); !strings.Contains(page.Text, "Continue to Notechondria") ||
					len(other.cookies) != 0 {
					t.Errorf("%s: the page: %s", name, page.Text)
				}
			}
		}
	})
}

func TestProvidersThatLeadBackOtherwise(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startWithProviders(t, engine)
		providers.Person("stranger", apptest.Claims{"sub": "uid-2", "email": "stranger@example.org", "email_verified": true})
		p := register(t, s)
		question := "/authorize?" + p.question(keys{"resource": ""}).Encode()
		for name, test := range map[string]struct {
			change func(back url.Values)
			want   string
		}{
			"no account": {func(url.Values) {}, "No account found"},
			"refused there": {func(back url.Values) { back.Del("code"); back.Set("error", "access_denied") },
				"was not completed"},
			"a made-up code":  {func(back url.Values) { back.Set("code", "made-up") }, "Malformed auth code"},
			"another's state": {func(back url.Values) { back.Set("state", "x") }, "Continue to Notechondria"},
		} {
			b := newBrowser(s)
			asked := b.leave(t, b.get(t, question), "google")
			back := url.Values{"code": {"stranger"}, "state": {asked.Get("state")}}
			test.change(back)
			if reply := b.get(t, "/auth/google/callback?"+back.Encode()); !strings.Contains(reply.Text, test.want) {
				t.Errorf("%s: %d %s", name, reply.Status, reply.Text)
			}
		}

		// From another provider than the one that was asked, and with the cookie of another browser.
		b := newBrowser(s)
		asked := b.leave(t, b.get(t, question), "google")
		back := url.Values{"code": {"stranger"}, "state": {asked.Get("state")}}.Encode()
		for _, reply := range []apptest.Reply{b.get(t, "/auth/github/callback?"+back),
			newBrowser(s).get(t, "/auth/google/callback?"+back)} {
			if !strings.Contains(reply.Text, "Continue to Notechondria") {
				t.Errorf("%d %s", reply.Status, reply.Text)
			}
		}
		page := b.get(t, question)
		for _, name := range []string{"oidc", "nobody", ""} {
			b.press(t, page, "provider:"+name, nil).Want(t, 400)
		}
		providers.Instead("/google/token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
		b.get(t, "/auth/google/callback?"+back).Want(t, 502)
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from users where email <> ''"); n > 1 {
			t.Errorf("%d accounts", n)
		}
	})
}
