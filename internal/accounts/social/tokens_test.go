package social_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestOnlyGoodTokensSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		gina := func(changed apptest.Claims) apptest.Claims {
			claims := verified("uid-1", "gina@example.org", "Gina")
			for key, value := range changed {
				claims[key] = value
			}
			return claims
		}
		good := providers.IDToken(t, "/google", gina(nil))
		wantUser(t, s.Post(t, googlePath, keys{"id_token": good}), keys{"username": "gina"})
		wantUser(t, s.Post(t, googlePath, keys{"id_token": " " + good, "code": "", "intent": "login"}),
			keys{"username": "gina"})
		wantUser(t, s.Post(t, googlePath, keys{"id_token": providers.IDToken(t, "/google", gina(apptest.Claims{
			"aud": []string{"another", apptest.GoogleClient}}))}), keys{"username": "gina"})

		parts := strings.Split(good, ".")
		unsigned := strings.Join([]string{"eyJhbGciOiJub25lIn0", parts[1], ""}, ".")
		secretAsKey := jose.SigningKey{Algorithm: jose.HS256, Key: []byte(apptest.ProviderSecret + apptest.ProviderSecret)}
		for name, token := range map[string]string{
			"another audience": providers.IDToken(t, "/google", gina(apptest.Claims{"aud": "another"})),
			"no audience":      providers.IDToken(t, "/google", gina(apptest.Claims{"aud": nil})),
			"another issuer": providers.IDToken(t, "/google",
				gina(apptest.Claims{"iss": "https://evil.example.org"})),
			"the other provider's": providers.IDToken(t, "/oidc", gina(nil)),
			"expired": providers.IDToken(t, "/google",
				gina(apptest.Claims{"exp": time.Now().Add(-time.Minute).Unix()})),
			"without an end": providers.IDToken(t, "/google", gina(apptest.Claims{"exp": nil})),
			"not yet valid": providers.IDToken(t, "/google",
				gina(apptest.Claims{"nbf": time.Now().Add(time.Hour).Unix()})),
			"nobody's":        providers.IDToken(t, "/google", gina(apptest.Claims{"sub": ""})),
			"of a made-up id": providers.IDToken(t, "/google", gina(apptest.Claims{"sub": "uid\x00-1"})),
			"of an endless id": providers.IDToken(t, "/google",
				gina(apptest.Claims{"sub": strings.Repeat("1", 256)})),
			"a key of somebody else":      providers.SignedBy(t, apptest.NewSigningKey(t, "first"), "/google", gina(nil)),
			"a key that is not published": providers.SignedBy(t, apptest.NewSigningKey(t, "another"), "/google", gina(nil)),
			"the secret for a key":        providers.SignedBy(t, secretAsKey, "/google", gina(nil)),
			"unsigned":                    unsigned,
			"changed":                     parts[0] + "." + parts[1] + "x." + parts[2],
			"no token":                    "made-up",
		} {
			reply := s.Post(t, googlePath, keys{"id_token": token})
			if reply.Status != 400 || reply.String("detail") == "" {
				t.Errorf("%s: %d %s", name, reply.Status, reply.Text)
			}
		}
	})
}

func TestKeysThatThePublisherRotates(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		claims := verified("uid-1", "gina@example.org", "Gina")
		old := providers.IDToken(t, "/google", claims)
		s.Post(t, googlePath, keys{"id_token": old}).Want(t, 200)
		s.Post(t, googlePath, keys{"id_token": old}).Want(t, 200)
		if asked := len(providers.Requests("/google/keys")); asked != 1 {
			t.Errorf("the keys were asked for %d times", asked)
		}
		providers.RotateKey(t, "second")
		s.Post(t, googlePath, keys{"id_token": providers.IDToken(t, "/google", claims)}).Want(t, 200)
		s.Post(t, googlePath, keys{"id_token": old}).Want(t, 400)
	})
}

func TestProvidersInTrouble(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		alice := s.SignUp(t, "alice")
		providers.Person("gina", verified("uid-1", "gina@example.org", "Gina"))
		providers.GitHubPerson("hank", gitHubber(1, "hank", "hank@example.org"))
		broken := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
		garbage := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }
		padding := []byte(strings.Repeat("x", 64<<10))
		endless := func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"padding":"`))
			for range 32 << 20 / len(padding) {
				if _, err := w.Write(padding); err != nil {
					return
				}
			}
			t.Errorf("%s: 32 MiB of an answer were taken", r.URL.Path)
		}
		gone := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		elsewhere := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) }
		// In the order in which they are asked: what has answered once is not asked again.
		for _, place := range []struct{ path, provider, code string }{
			{"/google/.well-known/openid-configuration", "google", "gina"},
			{"/google/token", "google", "gina"},
			{"/google/keys", "google", "gina"},
			{"/github/login/oauth/access_token", "github", "hank"},
			{"/github/api/user", "github", "hank"},
			{"/github/api/user/emails", "github", "hank"},
		} {
			for name, trouble := range map[string]http.HandlerFunc{
				"broken": broken, "garbage": garbage, "endless": endless, "gone": gone, "elsewhere": elsewhere} {
				providers.Instead(place.path, trouble)
				signIn := s.Post(t, "/api/v1/auth/"+place.provider+"/", keys{"code": place.code})
				bind := s.Call(t, http.MethodPost, bindPath+place.provider+"/", alice.Token, keys{"code": place.code})
				for _, reply := range []apptest.Reply{signIn, bind} {
					if reply.Status != 502 || reply.String("detail") == "" {
						t.Errorf("%s, %s: %d %s", place.path, name, reply.Status, reply.Text)
					}
				}
			}
			providers.Instead(place.path, nil)
		}
		s.Post(t, googlePath, keys{"code": "gina"}).Want(t, 200)
		s.Post(t, gitHubPath, keys{"code": "hank"}).Want(t, 200)
		if asked := len(providers.Requests("/elsewhere")); asked != 0 {
			t.Errorf("redirects were followed %d times", asked)
		}
	})
}

func TestAnotherOpenIDProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		config := s.Call(t, http.MethodGet, oauthPath, "", nil).WantKeys(t, 200, "google", "github", "oidc")
		apptest.WantFields(t, config.Object()["oidc"], keys{"name": "Campus", "client_id": apptest.OpenIDClient,
			"redirect_uri": apptest.EditorRedirect, "authorization_endpoint": providers.URL + "/oidc/authorize"})

		providers.Person("gina", apptest.Claims{"sub": "uid-1"}) // the rest stands in the profile
		profile := verified("uid-1", "gina@example.org", "Gina Lee")
		profile["preferred_username"], profile["email_verified"] = "gina.lee@example.org", "true"
		providers.Instead("/oidc/userinfo", serveJSON(t, profile))
		wantUser(t, s.Post(t, openIDPath, keys{"code": "gina"}),
			keys{"username": "gina-lee", "email": "gina@example.org", "first_name": "Gina", "last_name": "Lee"})
		issuer := apptest.Value[string](t, s.Database(t), "select issuer from social_accounts where provider = 'oidc'")
		if issuer != providers.URL+"/oidc" {
			t.Errorf("the issuer is kept as %q", issuer)
		}

		// What the token says of its address is not said of the profile's.
		providers.Person("hugo", apptest.Claims{"sub": "uid-3", "email_verified": true})
		providers.Instead("/oidc/userinfo", serveJSON(t, keys{"sub": "uid-3", "email": "gina@example.org"}))
		s.Post(t, openIDPath, keys{"code": "hugo", "intent": "login"}).Want(t, 404)

		profile["sub"] = "uid-2"
		providers.Instead("/oidc/userinfo", serveJSON(t, profile))
		s.Post(t, openIDPath, keys{"code": "gina"}).WantKeys(t, 400, "detail")
		providers.Instead("/oidc/userinfo", http.NotFound)
		s.Post(t, openIDPath, keys{"code": "gina"}).WantKeys(t, 502, "detail")
	})
}

func TestAnOpenIDProviderThatIsAway(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "OIDC_ISSUER_URL=http://127.0.0.1:1", "OIDC_CLIENT_ID=a", "OIDC_CLIENT_SECRET=b")
		config := s.Call(t, http.MethodGet, oauthPath, "", nil).WantKeys(t, 200, "google", "github", "oidc")
		apptest.WantFields(t, config.Object()["oidc"], keys{"name": "OpenID", "client_id": "a", "authorization_endpoint": ""})
		s.Post(t, openIDPath, keys{"code": "x"}).WantKeys(t, 502, "detail")
	})
}

// serveJSON answers always the same.
func serveJSON(t *testing.T, body any) http.HandlerFunc {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(text)
	}
}
