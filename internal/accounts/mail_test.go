package accounts_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

var anyLink = regexp.MustCompile(`https?://\S+`)

func TestMailHoldsTheCodeBeforeTheLink(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		tests := map[string]struct{ setting, page string }{
			"no address known":   {"PUBLIC_URL=", ""},
			"page of the server": {"PUBLIC_URL=https://notes.example.org", "https://notes.example.org/auth/verify-email/"},
			"page of a front end": {"FRONTEND_VERIFY_URL=https://app.example.org/verify?step=2",
				"https://app.example.org/verify"},
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				s := apptest.Start(t, engine, test.setting)
				code := s.Register(t, "alice", "alice+notes@example.com")
				mail := s.Mail.Wait(t, "alice+notes@example.com", 1)
				if !strings.Contains(mail.Subject, "Notechondria") || !strings.Contains(mail.Text, "alice+notes@example.com") ||
					!strings.Contains(mail.Text, "24 hours") {
					t.Errorf("want product, address and validity: %+v", mail)
				}
				link := anyLink.FindString(mail.Text)
				if test.page == "" {
					if link != "" {
						t.Errorf("want no link: %s", mail.Text)
					}
					return
				}
				if strings.Index(mail.Text, "Code: "+code) > strings.Index(mail.Text, link) {
					t.Errorf("want the code before the link: %s", mail.Text)
				}
				wantLink(t, link, test.page, url.Values{"email": {"alice+notes@example.com"}, "code": {code}})
			})
		}
	})
}

func wantLink(t *testing.T, link, page string, parameters url.Values) {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	for name := range parameters {
		if query.Get(name) != parameters.Get(name) {
			t.Errorf("parameter %s of %s, want %q", name, link, parameters.Get(name))
		}
	}
	if before, _, _ := strings.Cut(link, "?"); before != page {
		t.Errorf("link to %s, want %s", before, page)
	}
}

func TestEachCodeIsMailedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "PUBLIC_URL=https://notes.example.org")
		s.Register(t, "alice", "alice@example.com")
		apptest.Change(t, s.Database(t), "update verification_codes set created_at = $1", apptest.Ago(2*time.Minute))
		s.Post(t, resendPath, keys{"email": "alice@example.com"}).Want(t, 200)
		s.Mail.Wait(t, "alice@example.com", 2)
		s.AskReset(t, "alice@example.com")
		reset := s.Mail.Wait(t, "alice@example.com", 3)
		if reset.Subject == s.Mail.Wait(t, "alice@example.com", 1).Subject {
			t.Errorf("a reset has the subject of a verification: %q", reset.Subject)
		}
		if link := anyLink.FindString(reset.Text); link != "" {
			t.Errorf("a reset links to %s, where an address is verified", link)
		}
		s.Register(t, "bob", "bob@example.com") // mail is sent in turn: whatever came twice has come by now
		if mails := s.Mail.Count("alice@example.com"); mails != 3 {
			t.Errorf("%d mails for 3 codes", mails)
		}
	})
}

func TestWithoutMailTheCodeIsInTheLog(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "SMTP_HOST=")
		reply := s.Post(t, registerPath, keys{"username": "alice", "email": "alice@example.com",
			"password": apptest.Password})
		if reply.Want(t, 201).Object()["delivery_fallback"] != true {
			t.Errorf("want delivery_fallback: %s", reply.Text)
		}
		lines := s.Logs.Find("alice@example.com")
		if len(lines) != 1 {
			t.Fatalf("%d lines of the log are about the address, want 1", len(lines))
		}
		var entry struct {
			Level  string
			Code   string `json:"verification_code"`
			Reason string
		}
		if err := json.Unmarshal([]byte(lines[0]), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Level != "WARN" || entry.Reason != "smtp_not_configured" {
			t.Errorf("want a warning with its reason: %s", lines[0])
		}
		s.Post(t, verifyPath, keys{"email": "alice@example.com", "code": entry.Code}).Want(t, 200)
	})
}

func TestCodesCanBeKeptOutOfTheLog(t *testing.T) {
	t.Parallel()
	s := apptest.Start(t, database.SQLite, "SMTP_HOST=", "LOG_VERIFICATION_CODES=false")
	s.Post(t, registerPath, keys{"username": "alice", "email": "alice@example.com",
		"password": apptest.Password}).Want(t, 201)
	lines := s.Logs.Find("alice@example.com")
	if len(lines) != 1 || !strings.Contains(lines[0], "smtp_not_configured") ||
		regexp.MustCompile(`"\d{6}"|verification_code`).MatchString(lines[0]) {
		t.Errorf("want one line without the code: %q", lines)
	}
}

func TestMailWaitsInTheQueueForItsServer(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, fmt.Sprintf("SMTP_PORT=%d", apptest.FreePort(t)))
		s.Post(t, registerPath, keys{"username": "alice", "email": "alice@example.com",
			"password": apptest.Password}).Want(t, 201)
		apptest.Eventually(t, "a try to send the mail fails",
			func() bool { return len(s.Logs.Find("accounts.send_code", "will be retried")) > 0 })
		db := s.Database(t)
		apptest.Eventually(t, "the next try is queued", func() bool { return len(queuedMails(t, db)) == 1 })
		if id := apptest.Value[int64](t, db, "select id from verification_codes"); string(queuedMails(t,
			db)[0].Payload) != fmt.Sprint(id) {
			t.Errorf("want nothing but the id of the code: %s", queuedMails(t, db)[0].Payload)
		}
	})
}

// A mail server that takes connections and says nothing holds each try for ten seconds.
func TestASilentMailServerHoldsNoOtherJobs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		s := apptest.Start(t, engine, fmt.Sprintf("SMTP_PORT=%d", silent.Addr().(*net.TCPAddr).Port))
		t.Cleanup(func() { _ = silent.Close() }) // before the server stops, which waits for the tries
		token := s.SignUp(t, "alice").Token
		for i := range 20 {
			registerFrom(t, s, "", fmt.Sprintf("person-%d", i)).Want(t, 201)
		}
		apptest.Eventually(t, "mails are being sent", func() bool {
			return apptest.Value[int](t, s.Database(t), "select count(*) from goqite where received > 0") > 0
		})
		upload := func(shade uint8) string {
			return s.Upload(t, "PATCH", settingsPath, token, apptest.Part{Name: "avatar", FileName: "me.png",
				Content: apptest.PNG(t, 10, 10, shade)}).Want(t, 200).String("image_url")
		}
		first := upload(10)
		upload(20)
		apptest.Eventually(t, "a job removes the file", func() bool { return s.Fetch(t, first).Status == 404 })
	})
}

// A code is good for a day: so long is its mail tried, which takes more than the usual twelve tries.
func TestAMailIsTriedAsLongAsItsCodeIsGood(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, fmt.Sprintf("SMTP_PORT=%d", apptest.FreePort(t)))
		db := s.Database(t)
		s.Post(t, registerPath, keys{"username": "alice", "email": "alice@example.com",
			"password": apptest.Password}).Want(t, 201)
		apptest.Eventually(t, "the next try is queued", func() bool { return len(queuedMails(t, db)) == 1 })
		job, err := json.Marshal(keys{"kind": "accounts.send_code", "attempt": 33, "payload": queuedMails(t, db)[0].Payload})
		if err != nil {
			t.Fatal(err)
		}
		apptest.Change(t, db, "update goqite set body = $1, timeout = created", job)
		apptest.Eventually(t, "the try after 33 others is not the last", func() bool {
			return len(s.Logs.Find("accounts.send_code", "will be retried", `"attempt":34`)) > 0
		})
	})
}

type queued struct {
	Kind    string
	Attempt int
	Payload json.RawMessage
}

// queuedMails returns the jobs that failed at least once.
func queuedMails(t *testing.T, db *database.DB) (found []queued) {
	t.Helper()
	bodies, err := database.All[[]byte](t.Context(), db.Read(), "select body from goqite")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range bodies {
		var job queued
		if err := json.Unmarshal(body, &job); err != nil {
			t.Fatal(err)
		}
		if job.Kind == "accounts.send_code" && job.Attempt > 0 {
			found = append(found, job)
		}
	}
	return found
}
