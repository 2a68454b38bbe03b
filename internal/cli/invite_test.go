package cli_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// wantRegistration fails the test unless registering with the invitation is answered with that status.
func wantRegistration(t *testing.T, s *apptest.Server, username, code string, status int) {
	t.Helper()
	s.Call(t, "POST", "/api/v1/auth/register/", "",
		map[string]any{"username": username, "email": username + "@example.com",
			"password": apptest.Password, "invitation_code": code}).Want(t, status)
}

func TestInvitations(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		e := apptest.Environment(t, engine)
		s := apptest.Start(t, engine, e...)
		e = append(e, "SECRET_KEY="+s.Config.SecretKey)
		run(t, e, "", "invite", "list").want(t, 0, "LABEL")
		made := run(t, e, "", "invite", "create", "--label=the\tband \x1b[2J", "--max-uses=2", "--expires=30d").want(t, 0)
		code := strings.TrimSpace(made.stdout)
		if !regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(code) {
			t.Fatalf("the code is %q", code)
		}
		run(t, e, "", "invite", "create", "--code=our garden").want(t, 0, "our garden")
		run(t, e, "", "invite", "create", "--code= our garden").wantError(t, 1,
			"an invitation with this code already exists")
		run(t, e, "", "invite", "create", "--code=short").wantError(t, 1, "between 8 and 255")
		run(t, e, "", "invite", "create", "--max-uses=0").wantError(t, 1, "between 1 and")
		run(t, e, "", "invite", "create", "--expires=soon").wantError(t, 2, "--expires")
		run(t, e, "", "invite", "create", "--expires=-1d").wantError(t, 2, "--expires")
		run(t, e, "", "invite", "create", "--expires=2001-01-01").wantError(t, 1, "in the past")

		wantRegistration(t, s, "alice", "", 400)
		wantRegistration(t, s, "alice", code, 201)
		wantRegistration(t, s, "bob", "our garden", 201)
		list := run(t, e, "", "invite", "list").want(t, 0, "1 of 2", "used up", "usable", "the\uFFFDband \uFFFD[2J")
		if strings.Contains(list.stdout, code) || strings.Contains(list.stdout, "our garden") {
			t.Errorf("codes are shown again:\n%s", list.stdout)
		}
		var rows []struct {
			ID        int64     `json:"id"`
			Label     string    `json:"label"`
			ExpiresAt time.Time `json:"expires_at"`
		}
		if err := json.Unmarshal([]byte(run(t, e, "", "invite", "list", "--json").want(t, 0).stdout), &rows); err != nil ||
			len(rows) != 2 {
			t.Fatalf("%v: %+v", err, rows)
		}
		if left := time.Until(rows[1].ExpiresAt); rows[1].ID != 1 || left < 29*24*time.Hour || left > 31*24*time.Hour {
			t.Errorf("want invitation 1 for thirty days: %+v", rows[1])
		}

		run(t, e, "", "invite", "revoke", "1").want(t, 0, "Invitation 1 is revoked")
		run(t, e, "", "invite", "list").want(t, 0, "revoked")
		run(t, e, "", "invite", "revoke", "99").wantError(t, 1, "invitation 99: there is no such invitation")
		wantRegistration(t, s, "carol", code, 400)
		wantRegistration(t, s, "carol", "", 400) // nobody gets in without one
	})
}
