package invitations_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func FuzzValidateInvitation(f *testing.F) {
	s := apptest.Start(f, database.SQLite, apptest.BehindProxy)
	code, err := s.App(f).Invitations.Create(f.Context(), actor.Operator(), invitations.Draft{MaxUses: 1,
		Code: "our garden"})
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
		switch reply := s.SendBytes(t, http.MethodPost, invitationPath, "", body); reply.Status {
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
