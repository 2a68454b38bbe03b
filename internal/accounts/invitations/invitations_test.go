package invitations_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	invitationPath = "/api/v1/auth/validate-invitation/"
	registerPath   = "/api/v1/auth/register/"
	verifyPath     = "/api/v1/auth/verify-email/"
)

// Clients of these tests, with addresses that are reserved for examples.
const (
	stranger = "203.0.113.1"
	another  = "203.0.113.2"
)

// keys is a JSON object to send.
type keys = map[string]any

// invite makes an invitation for that many people, and returns its code.
func invite(t testing.TB, s *apptest.Server, uses int) (code string) {
	t.Helper()
	code, err := s.App(t).Invitations.Create(t.Context(), actor.Operator(), invitations.Draft{MaxUses: uses})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// registerWith registers with an invitation.
func registerWith(t testing.TB, s *apptest.Server, username string, code any) apptest.Reply {
	t.Helper()
	return s.Post(t, registerPath, keys{"username": username, "email": username + "@example.com",
		"password": apptest.Password, "invitation_code": code})
}

func wantInvitation(t testing.TB, reply apptest.Reply, required, valid bool) {
	t.Helper()
	if want := fmt.Sprintf(`{"required":%t,"valid":%t}`, required, valid); reply.Status != 200 || reply.Text != want {
		t.Errorf("status %d, want %s: %s", reply.Status, want, reply.Text)
	}
}

// timesUsed is how many places of all invitations are taken.
func timesUsed(t testing.TB, db *database.DB) int {
	t.Helper()
	return apptest.Value[int](t, db, "select coalesce(sum(times_used), 0) from invitations")
}

func TestNoInvitationIsNeededWhereThereIsNone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		for _, body := range []any{keys{}, keys{"invitation_code": ""}, keys{"invitation_code": "welcome"},
			keys{"invitation_code": 5}} {
			wantInvitation(t, s.Post(t, invitationPath, body), false, true)
		}
		registerWith(t, s, "alice", " ").Want(t, 201)
		// Who types a code wants it to count.
		apptest.WantProblem(t, registerWith(t, s, "bob", "welcome"), "invitation_code")
	})
}

func TestInvitationIsAskedForAndUsedUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := invite(t, s, 1)
		for _, nothing := range []any{keys{}, keys{"invitation_code": ""}, keys{"invitation_code": " "},
			keys{"invitation_code": nil}} {
			wantInvitation(t, s.Post(t, invitationPath, nothing), true, false)
		}
		wantInvitation(t, s.Post(t, invitationPath, keys{"invitation_code": "wrong-code"}), true, false)
		for range 3 { // asking uses nothing up
			wantInvitation(t, s.Post(t, invitationPath, keys{"invitation_code": code}), true, true)
		}
		apptest.WantProblem(t, registerWith(t, s, "alice", ""), "invitation_code")
		apptest.WantProblem(t, s.Post(t, registerPath, keys{"username": "alice", "email": "alice@example.com",
			"password": apptest.Password}), "invitation_code")
		apptest.WantProblem(t, registerWith(t, s, "alice", code+"x"), "invitation_code")
		registerWith(t, s, "alice", " "+code+"\t").Want(t, 201)
		wantInvitation(t, s.Post(t, invitationPath, keys{"invitation_code": code}), true, false) // needed all the same
		apptest.WantProblem(t, registerWith(t, s, "bob", code), "invitation_code")
		s.Post(t, verifyPath, keys{"email": "alice@example.com", "code": s.Mail.Code(t, "alice@example.com", 1)}).Want(t, 200)
	})
}

func TestMissingInvitationIsReportedAfterTheFields(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		invite(t, s, 1)
		apptest.WantProblems(t, s.Post(t, registerPath, keys{"username": "a", "email": "alice@example.com",
			"password": apptest.Password}), map[string]int{"username": 1})
		apptest.WantProblems(t, registerWith(t, s, "a", "wrong-code"), map[string]int{"username": 1, "invitation_code": 1})
	})
}

func TestInvitationIsTypedInAnyWay(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := invite(t, s, 9)
		mistyped := strings.NewReplacer("0", "o", "1", "l").Replace(strings.ToLower(strings.ReplaceAll(code, "-", " ")))
		for _, text := range []string{code, strings.ReplaceAll(code, "-", ""), strings.ToLower(code), mistyped} {
			wantInvitation(t, s.Post(t, invitationPath, keys{"invitation_code": text}), true, true)
		}
		if symbols := strings.ReplaceAll(code, "-", ""); len(symbols) != 16 { // of five bits
			t.Errorf("%q has %d symbols, want 16", code, len(symbols))
		}
		stored := apptest.Value[string](t, s.Database(t), "select code_hash from invitations")
		if len(stored) != 64 || strings.Contains(stored, strings.ToLower(code[:4])) &&
			strings.Contains(stored, strings.ToLower(code[5:9])) {
			t.Errorf("the code is stored as %q", stored)
		}
	})
}

func TestChosenCodesAreTakenAsTheyAre(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		service := s.App(t).Invitations
		for _, chosen := range []string{"Höhenweg 7-l", "0123456789ABCDEF"} {
			code, err := service.Create(t.Context(), actor.Operator(), invitations.Draft{MaxUses: 1, Code: " " + chosen + " "})
			if err != nil || code != chosen {
				t.Fatalf("%q: %q, %v", chosen, code, err)
			}
			wantInvitation(t, s.Post(t, invitationPath, keys{"invitation_code": chosen}), true, true)
		}
		wantInvitation(t, s.Post(t, invitationPath, keys{"invitation_code": "höhenweg 7-l"}), true, false)
	})
}

func TestOddInvitationsAreInvalid(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := invite(t, s, 1)
		for _, odd := range []any{12345678, true, []string{code}, keys{"code": code}, "a\x00b", strings.Repeat("é", 70_000),
			1e300} {
			wantInvitation(t, s.Post(t, invitationPath, keys{"invitation_code": odd}), true, false)
		}
		apptest.WantProblem(t, s.Post(t, invitationPath, []string{code}), "non_field_errors")
		for sent, valid := range map[string]bool{code: true, "12345678": false, "": false} {
			wantInvitation(t, s.Upload(t, http.MethodPost, invitationPath, "", apptest.Part{Name: "invitation_code",
				Content: sent}), true, valid)
		}
	})
}

func TestExpiredAndRevokedInvitationsKeepTheGate(t *testing.T) {
	for name, statement := range map[string]string{
		"expired": "update invitations set expires_at = $1", "revoked": "update invitations set revoked_at = $1",
	} {
		t.Run(name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, engine database.Engine) {
				s := apptest.Start(t, engine)
				code := invite(t, s, 1)
				apptest.Change(t, s.Database(t), statement, apptest.Ago(time.Second))
				wantInvitation(t, s.Post(t, invitationPath, keys{"invitation_code": code}), true, false)
				apptest.WantProblem(t, registerWith(t, s, "alice", code), "invitation_code")
				apptest.WantProblem(t, registerWith(t, s, "alice", ""), "invitation_code")
				if used := timesUsed(t, s.Database(t)); used != 0 {
					t.Errorf("%d places are taken", used)
				}
			})
		})
	}
}

func TestPlacesAreNeverGivenTwice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := invite(t, s, 3)
		answers := apptest.StatusesAtOnce(8, func(i int) apptest.Reply {
			return registerWith(t, s,
				fmt.Sprintf("person-%d", i), code)
		})
		if answers[201] != 3 || answers[400] != 5 {
			t.Errorf("answers %v, want three 201 and five 400", answers)
		}
		db := s.Database(t)
		if users, uses := apptest.Value[int](t, db, "select count(*) from users"), apptest.Value[int](t, db,
			"select count(*) from invitation_uses"); users != 3 || uses != 3 {
			t.Errorf("%d accounts and %d uses, want 3", users, uses)
		}
	})
}

func TestPendingAccountIsChargedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		first, second := invite(t, s, 1), invite(t, s, 1)
		for range 3 {
			registerWith(t, s, "alice", first).Want(t, 201)
		}
		if used := timesUsed(t, s.Database(t)); used != 1 {
			t.Errorf("%d places are taken, want 1", used)
		}
		registerWith(t, s, "alice", second).Want(t, 201)
		registerWith(t, s, "bob", first).Want(t, 201) // alice gave it back
		apptest.WantProblem(t, registerWith(t, s, "carol", second), "invitation_code")
		apptest.WantProblem(t, registerWith(t, s, "alice", first), "invitation_code")
		if used := timesUsed(t, s.Database(t)); used != 2 {
			t.Errorf("%d places are taken, want 2", used)
		}
	})
}

func TestPendingAccountRegistersSideBySide(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code := invite(t, s, 5)
		registerWith(t, s, "alice", code).Want(t, 201)
		if answers := apptest.StatusesAtOnce(6, func(int) apptest.Reply {
			return registerWith(t, s, "alice",
				code)
		}); answers[201] != 6 {
			t.Errorf("answers %v, want six 201", answers)
		}
		if used := timesUsed(t, s.Database(t)); used != 1 {
			t.Errorf("%d places are taken, want 1", used)
		}
	})
}

func TestWrongInvitationsOfAClientAreLimited(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, apptest.BehindProxy)
		code := invite(t, s, 9)
		for i := range 30 {
			wrong := keys{"invitation_code": fmt.Sprintf("wrong-code-%d", i)}
			if i%2 == 0 {
				wantInvitation(t, s.PostFrom(t, stranger, invitationPath, wrong), true, false)
				continue
			}
			wrong["username"], wrong["email"], wrong["password"] = "alice", "alice@example.com", apptest.Password
			apptest.WantProblem(t, s.PostFrom(t, stranger, registerPath, wrong), "invitation_code")
		}
		right := keys{"invitation_code": code, "username": "alice", "email": "alice@example.com",
			"password": apptest.Password}
		apptest.WantTooMany(t, s.PostFrom(t, stranger, invitationPath, right))
		apptest.WantTooMany(t, s.PostFrom(t, stranger, registerPath, right))
		wantInvitation(t, s.PostFrom(t, stranger, invitationPath, keys{"invitation_code": ""}), true, false) // tells nothing
		// Good ones are not counted.
		for range 31 {
			wantInvitation(t, s.PostFrom(t, another, invitationPath, right), true, true)
		}
		s.PostFrom(t, another, registerPath, right).Want(t, 201)
	})
}

func TestInvitationOfAnAccountThatIsNeverVerifiedIsGivenBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		code, db := invite(t, s, 4), s.Database(t)
		s.WaitForPurge(t, "accounts.purge")
		for _, username := range []string{"alice", "bob", "carol"} {
			registerWith(t, s, username, code).Want(t, 201)
		}
		s.Post(t, verifyPath, keys{"email": "alice@example.com", "code": s.Mail.Code(t, "alice@example.com", 1)}).Want(t, 200)
		registerWith(t, s, "dora", code).Want(t, 201) // long ago, and again just now: her new code must be of use
		apptest.Change(t, db, "update users set date_joined = $1 where username <> 'carol'", apptest.Ago(30*24*time.Hour))
		apptest.Change(t, db, "update verification_codes set expires_at = $1 where address <> 'dora@example.com'",
			apptest.Ago(time.Hour))
		apptest.Change(t, db, "update periodic_jobs set due_at = $1 where name = 'accounts.purge'", apptest.Ago(time.Hour))
		instance, err := app.New(s.Config, slog.New(slog.DiscardHandler), db) // looks for what is due when it starts
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		queue, ended := instance.Queue, make(chan struct{})
		go func() { defer close(ended); queue.Run(ctx) }()
		apptest.Eventually(t, "the purge", func() bool { return timesUsed(t, db) == 3 })
		stop()
		<-ended
		if names := apptest.Value[int](t, db,
			"select count(*) from users where username in ('alice', 'carol', 'dora')"); names != 3 {
			t.Error("alice is verified, carol and dora can be")
		}
		registerWith(t, s, "dave", code).Want(t, 201)
		apptest.WantProblem(t, registerWith(t, s, "erin", code), "invitation_code")
	})
}

func TestValidateInvitationTakesNoOtherMethod(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite)
	s.Call(t, http.MethodGet, invitationPath, "", nil).WantKeys(t, 405, "detail")
	s.Call(t, http.MethodPost, invitationPath, strings.Repeat("0", 40), keys{}).WantKeys(t, 401, "detail")
}
