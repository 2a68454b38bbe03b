package accounts_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func changePassword(t testing.TB, s *apptest.Server, a apptest.Account, code, current, password string) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", changePasswordPath, a.Token, keys{"current_password": current, "new_password": password,
		"identity_code": code})
}

func TestChangePasswordKeepsTheSessionThatAsks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob")
		other, key := s.SignIn(t, alice), newKey(t, s, alice.Token)
		_, current := listSessions(t, s, alice.Token)

		reply := changePassword(t, s, alice, identityCode(t, s, alice), " "+apptest.Password, newPassword+" ")
		reply.WantKeys(t, 200, "message", "token", "session", "still_has_access")
		apptest.WantFields(t, reply.Object()["still_has_access"].([]any)[0], keys{"kind": "api_key", "name": key[:8] + "…"})
		apptest.WantKeys(t, "session", reply.Object()["session"], "id", "device_label", "created_at", "last_seen_at")
		apptest.WantFields(t, reply.Object()["session"], keys{"id": current})
		if reply.String("token") != alice.Token {
			t.Error("the answer carries another token than the caller's")
		}
		s.Call(t, "GET", settingsPath, alice.Token, nil).Want(t, 200)
		s.Call(t, "GET", settingsPath, bob.Token, nil).Want(t, 200)
		callAs(t, s, "Bearer "+key, "GET", settingsPath, nil).Want(t, 200)
		wantInvalidToken(t, s.Call(t, "GET", settingsPath, other, nil))
		apptest.WantProblem(t, s.TrySignIn(t, "alice", apptest.Password), "non_field_errors")
		s.TrySignIn(t, "alice", newPassword).Want(t, 200)
	})
}

func TestChangePasswordAsPlainText(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		body := keys{"current_password": apptest.Password, "new_password": newPassword, "identity_code": identityCode(t, s,
			alice)}
		callPlain(t, s, alice.Token, changePasswordPath, body).Want(t, 200)
	})
}

func TestChangePasswordChecksItsFields(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		code := identityCode(t, s, alice)
		send := func(body any) apptest.Reply { return s.Call(t, "POST", changePasswordPath, alice.Token, body) }
		apptest.WantProblems(t, send(keys{}), map[string]int{"current_password": 1, "new_password": 1, "identity_code": 1})
		apptest.WantProblems(t, send(keys{"current_password": nil, "new_password": "", "identity_code": true}),
			map[string]int{"current_password": 1, "new_password": 1, "identity_code": 1})
		apptest.WantProblem(t, send([]int{}), "non_field_errors")
		for _, weak := range []string{"Sh0rt", "alllower1", "ALLUPPER1", "OnlyLetters", "Aa1" + strings.Repeat("a", 1022)} {
			apptest.WantProblem(t, changePassword(t, s, alice, code, apptest.Password, weak), "new_password")
		}
		changePassword(t, s, alice, code, apptest.Password, newPassword).Want(t, 200) // nothing has used the code up
	})
}

func TestWrongCurrentPasswordDoesNotUseTheCodeUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		code := identityCode(t, s, alice)
		for range 6 {
			changePassword(t, s, alice, code, "Wrong-pass-1", newPassword).WantKeys(t, 400, "detail")
		}
		changePassword(t, s, alice, code, apptest.Password, newPassword).Want(t, 200)
		changePassword(t, s, alice, code, newPassword, apptest.Password).WantKeys(t, 400, "detail") // it is used now
	})
}

func TestChangePasswordWantsItsOwnCode(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob")
		refused := map[string]string{"of a reset": s.AskReset(t, alice.Email), "of bob": identityCode(t, s, bob),
			"earlier": identityCode(t, s, alice)}
		code := identityCode(t, s, alice)
		for name, other := range refused {
			if other != code {
				t.Run(name, func(t *testing.T) {
					changePassword(t, s, alice, other, apptest.Password, newPassword).WantKeys(t, 400, "detail")
				})
			}
		}
		changePassword(t, s, alice, code, apptest.Password, newPassword).Want(t, 200)

		code = identityCode(t, s, alice)
		for _, wrong := range otherThan(code, 5) {
			changePassword(t, s, alice, wrong, newPassword, apptest.Password).WantKeys(t, 400, "detail")
		}
		changePassword(t, s, alice, code, newPassword, apptest.Password).WantKeys(t, 400,
			"detail") // five wrong tries retire it
	})
}

func TestGuessesAtTheCurrentPasswordAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		db, alice := s.Database(t), s.SignUpByMail(t, "alice")
		try := func(client, current string) apptest.Reply {
			return callFrom(t, s, client, alice.Token, changePasswordPath,
				keys{"current_password": current, "new_password": newPassword, "identity_code": "none"})
		}
		for range 4 {
			try(stranger, "Wrong-pass-1").WantKeys(t, 400, "detail")
		}
		for range 6 { // sign-ins and changes count together
			apptest.WantProblem(t, signInFrom(t, s, another, "alice", "Wrong-pass-1"), "non_field_errors")
		}
		apptest.WantTooMany(t, try(stranger, apptest.Password))
		try("127.0.0.1", "Wrong-pass-1").WantKeys(t, 400, "detail") // where she signed in before

		apptest.Change(t, db, "delete from failed_attempts where scope = 'sign_in_account'")
		apptest.Change(t, db, "update failed_attempts set failures = 30 where scope = 'sign_in_address'")
		apptest.WantTooMany(t, try(stranger, apptest.Password))
	})
}

func TestOneCodeChangesOnePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUpByMail(t, "alice")
		phone := alice
		phone.Token = s.SignIn(t, alice)
		code := identityCode(t, s, alice)
		devices, passwords := []apptest.Account{alice, phone}, []string{"First-pass-1", "Second-pass-2"}
		won := make([]bool, 2)
		apptest.StatusesAtOnce(2, func(i int) apptest.Reply {
			reply := changePassword(t, s, devices[i], code, apptest.Password, passwords[i])
			won[i] = reply.Status == 200
			return reply
		})
		if won[0] == won[1] {
			t.Fatalf("changed: %v, want one of both", won)
		}
		for i, device := range devices {
			session, password := 401, 400
			if won[i] {
				session, password = 200, 200
			}
			s.Call(t, "GET", settingsPath, device.Token, nil).Want(t, session)
			s.TrySignIn(t, "alice", passwords[i]).Want(t, password)
		}
	})
}
