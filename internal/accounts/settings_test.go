package accounts_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

var settingsKeys = []string{"username", "first_name", "last_name", "email", "is_staff", "is_superuser", "motto",
	"social_link", "image_url",
	"editor_mode", "theme_preset", "theme_mode", "api_key_prefix", "api_base_url", "mcp_skill_md", "app_settings",
	"app_settings_updated_at"}

func patchSettings(t testing.TB, s *apptest.Server, token string, body any) apptest.Reply {
	t.Helper()
	return s.Call(t, "PATCH", settingsPath, token, body)
}

// wantSettings fails the test unless the change is accepted, with these values in the answer and when they are read
// again.
func wantSettings(t testing.TB, s *apptest.Server, token string, body any, want keys) {
	t.Helper()
	reply := patchSettings(t, s, token, body).WantKeys(t, 200, settingsKeys...)
	apptest.WantFields(t, reply.JSON, want)
	if stored := s.Call(t, "GET", settingsPath, token, nil).Want(t, 200); stored.Text != reply.Text {
		t.Errorf("read again:\n%s\nanswered:\n%s", stored.Text, reply.Text)
	}
}

func TestSettingsOfANewAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		reply := s.Call(t, "GET", settingsPath, s.SignUpByMail(t, "alice").Token, nil)
		reply.WantKeys(t, 200, settingsKeys...)
		apptest.WantFields(t, reply.JSON, keys{
			"username": "alice", "first_name": "", "last_name": "", "email": "alice@example.com", "is_staff": false,
			"is_superuser": false,
			"motto":        "", "social_link": "", "editor_mode": "P", "theme_preset": "teal", "theme_mode": "S",
			"api_key_prefix": "",
			"mcp_skill_md":   "", "app_settings_updated_at": nil,
			"app_settings": keys{"theme_preset": "teal", "theme_mode": "S", "api_base_url": reply.String("api_base_url")},
		})
		s.Call(t, "PUT", settingsPath, "", keys{}).Want(t, 405)
		s.Call(t, "PATCH", settingsPath, "", keys{}).Want(t, 401)
	})
}

func TestProfileIsChangedInPart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		full := keys{"username": "Alice_2", "first_name": "Alice", "last_name": "van der Berg", "motto": "To be — or not",
			"social_link":  "https://example.org/~alice?x=1",
			"mcp_skill_md": "# Skill\n\n<b>kept</b>", "theme_preset": "blue", "theme_mode": "D",
			"api_base_url": "https://notes.example.org/api/v1/", "editor_mode": "B"}
		wantSettings(t, s, token, full, full)
		probe := s.Call(t, "GET", probePath, token, nil).Want(t, 200)
		apptest.WantFields(t, probe.Object()["user"], keys{"username": "Alice_2", "display_name": "Alice van der Berg",
			"theme_preset": "blue"})
		wantSettings(t, s, token, keys{"first_name": "", "last_name": " ", "motto": "", "social_link": "",
			"mcp_skill_md": "  "},
			keys{"first_name": "", "last_name": "", "motto": "", "social_link": "", "mcp_skill_md": "", "username": "Alice_2",
				"theme_mode": "D"})
		wantSettings(t, s, token, keys{"is_staff": true, "is_superuser": true, "image_url": "https://evil.example.org",
			"api_key_prefix": "ntc_", "password": "x", "id": 7},
			keys{"is_staff": false, "is_superuser": false, "api_key_prefix": ""})
		wantSettings(t, s, token, keys{}, keys{"theme_preset": "blue"})
		wantSettings(t, s, token, keys{"username": 423}, keys{"username": "423"})
	})
}

func TestEditorModesOfAllVersionsOfTheApps(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		for sent, stored := range map[string]string{"G": "G", "B": "B", "P": "P", "M": "G", "T": "P", "g": "G", "x": "P"} {
			wantSettings(t, s, token, keys{"editor_mode": sent}, keys{"editor_mode": stored})
		}
	})
}

func TestSettingsThatAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		s.SignUpByMail(t, "bob")
		before := s.Call(t, "GET", settingsPath, token, nil).Text
		long := func(length int) string { return strings.Repeat("ä", length) }
		tests := map[string]struct {
			body any
			want map[string]int
		}{
			"nulls": {keys{"username": nil, "first_name": nil, "last_name": nil, "motto": nil, "social_link": nil,
				"mcp_skill_md": nil, "theme_preset": nil, "theme_mode": nil, "editor_mode": nil, "api_base_url": nil,
				"app_settings": nil, "email": nil},
				map[string]int{"username": 1, "first_name": 1, "last_name": 1, "motto": 1, "social_link": 1, "mcp_skill_md": 1,
					"theme_preset": 1, "theme_mode": 1, "editor_mode": 1, "api_base_url": 1, "app_settings": 1, "email": 1}},
			"blanks": {keys{"username": " ", "theme_preset": "", "theme_mode": "", "api_base_url": "", "email": ""},
				map[string]int{"username": 1, "theme_preset": 1, "theme_mode": 1, "api_base_url": 1, "email": 1}},
			"over-long": {keys{"username": long(151), "first_name": long(151), "last_name": long(151), "motto": long(101),
				"social_link": "https://example.org/" + long(255), "theme_preset": long(33),
				"api_base_url": "https://example.org/" + long(255), "mcp_skill_md": long(100_001)},
				map[string]int{"username": 1, "first_name": 1, "last_name": 1, "motto": 1, "social_link": 1, "theme_preset": 1,
					"api_base_url": 1, "mcp_skill_md": 1}},
			"zero bytes": {keys{"username": "a\x00", "first_name": "\x00", "motto": "\x00", "theme_preset": "\x00",
				"mcp_skill_md": "\x00"},
				map[string]int{"username": 1, "first_name": 1, "motto": 1, "theme_preset": 1, "mcp_skill_md": 1}},
			"bad values": {keys{"social_link": "javascript:alert(1)", "theme_mode": "X", "api_base_url": "ftp://example.org",
				"email": "nobody", "app_settings_updated_at": "yesterday"},
				map[string]int{"social_link": 1, "theme_mode": 1, "api_base_url": 1, "email": 1, "app_settings_updated_at": 1}},
			"no host":            {keys{"api_base_url": "https:///api"}, map[string]int{"api_base_url": 1}},
			"name of another":    {keys{"username": "BOB", "motto": "not saved"}, map[string]int{"username": 1}},
			"new address":        {keys{"email": "new@example.com", "motto": "not saved"}, map[string]int{"email": 1}},
			"address of another": {keys{"email": "bob@example.com"}, map[string]int{"email": 1}},
			"taken, and a wrong setting": {keys{"username": "bob", "theme_mode": "X", "app_settings": keys{"theme_mode": 1}},
				map[string]int{"username": 1, "theme_mode": 1, "app_settings": 1}},
			"no object": {[]int{1}, map[string]int{"non_field_errors": 1}},
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) { apptest.WantProblems(t, patchSettings(t, s, token, test.body), test.want) })
		}
		if after := s.Call(t, "GET", settingsPath, token, nil).Text; after != before {
			t.Errorf("something was saved:\n%s\n%s", before, after)
		}
	})
}

func TestNamesAreComparedWithoutLetterCaseInAllScripts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice, bob := s.SignUpByMail(t, "alice"), s.SignUpByMail(t, "bob").Token
		for name, other := range map[string]string{"Ärger": "ÄRGER", "straße": "STRASSE", "ЖУК": "жук",
			"Σίσυφος": "ΣΊΣΥΦΟΣ"} { // as accounts of the former system have them
			apptest.Change(t, s.Database(t), "update users set username = $1, username_folded = $2 where id = $3",
				name, database.Fold(name), alice.ID)
			apptest.WantProblem(t, patchSettings(t, s, bob, keys{"username": other}), "username")
			wantSettings(t, s, alice.Token, keys{"username": name, "motto": other}, keys{"username": name, "motto": other})
			s.TrySignIn(t, other, apptest.Password).Want(t, 200)
		}
		wantSettings(t, s, bob, keys{"username": "Alice"}, keys{"username": "Alice"}) // free now
	})
}

// What would be shown to others as somebody else's name, or as something that is no name.
func TestNamesThatPassForOthersAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "mallory").Token
		for _, name := range []string{
			"\u0430dmin", "ada\u200b", "\u202eada", "a\nda", "\x1b[31mada", "<b>ada</b>", "ada@example.com", "a da",
			"al", "é-cole",
		} {
			apptest.WantProblem(t, patchSettings(t, s, token, keys{"username": name}), "username")
			apptest.WantProblem(t, s.Post(t, registerPath, keys{"username": name, "email": "new@example.com",
				"password": apptest.Password}), "username")
			_, err := serviceOf(t, s).CreateUser(t.Context(), operator, accounts.NewUser{
				Username: name, Email: "new@example.com", Password: apptest.Password,
			})
			if !problem.IsKind(err, problem.Invalid) {
				t.Errorf("an operator can make %q: %v", name, err)
			}
		}
	})
}

func TestOwnAddressIsAcceptedSilently(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		wantSettings(t, s, token, keys{"email": " Alice@EXAMPLE.com ", "motto": "saved"}, keys{"email": "alice@example.com",
			"motto": "saved"})
	})
}

func TestSettingsChangedSideBySide(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		token := s.SignUpByMail(t, "alice").Token
		names := []string{"a", "b", "c", "d", "e", "f"}
		answers := apptest.StatusesAtOnce(len(names), func(i int) apptest.Reply {
			return patchSettings(t, s, token, keys{"app_settings": keys{names[i]: i}})
		})
		if answers[200] != len(names) {
			t.Fatalf("answers %v, want 200 alone", answers)
		}
		stored, _ := s.Call(t, "GET", settingsPath, token, nil).Object()["app_settings"].(map[string]any)
		for _, name := range names {
			if _, ok := stored[name]; !ok {
				t.Errorf("the change of %s was lost: %v", name, stored)
			}
		}
		bob := s.SignUpByMail(t, "bob").Token
		tokens := []string{token, bob, token, bob}
		answers = apptest.StatusesAtOnce(len(tokens), func(i int) apptest.Reply {
			return patchSettings(t, s, tokens[i],
				keys{"username": "wanted"})
		})
		if answers[200] != 2 || answers[400] != 2 {
			t.Errorf("answers %v for one name, want two for one account and none for the other", answers)
		}
	})
}
