package social_test

import (
	"slices"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// What an intruder has linked lately ends with a reset; what the owner has linked long ago goes on.
func TestAResetUnlinksWhatWasLinkedLately(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine)
		alice := s.SignUp(t, "alice")
		providers.Person("mine", verified("uid-1", "mine@example.org", "Alice"))
		providers.GitHubPerson("mine-hub", gitHubber(1, "mine", "mine@example.org"))
		providers.GitHubPerson("theirs-hub", gitHubber(2, "theirs", "theirs@example.org"))
		providers.Person("theirs", verified("uid-2", "theirs@example.org", "Mallory"))
		long, lately := apptest.Ago(31*24*time.Hour), apptest.Ago(29*24*time.Hour)
		reset := func() {
			t.Helper()
			code := s.AskReset(t, alice.Email)
			s.Post(t, confirmPath, keys{"email": alice.Email, "code": code, "password": apptest.Password}).Want(t, 200)
			alice.Token = s.SignIn(t, alice)
		}
		bindSocial(t, s, alice.Token, "google", "mine").Want(t, 201)
		bindSocial(t, s, alice.Token, "github", "mine-hub").Want(t, 201)
		s.Exec(t, "update social_accounts set created_at = $1, linked_at = $1, updated_at = $1", long)
		s.Post(t, googlePath, keys{"code": "mine", "intent": "login"}).Want(t, 200) // a sign-in is no link
		bindSocial(t, s, alice.Token, "github", "theirs-hub").Want(t, 200)          // in place of the owner's, just now
		bindSocial(t, s, alice.Token, "oidc", "theirs").Want(t, 201)
		reset()
		if left := linkedProviders(t, s, alice.Token); !slices.Equal(left, []string{"google"}) {
			t.Errorf("linked after a reset: %v", left)
		}
		s.Post(t, googlePath, keys{"code": "mine", "intent": "login"}).Want(t, 200)
		s.Post(t, gitHubPath, keys{"code": "theirs-hub", "intent": "login"}).Want(t, 404)
		s.Post(t, openIDPath, keys{"code": "theirs", "intent": "login"}).Want(t, 404)

		// Rows of a version that knows no time of linking are as old as they are.
		s.Exec(t, "update social_accounts set linked_at = null")
		reset()
		if left := linkedProviders(t, s, alice.Token); len(left) != 1 {
			t.Errorf("an old link of an earlier version is gone: %v", left)
		}
		s.Exec(t, "update social_accounts set created_at = $1", lately)
		reset()
		if left := linkedProviders(t, s, alice.Token); len(left) != 0 {
			t.Errorf("a young link of an earlier version stays: %v", left)
		}
	})
}

func TestLinksAreAmongTheEvents(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s, providers := startSocial(t, engine, "ACCOUNT_MAILS=changes")
		alice := s.SignUp(t, "alice")
		providers.Person("one", verified("uid-1", "one@example.org", "One"))
		providers.GitHubPerson("hers", gitHubber(1, "hers", alice.Email))
		bindSocial(t, s, alice.Token, "google", "one").Want(t, 201)
		if mail := s.Mail.Wait(t, alice.Email, 1); mail.Subject != "Notechondria: sign-in linked" {
			t.Errorf("the mail: %q", mail.Subject)
		}
		s.Call(t, "DELETE", linkedPath+"google/", alice.Token, nil).Want(t, 204)
		if mail := s.Mail.Wait(t, alice.Email, 2); mail.Subject != "Notechondria: sign-in unlinked" {
			t.Errorf("the mail: %q", mail.Subject)
		}
		s.Post(t, gitHubPath, keys{"code": "hers", "intent": "login"}).Want(t, 200) // links by the address
		s.Mail.Wait(t, alice.Email, 3)
		var got []string
		for _, e := range s.Call(t, "GET", "/api/v1/auth/events/", alice.Token,
			nil).Want(t, 200).Object()["results"].([]any) {
			if event := e.(map[string]any); event["event"] != "signed_in" {
				got = append(got, event["event"].(string)+" "+event["detail"].(string))
			}
		}
		if want := []string{"linked github", "unlinked google", "linked google"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}
