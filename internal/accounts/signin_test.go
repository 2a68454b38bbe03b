package accounts_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// importedHash is apptest.Password as the system before this one stored it, with few rounds.
const importedHash = "pbkdf2_sha256$1000$seasalt$HHcZgBX4A+qEk0sogoC1/JQ/Z3a8QDjSyCr047rDKCA="

// importUser stores an active account that has never signed in here.
func importUser(t testing.TB, db *database.DB, username string) {
	t.Helper()
	apptest.Change(t, db, `
		insert into users (username, username_folded, email, email_folded, password_hash, is_active, date_joined)
		values ($1, $1, $2, $2, $3, true, $4)`, username, username+"@example.com", importedHash, database.Now())
}

func TestSignInByAnyNameOfTheAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUpByMail(t, "alice")
		s.SignUpByMail(t, "bob")
		tests := map[string]keys{
			"address":                       {"email": "alice@example.com"},
			"address, other letter case":    {"email": "ALICE@Example.com"},
			"user name":                     {"email": "alice"},
			"user name, other letter case":  {"email": "Alice"},
			"as identifier":                 {"identifier": "alice@example.com"},
			"identifier rather than email":  {"identifier": "alice", "email": "bob@example.com"},
			"white space around everything": {"email": "\n alice ", "password": " " + apptest.Password + "\t"},
		}
		for name, body := range tests {
			t.Run(name, func(t *testing.T) {
				if body["password"] == nil {
					body["password"] = apptest.Password
				}
				reply := s.Post(t, signInPath, body)
				s.WantSignedIn(t, reply)
				apptest.WantFields(t, reply.Object()["user"], keys{"username": "alice", "email": "alice@example.com"})
				if reply.Object()["multi_device"] != true || reply.Int("other_sessions_count") < 1 {
					t.Errorf("want the session of the registration counted: %s", reply.Text)
				}
			})
		}
	})
}

func TestSignInByAnAddressIsNotCaughtByANameThatLooksLikeIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUpByMail(t, "alice")
		mallory := s.SignUpByMail(t, "mallory")
		apptest.Change(t, s.Database(t), "update users set username = $1, username_folded = $1 where id = $2", // an old one
			"alice@example.com", mallory.ID)
		reply := s.TrySignIn(t, "alice@example.com", apptest.Password).Want(t, 200)
		apptest.WantFields(t, reply.Object()["user"], keys{"username": "alice"})
	})
}

func TestRefusedSignInDoesNotTellWhy(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		s.SignUpByMail(t, "alice")
		s.Register(t, "pending", "pending@example.com")
		first := s.TrySignIn(t, "nobody", apptest.Password)
		apptest.WantProblem(t, first, "non_field_errors")
		for name, reply := range map[string]apptest.Reply{
			"unknown address":             s.TrySignIn(t, "nobody@example.com", apptest.Password),
			"wrong password":              s.TrySignIn(t, "alice", "Wrong-pass-1"),
			"password, other letter case": s.TrySignIn(t, "alice", strings.ToLower(apptest.Password)),
			"not verified":                s.TrySignIn(t, "pending", apptest.Password),
		} {
			if reply.Status != first.Status || reply.Text != first.Text {
				t.Errorf("%s: %d %s, want the answer for an unknown name", name, reply.Status, reply.Text)
			}
		}
	})
}

func TestSignInNeedsANameAndAPassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		tests := map[string]struct {
			body any
			want map[string]int
		}{
			"no name":      {keys{"password": "x"}, map[string]int{"non_field_errors": 1}},
			"no password":  {keys{"email": "alice"}, map[string]int{"password": 1}},
			"blank name":   {keys{"email": "", "identifier": "alice", "password": "x"}, map[string]int{"email": 1}},
			"name is null": {keys{"identifier": nil, "email": "alice", "password": "x"}, map[string]int{"identifier": 1}},
			"zero bytes":   {keys{"email": "a\x00", "password": "\x00"}, map[string]int{"email": 1, "password": 1}},
			"over-long": {keys{"email": strings.Repeat("a", 321), "password": strings.Repeat("a", 1025)},
				map[string]int{"email": 1, "password": 1}},
			"no object": {`"alice"`, map[string]int{"non_field_errors": 1}},
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) { apptest.WantProblems(t, s.Post(t, signInPath, test.body), test.want) })
		}
	})
}

// The apps send a token they have with every request, and notice by the 401 that it has ended.
func TestStaleTokenIsRefusedEvenWhereNoneIsNeeded(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	reply := s.Call(t, "POST", signInPath, strings.Repeat("0", 40), keys{"email": "alice", "password": "x"})
	wantInvalidToken(t, reply)
}

func TestImportedPasswordIsAcceptedAndItsHashRenewed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		db := s.Database(t)
		importUser(t, db, "alice")
		stored := func() string { return apptest.Value[string](t, db, "select password_hash from users") }
		apptest.WantProblem(t, s.TrySignIn(t, "alice", "Wrong-pass-1"), "non_field_errors")
		if stored() != importedHash {
			t.Fatal("the hash was changed by a wrong password")
		}
		s.TrySignIn(t, "alice", apptest.Password).Want(t, 200)
		renewed := stored()
		if !strings.HasPrefix(renewed, "$argon2id$") {
			t.Fatalf("the hash is still %q", renewed)
		}
		s.TrySignIn(t, "alice", apptest.Password).Want(t, 200)
		if stored() != renewed {
			t.Error("a good hash was renewed again")
		}
	})
}

func TestFirstSignInFillsTheAccountOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		importUser(t, s.Database(t), "alice")
		answers := apptest.StatusesAtOnce(6, func(int) apptest.Reply { return s.TrySignIn(t, "alice", apptest.Password) })
		if answers[200] != 6 {
			t.Fatalf("answers %v, want 200 alone", answers)
		}
		token := s.TrySignIn(t, "alice", apptest.Password).Want(t, 200).String("token")
		notes := s.Call(t, "GET", "/api/v1/notes/", token, nil).Want(t, 200).List()
		courses := s.Call(t, "GET", "/api/v1/courses/", token, nil).Want(t, 200).List()
		if len(notes) != 1 || len(courses) != 1 {
			t.Fatalf("%d notes in %d courses, want the welcome note in the Inbox", len(notes), len(courses))
		}
		apptest.WantFields(t, courses[0], keys{"title": "Inbox", "is_default": true})
		note, _ := notes[0].(map[string]any)
		id, _ := note["id"].(float64)
		s.Call(t, "DELETE", path("/api/v1/notes", id), token, nil).Want(t, 204)
		s.TrySignIn(t, "alice", apptest.Password).Want(t, 200)
		if left := s.Call(t, "GET", "/api/v1/notes/", token, nil).Want(t, 200).List(); len(left) != 0 {
			t.Errorf("the welcome note came back after it was deleted: %v", left)
		}
	})
}
