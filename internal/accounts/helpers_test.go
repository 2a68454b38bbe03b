package accounts_test

import (
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const (
	registerPath = "/api/v1/auth/register/"
	verifyPath   = "/api/v1/auth/verify-email/"
	resendPath   = "/api/v1/auth/resend-verification/"
	signInPath   = "/api/v1/auth/login/"
	probePath    = "/api/v1/auth/session/"
	sessionsPath = "/api/v1/auth/sessions/"
	signOutPath  = "/api/v1/auth/logout/"
	resetPath    = "/api/v1/auth/password-reset/"
	confirmPath  = "/api/v1/auth/password-reset/confirm/"
	settingsPath = "/api/v1/settings/"
)

// behindProxy makes the tests the proxy whose X-Forwarded-For counts, so that one test can play several clients.
const behindProxy = "TRUSTED_PROXIES=127.0.0.1"

// keys is a JSON object to send.
type keys = map[string]any

// post sends a JSON body without credentials.
func post(t testing.TB, s *apptest.Server, path string, body any) apptest.Reply {
	t.Helper()
	return s.Call(t, http.MethodPost, path, "", body)
}

// postFrom is post from a client with that address, on a server that is behindProxy.
func postFrom(t testing.TB, s *apptest.Server, address, path string, body any) apptest.Reply {
	t.Helper()
	request := s.Request(t, http.MethodPost, path, body)
	request.Header.Set("X-Forwarded-For", address)
	return apptest.Do(t, request)
}

func signIn(t testing.TB, s *apptest.Server, identifier, password string) apptest.Reply {
	t.Helper()
	return post(t, s, signInPath, keys{"email": identifier, "password": password})
}

// register makes an account that waits for its code, and returns the code.
func register(t testing.TB, s *apptest.Server, username, email string) (code string) {
	t.Helper()
	seen := s.Mail.Count(email)
	post(t, s, registerPath, keys{"username": username, "email": email, "password": apptest.Password}).Want(t, 201)
	return s.Mail.Code(t, email, seen+1)
}

// askReset has a code mailed that allows a new password, and returns it.
func askReset(t testing.TB, s *apptest.Server, email string) (code string) {
	t.Helper()
	seen := s.Mail.Count(email)
	post(t, s, resetPath, keys{"email": email}).Want(t, 200)
	return s.Mail.Code(t, email, seen+1)
}

// otherThan returns codes that are not the right one.
func otherThan(code string, count int) []string {
	wrong := []string{"000001", "000002", "000003", "000004", "000005", "000006"}
	return slices.DeleteFunc(wrong, func(c string) bool { return c == code })[:count]
}

// wantProblems fails the test unless the answer is 400 with these keys, each a list of that many texts.
func wantProblems(t testing.TB, reply apptest.Reply, counts map[string]int) {
	t.Helper()
	reply.Want(t, 400)
	got := map[string]int{}
	for key, value := range reply.Object() {
		texts, _ := value.([]any)
		got[key] = len(texts)
	}
	if !maps.Equal(got, counts) {
		t.Errorf("want texts %v: %s", counts, reply.Text)
	}
}

// wantProblem is wantProblems with one text.
func wantProblem(t testing.TB, reply apptest.Reply, key string) {
	t.Helper()
	wantProblems(t, reply, map[string]int{key: 1})
}

// wantTooMany fails the test unless the answer is 429 and says how long to wait.
func wantTooMany(t testing.TB, reply apptest.Reply) {
	t.Helper()
	reply.WantKeys(t, 429, "detail")
	wait, err := time.ParseDuration(reply.Header.Get("Retry-After") + "s")
	if err != nil || wait <= 0 || wait > 15*time.Minute {
		t.Errorf("want a Retry-After of up to a quarter of an hour: %q", reply.Header.Get("Retry-After"))
	}
}

// change runs a statement that must change something.
func change(t testing.TB, db *database.DB, query string, args ...any) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		changed, err := database.Exec(t.Context(), tx, query, args...)
		if err == nil && changed == 0 {
			t.Fatalf("nothing is changed by: %s", query)
		}
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// value returns what a query finds in one row and column.
func value[T any](t testing.TB, db *database.DB, query string, args ...any) T {
	t.Helper()
	found, err := database.One[T](t.Context(), db.Read(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return found
}

// ago is a time to store.
func ago(d time.Duration) time.Time { return database.Now().Add(-d) }

// sideBySide sends requests at the same time and counts the answers by status.
func sideBySide(count int, send func(i int) apptest.Reply) map[int]int {
	answers := map[int]int{}
	for _, reply := range apptest.AtOnce(count, send) {
		answers[reply.Status]++
	}
	return answers
}
