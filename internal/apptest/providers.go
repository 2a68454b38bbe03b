package apptest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The clients and redirect URIs of the servers that Providers.Environment configures.
const (
	GoogleClient    = "google-client"
	OpenIDClient    = "oidc-client"
	ProviderSecret  = "the-secret-of-a-client"
	EditorRedirect  = "https://editor.example.org/"
	PlannerRedirect = "https://planner.example.org/"
)

// Claims are those of an id_token.
type Claims = map[string]any

// Providers plays Google and another OpenID provider (below /google and /oidc) and GitHub (below /github). People exist
// there under the code that an app would get.
type Providers struct {
	URL string

	mutex    sync.Mutex
	people   map[string]person
	instead  map[string]http.HandlerFunc
	requests map[string][]url.Values // forms that were sent, by path
	signing  jose.SigningKey
	keys     jose.JSONWebKeySet
}

type person struct {
	claims Claims
	github GitHubPerson
}

// GitHubPerson is what GitHub says about somebody.
type GitHubPerson struct {
	ID        int64           `json:"id"`
	Login     string          `json:"login"`
	Name      string          `json:"name"`
	Email     string          `json:"email"` // the one that the profile shows
	AvatarURL string          `json:"avatar_url"`
	Addresses []GitHubAddress `json:"-"`
}

// GitHubAddress is an address of such a person.
type GitHubAddress struct {
	Email    string `json:"email"`
	Primary  bool   `json:"primary"`
	Verified bool   `json:"verified"`
}

// StartProviders runs them until the test ends.
func StartProviders(t testing.TB) *Providers {
	t.Helper()
	p := &Providers{people: map[string]person{}, instead: map[string]http.HandlerFunc{},
		requests: map[string][]url.Values{}}
	p.RotateKey(t, "first")
	server := httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Environment configures a server to sign people in there.
func (p *Providers) Environment() []string {
	const redirects = "_AUTHORIZED_REDIRECT_URIS=" + EditorRedirect + "," + PlannerRedirect
	return []string{
		"GOOGLE_ISSUER_URL=" + p.URL + "/google", "GOOGLE_OAUTH_CLIENT_ID=" + GoogleClient,
		"GOOGLE_OAUTH_CLIENT_SECRET=" + ProviderSecret,
		"GITHUB_URL=" + p.URL + "/github", "GITHUB_API_URL=" + p.URL + "/github/api",
		"GITHUB_APP_CLIENT_ID=github-client", "GITHUB_APP_CLIENT_SECRET=" + ProviderSecret,
		"OIDC_ISSUER_URL=" + p.URL + "/oidc", "OIDC_CLIENT_ID=" + OpenIDClient, "OIDC_CLIENT_SECRET=" + ProviderSecret,
		"OIDC_NAME=Campus",
		"GOOGLE" + redirects, "GITHUB" + redirects, "OIDC" + redirects,
	}
}

// Person adds somebody of the OpenID providers under a code.
func (p *Providers) Person(code string, claims Claims) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.people[code] = person{claims: claims}
}

// GitHubPerson adds somebody of GitHub under a code.
func (p *Providers) GitHubPerson(code string, who GitHubPerson) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.people[code] = person{github: who}
}

// Instead answers requests for a path with another handler; nil restores the usual answers.
func (p *Providers) Instead(path string, handler http.HandlerFunc) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.instead[path] = handler
}

// Requests returns the forms that were sent to a path.
func (p *Providers) Requests(path string) []url.Values {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return p.requests[path]
}

// RotateKey signs and publishes with a new key from now on, and no more with the last one.
func (p *Providers) RotateKey(t testing.TB, id string) {
	t.Helper()
	key := NewSigningKey(t, id)
	private, _ := key.Key.(jose.JSONWebKey)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.signing = key
	p.keys = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{private.Public()}}
}

// NewSigningKey makes a key that nobody has published.
func NewSigningKey(t testing.TB, id string) jose.SigningKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: id, Use: "sig",
		Algorithm: string(jose.ES256)}}
}

// IDToken is a token of the provider below /google or /oidc, signed with the present key; claims win over the usual
// ones.
func (p *Providers) IDToken(t testing.TB, path string, claims Claims) string {
	t.Helper()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	token, err := sign(p.signing, p.fill(path, claims))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// SignedBy is IDToken with another key.
func (p *Providers) SignedBy(t testing.TB, key jose.SigningKey, path string, claims Claims) string {
	t.Helper()
	token, err := sign(key, p.fill(path, claims))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// fill adds what every token has.
func (p *Providers) fill(path string, claims Claims) Claims {
	now := time.Now()
	all := Claims{"iss": p.URL + path, "aud": strings.Trim(path, "/") + "-client", "iat": now.Unix(),
		"exp": now.Add(time.Hour).Unix()}
	maps.Copy(all, claims)
	return all
}

func sign(key jose.SigningKey, claims Claims) (string, error) {
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

func (p *Providers) serve(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm() // a body that is no form has no values
	p.mutex.Lock()
	p.requests[r.URL.Path] = append(p.requests[r.URL.Path], r.Form)
	instead := p.instead[r.URL.Path]
	p.mutex.Unlock()
	if instead != nil {
		instead(w, r)
		return
	}
	status, body := p.answer(r)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the server under test may be gone
}

func (p *Providers) answer(r *http.Request) (status int, body any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	_, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	who, known := p.people[bearer]
	switch path := r.URL.Path; path {
	case "/google/.well-known/openid-configuration", "/oidc/.well-known/openid-configuration":
		me := p.URL + path[:strings.LastIndex(path, "/.well-known")]
		return 200, Claims{"issuer": me, "authorization_endpoint": me + "/authorize", "token_endpoint": me + "/token",
			"jwks_uri":          me + "/keys",
			"userinfo_endpoint": me + "/userinfo", "id_token_signing_alg_values_supported": []string{"ES256", "HS256"}}
	case "/google/keys", "/oidc/keys":
		return 200, p.keys
	case "/google/token", "/oidc/token", "/github/login/oauth/access_token":
		return p.redeem(r)
	case "/google/userinfo", "/oidc/userinfo":
		if known {
			return 200, who.claims
		}
	case "/github/api/user":
		if known {
			return 200, who.github
		}
	case "/github/api/user/emails":
		if known {
			return 200, who.github.Addresses
		}
	default:
		return 404, Claims{}
	}
	return 401, Claims{"message": "Bad credentials"}
}

func (p *Providers) redeem(r *http.Request) (status int, body any) {
	code := r.PostForm.Get("code")
	who, known := p.people[code]
	switch {
	case r.PostForm.Get("client_secret") != ProviderSecret:
		return 401, Claims{"error": "invalid_client"}
	case !known && strings.HasPrefix(r.URL.Path, "/github/"):
		return 200, Claims{"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired."}
	case !known:
		return 400, Claims{"error": "invalid_grant", "error_description": "Malformed auth code."}
	}
	answer := Claims{"access_token": code, "token_type": "bearer"}
	if who.claims != nil {
		path := strings.TrimSuffix(r.URL.Path, "/token")
		token, err := sign(p.signing, p.fill(path, who.claims))
		if err != nil {
			return 500, Claims{"error": err.Error()}
		}
		answer["id_token"] = token
	}
	return 200, answer
}
