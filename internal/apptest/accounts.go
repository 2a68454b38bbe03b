package apptest

import (
	"maps"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
)

// Password is the password of the accounts that tests make.
const Password = "Str0ng-pass-123"

// Account is somebody who is signed in.
type Account struct {
	ID       int64
	Username string
	Email    string
	Token    string
}

const (
	registerPath = "/api/v1/auth/register/"
	verifyPath   = "/api/v1/auth/verify-email/"
	signInPath   = "/api/v1/auth/login/"
	resetPath    = "/api/v1/auth/password-reset/"
	settingsPath = "/api/v1/settings/"
)

// thisClient is what a server sees of tests.
var thisClient = actor.Actor{Client: actor.Client{Address: "127.0.0.1", UserAgent: "Go-http-client/1.1"}}

// SignUp makes an account that is signed in: for tests of what people do with accounts. It takes neither HTTP nor mail,
// unless the server is a process of its own.
func (s *Server) SignUp(t testing.TB, username string) Account {
	t.Helper()
	if s.ready == nil {
		return s.SignUpByMail(t, username)
	}
	service, a := s.App(t).Accounts, Account{Username: username, Email: username + "@example.com"}
	id, err := service.CreateUser(t.Context(), actor.Operator(),
		accounts.NewUser{Username: username, Email: a.Email, Password: Password})
	if err != nil {
		t.Fatal(err)
	}
	in, err := service.SignIn(t.Context(), thisClient, a.Email, Password)
	if err != nil {
		t.Fatal(err)
	}
	a.ID, a.Token = id, in.Token
	return a
}

// SignUpByMail registers and verifies an account as an app does, with the code from its mail.
func (s *Server) SignUpByMail(t testing.TB, username string) Account {
	t.Helper()
	email := username + "@example.com"
	code := s.Register(t, username, email)
	reply := s.Post(t, verifyPath, map[string]any{"email": email, "code": code}).Want(t, 200)
	user, _ := reply.Object()["user"].(map[string]any)
	id, _ := user["id"].(float64)
	return Account{ID: int64(id), Username: username, Email: email, Token: reply.String("token")}
}

// Register makes an account that waits for its code, and returns the code.
func (s *Server) Register(t testing.TB, username, email string) (code string) {
	t.Helper()
	seen := s.Mail.Count(email)
	s.Post(t, registerPath, map[string]any{"username": username, "email": email, "password": Password}).Want(t, 201)
	return s.Mail.Code(t, email, seen+1)
}

// AskReset has a code mailed that allows a new password, and returns it.
func (s *Server) AskReset(t testing.TB, email string) (code string) {
	t.Helper()
	seen := s.Mail.Count(email)
	s.Post(t, resetPath, map[string]any{"email": email}).Want(t, 200)
	return s.Mail.Code(t, email, seen+1)
}

// SignIn signs in once more.
func (s *Server) SignIn(t testing.TB, a Account) (token string) {
	t.Helper()
	return s.TrySignIn(t, a.Email, Password).Want(t, 200).String("token")
}

// TrySignIn asks for a session, by mail address or user name.
func (s *Server) TrySignIn(t testing.TB, identifier, password string) Reply {
	t.Helper()
	return s.Post(t, signInPath, map[string]any{"email": identifier, "password": password})
}

// Post sends a JSON body without credentials.
func (s *Server) Post(t testing.TB, path string, body any) Reply {
	t.Helper()
	return s.Call(t, http.MethodPost, path, "", body)
}

// BehindProxy makes the tests the proxy whose X-Forwarded-For counts, so that one test can play several clients.
const BehindProxy = "TRUSTED_PROXIES=127.0.0.1"

// PostFrom is Post from a client with that address, on a server that is BehindProxy.
func (s *Server) PostFrom(t testing.TB, address, path string, body any) Reply {
	t.Helper()
	request := s.Request(t, http.MethodPost, path, body)
	request.Header.Set("X-Forwarded-For", address)
	return Do(t, request)
}

// UserKeys are the keys of a user in answers of sign-in.
func UserKeys() []string {
	return []string{
		"id", "email", "username", "first_name", "last_name", "display_name", "is_staff", "is_superuser", "motto",
		"social_link",
		"image_url", "editor_mode", "theme_preset", "theme_mode", "api_base_url", "app_settings", "app_settings_updated_at",
	}
}

var sessionToken = regexp.MustCompile(`^[0-9a-f]{40}$`)

// WantSignedIn fails the test unless the answer is the whole one of a sign-in, whose token works at once.
func (s *Server) WantSignedIn(t testing.TB, reply Reply) {
	t.Helper()
	reply.WantKeys(t, 200, "token", "session", "multi_device", "other_sessions_count", "user")
	WantKeys(t, "session", reply.Object()["session"], "id", "device_label", "created_at", "last_seen_at")
	WantKeys(t, "user", reply.Object()["user"], UserKeys()...)
	if !sessionToken.MatchString(reply.String("token")) {
		t.Errorf("token %q", reply.String("token"))
	}
	s.Call(t, http.MethodGet, settingsPath, reply.String("token"), nil).Want(t, 200)
}

// WantProblems fails the test unless the answer is 400 with these keys, each a list of that many texts.
func WantProblems(t testing.TB, reply Reply, counts map[string]int) {
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

// WantProblem is WantProblems with one text.
func WantProblem(t testing.TB, reply Reply, key string) {
	t.Helper()
	WantProblems(t, reply, map[string]int{key: 1})
}

// WantTooMany fails the test unless the answer is 429 and says how long to wait.
func WantTooMany(t testing.TB, reply Reply) {
	t.Helper()
	reply.WantKeys(t, 429, "detail")
	wait, err := time.ParseDuration(reply.Header.Get("Retry-After") + "s")
	if err != nil || wait <= 0 || wait > 15*time.Minute {
		t.Errorf("want a Retry-After of up to a quarter of an hour: %q", reply.Header.Get("Retry-After"))
	}
}
