package social_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

func bindSocial(t testing.TB, s *apptest.Server, token, name, code string) apptest.Reply {
	t.Helper()
	return s.Call(t, http.MethodPost, bindPath+name+"/", token, keys{"code": code})
}

func linkedProviders(t testing.TB, s *apptest.Server, token string) (names []string) {
	t.Helper()
	for _, row := range s.Call(t, http.MethodGet, linkedPath, token, nil).Want(t, 200).List() {
		apptest.WantKeys(t, "a linked account", row, "id", "provider", "provider_uid", "email", "created_at")
		object, _ := row.(map[string]any)
		name, _ := object["provider"].(string)
		names = append(names, name)
	}
	return names
}

func TestLinkListAndUnlink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		alice, bob := s.SignUp(t, "alice"), s.SignUp(t, "bob")
		providers.Person("one", verified("uid-1", "one@example.org", "One"))
		providers.Person("two", apptest.Claims{"sub": "uid-2", "email": "two@example.org"})
		providers.GitHubPerson("three", gitHubber(3, "three", "three@example.org"))
		for _, path := range []string{linkedPath, bindPath + "google/"} {
			method := map[bool]string{true: http.MethodGet, false: http.MethodPost}[path == linkedPath]
			s.Call(t, method, path, "", nil).WantKeys(t, 401, "detail")
		}
		apptest.WantProblem(t, s.Call(t, http.MethodPost, bindPath+"google/", alice.Token, keys{}), "non_field_errors")
		apptest.WantProblem(t, s.Call(t, http.MethodPost, bindPath+"github/", alice.Token, keys{}), "code")
		bindSocial(t, s, alice.Token, "google", "made-up").WantKeys(t, 400, "detail")

		first := bindSocial(t, s, alice.Token, "google", "one").WantKeys(t, 201, "id", "provider", "provider_uid", "email")
		apptest.WantFields(t, first.JSON, keys{"provider": "google", "provider_uid": "uid-1", "email": "one@example.org"})
		bindSocial(t, s, bob.Token, "google", "one").WantKeys(t, 409, "detail")
		bindSocial(t, s, alice.Token, "github", "three").Want(t, 201)
		again := bindSocial(t, s, alice.Token, "google", "two").Want(t, 200)
		apptest.WantFields(t, again.JSON, keys{"id": first.Int("id"), "provider_uid": "uid-2", "email": ""}) // not verified
		if got := linkedProviders(t, s, alice.Token); strings.Join(got, " ") != "google github" {
			t.Errorf("linked: %v", got)
		}
		if got := linkedProviders(t, s, bob.Token); got != nil {
			t.Errorf("linked to bob: %v", got)
		}
		wantUser(t, s.Post(t, googlePath, keys{"code": "two", "intent": "login"}), keys{"username": "alice"})
		s.Post(t, googlePath, keys{"code": "one", "intent": "login"}).Want(t, 404)
		bindSocial(t, s, bob.Token, "google", "one").Want(t, 201) // it is free

		s.Call(t, http.MethodDelete, linkedPath+"github/", bob.Token, nil).WantKeys(t, 404, "detail")
		s.Call(t, http.MethodDelete, linkedPath+"nonsense/", alice.Token, nil).WantKeys(t, 404, "detail")
		s.Call(t, http.MethodDelete, linkedPath+"google/", alice.Token, nil).Want(t, 204)
		s.Call(t, http.MethodDelete, linkedPath+"google/", alice.Token, nil).Want(t, 404)
		s.Call(t, http.MethodDelete, linkedPath+"github/", alice.Token, nil).Want(t, 204) // there is the password
	})
}

func TestTheLastWayToSignInStays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		providers.Person("gina", verified("uid-1", "gina@example.org", "Gina"))
		providers.GitHubPerson("gina-hub", gitHubber(1, "gina", "gina@example.org"))
		token := s.Post(t, googlePath, keys{"code": "gina"}).Want(t, 200).String("token")
		s.Call(t, http.MethodDelete, linkedPath+"google/", token, nil).WantKeys(t, 409, "detail")
		apptest.Change(t, s.Database(t), "update users set password_hash = '!imported'") // which stands for no password, too
		s.Call(t, http.MethodDelete, linkedPath+"google/", token, nil).Want(t, 409)
		s.Post(t, googlePath, keys{"code": "gina", "intent": "login"}).Want(t, 200)

		bindSocial(t, s, token, "github", "gina-hub").Want(t, 201)
		// Of two at once that unlink one each, one is refused.
		answers := apptest.StatusesAtOnce(2, func(i int) apptest.Reply {
			return s.Call(t, http.MethodDelete, linkedPath+[]string{"google", "github"}[i]+"/", token, nil)
		})
		if answers[204] != 1 || answers[409] != 1 {
			t.Errorf("answers: %v", answers)
		}
		code := s.AskReset(t, "gina@example.org")
		s.Post(t, confirmPath, keys{"email": "gina@example.org", "code": code, "password": apptest.Password}).Want(t, 200)
		token = s.TrySignIn(t, "gina", apptest.Password).Want(t, 200).String("token")
		if left := linkedProviders(t, s, token); len(left) > 0 {
			t.Errorf("linked a moment ago, and still after a reset: %v", left)
		}
		bindSocial(t, s, token, "google", "gina").Want(t, 201)
		s.Call(t, http.MethodDelete, linkedPath+"google/", token, nil).Want(t, 204) // there is the password
	})
}

// Folding makes one of the two domains, which may have two owners.
func TestAnAddressThatOnlyLooksAlikeDoesNotLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		code := s.Register(t, "ana", "ana@strasse.example")
		s.Post(t, verifyPath, keys{"email": "ana@strasse.example", "code": code}).Want(t, 200)
		providers.Person("mallory", verified("uid-1", "ana@straße.example", "Mallory"))
		s.Post(t, googlePath, keys{"code": "mallory", "intent": "login"}).Want(t, 404)
		wantUser(t, s.Post(t, googlePath, keys{"code": "mallory", "intent": "register"}), keys{"username": "google_user",
			"email": ""})
		providers.Person("ana", verified("uid-2", "Ana@Strasse.example", "Ana"))
		wantUser(t, s.Post(t, googlePath, keys{"code": "ana", "intent": "login"}), keys{"username": "ana"})
	})
}

func TestAProviderThatIsNotSetUpIsNoWayIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine, "GITHUB_APP_CLIENT_ID=")
		providers.Person("gina", verified("uid-1", "gina@example.org", "Gina"))
		token := s.Post(t, googlePath, keys{"code": "gina"}).Want(t, 200).String("token")
		apptest.Change(t, s.Database(t),
			`insert into social_accounts (user_id, provider, provider_uid, created_at, updated_at)
			select user_id, 'github', '1', created_at, updated_at from social_accounts`)
		s.Call(t, http.MethodDelete, linkedPath+"google/", token, nil).WantKeys(t, 409, "detail")
		s.Call(t, http.MethodDelete, linkedPath+"github/", token, nil).Want(t, 204)
	})
}

func TestAddressesLinkOnlyWhenTheProviderHasVerifiedThem(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		alice := s.SignUp(t, "alice")
		for name, claims := range map[string]apptest.Claims{
			"not verified":      {"sub": "1", "email": alice.Email, "email_verified": false},
			"nothing said":      {"sub": "2", "email": alice.Email},
			"not verified text": {"sub": "3", "email": alice.Email, "email_verified": "false"},
			"a number":          {"sub": "4", "email": alice.Email, "email_verified": 1},
		} {
			providers.Person("mallory", claims)
			if reply := s.Post(t, googlePath, keys{"code": "mallory", "intent": "login"}); reply.Status != 404 {
				t.Errorf("%s: %d %s", name, reply.Status, reply.Text)
			}
		}
		wantUser(t, s.Post(t, googlePath, keys{"code": "mallory", "intent": "register"}), keys{"username": "google_user",
			"email": ""})

		hub := func(shown string, addresses ...apptest.GitHubAddress) apptest.Reply {
			providers.GitHubPerson("mallory", apptest.GitHubPerson{ID: 7, Login: "mallory", Email: shown, Addresses: addresses})
			return s.Post(t, gitHubPath, keys{"code": "mallory", "intent": "login"})
		}
		for name, reply := range map[string]apptest.Reply{
			"shown, not listed":     hub(alice.Email),
			"shown, not verified":   hub(alice.Email, apptest.GitHubAddress{Email: alice.Email, Primary: true}),
			"verified, not primary": hub("", apptest.GitHubAddress{Email: alice.Email, Verified: true}),
			"primary, not verified": hub("", apptest.GitHubAddress{Email: alice.Email, Primary: true}),
			"others are verified": hub(alice.Email, apptest.GitHubAddress{Email: "m@example.org", Primary: true,
				Verified: true}),
			"an address that is odd": hub("", apptest.GitHubAddress{Email: "alice@example.com\n", Primary: true,
				Verified: true}),
		} {
			if reply.Status != 404 {
				t.Errorf("%s: %d %s", name, reply.Status, reply.Text)
			}
		}
		wantUser(t, hub("ALICE@example.com", apptest.GitHubAddress{Email: "alice@example.com", Verified: true}),
			keys{"username": "alice"})
		if got := linkedProviders(t, s, alice.Token); len(got) != 1 || got[0] != "github" {
			t.Errorf("linked: %v", got)
		}
		s.TrySignIn(t, "alice", apptest.Password).Want(t, 200) // her password stays
	})
}

// Whoever may not read the addresses at GitHub signs in all the same, without one.
func TestGitHubWithoutAddresses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		providers.GitHubPerson("ida", apptest.GitHubPerson{ID: 9, Login: "ida", Email: "ida@example.org",
			AvatarURL: "https://pictures.example.org/9"})
		providers.Instead("/github/api/user/emails", func(w http.ResponseWriter,
			_ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
		})
		wantUser(t, s.Post(t, gitHubPath, keys{"code": "ida"}), keys{"username": "ida", "email": "", "first_name": "ida"})
		stored := apptest.Value[string](t, s.Database(t), "select extra_data from social_accounts")
		if stored != `{"avatar_url":"https://pictures.example.org/9","html_url":"","login":"ida"}` {
			t.Errorf("stored beside the link: %s", stored)
		}
	})
}

func TestSigningInByAddressNeverReplacesALink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		alice := s.SignUp(t, "alice")
		providers.Person("first", verified("uid-1", alice.Email, "Alice"))
		providers.Person("second", verified("uid-2", alice.Email, "Alice"))
		for _, code := range []string{"first", "second", "second", "first"} {
			wantUser(t, s.Post(t, googlePath, keys{"code": code, "intent": "login"}), keys{"username": "alice"})
		}
		uids := apptest.Value[string](t, s.Database(t), "select provider_uid from social_accounts")
		if uids != "uid-1" {
			t.Errorf("linked: %s", uids)
		}
	})
}

func TestNothingOfAnAccountThatWasNeverVerifiedLetsItsMakerIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		code := s.Register(t, "squatter", "alice@example.com") // with a password that only its maker knows
		reset := s.AskReset(t, "alice@example.com")
		providers.Person("alice", verified("uid-1", "Alice@example.com", "Alice"))
		reply := s.Post(t, googlePath, keys{"code": "alice", "intent": "login"})
		s.WantSignedIn(t, reply)
		wantUser(t, reply, keys{"username": "squatter", "email": "alice@example.com"})

		apptest.WantProblem(t, s.TrySignIn(t, "squatter", apptest.Password), "non_field_errors")
		apptest.WantProblem(t, s.Post(t, verifyPath, keys{"email": "alice@example.com", "code": code}), "non_field_errors")
		apptest.WantProblem(t, s.Post(t, confirmPath, keys{"email": "alice@example.com", "code": reset,
			"password": "An0ther-pass"}), "non_field_errors")
		apptest.WantProblem(t, s.Post(t, registerPath, keys{"username": "other", "email": "alice@example.com",
			"password": apptest.Password}), "email")
		s.Call(t, http.MethodDelete, linkedPath+"google/", reply.String("token"), nil).Want(t, 409)
		if notes := s.Call(t, http.MethodGet, "/api/v1/notes/", reply.String("token"), nil).List(); len(notes) != 1 {
			t.Errorf("want the welcome note: %v", notes)
		}
	})
}

func TestDisabledAccountsStayClosed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		alice := s.SignUp(t, "alice")
		providers.Person("linked", verified("uid-1", "elsewhere@example.org", "Alice"))
		providers.Person("address", verified("uid-2", alice.Email, "Alice"))
		bindSocial(t, s, alice.Token, "google", "linked").Want(t, 201)
		db := s.Database(t)
		apptest.Change(t, db, "update users set disabled_at = $1", database.Now())
		for _, active := range []bool{true, false} {
			apptest.Change(t, db, "update users set is_active = $1", active)
			for _, code := range []string{"linked", "address"} {
				for _, intent := range []string{"login", "register"} {
					s.Post(t, googlePath, keys{"code": code, "intent": intent}).WantKeys(t, 401, "detail")
				}
			}
		}
		if open := apptest.Value[int](t, db, "select count(*) from users where disabled_at is null"); open != 0 {
			t.Errorf("%d accounts are open", open)
		}
	})
}

func TestManyFirstSignInsAtOnceMakeOneAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		providers.Person("gina", verified("uid-1", "gina@example.org", "Gina"))
		answers := apptest.StatusesAtOnce(8, func(int) apptest.Reply { return s.Post(t, googlePath, keys{"code": "gina"}) })
		if answers[200] != 8 {
			t.Errorf("answers: %v", answers)
		}
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from users"); n != 1 {
			t.Errorf("%d accounts", n)
		}
		// People of one name, without an address.
		for i := range 12 {
			providers.Person("nameless-"+strconv.Itoa(i), apptest.Claims{"sub": "nameless-" + strconv.Itoa(i)})
		}
		answers = apptest.StatusesAtOnce(4, func(i int) apptest.Reply {
			return s.Post(t, googlePath,
				keys{"code": "nameless-" + strconv.Itoa(i)})
		})
		if answers[200] != 4 {
			t.Errorf("answers: %v", answers)
		}
		for i := 4; i < 12; i++ {
			s.Post(t, googlePath, keys{"code": "nameless-" + strconv.Itoa(i)}).Want(t, 200)
		}
		numbered := apptest.Value[int](t, s.Database(t), "select count(*) from users where username like 'google_user_%'")
		if numbered != 11 {
			t.Errorf("%d numbered names", numbered)
		}
	})
}

func TestManyLinksAtOnceMakeOne(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		alice, bob := s.SignUp(t, "alice"), s.SignUp(t, "bob")
		providers.Person("one", verified("uid-1", "one@example.org", "One"))
		answers := apptest.StatusesAtOnce(6, func(i int) apptest.Reply {
			return bindSocial(t, s, []string{alice.Token, bob.Token}[i%2], "google", "one")
		})
		if answers[201] != 1 || answers[200] != 2 || answers[409] != 3 {
			t.Errorf("answers: %v", answers)
		}
	})
}

func TestInvitationsOfNewSocialAccounts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		s.SignUp(t, "alice")
		invitation, err := s.App(t).Invitations.Create(t.Context(), actor.Operator(), invitations.Draft{MaxUses: 1})
		if err != nil {
			t.Fatal(err)
		}
		providers.Person("alice", verified("uid-0", "alice@example.com", "Alice"))
		providers.Person("gina", verified("uid-1", "gina@example.org", "Gina"))
		providers.Person("hugo", verified("uid-2", "hugo@example.org", "Hugo"))
		wantBare := func(reply apptest.Reply) {
			t.Helper()
			if reply.WantKeys(t, 400, "invitation_code").String("invitation_code") == "" {
				t.Errorf("want a bare text: %s", reply.Text)
			}
		}
		wantUser(t, s.Post(t, googlePath, keys{"code": "alice"}), keys{"username": "alice"}) // has an account
		wantBare(s.Post(t, googlePath, keys{"code": "gina"}))
		wantBare(s.Post(t, googlePath, keys{"code": "gina", "invitation_code": "made-up"}))
		s.Post(t, googlePath, keys{"code": "gina", "invitation_code": invitation, "intent": "login"}).Want(t, 404)
		wantUser(t, s.Post(t, googlePath, keys{"code": "gina", "invitation_code": invitation}), keys{"username": "gina"})
		wantBare(s.Post(t, googlePath, keys{"code": "hugo", "invitation_code": invitation})) // used up
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from users"); n != 2 {
			t.Errorf("%d accounts", n)
		}
	})
}

// TestAKeyDoesNotBecomeASession is the attack of somebody who has found an API key: to link an identity of their own,
// and to throw the owner out with the session that it gives.
func TestAKeyDoesNotBecomeASession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		alice := s.SignUp(t, "alice")
		key := s.Call(t, http.MethodPost, "/api/v1/auth/rotate-api-key/", alice.Token, nil).Want(t, 200).String("api_key")
		providers.Person("mallory", verified("uid-m", "mallory@example.org", "Mallory"))
		providers.GitHubPerson("mallory-hub", gitHubber(66, "mallory", "mallory@example.org"))
		for name, code := range map[string]string{"google": "mallory", "github": "mallory-hub", "oidc": "mallory"} {
			bindSocial(t, s, key, name, code).WantKeys(t, 403, "detail")
			s.Post(t, "/api/v1/auth/"+name+"/", keys{"code": code, "intent": "login"}).Want(t, 404)
		}
		bindSocial(t, s, alice.Token, "google", "mallory").Want(t, 201)
		s.Call(t, http.MethodDelete, linkedPath+"google/", key, nil).WantKeys(t, 403, "detail")
		if got := linkedProviders(t, s, alice.Token); len(got) != 1 {
			t.Errorf("linked: %v", got)
		}
	})
}

func TestLinkingTakesASessionWithoutHTTP(t *testing.T) {
	t.Parallel()
	var service social.Service // the refusal comes before anything is looked at
	key := actor.Actor{UserID: 1, By: actor.Key}
	if _, _, err := service.Link(t.Context(), key,
		social.Proof{Provider: social.Google, Code: "one"}); !problem.IsKind(err, problem.NotAllowed) {
		t.Errorf("linking by a key: %v", err)
	}
	if err := service.Unlink(t.Context(), key, social.Google); !problem.IsKind(err, problem.NotAllowed) {
		t.Errorf("unlinking by a key: %v", err)
	}
}
