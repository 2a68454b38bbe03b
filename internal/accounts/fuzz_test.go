package accounts_test

import (
	"bytes"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// sendBytes sends a body as it is, for each body from another client: no limit hides what comes behind it.
func sendBytes(t *testing.T, s *apptest.Server, method, path, token string, body []byte) apptest.Reply {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if token != "" {
		request.Header.Set("Authorization", "Token "+token)
	}
	digest := fnv.New32a()
	digest.Write(body)
	sum := digest.Sum(nil)
	request.Header.Set("X-Forwarded-For", netip.AddrFrom4([4]byte(sum)).String())
	return apptest.Do(t, request)
}

func FuzzRegister(f *testing.F) {
	s := apptest.Start(f, database.SQLite, behindProxy)
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
		switch reply := sendBytes(t, s, http.MethodPost, registerPath, "", body); reply.Status {
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

func FuzzValidateInvitation(f *testing.F) {
	s := apptest.Start(f, database.SQLite, behindProxy)
	code, err := serviceOf(f, s).CreateInvitation(f.Context(), accounts.NewInvitation{MaxUses: 1, Code: "our garden"})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		`{"invitation_code":""}`, `{"invitation_code":" our garden\u00a0"}`, `{"invitation_code":"OUR-GARDEN"}`,
		`{"invitation_code":["our garden"]}`, `{"invitation_code":null}`, `["\ud800"]`, "{\"invitation_code\":\"\xff\"}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		switch reply := sendBytes(t, s, http.MethodPost, invitationPath, "", body); reply.Status {
		case 200:
			var sent map[string]any
			if err := json.Unmarshal(body, &sent); err != nil && len(body) > 0 {
				t.Fatalf("%q was read: %v", body, err)
			}
			text, _ := sent["invitation_code"].(string)
			wantInvitation(t, reply, true, strings.TrimSpace(text) == code)
		case 400, 413:
			if len(reply.Object()) == 0 {
				t.Errorf("the refusal says nothing: %s", reply.Text)
			}
		default:
			t.Errorf("status %d: %s", reply.Status, reply.Text)
		}
	})
}

func FuzzSettings(f *testing.F) {
	s := apptest.Start(f, database.SQLite, behindProxy)
	token := s.SignUp(f, "alice").Token
	for _, seed := range []string{
		`{"username":"Älice","motto":"x","social_link":"https://example.org","editor_mode":"M"}`,
		`{"theme_preset":"teal","theme_mode":"L","api_base_url":"https://example.org/api/v1","email":"alice@example.com"}`,
		`{"app_settings":{"theme_preset":"te\u0000al","locale":[1.0,null]},"app_settings_updated_at":"2026-11-22 1:2+05:30"}`,
		`{"app_settings":null,"app_settings_updated_at":"0001-01-01"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		switch reply := sendBytes(t, s, http.MethodPatch, settingsPath, token, body); reply.Status {
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
