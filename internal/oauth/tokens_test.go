package oauth_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestCodesAreGoodForWhoAskedAlone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p, other := s.SignUp(t, "alice"), register(t, s), register(t, s)
		code := p.ask(t, alice, nil)
		for name, changes := range map[string]keys{
			"another verifier":     {"code_verifier": verifier + "0"},
			"the challenge itself": {"code_verifier": challengeOf(verifier)},
			"no verifier":          {"code_verifier": ""},
			"another redirect":     {"redirect_uri": callback + "2"},
			"another code":         {"code": strings.Repeat("0", 64)},
			"no code":              {"code": ""},
			"another program":      {"client_id": other.id},
		} {
			wantError(t, p.redeem(t, code, changes), 400, "invalid_grant")
			if t.Failed() {
				t.Fatal(name)
			}
		}
		wantError(t, p.redeem(t, code, keys{"client_id": "nobody"}), 401, "invalid_client")
		wantError(t, p.redeem(t, code, keys{"client_id": "\x00"}), 401, "invalid_client")
		wantError(t, p.redeem(t, code, keys{"grant_type": "password"}), 400, "unsupported_grant_type")
		wantError(t, p.redeem(t, code, keys{"grant_type": ""}), 400, "invalid_request")
		wantError(t, form(t, s, "/token", url.Values{"code": {code, code}}), 400, "invalid_request")
		p.redeem(t, code, nil).Want(t, 200) // nothing of that has used it up
	})
}

func TestACodeThatComesAgainEndsTheGrant(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		code := p.ask(t, alice, nil)
		tokens := p.redeem(t, code, nil).Want(t, 200)
		// Who does not have the verifier proves nothing, and ends nothing.
		wantError(t, p.redeem(t, code, keys{"code_verifier": "guessed"}), 400, "invalid_grant")
		opens(t, s, tokens.String("access_token"), "/mcp")
		wantError(t, p.redeem(t, code, nil), 400, "invalid_grant")
		wantClosed(t, s, tokens.String("access_token"), "/mcp")
		wantError(t, p.refresh(t, tokens.String("refresh_token"), nil), 400, "invalid_grant")
	})
}

func TestACodeIsRedeemedOnceOfManyAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		code := p.ask(t, alice, nil)
		answers := apptest.StatusesAtOnce(6, func(int) apptest.Reply { return p.redeem(t, code, nil) })
		if answers[200] != 1 || answers[400] != 5 {
			t.Errorf("answers %v", answers)
		}
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from oauth_grants"); n != 0 {
			t.Errorf("%d grants are left", n)
		}
	})
}

func TestCodesAndTokensExpire(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.WaitForPurge(t, "oauth.purge")
		alice, p := s.SignUp(t, "alice"), register(t, s)
		code := p.ask(t, alice, nil)
		s.Exec(t, "update oauth_grants set expires_at = $1", apptest.Ago(time.Second))
		wantError(t, p.redeem(t, code, nil), 400, "invalid_grant")

		tokens := p.connect(t, alice)
		s.Exec(t, "update oauth_access_tokens set expires_at = $1", apptest.Ago(time.Second))
		wantClosed(t, s, tokens.String("access_token"), "/mcp")
		tokens = p.refresh(t, tokens.String("refresh_token"), nil).Want(t, 200)
		opens(t, s, tokens.String("access_token"), "/mcp")
		s.Exec(t, "update oauth_grants set expires_at = $1", apptest.Ago(time.Second))
		wantError(t, p.refresh(t, tokens.String("refresh_token"), nil), 400, "invalid_grant")
	})
}

func TestRefreshTokensRotate(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p, other := s.SignUp(t, "alice"), register(t, s), register(t, s)
		first := p.connect(t, alice)
		wantError(t, other.refresh(t, first.String("refresh_token"), nil), 400, "invalid_grant")
		wantError(t, p.refresh(t, "made-up", nil), 400, "invalid_grant")
		wantError(t, p.refresh(t, "ntr_"+strings.Repeat("0", 96), nil), 400, "invalid_grant")
		wantError(t, p.refresh(t, first.String("access_token"), nil), 400, "invalid_grant")
		second := p.refresh(t, first.String("refresh_token"), nil).Want(t, 200)
		opens(t, s, first.String("access_token"), "/mcp")
		third := p.refresh(t, second.String("refresh_token"), nil).Want(t, 200)
		opens(t, s, third.String("access_token"), "/mcp")
		for _, key := range []string{"access_token", "refresh_token"} {
			if first.String(key) == second.String(key) || second.String(key) == third.String(key) {
				t.Errorf("%s does not change", key)
			}
		}

		// The first was used two times ago.
		wantError(t, p.refresh(t, first.String("refresh_token"), nil), 400, "invalid_grant")
		wantClosed(t, s, third.String("access_token"), "/mcp")
		wantError(t, p.refresh(t, third.String("refresh_token"), nil), 400, "invalid_grant")
		if len(s.Logs.Find("a grant has ended")) != 1 {
			t.Error("the log does not tell")
		}
	})
}

func TestALostAnswerCanBeAskedForAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		first := p.connect(t, alice)
		lost := p.refresh(t, first.String("refresh_token"), nil).Want(t, 200)
		again := p.refresh(t, first.String("refresh_token"), nil).Want(t, 200)
		wantClosed(t, s, lost.String("access_token"), "/mcp")
		opens(t, s, again.String("access_token"), "/mcp")
		next := p.refresh(t, again.String("refresh_token"), nil).Want(t, 200)
		opens(t, s, next.String("access_token"), "/mcp")

		// Whoever uses what was not lost after all ends the grant: one of the two should not have it.
		p = register(t, s)
		first = p.connect(t, alice)
		stolen := p.refresh(t, first.String("refresh_token"), nil).Want(t, 200)
		again = p.refresh(t, first.String("refresh_token"), nil).Want(t, 200)
		wantError(t, p.refresh(t, stolen.String("refresh_token"), nil), 400, "invalid_grant")
		wantClosed(t, s, again.String("access_token"), "/mcp")

		// Not for long, however often it is asked for.
		p = register(t, s)
		first = p.connect(t, alice)
		p.refresh(t, first.String("refresh_token"), nil).Want(t, 200)
		s.Exec(t, "update oauth_grants set refreshed_at = $1", apptest.Ago(10*time.Second))
		p.refresh(t, first.String("refresh_token"), nil).Want(t, 200)
		s.Exec(t, "update oauth_grants set refreshed_at = $1 where refreshed_at < $2", apptest.Ago(40*time.Second),
			apptest.Ago(9*time.Second))
		wantError(t, p.refresh(t, first.String("refresh_token"), nil), 400, "invalid_grant")
		if n := apptest.Value[int](t, s.Database(t),
			"select count(*) from oauth_access_tokens where grant_id not in (select id from oauth_grants)"); n != 0 {
			t.Errorf("%d tokens outlive their grants", n)
		}
	})
}

func TestRefreshingForLess(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		tokens := p.connect(t, alice)
		for _, scope := range []string{"account:write", "notes:read account:write", "nonsense"} {
			wantError(t, p.refresh(t, tokens.String("refresh_token"), keys{"scope": scope}), 400, "invalid_scope")
		}
		less := p.refresh(t, tokens.String("refresh_token"), keys{"scope": "notes:read"}).Want(t, 200)
		if who := opens(t, s, less.String("access_token"), "/mcp"); len(who.Scopes) != 1 || !who.HasScope("notes:read") {
			t.Errorf("the token opens %v", who.Scopes)
		}
		all := p.refresh(t, less.String("refresh_token"), nil).Want(t, 200) // the grant is what it was
		if who := opens(t, s, all.String("access_token"), "/mcp"); len(who.Scopes) != 3 {
			t.Errorf("the token opens %v", who.Scopes)
		}
	})
}

func TestAccessTokensOfAGrantAreBounded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		first := p.connect(t, alice)
		last := first
		for range 7 {
			last = p.refresh(t, last.String("refresh_token"), nil).Want(t, 200)
		}
		wantClosed(t, s, first.String("access_token"), "/mcp")
		opens(t, s, last.String("access_token"), "/mcp")
		if n := apptest.Value[int](t, s.Database(t), "select count(*) from oauth_access_tokens"); n != 5 {
			t.Errorf("%d tokens", n)
		}
	})
}

func TestProgramsRevokeTheirTokens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p, other := s.SignUp(t, "alice"), register(t, s), register(t, s)
		tokens := p.connect(t, alice)
		access, refresh := tokens.String("access_token"), tokens.String("refresh_token")
		revoke := func(p program, token string) apptest.Reply {
			return form(t, s, "/revoke", url.Values{"client_id": {p.id}, "token": {token}, "token_type_hint": {"refresh_token"}})
		}
		for _, token := range []string{access, refresh} {
			revoke(other, token).Want(t, 200) // it is none of its own, and it learns nothing
		}
		opens(t, s, access, "/mcp")
		revoke(p, access).Want(t, 200)
		wantClosed(t, s, access, "/mcp")
		tokens = p.refresh(t, refresh, nil).Want(t, 200)
		revoke(p, tokens.String("refresh_token")).Want(t, 200)
		wantClosed(t, s, tokens.String("access_token"), "/mcp")
		revoke(p, tokens.String("refresh_token")).Want(t, 200)
		wantError(t, p.refresh(t, tokens.String("refresh_token"), nil), 400, "invalid_grant")
		wantError(t, revoke(p, ""), 400, "invalid_request")
		wantError(t, revoke(program{id: "nobody"}, access), 401, "invalid_client")
	})
}

func TestProgramsWithASecret(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		for _, method := range []string{"", "client_secret_basic", "client_secret_post"} {
			body := keys{"redirect_uris": []string{callback}}
			if method != "" {
				body["token_endpoint_auth_method"] = method
			}
			reply := s.Post(t, "/register", body).Want(t, 201)
			p, secret := program{s, reply.String("client_id"), callback}, reply.String("client_secret")
			if len(secret) != 64 || reply.Int("client_secret_expires_at") != 0 ||
				reply.Object()["client_secret_expires_at"] == nil {
				t.Fatalf("%s: %s", method, reply.Text)
			}
			code := p.ask(t, alice, nil)
			wantError(t, p.redeem(t, code, nil), 401, "invalid_client")
			wantError(t, p.redeem(t, code, keys{"client_secret": secret[1:] + "0"}), 401, "invalid_client")
			tokens := p.redeem(t, code, keys{"client_secret": secret}).Want(t, 200)

			values := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens.String("refresh_token")}}
			basic := func(secret string) apptest.Reply {
				request := s.Request(t, http.MethodPost, "/token", values.Encode())
				request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				request.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(p.id+":"+secret)))
				return apptest.Do(t, request)
			}
			refused := basic("wrong")
			wantError(t, refused, 401, "invalid_client")
			if !strings.HasPrefix(refused.Header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("the header is %v", refused.Header)
			}
			basic(secret).Want(t, 200)
		}
	})
}

func TestNothingOfTokensIsKept(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		code := p.ask(t, alice, nil)
		tokens := p.redeem(t, code, nil).Want(t, 200)
		refresh := tokens.String("refresh_token")
		for _, text := range []string{code, tokens.String("access_token"), refresh, refresh[4:36], refresh[36:], verifier} {
			for _, query := range []string{
				"select count(*) from oauth_grants where $1 in (code_hash, family_hash, refresh_hash, previous_refresh_hash, " +
					"code_challenge)",
				"select count(*) from oauth_access_tokens where token_hash = $1",
			} {
				if apptest.Value[int](t, s.Database(t), query, text) != 0 {
					t.Errorf("%s is stored", text)
				}
			}
			if lines := s.Logs.Find(text); lines != nil {
				t.Errorf("logged: %s", lines)
			}
		}
	})
}
