package accounts_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func FuzzRegister(f *testing.F) {
	s := apptest.Start(f, database.SQLite, apptest.BehindProxy)
	for _, seed := range []string{
		`{"username":"alice","email":"alice@example.com","password":"Str0ng-pass-123","invitation_code":""}`,
		`{"username":"bob-2","email":"bob@example.com","password":"Str0ng-pass-123","invitation_code":"our garden"}`,
		`{"username":"a","email":"\"a b\"@[::1]","password":null}`,
		`[{"username":1.5e9}]`,
		"{\"email\":\"\xff@\u00fc.example\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		switch reply := s.SendBytes(t, http.MethodPost, registerPath, "", body); reply.Status {
		case 201:
			if email := reply.String("email"); !strings.Contains(email, "@") || !json.Valid(body) {
				t.Errorf("an account with the address %q was made of %q", email, body)
			}
		case 400, 413, 429:
			if len(reply.Object()) == 0 {
				t.Errorf("the refusal says nothing: %s", reply.Text)
			}
		default:
			t.Errorf("status %d: %s", reply.Status, reply.Text)
		}
	})
}

func FuzzSettings(f *testing.F) {
	s := apptest.Start(f, database.SQLite, apptest.BehindProxy)
	token := s.SignUpByMail(f, "alice").Token
	for _, seed := range []string{
		`{"username":"Älice","motto":"x","social_link":"https://example.org","editor_mode":"M"}`,
		`{"theme_preset":"teal","theme_mode":"L","api_base_url":"https://example.org/api/v1","email":"alice@example.com"}`,
		`{"app_settings":{"theme_preset":"te\u0000al","locale":[1.0,null]},"app_settings_updated_at":"2026-11-22 1:2+05:30"}`,
		`{"app_settings":null,"app_settings_updated_at":"0001-01-01"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		switch reply := s.SendBytes(t, http.MethodPatch, settingsPath, token, body); reply.Status {
		case 200:
			reply.WantKeys(t, 200, settingsKeys...)
			if stored := s.Call(t, http.MethodGet, settingsPath, token, nil); stored.Text != reply.Text {
				t.Errorf("read again:\n%s\nanswered:\n%s", stored.Text, reply.Text)
			}
			for _, key := range []string{"username", "motto", "theme_preset", "theme_mode", "api_base_url", "mcp_skill_md"} {
				if strings.ContainsRune(reply.String(key), 0) {
					t.Errorf("%s holds a zero byte, which PostgreSQL can't store: %q", key, reply.String(key))
				}
			}
		case 400, 413:
			if len(reply.Object()) == 0 {
				t.Errorf("the refusal says nothing: %s", reply.Text)
			}
		default:
			t.Errorf("status %d: %s", reply.Status, reply.Text)
		}
	})
}
