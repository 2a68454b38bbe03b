package accounts_test

import (
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestDisabledAccountLetsNobodyIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		key := s.Call(t, "POST", "/api/v1/auth/rotate-api-key/", alice.Token, nil).Want(t, 200).String("api_key")
		reset := s.AskReset(t, alice.Email)
		service, db := serviceOf(t, s), s.Database(t)
		if err := service.DisableUser(t.Context(), operator, alice.ID); err != nil {
			t.Fatal(err)
		}
		refused := func() {
			t.Helper()
			for _, credential := range []string{alice.Token, key} {
				s.Call(t, "GET", settingsPath, credential, nil).WantKeys(t, 401, "detail")
			}
			apptest.WantProblem(t, s.TrySignIn(t, "alice", apptest.Password), "non_field_errors")
			apptest.WantProblem(t, s.Post(t, confirmPath, keys{"email": alice.Email, "code": reset,
				"password": "An0ther-pass"}), "non_field_errors")
		}
		refused()
		apptest.Change(t, db, "update sessions set revoked_at = null where user_id = $1",
			alice.ID) // the account itself is refused
		apptest.Change(t, db, "update verification_codes set used_at = null, attempts = 0 "+
			"where user_id = $1 and purpose = 'password_reset'", alice.ID)
		refused()
		s.Post(t, resetPath, keys{"email": alice.Email}).WantKeys(t, 200, "message", "delivery_fallback", "email")
		if mailed := apptest.Value[int](t, db,
			"select count(*) from verification_codes where user_id = $1 and used_at is null", alice.ID); mailed != 0 {
			t.Errorf("%d codes go to the mailbox", mailed)
		}
		apptest.WantProblem(t, s.Post(t, resendPath, keys{"email": alice.Email}), "email")
		apptest.WantProblem(t, s.Post(t, registerPath, keys{"username": "new", "email": alice.Email,
			"password": apptest.Password}), "email")

		if err := service.EnableUser(t.Context(), operator, alice.ID); err != nil {
			t.Fatal(err)
		}
		s.Call(t, "GET", settingsPath, alice.Token, nil).WantKeys(t, 401, "detail") // its sessions are over
		s.TrySignIn(t, "alice", apptest.Password).Want(t, 200)
	})
}

func TestDisabledAccountIsNotVerified(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		const email = "bob@example.com"
		code := s.Register(t, "bob", email)
		service, db := serviceOf(t, s), s.Database(t)
		id := apptest.Value[int64](t, db, "select id from users")
		if err := service.DisableUser(t.Context(), operator, id); err != nil {
			t.Fatal(err)
		}
		apptest.Change(t, db, "update verification_codes set used_at = null")
		apptest.WantProblem(t, s.Post(t, verifyPath, keys{"email": email, "code": code}), "non_field_errors")
		apptest.WantProblem(t, s.Post(t, registerPath, keys{"username": "bobby", "email": email,
			"password": apptest.Password}), "email")
		if err := service.EnableUser(t.Context(), operator, id); err != nil {
			t.Fatal(err)
		}
		apptest.WantProblem(t, s.TrySignIn(t, "bob", apptest.Password), "non_field_errors") // it waits for its code again
		code = s.Register(t, "bob", email)
		s.Post(t, verifyPath, keys{"email": email, "code": code}).Want(t, 200)
	})
}

func TestAccountsThatEarlierVersionsSwitchedOffAreEnabled(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		apptest.Change(t, s.Database(t), "update users set is_active = false, disabled_at = date_joined")
		apptest.WantProblem(t, s.TrySignIn(t, "alice", apptest.Password), "non_field_errors")
		if err := serviceOf(t, s).EnableUser(t.Context(), operator, alice.ID); err != nil {
			t.Fatal(err)
		}
		s.TrySignIn(t, "alice", apptest.Password).Want(t, 200)
	})
}

func TestOperatorSetsAPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		service := serviceOf(t, s)
		for _, refused := range []string{"", "  short  ", "change-me"} {
			if err := service.SetPassword(t.Context(), operator, alice.ID, refused); err == nil {
				t.Errorf("%q was accepted", refused)
			}
		}
		if err := service.SetPassword(t.Context(), operator, alice.ID, " a-new-password "); err != nil {
			t.Fatal(err)
		}
		s.Call(t, "GET", settingsPath, alice.Token, nil).WantKeys(t, 401, "detail")
		apptest.WantProblem(t, s.TrySignIn(t, "alice", apptest.Password), "non_field_errors")
		s.TrySignIn(t, "alice", "a-new-password").Want(t, 200)
	})
}
