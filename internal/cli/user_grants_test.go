package cli_test

import (
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestGrantsOfAUser(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, e := served(t, engine)
		alice, now := s.SignUp(t, "alice"), database.Now()
		s.SignUp(t, "bob")
		s.Exec(t, `insert into oauth_clients (id, client_id, name, redirect_uris, auth_method, created_at)
			values (7, 'a-program', 'The Assistant', '[]', 'none', $1)`, now)
		s.Exec(t, `insert into oauth_grants (id, user_id, client_id, scopes, resource, redirect_uri,
			code_hash, code_challenge, created_at, redeemed_at,
			expires_at) values (70, $1, 7, 'notes:read planner:read', 'https://x/mcp',
			'http://localhost:1/cb', 'x', 'y', $2, $2, $3)`,
			alice.ID, now, now.Add(time.Hour))
		run(t, e, "", "user", "grants", "alice").want(t, 0, "70", "The Assistant", "localhost:1", "notes:read planner:read")
		run(t, e, "", "user", "grants", "alice", "--json").want(t, 0, `"client_id": "a-program"`, `"last_used_at": null`)
		run(t, e, "", "user", "show", "alice").want(t, 0, "grants to programs")
		run(t, e, "", "user", "revoke-grant", "bob", "70").wantError(t, 1, "no such grant")
		run(t, e, "", "user", "revoke-grant", "alice", "70").want(t, 0, `grant 70 of "alice"`)
		run(t, e, "", "user", "revoke-grant", "alice", "70").wantError(t, 1, "no such grant")
		run(t, e, "", "user", "grants", "alice", "--json").want(t, 0, "[]")
	})
}
