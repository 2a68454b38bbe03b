package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/social/provider"
	"github.com/trance-0/notechondria/internal/apptest"
)

// soon is the patience of tests with providers that never answer. It is enough for the answers before that, on a busy
// machine too.
const soon = 2 * time.Second

func openID(p *apptest.Providers, change func(*provider.OpenIDOptions)) *provider.OpenID {
	o := provider.OpenIDOptions{Issuer: p.URL + "/oidc", ClientID: apptest.OpenIDClient,
		ClientSecret: apptest.ProviderSecret}
	if change != nil {
		change(&o)
	}
	return provider.NewOpenID(o)
}

func gitHub(p *apptest.Providers, timeout time.Duration) *provider.GitHub {
	return provider.NewGitHub(provider.GitHubOptions{URL: p.URL + "/github/", APIURL: p.URL + "/github/api/",
		ClientID:     "github-client",
		ClientSecret: apptest.ProviderSecret, Timeout: timeout})
}

// silence never answers.
func silence(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func wantUnreachable(t *testing.T, err error, step provider.Step) {
	t.Helper()
	var trouble *provider.Error
	if !errors.As(err, &trouble) || !trouble.Unreachable || trouble.Step != step || trouble.Reason == "" {
		t.Errorf("want a provider that can't be reached at %s: %v", step, err)
	}
}

func wantRefused(t *testing.T, err error, step provider.Step) {
	t.Helper()
	var trouble *provider.Error
	if !errors.As(err, &trouble) || trouble.Unreachable || trouble.Step != step || trouble.Reason == "" {
		t.Errorf("want a refusal at %s: %v", step, err)
	}
}

func TestAProviderThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	for path, step := range map[string]provider.Step{
		"/oidc/.well-known/openid-configuration": provider.TokenExchange,
		"/oidc/token":                            provider.TokenExchange,
		"/oidc/keys":                             provider.TokenVerify,
		"/oidc/userinfo":                         provider.ProfileFetch,
		"/github/login/oauth/access_token":       provider.TokenExchange,
		"/github/api/user":                       provider.ProfileFetch,
		"/github/api/user/emails":                provider.ProfileFetch,
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			p := apptest.StartProviders(t)
			p.Instead(path, silence)
			var asked provider.Provider
			if strings.HasPrefix(path, "/github/") {
				p.GitHubPerson("gina", apptest.GitHubPerson{ID: 1, Login: "gina"})
				asked = gitHub(p, soon)
			} else {
				p.Person("gina", apptest.Claims{"sub": "1"})
				asked = openID(p, func(o *provider.OpenIDOptions) { o.Timeout = soon })
			}
			_, err := asked.Identify(t.Context(), provider.Proof{Code: "gina"})
			wantUnreachable(t, err, step)
		})
	}
}

func TestDiscoveryIsMadeOnceForAllAndAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	const path = "/oidc/.well-known/openid-configuration"
	p := apptest.StartProviders(t)
	p.Person("gina", apptest.Claims{"sub": "1"})
	asked := openID(p, nil)
	p.Instead(path, http.NotFound)
	_, err := asked.Identify(t.Context(), provider.Proof{Code: "gina"})
	wantUnreachable(t, err, provider.TokenExchange)

	p.Instead(path, silence)
	impatient, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	_, err = asked.AuthorizationEndpoint(impatient)
	wantUnreachable(t, err, provider.TokenExchange)

	p.Instead(path, nil)
	before := len(p.Requests(path))
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := asked.Identify(t.Context(), provider.Proof{Code: "gina"}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if made := len(p.Requests(path)) - before; made != 1 {
		t.Errorf("discovery was made %d times", made)
	}
}

// publish has the provider below /oidc publish other metadata than it usually does.
func publish(t *testing.T, p *apptest.Providers, changes apptest.Claims) {
	t.Helper()
	me := p.URL + "/oidc"
	metadata := apptest.Claims{"issuer": me, "authorization_endpoint": me + "/authorize", "token_endpoint": me +
		"/token", "jwks_uri": me + "/keys",
		"id_token_signing_alg_values_supported": []string{"ES256"}}
	for key, value := range changes {
		metadata[key] = value
	}
	text, err := json.Marshal(metadata)
	if err != nil {
		t.Fatal(err)
	}
	p.Instead("/oidc/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	})
}

func TestIssuersWithAFinalSlash(t *testing.T) {
	t.Parallel()
	p := apptest.StartProviders(t)
	publish(t, p, apptest.Claims{"issuer": p.URL + "/oidc/"})
	asked := openID(p, func(o *provider.OpenIDOptions) { o.NamesIssuer = true })
	token := p.IDToken(t, "/oidc", apptest.Claims{"sub": "1", "iss": p.URL + "/oidc/"})
	identity, err := asked.Identify(t.Context(), provider.Proof{IDToken: token})
	if err != nil || identity.Issuer != p.URL+"/oidc/" {
		t.Errorf("%+v, %v", identity, err)
	}
	_, err = asked.Identify(t.Context(), provider.Proof{IDToken: p.IDToken(t, "/oidc", apptest.Claims{"sub": "1"})})
	wantRefused(t, err, provider.TokenVerify)

	publish(t, p, apptest.Claims{"issuer": "https://evil.example.org"})
	_, err = openID(p, nil).Identify(t.Context(), provider.Proof{IDToken: token})
	wantUnreachable(t, err, provider.TokenExchange)
}

func TestMetadataWithoutAnEndpoint(t *testing.T) {
	t.Parallel()
	p := apptest.StartProviders(t)
	for _, missing := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri"} {
		publish(t, p, apptest.Claims{missing: ""})
		_, err := openID(p, nil).Identify(t.Context(), provider.Proof{Code: "gina"})
		wantUnreachable(t, err, provider.TokenExchange)
	}
}

// A code works once: it must not be sent a second time to find out how the provider wants its client named.
func TestACodeIsSentOnce(t *testing.T) {
	t.Parallel()
	for name, methods := range map[string][]string{"in the form": {"client_secret_basic", "client_secret_post"},
		"in a header": {"client_secret_basic"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := apptest.StartProviders(t)
			publish(t, p, apptest.Claims{"token_endpoint_auth_methods_supported": methods})
			var seen *http.Request
			p.Instead("/oidc/token", func(w http.ResponseWriter, r *http.Request) {
				seen = r
				w.WriteHeader(http.StatusUnauthorized)
			})
			_, err := openID(p, nil).Identify(t.Context(), provider.Proof{Code: "gina",
				RedirectURI: "https://editor.example.org/"})
			wantRefused(t, err, provider.TokenExchange)
			if sent := len(p.Requests("/oidc/token")); sent != 1 {
				t.Fatalf("the code was sent %d times", sent)
			}
			client, secret, basic := seen.BasicAuth()
			if !basic {
				client, secret = seen.PostForm.Get("client_id"), seen.PostForm.Get("client_secret")
			}
			if basic != (len(methods) == 1) || client != apptest.OpenIDClient || secret != apptest.ProviderSecret {
				t.Errorf("sent as %q, header %t", client, basic)
			}
		})
	}
}

func TestATokenAnswerWithoutAnIDToken(t *testing.T) {
	t.Parallel()
	p := apptest.StartProviders(t)
	p.GitHubPerson("gina", apptest.GitHubPerson{ID: 1})
	_, err := openID(p, nil).Identify(t.Context(), provider.Proof{Code: "gina"})
	wantRefused(t, err, provider.TokenExchange)
}

func TestWhatAProviderSaysIsCleaned(t *testing.T) {
	t.Parallel()
	p := apptest.StartProviders(t)
	asked := openID(p, nil)
	long := strings.Repeat("ab ", 1000)
	for claim, test := range map[string]struct {
		value any
		read  func(provider.Identity) string
		want  string
	}{
		"name":               {" Gina\x00\n\tLee\u009d ", func(i provider.Identity) string { return i.Name }, "Gina  Lee"},
		"preferred_username": {long, func(i provider.Identity) string { return i.Username }, strings.TrimSpace(long[:300])},
		"picture": {long, func(i provider.Identity) string { return i.Extra["picture"] },
			strings.TrimSpace(long[:1000])},
		"email":  {"Gina <gina@example.org>", func(i provider.Identity) string { return i.Email }, ""},
		"locale": {"nl", func(i provider.Identity) string { return i.Extra["locale"] }, "nl"},
	} {
		token := p.IDToken(t, "/oidc", apptest.Claims{"sub": "1", "email_verified": true, claim: test.value})
		identity, err := asked.Identify(t.Context(), provider.Proof{IDToken: token})
		if err != nil || test.read(identity) != test.want {
			t.Errorf("%s: %q, %v", claim, test.read(identity), err)
		}
	}
	for _, address := range []string{"no-address", "gina@example.org\n", strings.Repeat("x", 250) + "@example.org",
		"a@b@example.org"} {
		token := p.IDToken(t, "/oidc", apptest.Claims{"sub": "1", "email_verified": true, "email": address})
		identity, err := asked.Identify(t.Context(), provider.Proof{IDToken: token})
		if err != nil || identity.Email != "" {
			t.Errorf("%q is taken for an address: %v", address, err)
		}
	}
}

func TestGitHubAnswersInAForm(t *testing.T) {
	t.Parallel()
	p := apptest.StartProviders(t)
	p.GitHubPerson("gina", apptest.GitHubPerson{ID: 1, Login: "gina"})
	form := "access_token=gina&scope=user%3Aemail&token_type=bearer"
	p.Instead("/github/login/oauth/access_token", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		_, _ = w.Write([]byte(form))
	})
	identity, err := gitHub(p, 0).Identify(t.Context(), provider.Proof{Code: "gina"})
	if err != nil || identity.UID != "1" || identity.Username != "gina" || identity.Name != "gina" {
		t.Errorf("%+v, %v", identity, err)
	}
	form = "error=bad_verification_code&error_description=The+code+passed+is+incorrect+or+expired."
	_, err = gitHub(p, 0).Identify(t.Context(), provider.Proof{Code: "gina"})
	wantRefused(t, err, provider.TokenExchange)
	if !strings.Contains(err.Error(), "incorrect or expired") {
		t.Errorf("the reason is lost: %v", err)
	}
	p.GitHubPerson("gina", apptest.GitHubPerson{})
	form = "access_token=gina"
	_, err = gitHub(p, 0).Identify(t.Context(), provider.Proof{Code: "gina"})
	wantRefused(t, err, provider.ProfileFetch)
}
