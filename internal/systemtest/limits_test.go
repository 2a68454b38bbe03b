package systemtest_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// pair is two processes on one database, asked in turn, behind a proxy that tells who the client is.
type pair struct {
	environment []string
	mail        *apptest.Mailbox
	servers     []*apptest.Server
	processes   []*apptest.Process
	asked       int
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{mail: apptest.NewMailbox(t)}
	p.environment = slices.Concat(
		[]string{"DATABASE_URL=" + apptest.EmptyDatabase(t, true), secretKey,
			"TRUSTED_PROXIES=127.0.0.1"}, p.mail.Environment())
	p.start(t)
	return p
}

func (p *pair) start(t *testing.T) {
	t.Helper()
	p.processes, p.servers = nil, nil
	for range 2 {
		process := apptest.StartProcess(t, append(slices.Clone(p.environment), "DATA_DIR="+t.TempDir()), "start")
		p.processes = append(p.processes, process)
		p.servers = append(p.servers, process.Server())
	}
}

// restart stops both and starts two others: nothing that was in memory is left.
func (p *pair) restart(t *testing.T) {
	t.Helper()
	for _, process := range p.processes {
		if code := process.Stop(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
	p.start(t)
}

// post asks the one process, then the other.
func (p *pair) post(t *testing.T, client, path string, body object) apptest.Reply {
	t.Helper()
	p.asked++
	request := p.servers[p.asked%len(p.servers)].Request(t, "POST", path, body)
	request.Header.Set("X-Forwarded-For", client)
	return apptest.Do(t, request)
}

// wantForAll fails the test unless both processes answer with that status.
func (p *pair) wantForAll(t *testing.T, status int, client, path string, body object) {
	t.Helper()
	for range p.servers {
		p.post(t, client, path, body).Want(t, status)
	}
}

const (
	loginPath  = "/api/v1/auth/login/"
	verifyPath = "/api/v1/auth/verify-email/"
)

func TestLimitsHoldAcrossProcessesAndRestarts(t *testing.T) {
	t.Parallel()
	p := newPair(t)

	wrong := object{"email": "alice", "password": "Wrong-pass-1"}
	for i := range 10 { // from ten clients, so that only the account's limit is met
		p.post(t, fmt.Sprintf("203.0.113.%d", i), loginPath, wrong).Want(t, 400)
	}
	p.wantForAll(t, 429, "203.0.113.99", loginPath, wrong)

	for i := range 30 { // of thirty accounts, so that only the client's limit is met
		p.post(t, "198.51.100.1", verifyPath,
			object{"email": fmt.Sprintf("person-%d@example.com", i), "code": "000000"}).Want(t, 400)
	}
	p.wantForAll(t, 429, "198.51.100.1", verifyPath, object{"email": "bob@example.com", "code": "000000"})

	p.restart(t)
	p.wantForAll(t, 429, "203.0.113.98", loginPath, wrong)
	p.wantForAll(t, 429, "198.51.100.1", verifyPath, object{"email": "bob@example.com", "code": "000000"})
	p.wantForAll(t, 400, "198.51.100.2", verifyPath, object{"email": "bob@example.com", "code": "000000"})
}

// Passwords are hashed at their usual cost here.
func TestAFloodOfRegistrationsKeepsNobodyFromSigningIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := []string{secretKey, "DATA_DIR=" + t.TempDir(), "TRUSTED_PROXIES=127.0.0.1"}
		if engine == database.PostgreSQL {
			environment = append(environment, "DATABASE_URL="+apptest.EmptyDatabase(t, true))
		}
		mail := apptest.NewMailbox(t)
		process := apptest.StartProcess(t, append(environment, mail.Environment()...), "start")
		s := process.Server()
		s.Mail = mail
		alice := s.SignUpByMail(t, "alice")
		register := func(i int) apptest.Reply {
			if i == 50 { // in their midst
				return s.PostFrom(t, "203.0.113.1", loginPath, object{"email": alice.Email, "password": apptest.Password})
			}
			name := fmt.Sprintf("person-%d", i)
			return s.PostFrom(t, "203.0.113.66", "/api/v1/auth/register/",
				object{"username": name, "email": name + "@example.com", "password": apptest.Password})
		}
		replies := apptest.AtOnce(150, register)
		replies[50].Want(t, 200)
		refused := 0
		for i, reply := range replies {
			if i != 50 && reply.Status != 201 {
				refused++
				if reply.Want(t, 503); reply.Header.Get("Retry-After") == "" {
					t.Error("a refusal does not say when to come back")
				}
			}
		}
		if refused == 0 {
			t.Error("150 registrations side by side are all done")
		}
	})
}

func TestTriesOfACodeAreCountedAcrossProcessesAndRestarts(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	const client = "203.0.113.1"
	codes := map[string]string{}
	for _, name := range []string{"tried", "retired"} {
		email := name + "@example.com"
		p.post(t, client, "/api/v1/auth/register/",
			object{"username": name, "email": email, "password": apptest.Password}).Want(t, 201)
		codes[name] = p.mail.Code(t, email, 1)
	}
	try := func(name, code string, status int) {
		t.Helper()
		p.post(t, client, verifyPath, object{"email": name + "@example.com", "code": code}).Want(t, status)
	}
	for range 4 {
		try("tried", "no code", 400)
	}
	for range 3 {
		try("retired", "no code", 400)
	}
	p.restart(t)
	try("tried", codes["tried"], 200) // the fifth try
	for range 2 {
		try("retired", "no code", 400)
	}
	for range p.servers {
		try("retired", codes["retired"], 400)
	}
}
