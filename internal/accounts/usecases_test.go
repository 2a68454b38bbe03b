package accounts_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// The rules hold whichever way a use case is reached: nothing here has been checked by the HTTP API.
func TestRulesHoldWithoutHTTP(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	service, alice := serviceOf(t, s), s.SignUp(t, "alice")
	nobody, she := actor.Actor{}, actor.Actor{UserID: alice.ID, By: actor.Session}
	long := func(n int) string { return strings.Repeat("x", n+1) }
	set := patch.To[string]
	patched := func(p accounts.SettingsPatch) error {
		_, err := service.UpdateSettings(t.Context(), she, problem.Clean(p))
		return err
	}
	for name, test := range map[string]struct {
		err    error
		fields []string
	}{
		"registration": {second(service.SignUp(t.Context(), nobody, problem.Clean(accounts.Registration{
			Username: "a b", Email: "nowhere", Password: "weak-password", InvitationCode: long(255),
		}))), []string{"username", "email", "password", "invitation_code"}},
		"registration, short": {second(service.SignUp(t.Context(), nobody, problem.Clean(accounts.Registration{
			Username: "al", Email: long(254) + "@example.com", Password: "Sh0rt",
		}))), []string{"username", "email", "password"}},
		"verification": {service.VerifyEmail(t.Context(), nobody, "", "1\x00"), []string{"email", "code"}},
		"sign-in":      {second(service.SignIn(t.Context(), nobody, long(320), "")), []string{"email", "password"}},
		"reset":        {second(service.RequestPasswordReset(t.Context(), nobody, "a\x00@example.com")), []string{"email"}},
		"new password after a reset": {service.ConfirmPasswordReset(t.Context(), nobody, problem.Clean(accounts.PasswordReset{
			Email: alice.Email, Code: long(64), Password: "weak",
		})), []string{"code", "password"}},
		"new password": {second(service.ChangePassword(t.Context(), she, problem.Clean(accounts.PasswordChange{
			CurrentPassword: long(1024), NewPassword: long(1024), IdentityCode: "",
		}))), []string{"current_password", "new_password", "identity_code"}},
		"new address": {second(service.RequestEmailChange(t.Context(), she, problem.Clean(accounts.EmailChange{
			NewEmail: "nowhere",
		}))), []string{"new_email", "identity_code"}},
		"settings, over-long": {patched(accounts.SettingsPatch{
			Username: set(long(150)), FirstName: set(long(150)), LastName: set(long(150)), Motto: set(long(100)),
			SocialLink: set("https://example.org/" + long(255)), EditorMode: set(long(16)), ThemePreset: set(long(32)),
			APIBaseURL: set("https://example.org/" + long(255)), MCPSkillMD: set(long(100_000)),
		}), []string{"username", "first_name", "last_name", "motto", "social_link", "editor_mode", "theme_preset",
			"api_base_url", "mcp_skill_md"}},
		"settings, odd": {patched(accounts.SettingsPatch{
			Username: set(""), Email: set("other@example.com"), SocialLink: set("javascript:x"), ThemeMode: set("X"),
			APIBaseURL: set("example.org"), Avatar: patch.To(accounts.Picture{Size: accounts.MaxPictureBytes + 1}),
			AppSettings: patch.To(json.RawMessage(`{"theme_mode": 1}`)),
		}), []string{"username", "email", "social_link", "theme_mode", "api_base_url", "avatar", "app_settings"}},
	} {
		var p *problem.Error
		if !errors.As(test.err, &p) {
			t.Errorf("%s: %v, want problems of fields", name, test.err)
			continue
		}
		got := slices.Sorted(maps.Keys(p.Fields.Texts()))
		if want := slices.Sorted(slices.Values(test.fields)); !slices.Equal(got, want) {
			t.Errorf("%s: problems of %q, want %q", name, got, want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAKeyIsNotEnoughWhicheverWay(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	service, alice := serviceOf(t, s), s.SignUp(t, "alice")
	key := actor.Actor{UserID: alice.ID, By: actor.Key}
	for name, err := range map[string]error{
		"new key":      second(service.RotateAPIKey(t.Context(), key)),
		"password":     second(service.ChangePassword(t.Context(), key, problem.Clean(accounts.PasswordChange{}))),
		"address":      second(service.RequestEmailChange(t.Context(), key, problem.Clean(accounts.EmailChange{}))),
		"address, new": second(service.ConfirmEmailChange(t.Context(), key, problem.Clean(accounts.EmailChange{}))),
	} {
		if !problem.IsKind(err, problem.NotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOnlyOperatorsActOnAccountsOfOthers(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	parts, alice := s.App(t), s.SignUp(t, "alice")
	for _, who := range []actor.Actor{{}, {UserID: alice.ID, By: actor.Session}, {UserID: alice.ID, By: actor.Key}} {
		a, i, ctx := parts.Accounts, parts.Invitations, t.Context()
		bob := accounts.NewUser{Username: "bob", Email: "bob@example.com", Password: apptest.Password}
		for name, err := range map[string]error{
			"list":              second(a.ListUsers(ctx, who, accounts.UserPage{})),
			"find":              second(a.FindUser(ctx, who, "alice")),
			"create":            second(a.CreateUser(ctx, who, bob)),
			"ensure":            second(a.EnsureUser(ctx, who, bob)),
			"system account":    second(a.EnsureSystemAccount(ctx, who, "server")),
			"disable":           a.DisableUser(ctx, who, alice.ID),
			"disable and hide":  a.DisableAndHideUser(ctx, who, alice.ID),
			"enable":            a.EnableUser(ctx, who, alice.ID),
			"password":          a.SetPassword(ctx, who, alice.ID, newPassword),
			"data":              second(a.UserData(ctx, who, alice.ID)),
			"delete":            second(a.DeleteUser(ctx, who, alice.ID)),
			"invite":            second(i.Create(ctx, who, invitations.Draft{MaxUses: 1})),
			"invitations":       second(i.List(ctx, who)),
			"revoke invitation": i.Revoke(ctx, who, 1),
		} {
			if !problem.IsKind(err, problem.NotAllowed) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	administrator := actor.Actor{UserID: alice.ID, By: actor.Session, Staff: true}
	if list, err := parts.Accounts.ListUsers(t.Context(), administrator, accounts.UserPage{Limit: 9}); err != nil ||
		len(list) != 1 {
		t.Errorf("an administrator sees %v, %v", list, err)
	}
	s.TrySignIn(t, "alice", apptest.Password).Want(t, 200)
}

func TestAUserThatAnOperatorMakes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		service := serviceOf(t, s)
		bob := accounts.NewUser{Username: " Bob ", Email: " Bob@Example.com ", Password: apptest.Password}
		if _, err := service.CreateUser(t.Context(), operator, bob); err != nil {
			t.Fatal(err)
		}
		reply := s.TrySignIn(t, "bob", apptest.Password)
		s.WantSignedIn(t, reply)
		apptest.WantFields(t, reply.Object()["user"],
			keys{"username": "Bob", "email": "bob@example.com", "is_staff": false, "is_superuser": false})
		if _, err := service.CreateUser(t.Context(), operator, bob); !errors.Is(err, accounts.ErrTaken) {
			t.Errorf("made again: %v", err)
		}
	})
}

// A key reads and writes content. Who reaches a use case with one in another way than HTTP meets the same rule.
func TestAKeyDoesNotChangeWhoGetsIn(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	service, alice := serviceOf(t, s), s.SignUp(t, "alice")
	session := s.Call(t, "GET", sessionsPath, alice.Token, nil).Want(t, 200).Object()["current_session_id"].(float64)
	for name, who := range map[string]actor.Actor{
		"a key":        {UserID: alice.ID, By: actor.Key, Staff: true},
		"a scoped key": {UserID: alice.ID, By: actor.Key, Scopes: []string{"account:write"}},
		"the server":   actor.ServerFor(alice.ID),
	} {
		for what, err := range map[string]error{
			"making a key":       second(service.RotateAPIKey(t.Context(), who)),
			"an identity code":   second(service.SendIdentityCode(t.Context(), who)),
			"ending a session":   service.RevokeSession(t.Context(), who, int64(session)),
			"changing password":  second(service.ChangePassword(t.Context(), who, problem.Clean(accounts.PasswordChange{}))),
			"changing address":   second(service.RequestEmailChange(t.Context(), who, problem.Clean(accounts.EmailChange{}))),
			"confirming address": second(service.ConfirmEmailChange(t.Context(), who, problem.Clean(accounts.EmailChange{}))),
		} {
			if !problem.IsKind(err, problem.NotAllowed) {
				t.Errorf("%s, by %s: %v", what, name, err)
			}
		}
	}
	key := actor.Actor{UserID: alice.ID, By: actor.Key, Staff: true} // of an administrator
	if _, err := service.ListUsers(t.Context(), key,
		accounts.UserPage{Limit: 1}); !problem.IsKind(err, problem.NotAllowed) {
		t.Errorf("listing users with a key: %v", err)
	}
}
