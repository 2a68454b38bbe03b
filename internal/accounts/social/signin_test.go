package social_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// keys is a JSON object to send.
type keys = map[string]any

const (
	registerPath = "/api/v1/auth/register/"
	verifyPath   = "/api/v1/auth/verify-email/"
	confirmPath  = "/api/v1/auth/password-reset/confirm/"
	settingsPath = "/api/v1/settings/"

	googlePath   = "/api/v1/auth/google/"
	gitHubPath   = "/api/v1/auth/github/"
	openIDPath   = "/api/v1/auth/oidc/"
	bindPath     = "/api/v1/auth/bind/"
	linkedPath   = "/api/v1/auth/social-accounts/"
	oauthPath    = "/api/v1/auth/oauth-config/"
	googleTokens = "/google/token"
)

// startSocial runs a server beside providers that it is configured for.
func startSocial(t *testing.T, engine database.Engine, settings ...string) (*apptest.Server, *apptest.Providers) {
	t.Helper()
	providers := apptest.StartProviders(t)
	return apptest.Start(t, engine, slices.Concat(providers.Environment(), settings)...), providers
}

// verified are the claims of somebody whose address the provider has verified.
func verified(uid, email, name string) apptest.Claims {
	return apptest.Claims{"sub": uid, "email": email, "email_verified": true, "name": name}
}

// gitHubber is somebody with one verified address at GitHub.
func gitHubber(id int64, login, email string) apptest.GitHubPerson {
	return apptest.GitHubPerson{ID: id, Login: login, Addresses: []apptest.GitHubAddress{{Email: email, Primary: true,
		Verified: true}}}
}

func wantUser(t *testing.T, reply apptest.Reply, want keys) {
	t.Helper()
	apptest.WantFields(t, reply.Want(t, 200).Object()["user"], want)
}

func TestRegisterWithGoogleThenSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		claims := verified("uid-1", "Gina@Example.org", "  Gina \t Lee  Test ")
		claims["picture"], claims["locale"] = "https://pictures.example.org/gina", "nl"
		providers.Person("gina", claims)

		s.Post(t, googlePath, keys{"code": "gina", "intent": "login"}).WantKeys(t, 404, "code", "detail")
		first := s.Post(t, googlePath, keys{"code": "gina", "intent": "register"})
		s.WantSignedIn(t, first)
		wantUser(t, first, keys{"username": "Gina", "email": "Gina@Example.org", "first_name": "Gina",
			"last_name": "Lee Test"})
		stored := apptest.Value[string](t, s.Database(t), "select extra_data from social_accounts")
		if stored != `{"locale":"nl","picture":"https://pictures.example.org/gina"}` {
			t.Errorf("stored beside the link: %s", stored)
		}
		notes := s.Call(t, http.MethodGet, "/api/v1/notes/", first.String("token"), nil).Want(t, 200)
		if len(notes.List()) != 1 {
			t.Errorf("want the welcome note: %s", notes.Text)
		}

		providers.Person("gina", verified("uid-1", "other@example.org", "Somebody Else")) // the uid decides
		second := s.Post(t, googlePath, keys{"code": "gina", "intent": "login"})
		wantUser(t, second, keys{"username": "Gina", "email": "Gina@Example.org", "first_name": "Gina"})
		if second.Object()["multi_device"] != true || second.Int("other_sessions_count") != 1 {
			t.Errorf("want the first session counted: %s", second.Text)
		}
		apptest.WantProblem(t, s.TrySignIn(t, "gina", ""), "password")
		apptest.WantProblem(t, s.TrySignIn(t, "gina", apptest.Password), "non_field_errors")
	})
}

func TestRequestsForSignInThroughProvidersAreChecked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		providers.Person("gina", verified("uid-1", "gina@example.org", "Gina"))
		apptest.WantProblem(t, s.Post(t, googlePath, keys{"intent": "login"}), "non_field_errors")
		apptest.WantProblem(t, s.Post(t, openIDPath, keys{"code": " ", "id_token": ""}), "non_field_errors")
		apptest.WantProblem(t, s.Post(t, gitHubPath, keys{"id_token": "x"}), "code")
		apptest.WantProblem(t, s.Post(t, gitHubPath, keys{"code": " "}), "code")
		apptest.WantProblem(t, s.Post(t, googlePath, keys{"code": "gina", "intent": "borrow"}), "intent")
		for _, path := range []string{googlePath, gitHubPath, openIDPath} {
			s.Post(t, path, keys{"code": "gina", "intent": "bind"}).WantKeys(t, 400, "detail")
		}
		if sent := providers.Requests(googleTokens); sent != nil {
			t.Errorf("the provider was asked: %v", sent)
		}
		s.Post(t, googlePath, keys{"code": "made-up"}).WantKeys(t, 400, "detail")
		s.Post(t, gitHubPath, keys{"code": "made-up"}).WantKeys(t, 400, "detail")
	})
}

func TestProvidersThatAreNotConfigured(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "GOOGLE_OAUTH_CLIENT_ID=half-of-it", "OIDC_CLIENT_ID=a", "OIDC_CLIENT_SECRET=b")
		alice := s.SignUp(t, "alice")
		for _, name := range []string{"google", "github", "oidc"} {
			s.Post(t, "/api/v1/auth/"+name+"/", keys{"code": "x"}).WantKeys(t, 503, "detail")
			s.Call(t, http.MethodPost, bindPath+name+"/", alice.Token, keys{"code": "x"}).WantKeys(t, 503, "detail")
		}
		config := s.Call(t, http.MethodGet, oauthPath, "", nil).WantKeys(t, 200, "google", "github")
		for _, name := range []string{"google", "github"} {
			apptest.WantFields(t, config.Object()[name], keys{"client_id": "", "redirect_uri": ""})
		}
	})
}

func TestOnlyConfiguredRedirectURIsReachTheProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		providers.Person("gina", verified("uid-1", "gina@example.org", "Gina"))
		planner := "https://planner.example.org"
		for name, test := range map[string]struct{ sent, origin, referer, want string }{
			"none known":                   {"", "", "", apptest.EditorRedirect},
			"sent":                         {apptest.PlannerRedirect, "https://editor.example.org", "", apptest.PlannerRedirect},
			"sent, not configured":         {"https://evil.example.org/", planner, "", apptest.PlannerRedirect},
			"sent, not quite configured":   {apptest.PlannerRedirect + "x", "", "", apptest.EditorRedirect},
			"origin":                       {"", planner, "https://editor.example.org/", apptest.PlannerRedirect},
			"origin, other letter case":    {"", " HTTPS://Planner.Example.org ", "", apptest.PlannerRedirect},
			"origin that is not a match":   {"", "null", planner + "/x", apptest.EditorRedirect},
			"origin on another port":       {"", planner + ":8443", "", apptest.EditorRedirect},
			"referer":                      {"", "", planner + "/courses?x=1", apptest.PlannerRedirect},
			"referer that is no address":   {"", "", "://", apptest.EditorRedirect},
			"sent, of another letter case": {"https://PLANNER.example.org/", "", "", apptest.EditorRedirect},
		} {
			request := s.Request(t, http.MethodPost, googlePath, keys{"code": "gina", "redirect_uri": test.sent,
				"code_verifier": "a-verifier"})
			asked := s.Request(t, http.MethodGet, oauthPath, nil)
			for _, r := range []*http.Request{request, asked} {
				r.Header.Set("Origin", test.origin)
				r.Header.Set("Referer", test.referer)
			}
			apptest.Do(t, request).Want(t, 200)
			forms := providers.Requests(googleTokens)
			form := forms[len(forms)-1]
			if got := form["redirect_uri"]; len(got) != 1 || got[0] != test.want || form.Get("code_verifier") != "a-verifier" {
				t.Errorf("%s: sent %v, want %s", name, form, test.want)
			}
			if test.sent == "" {
				apptest.WantFields(t, apptest.Do(t, asked).Object()["google"], keys{"client_id": apptest.GoogleClient,
					"redirect_uri": test.want})
			}
		}
	})
}

func TestRefusedCodesAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine, apptest.BehindProxy)
		providers.Person("gina", verified("uid-1", "gina@example.org", "Gina"))
		for range 60 {
			s.PostFrom(t, "192.0.2.1", googlePath, keys{"code": "made-up"}).Want(t, 400)
		}
		asked := len(providers.Requests(googleTokens))
		apptest.WantTooMany(t, s.PostFrom(t, "192.0.2.1", googlePath, keys{"code": "gina"}))
		if now := len(providers.Requests(googleTokens)); now != asked {
			t.Errorf("the provider is still asked: %d, then %d times", asked, now)
		}
		s.PostFrom(t, "192.0.2.2", googlePath, keys{"code": "gina"}).Want(t, 200)
	})
}

// Proofs are charged before the provider is asked: otherwise all that are sent at once would reach it.
func TestRefusedCodesSideBySideAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		providers.Person("gina", verified("uid-1", "gina@example.org", "Gina"))
		s.Post(t, googlePath, keys{"code": "made-up"}).Want(t, 400)
		db, asked := s.Database(t), len(providers.Requests(googleTokens))
		apptest.Change(t, db, "update failed_attempts set failures = 57 where scope = 'social_address'")
		answers := apptest.StatusesAtOnce(8, func(int) apptest.Reply {
			return s.Post(t, googlePath,
				keys{"code": "made-up"})
		})
		if answers[400] != 3 || answers[429] != 5 {
			t.Errorf("answers %v, want three 400 and five 429", answers)
		}
		if more := len(providers.Requests(googleTokens)) - asked; more != 3 {
			t.Errorf("the provider was asked %d times, want 3", more)
		}

		// What is nobody's fault is not counted, nor is what succeeds.
		apptest.Change(t, db, "update failed_attempts set failures = 59 where scope = 'social_address'")
		providers.Instead("/google/token", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
		for range 3 {
			s.Post(t, googlePath, keys{"code": "gina"}).Want(t, 502)
		}
		providers.Instead("/google/token", nil)
		for range 3 {
			s.Post(t, googlePath, keys{"code": "gina"}).Want(t, 200)
		}
		if count := apptest.Value[int](t, db,
			"select failures from failed_attempts where scope = 'social_address'"); count != 59 {
			t.Errorf("%d refusals are counted, want 59", count)
		}
	})
}

func TestSecretsOfSignInAreNotLogged(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		providers.Instead(googleTokens, func(w http.ResponseWriter, r *http.Request) { // a provider that repeats what it got
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"echo":"` + r.PostForm.Get("code") + r.PostForm.Get("client_secret") + `"}`))
		})
		s.Post(t, googlePath, keys{"code": "a-very-secret-code"}).WantKeys(t, 400, "detail")
		s.Post(t, googlePath, keys{"id_token": "a-very-secret.id-token.x"}).WantKeys(t, 400, "detail")
		providers.Instead(googleTokens, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte(r.PostForm.Get("code") + r.PostForm.Get("client_secret")))
		})
		s.Post(t, googlePath, keys{"code": "a-very-secret-code"}).WantKeys(t, 502, "detail")
		if len(s.Logs.Find("sign-in provider")) != 3 {
			t.Errorf("want each trouble in the log")
		}
		for _, secret := range []string{"a-very-secret", apptest.ProviderSecret} {
			if lines := s.Logs.Find(secret); lines != nil {
				t.Errorf("logged: %s", lines)
			}
		}
	})
}
