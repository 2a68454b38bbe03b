package social_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// The whole way through a provider that others have made: its page, its codes, its keys.
func TestSignInThroughARealProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		gina := apptest.OpenIDUser{ID: "uid-1", Username: "gina", Password: "verysecure", FirstName: "Gina",
			LastName: "Lee Test",
			Email:    "gina@example.org", EmailVerified: true, PreferredLanguage: "nl"}
		mallory := apptest.OpenIDUser{ID: "uid-2", Username: "mallory", Password: "verysecure", Email: "gina@example.org",
			PreferredLanguage: "nl"}
		p := apptest.StartOpenIDProvider(t, "https://editor.example.org/", gina, mallory)
		s := apptest.Start(t, engine, p.Environment()...)
		config, _ := s.Call(t, http.MethodGet, oauthPath, "", nil).Want(t, 200).Object()["oidc"].(map[string]any)
		endpoint, _ := config["authorization_endpoint"].(string)
		if !strings.HasPrefix(endpoint, p.Issuer) || config["client_id"] != p.ClientID ||
			config["redirect_uri"] != p.RedirectURI {
			t.Fatalf("what an app is told: %v", config)
		}

		const verifier = "a-code-verifier-that-has-the-length-of-43-or-more"
		challenge := sha256.Sum256([]byte(verifier))
		parameters := url.Values{"client_id": {p.ClientID}, "redirect_uri": {p.RedirectURI}, "response_type": {"code"},
			"scope": {"openid email profile"}, "state": {"oidc"}}
		code := func(user apptest.OpenIDUser) string {
			back := p.SignIn(t, endpoint, parameters, user)
			if back.Get("state") != "oidc" || back.Get("code") == "" {
				t.Fatalf("what the app gets: %v", back)
			}
			return back.Get("code")
		}
		unknown := code(gina)
		s.Post(t, openIDPath, keys{"code": unknown, "intent": "login"}).WantKeys(t, 404, "code", "detail")
		s.Post(t, openIDPath, keys{"code": unknown}).WantKeys(t, 400, "detail") // it works once
		registered := s.Post(t, openIDPath, keys{"code": code(gina), "redirect_uri": p.RedirectURI})
		s.WantSignedIn(t, registered)
		wantUser(t, registered, keys{"username": "gina", "email": "gina@example.org", "first_name": "Gina",
			"last_name": "Lee Test"})
		wantUser(t, s.Post(t, openIDPath, keys{"code": code(gina), "intent": "login"}), keys{"username": "gina"})
		s.Post(t, openIDPath, keys{"code": code(mallory), "intent": "login"}).Want(t, 404) // the address is not verified

		parameters.Set("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:]))
		parameters.Set("code_challenge_method", "S256")
		s.Post(t, openIDPath, keys{"code": code(gina)}).WantKeys(t, 400, "detail")
		wantUser(t, s.Post(t, openIDPath, keys{"code": code(gina), "code_verifier": verifier}), keys{"username": "gina"})
		bindSocial(t, s, s.SignUp(t, "bob").Token, "oidc", "made-up").WantKeys(t, 400, "detail")
	})
}
