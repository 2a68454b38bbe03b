package oauth_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const grantsPath = "/api/v1/auth/grants/"

func TestGrantsAreListedAndRevoked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob, p := s.SignUp(t, "alice"), s.SignUp(t, "bob"), register(t, s)
		p.ask(t, alice, nil) // a code that nobody redeems is no grant yet
		kept, ended := p.connect(t, alice), p.connect(t, alice)
		p.connect(t, bob)
		list, _ := s.Call(t, http.MethodGet, grantsPath, alice.Token,
			nil).WantKeys(t, 200, "grants").Object()["grants"].([]any)
		if len(list) != 2 {
			t.Fatalf("%d grants", len(list))
		}
		apptest.WantKeys(t, "a grant", list[0], "id", "client_id", "client_name", "leads_to", "scopes", "resource",
			"created_at", "last_used_at", "expires_at")
		apptest.WantFields(t, list[0], keys{
			"client_id": p.id, "client_name": "The Assistant", "leads_to": "assistant.example.org", "resource": s.URL + "/mcp",
			"scopes": []string{"notes:read", "notes:write", "planner:read"}, "last_used_at": nil,
		})
		newest := fmt.Sprintf("%s%.0f/", grantsPath, list[0].(keys)["id"])
		s.Call(t, http.MethodDelete, newest, bob.Token, nil).Want(t, 404)
		opens(t, s, ended.String("access_token"), "/mcp")
		s.Call(t, http.MethodDelete, newest, alice.Token, nil).Want(t, 204)
		s.Call(t, http.MethodDelete, newest, alice.Token, nil).Want(t, 404)
		wantClosed(t, s, ended.String("access_token"), "/mcp")
		wantError(t, p.refresh(t, ended.String("refresh_token"), nil), 400, "invalid_grant")
		opens(t, s, kept.String("access_token"), "/mcp")
		apptest.Eventually(t, "the time of last use is stored", func() bool {
			list, _ := s.Call(t, http.MethodGet, grantsPath, alice.Token, nil).Object()["grants"].([]any)
			return list[0].(keys)["last_used_at"] != nil
		})

		// An API key, a program's token, and nobody.
		key := s.Call(t, http.MethodPost, "/api/v1/auth/rotate-api-key/", alice.Token, nil).Want(t, 200).String("api_key")
		s.Call(t, http.MethodGet, grantsPath, key, nil).Want(t, 403)
		s.Call(t, http.MethodDelete, newest, key, nil).Want(t, 403)
		s.Call(t, http.MethodGet, grantsPath, kept.String("access_token"), nil).Want(t, 401)
		s.Call(t, http.MethodGet, grantsPath, "", nil).Want(t, 401)
	})
}

func TestGrantsEndWithTheAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		s.WaitForPurge(t, "oauth.purge")
		tokens, idle := p.connect(t, alice), p.connect(t, alice)
		service := s.App(t).Accounts
		code := p.ask(t, alice, nil)
		if err := service.DisableUser(t.Context(), actor.Operator(), alice.ID); err != nil {
			t.Fatal(err)
		}
		wantClosed(t, s, tokens.String("access_token"), "/mcp")
		wantError(t, p.refresh(t, tokens.String("refresh_token"), nil), 400, "invalid_grant")
		wantError(t, p.redeem(t, code, nil), 400, "invalid_grant")

		// What has ended does not come back with the account.
		purge(t, s)
		db := s.Database(t)
		apptest.Eventually(t, "the other grant ends too", func() bool {
			return apptest.Value[int](t, db, "select count(*) from oauth_grants") == 0
		})
		if err := service.EnableUser(t.Context(), actor.Operator(), alice.ID); err != nil {
			t.Fatal(err)
		}
		for _, had := range []apptest.Reply{tokens, idle} {
			wantClosed(t, s, had.String("access_token"), "/mcp")
			wantError(t, p.refresh(t, had.String("refresh_token"), nil), 400, "invalid_grant")
		}
		p.connect(t, alice)
		if _, err := service.DeleteUser(t.Context(), actor.Operator(), alice.ID); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"oauth_grants", "oauth_access_tokens", "oauth_sign_ins"} {
			if n := apptest.Value[int](t, s.Database(t), "select count(*) from "+table); n != 0 {
				t.Errorf("%d rows of %s are left", n, table)
			}
		}
	})
}

func TestGrantsOfAUserAreBounded(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, p := s.SignUp(t, "alice"), register(t, s)
		used, unused := p.connect(t, alice), p.connect(t, alice)
		s.Exec(t, "update oauth_grants set created_at = $1", apptest.Ago(time.Hour))
		s.Exec(t, "update oauth_grants set last_used_at = $1 where id = (select min(id) from oauth_grants)", apptest.Ago(0))
		s.Exec(t, `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 98)
			insert into oauth_grants (user_id, client_id, scopes, resource, redirect_uri, code_hash, code_challenge, created_at,
				redeemed_at, expires_at)
			select user_id, client_id, scopes, resource, redirect_uri, cast(n as text), '', $1, $1, $2 from oauth_grants, numbers
				where id = (select min(id) from oauth_grants)`, apptest.Ago(time.Minute), apptest.Ago(-time.Hour))
		p.connect(t, alice)
		opens(t, s, used.String("access_token"), "/mcp")
		wantClosed(t, s, unused.String("access_token"), "/mcp")
		list, _ := s.Call(t, http.MethodGet, grantsPath, alice.Token, nil).Want(t, 200).Object()["grants"].([]any)
		if len(list) != 100 {
			t.Errorf("%d grants", len(list))
		}
	})
}
