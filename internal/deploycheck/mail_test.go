package deploycheck_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/trance-0/notechondria/internal/deploycheck"
)

// mailbox accepts one user and no mail.
type mailbox struct{}

func (mailbox) AuthMechanisms() []string { return []string{sasl.Plain} }

func (mailbox) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "ada" || password != "right-password" {
			return errors.New("no, not with " + password)
		}
		return nil
	}), nil
}

func (mailbox) Mail(string, *smtp.MailOptions) error { return errors.New("a mail was sent") }
func (mailbox) Rcpt(string, *smtp.RcptOptions) error { return errors.New("a mail was sent") }
func (mailbox) Data(io.Reader) error                 { return errors.New("a mail was sent") }
func (mailbox) Reset()                               {}
func (mailbox) Logout() error                        { return nil }

// mailServer listens on 127.0.0.1; with a certificate, it uses STARTTLS or encrypts from the first byte.
func mailServer(t *testing.T, certificate *tls.Config, implicit bool) (port string) {
	t.Helper()
	listener, port := listen(t)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return mailbox{}, nil }))
	server.TLSConfig = certificate
	if implicit {
		listener = tls.NewListener(listener, certificate)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = server.Close(); <-done })
	return port
}

func listen(t *testing.T) (listener net.Listener, port string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener, strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

func certificate(t *testing.T) (settings *tls.Config, roots *x509.CertPool) {
	t.Helper()
	server, roots := tlsServer(t, http.NotFound)
	return &tls.Config{Certificates: server.TLS.Certificates}, roots
}

func TestSMTP(t *testing.T) {
	t.Parallel()
	settings, roots := certificate(t)
	plain, startTLS, implicit := mailServer(t, nil, false), mailServer(t, settings, false), mailServer(t, settings, true)
	silence, closed := listen(t)
	_ = silence.Close()
	for name, test := range map[string]struct {
		port, settings, password string
		roots                    *x509.CertPool
		level                    deploycheck.Level
		word                     string
	}{
		"plain":                         {plain, "SMTP_USE_TLS=off", "", nil, isOK, "answers."},
		"STARTTLS":                      {startTLS, "SMTP_USE_TLS=on", "", roots, isOK, "answers, encrypted."},
		"encrypted from the first byte": {implicit, "SMTP_USE_SSL=on", "", roots, isOK, "encrypted"},
		"signed in": {startTLS, "SMTP_USE_TLS=on", "right-password", roots, isOK,
			"accepts the user and the password"},
		"signed in, from the first byte": {implicit, "SMTP_USE_SSL=on", "right-password", roots, isOK,
			"accepts the user and the password"},
		"wrong password":      {startTLS, "SMTP_USE_TLS=on", "wrong-password", roots, isFail, "SMTP_PASSWORD"},
		"no STARTTLS":         {plain, "SMTP_USE_TLS=on", "", roots, isFail, "not offer STARTTLS"},
		"unknown certificate": {startTLS, "SMTP_USE_TLS=on", "", nil, isFail, "certificate"},
		"nobody listens":      {closed, "SMTP_USE_TLS=on", "", nil, isFail, "SMTP_HOST and SMTP_PORT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := []string{"SMTP_HOST=127.0.0.1", "SMTP_PORT=" + test.port, test.settings, "SMTP_FROM_EMAIL=notes@example.com"}
			if test.password != "" {
				list = append(list, "SMTP_USERNAME=ada", "SMTP_PASSWORD="+test.password)
			}
			r := run(t, deploycheck.Dependencies{Roots: test.roots}, list...)
			r.want(t, "mail", test.level, test.word)
			r.want(t, "mail sender", isOK, "notes@example.com")
		})
	}
}

func TestSilentMailServer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		settings []string
		word     string
	}{
		{[]string{"SMTP_PORT=587", "RENDER=true"}, "Render blocks port 587"},
		{[]string{"SMTP_PORT=465", "RENDER=true", "SMTP_USE_SSL=on"}, "Render blocks port 465"},
		{[]string{"SMTP_PORT=2525", "RENDER=true"}, "not respond in time"},
		{[]string{"SMTP_PORT=587"}, "many hosts block it"},
	} {
		listener, _ := listen(t)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		c := load(t, append(test.settings, "SMTP_HOST=mail.example.org")...)
		r := results(deploycheck.Run(ctx, c,
			deploycheck.Dependencies{Dial: dialTo("mail.example.org", listener.Addr().String())}))
		r.want(t, "mail", isFail, test.word, "RESEND_API_KEY")
	}
}

func TestWithoutMail(t *testing.T) {
	t.Parallel()
	run(t, deploycheck.Dependencies{}).want(t, "mail", isWarn, "codes go to the log", "RESEND_API_KEY")
	run(t, deploycheck.Dependencies{}, "LOG_VERIFICATION_CODES=false").want(t, "mail", isWarn, "nobody can sign up")
}

func TestSender(t *testing.T) {
	t.Parallel()
	_, port := listen(t)
	for sender, level := range map[string]deploycheck.Level{
		"notes@example.com": isOK, "Notes <notes@example.com>": isOK, "": isFail, "no-reply@Notechondria.local": isFail,
		"nobody": isFail,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel() // the server does not matter
		c := load(t, "SMTP_HOST=127.0.0.1", "SMTP_PORT="+port, "SMTP_FROM_EMAIL="+sender)
		results(deploycheck.Run(ctx, c, deploycheck.Dependencies{})).want(t, "mail sender", level)
	}
}

func TestResend(t *testing.T) {
	t.Parallel()
	const domains = `{"object":"list","has_more":false,"data":[` +
		`{"name":"Example.com","status":"verified"},{"name":"new.example.com","status":"pending"}]}`
	for name, test := range map[string]struct {
		status       int
		body, sender string
		level        deploycheck.Level
		word         string
	}{
		"verified domain":      {200, domains, "notes@example.com", isOK, "sends for example.com"},
		"domain not verified":  {200, domains, "notes@new.example.com", isFail, "pending"},
		"unknown domain":       {200, domains, "notes@elsewhere.example.com", isFail, "Verify elsewhere.example.com"},
		"more domains":         {200, `{"has_more":true,"data":[]}`, "notes@example.com", isOK, "accepts the key"},
		"key that only sends":  {401, `{"name":"restricted_api_key"}`, "notes@example.com", isOK, "can only send"},
		"wrong key":            {401, `{"name":"validation_error"}`, "notes@example.com", isFail, "RESEND_API_KEY"},
		"no right":             {403, `{}`, "notes@example.com", isFail, "403"},
		"service in trouble":   {503, `oh`, "notes@example.com", isWarn, "503"},
		"something else there": {200, `<html>`, "notes@example.com", isFail, "RESEND_API_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, roots := tlsServer(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Method+r.URL.Path+r.Header.Get("Authorization") != "GET/domainsBearer re_key_1234" {
					t.Errorf("got %s %s as %s", r.Method, r.URL, r.Header.Get("Authorization"))
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			r := run(t, deploycheck.Dependencies{Roots: roots}, "RESEND_API_KEY=re_key_1234", "RESEND_API_URL="+server.URL,
				"SMTP_FROM_EMAIL="+test.sender)
			r.want(t, "mail", test.level, test.word)
		})
	}
	t.Run("not to be reached", func(t *testing.T) {
		t.Parallel()
		server, _ := tlsServer(t, http.NotFound)
		run(t, deploycheck.Dependencies{}, "RESEND_API_KEY=re_key_1234", "RESEND_API_URL="+server.URL).want(t, "mail", isFail,
			"can't be reached", "certificate")
	})
}
