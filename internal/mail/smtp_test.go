package mail_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/trance-0/notechondria/internal/mail"
)

const (
	testUser     = "postmaster"
	testPassword = "correct horse"
)

// received is one message as the server took it.
type received struct {
	greeting, from string
	to             []string
	utf8           bool
	encrypted      bool
	user           string
	mechanism      string
	data           []byte
}

// mailServer is a real SMTP server that remembers its messages and can be told to refuse.
type mailServer struct {
	mailError, rcptError, dataError error
	mechanisms                      []string

	mutex    sync.Mutex
	messages []received
}

func (s *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	_, encrypted := c.TLSConnectionState()
	session := &mailSession{server: s, current: received{greeting: c.Hostname(), encrypted: encrypted}}
	if len(s.mechanisms) == 0 {
		return session, nil
	}
	return &signInSession{session}, nil
}

func (s *mailServer) only(t *testing.T) received {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.messages) != 1 {
		t.Fatalf("the server has %d messages, want 1", len(s.messages))
	}
	return s.messages[0]
}

func (s *mailServer) none(t *testing.T) {
	t.Helper()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if len(s.messages) != 0 {
		t.Fatalf("the server has %d messages, want none", len(s.messages))
	}
}

type mailSession struct {
	server  *mailServer
	current received
}

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }

func (s *mailSession) Mail(from string, options *smtp.MailOptions) error {
	if len(s.server.mechanisms) != 0 && s.current.user == "" {
		return &smtp.SMTPError{Code: 530, Message: "authentication required"}
	}
	s.current.from, s.current.utf8 = from, options.UTF8
	return s.server.mailError
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.current.to = append(s.current.to, to)
	return s.server.rcptError
}

func (s *mailSession) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.server.dataError != nil {
		return s.server.dataError
	}
	s.current.data = data
	s.server.mutex.Lock()
	defer s.server.mutex.Unlock()
	s.server.messages = append(s.server.messages, s.current)
	return nil
}

type signInSession struct{ *mailSession }

func (s *signInSession) AuthMechanisms() []string { return s.server.mechanisms }

func (s *signInSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != testUser || password != testPassword {
			return smtp.ErrAuthFailed
		}
		s.current.user, s.current.mechanism = user, mechanism
		return nil
	}
	switch mechanism {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case "LOGIN":
		return &loginServer{check: check}, nil
	default:
		return nil, smtp.ErrAuthUnknownMechanism
	}
}

// loginServer asks for the name, then for the password.
type loginServer struct {
	check   func(user, password string) error
	answers []string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	if response == nil {
		return []byte("Username:"), false, nil
	}
	l.answers = append(l.answers, string(response))
	if len(l.answers) == 1 {
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.answers[0], l.answers[1])
}

// start serves backend on a port of its own until the test ends; certificate nil means no TLS.
func start(t *testing.T, backend *mailServer, encryption mail.Encryption, certificate *tls.Certificate) string {
	t.Helper()
	server := smtp.NewServer(backend)
	server.Domain = "mail.example.org"
	server.AllowInsecureAuth = true
	server.EnableSMTPUTF8 = true
	server.ErrorLog = log.New(io.Discard, "", 0)
	listener := listen(t, "127.0.0.1:0")
	address := listener.Addr().String()
	if certificate != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}}
	}
	if encryption == mail.ImplicitTLS {
		listener = tls.NewListener(listener, server.TLSConfig)
	}
	serve(t, server, listener)
	return address
}

func serve(t *testing.T, server *smtp.Server, listener net.Listener) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		_ = server.Close()
		<-done
	})
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// serveConnections hands each connection to handle until the test ends, and then closes those left open.
func serveConnections(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener := listen(t, "127.0.0.1:0")
	var work sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	work.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			work.Go(func() {
				defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
				handle(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		cancel()
		work.Wait()
	})
	return listener.Addr().String()
}

// selfSigned makes a certificate for the given addresses and a pool that trusts it.
func selfSigned(t *testing.T, addresses ...string) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "mail test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IsCA:         true, BasicConstraintsValid: true,
	}
	for _, address := range addresses {
		if ip := net.ParseIP(address); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, address)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func smtpOptions(address string) mail.SMTPOptions {
	host, port, _ := net.SplitHostPort(address)
	number, _ := strconv.Atoi(port)
	return mail.SMTPOptions{
		Host: host, Port: number, From: "Notechondria <no-reply@notes.example>", Encryption: mail.Plain,
		Timeout: time.Minute,
	}
}

func newSMTP(t *testing.T, options mail.SMTPOptions) *mail.SMTP {
	t.Helper()
	sender, err := mail.NewSMTP(options)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func parse(t *testing.T, data []byte) (netmail.Header, string) {
	t.Helper()
	message, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if encoding := message.Header.Get("Content-Transfer-Encoding"); encoding != "quoted-printable" {
		t.Fatalf("Content-Transfer-Encoding is %q", encoding)
	}
	text, err := io.ReadAll(quotedprintable.NewReader(message.Body))
	if err != nil {
		t.Fatal(err)
	}
	return message.Header, string(text)
}

func TestSMTPMessageForm(t *testing.T) {
	t.Parallel()
	backend := &mailServer{}
	sender := newSMTP(t, smtpOptions(start(t, backend, mail.Plain, nil)))
	m := mail.Message{
		ID: "code-17", To: "ada@example.org", Subject: "Prüfe dein Konto",
		Text: "Grüße!\n\nEmail: ada@example.org\nCode: 123456\n.\n",
	}
	if err := sender.Send(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	got := backend.only(t)
	if got.from != "no-reply@notes.example" || len(got.to) != 1 || got.to[0] != m.To {
		t.Errorf("envelope: %q -> %q", got.from, got.to)
	}
	if got.greeting != "notes.example" {
		t.Errorf("the client calls itself %q, want the sender's domain", got.greeting)
	}
	if got.utf8 {
		t.Error("SMTPUTF8 was asked for although both addresses are ASCII")
	}
	if !bytes.Contains(got.data, []byte("\r\nCode: 123456\r\n")) {
		t.Errorf("the code can't be read in the raw message:\n%s", got.data)
	}
	header, text := parse(t, got.data)
	if want := strings.ReplaceAll(m.Text, "\n", "\r\n"); strings.TrimRight(text,
		"\r\n") != strings.TrimRight(want, "\r\n") {
		t.Errorf("text is %q, want %q", text, want)
	}
	for name, want := range map[string]string{
		"From": `"Notechondria" <no-reply@notes.example>`, "To": "<ada@example.org>", "Message-Id": "<code-17@notes.example>",
		"Auto-Submitted": "auto-generated", "Content-Type": "text/plain; charset=UTF-8", "Mime-Version": "1.0",
	} {
		if values := header[name]; len(values) != 1 || values[0] != want {
			t.Errorf("%s is %q, want %q once", name, values, want)
		}
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	if err != nil || subject != m.Subject {
		t.Errorf("subject is %q (%v)", subject, err)
	}
	date, err := header.Date()
	if err != nil || time.Since(date).Abs() > time.Hour {
		t.Errorf("date is %v (%v)", date, err)
	}
	if !strings.HasSuffix(header.Get("Date"), " +0000") {
		t.Errorf("date %q tells the machine's time zone", header.Get("Date"))
	}
}

func TestSMTPMessageIDsWithoutIDDiffer(t *testing.T) {
	t.Parallel()
	backend := &mailServer{}
	sender := newSMTP(t, smtpOptions(start(t, backend, mail.Plain, nil)))
	const messages = 8
	var work sync.WaitGroup
	for range messages {
		work.Go(func() {
			if err := sender.Send(context.Background(), validMessage()); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
	form := regexp.MustCompile(`^<[A-Z0-9]{20,}@notes\.example>$`)
	ids := map[string]bool{}
	for _, m := range backend.messages {
		header, _ := parse(t, m.data)
		id := header.Get("Message-Id")
		if !form.MatchString(id) {
			t.Errorf("Message-ID is %q", id)
		}
		ids[id] = true
	}
	if len(ids) != messages {
		t.Errorf("%d different Message-IDs in %d messages", len(ids), messages)
	}
}

func TestSMTPInternationalAddress(t *testing.T) {
	t.Parallel()
	backend := &mailServer{}
	sender := newSMTP(t, smtpOptions(start(t, backend, mail.Plain, nil)))
	m := validMessage()
	m.To = "jürgen@exämple.org"
	if err := sender.Send(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	if got := backend.only(t); !got.utf8 || got.to[0] != m.To {
		t.Errorf("recipient %q, SMTPUTF8 %v", got.to, got.utf8)
	}
}

func TestSMTPOverIPv6(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here")
	}
	backend := &mailServer{}
	serve(t, smtp.NewServer(backend), listener)
	if err := newSMTP(t, smtpOptions(listener.Addr().String())).Send(context.Background(), validMessage()); err != nil {
		t.Fatal(err)
	}
	backend.only(t)
}

func TestSMTPEncryptionAndSignIn(t *testing.T) {
	t.Parallel()
	certificate, trusted := selfSigned(t, "127.0.0.1")
	both := []string{"PLAIN", "LOGIN"}
	cases := []struct {
		name       string
		encryption mail.Encryption
		mechanisms []string
		want       string // mechanism, empty for none
	}{
		{"plain", mail.Plain, nil, ""},
		{"plain, both offered", mail.Plain, both, "PLAIN"},
		{"plain, only LOGIN offered", mail.Plain, []string{"LOGIN"}, "LOGIN"},
		{"STARTTLS", mail.STARTTLS, nil, ""},
		{"STARTTLS, both offered", mail.STARTTLS, both, "PLAIN"},
		{"STARTTLS, only LOGIN offered", mail.STARTTLS, []string{"LOGIN"}, "LOGIN"},
		{"implicit TLS", mail.ImplicitTLS, nil, ""},
		{"implicit TLS, both offered", mail.ImplicitTLS, both, "PLAIN"},
		{"implicit TLS, only LOGIN offered", mail.ImplicitTLS, []string{"LOGIN"}, "LOGIN"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			backend := &mailServer{mechanisms: c.mechanisms}
			options := smtpOptions(start(t, backend, c.encryption, certificate))
			options.Encryption = c.encryption
			options.TLSConfig = &tls.Config{RootCAs: trusted}
			if c.want != "" {
				options.Username, options.Password = testUser, testPassword
			}
			if err := newSMTP(t, options).Send(context.Background(), validMessage()); err != nil {
				t.Fatal(err)
			}
			got := backend.only(t)
			if got.encrypted != (c.encryption != mail.Plain) {
				t.Errorf("encrypted: %v", got.encrypted)
			}
			if got.mechanism != c.want {
				t.Errorf("signed in with %q, want %q", got.mechanism, c.want)
			}
		})
	}
}

// PLAIN and LOGIN are sent in clear to any host under Plain, not only to those the library takes for this machine.
func TestSMTPPlainSignInAtAnotherName(t *testing.T) {
	t.Parallel()
	backend := &mailServer{mechanisms: []string{"PLAIN", "LOGIN"}}
	options := smtpOptions(start(t, backend, mail.Plain, nil))
	options.Host = "LOCALHOST" // the library compares case-sensitively
	options.Username, options.Password = testUser, testPassword
	if err := newSMTP(t, options).Send(context.Background(), validMessage()); err != nil {
		t.Fatal(err)
	}
	if got := backend.only(t); got.mechanism != "PLAIN" {
		t.Errorf("signed in with %q", got.mechanism)
	}
}

func TestSMTPRefusesUnsafeConnections(t *testing.T) {
	t.Parallel()
	local, trustsLocal := selfSigned(t, "127.0.0.1")
	other, trustsOther := selfSigned(t, "mail.other.example")
	cases := []struct {
		name        string
		encryption  mail.Encryption
		certificate *tls.Certificate
		trusted     *x509.CertPool
	}{
		{"STARTTLS, unknown issuer", mail.STARTTLS, local, trustsOther},
		{"STARTTLS, system's roots", mail.STARTTLS, local, nil},
		{"STARTTLS, another host's name", mail.STARTTLS, other, trustsOther},
		{"STARTTLS not offered", mail.STARTTLS, nil, trustsLocal},
		{"implicit TLS, unknown issuer", mail.ImplicitTLS, local, trustsOther},
		{"implicit TLS, system's roots", mail.ImplicitTLS, local, nil},
		{"implicit TLS, another host's name", mail.ImplicitTLS, other, trustsOther},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			backend := &mailServer{}
			options := smtpOptions(start(t, backend, c.encryption, c.certificate))
			options.Encryption = c.encryption
			if c.trusted != nil {
				options.TLSConfig = &tls.Config{RootCAs: c.trusted}
			}
			err := newSMTP(t, options).Send(context.Background(), validMessage())
			if err == nil {
				t.Fatal("sent")
			}
			var unverified *tls.CertificateVerificationError
			if c.certificate != nil && !errors.As(err, &unverified) {
				t.Errorf("%v does not name the certificate", err)
			}
			if mail.Permanent(err) {
				t.Errorf("%v should not be permanent", err)
			}
			backend.none(t)
		})
	}
}

func TestSMTPRefusedSignIn(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, user, password string
		mechanisms           []string
	}{
		{"wrong password", testUser, "wrong battery", []string{"PLAIN"}},
		{"wrong password with LOGIN", testUser, "wrong battery", []string{"LOGIN"}},
		{"no sign-in where one is wanted", "", "", []string{"PLAIN"}},
		{"nothing offered", testUser, "wrong battery", nil},
		{"nothing known offered", testUser, "wrong battery", []string{"X-OTHER"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			backend := &mailServer{mechanisms: c.mechanisms}
			options := smtpOptions(start(t, backend, mail.Plain, nil))
			options.Username, options.Password = c.user, c.password
			err := newSMTP(t, options).Send(context.Background(), validMessage())
			if err == nil {
				t.Fatal("sent")
			}
			if mail.Permanent(err) {
				t.Errorf("%v should not be permanent: the settings can be mended", err)
			}
			if strings.Contains(err.Error(), "wrong battery") {
				t.Errorf("the password is in the error: %v", err)
			}
			backend.none(t)
		})
	}
}

func TestSMTPReplies(t *testing.T) {
	t.Parallel()
	reply := func(code int) error { return &smtp.SMTPError{Code: code, Message: "not now"} }
	cases := []struct {
		name      string
		backend   *mailServer
		permanent bool
	}{
		{"450 to the sender", &mailServer{mailError: reply(450)}, false},
		{"553 to the sender", &mailServer{mailError: reply(553)}, true},
		{"421 to the recipient", &mailServer{rcptError: reply(421)}, false},
		{"450 to the recipient", &mailServer{rcptError: reply(450)}, false},
		{"550 to the recipient", &mailServer{rcptError: reply(550)}, true},
		{"451 to the text", &mailServer{dataError: reply(451)}, false},
		{"554 to the text", &mailServer{dataError: reply(554)}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			sender := newSMTP(t, smtpOptions(start(t, c.backend, mail.Plain, nil)))
			m := validMessage()
			err := sender.Send(context.Background(), m)
			if err == nil {
				t.Fatal("sent")
			}
			if mail.Permanent(err) != c.permanent {
				t.Errorf("permanent: %v, want %v: %v", mail.Permanent(err), c.permanent, err)
			}
			if !strings.Contains(err.Error(), "not now") {
				t.Errorf("%v lacks the server's words", err)
			}
			if strings.Contains(fmt.Sprintf("%+v", err), "123456") {
				t.Errorf("the body is in the error: %v", err)
			}
		})
	}
}

func TestSMTPUnreachable(t *testing.T) {
	t.Parallel()
	listener := listen(t, "127.0.0.1:0")
	address := listener.Addr().String()
	_ = listener.Close()
	err := newSMTP(t, smtpOptions(address)).Send(context.Background(), validMessage())
	if err == nil || mail.Permanent(err) {
		t.Errorf("err is %v, want one that is not permanent", err)
	}
}

func TestSMTPTimeout(t *testing.T) {
	t.Parallel()
	stall := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	cases := []struct {
		name       string
		encryption mail.Encryption
		handle     func(net.Conn)
	}{
		{"silence instead of a greeting", mail.Plain, stall},
		{"silence instead of a handshake", mail.ImplicitTLS, stall},
		{"silence instead of a handshake after STARTTLS", mail.STARTTLS, func(conn net.Conn) {
			converse(conn, "220 hello", "250-hello\r\n250 STARTTLS", "220 go ahead")
			stall(conn)
		}},
		{"silence after the recipient", mail.Plain, func(conn net.Conn) {
			converse(conn, "220 hello", "250 hello", "250 sender ok")
			stall(conn)
		}},
		// Each line comes before a deadline of its own would pass; only one for the whole exchange ends this.
		{"endless answer", mail.Plain, func(conn net.Conn) {
			for {
				if _, err := io.WriteString(conn, "220-wait\r\n"); err != nil {
					return
				}
			}
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			options := smtpOptions(serveConnections(t, c.handle))
			options.Encryption = c.encryption
			options.Timeout = 50 * time.Millisecond
			err := newSMTP(t, options).Send(context.Background(), validMessage())
			if !errors.Is(err, context.DeadlineExceeded) || mail.Permanent(err) {
				t.Errorf("err is %v, want the deadline", err)
			}
		})
	}
}

func TestSMTPCancelledMidway(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	address := serveConnections(t, func(conn net.Conn) {
		converse(conn, "220 hello", "250 hello", "250 sender ok")
		cancel()
		_, _ = io.Copy(io.Discard, conn)
	})
	err := newSMTP(t, smtpOptions(address)).Send(ctx, validMessage())
	if !errors.Is(err, context.Canceled) || mail.Permanent(err) {
		t.Errorf("err is %v, want the cancellation", err)
	}
}

// A message that was accepted must not be reported as failed, or it would be sent twice.
func TestSMTPConnectionLostAfterAcceptance(t *testing.T) {
	t.Parallel()
	address := serveConnections(t, func(conn net.Conn) {
		lines := converse(conn, "220 hello", "250 hello", "250 sender ok", "250 recipient ok", "354 go on")
		for line := ""; line != ".\r\n"; {
			var err error
			if line, err = lines.ReadString('\n'); err != nil {
				return
			}
		}
		_, _ = io.WriteString(conn, "250 accepted\r\n")
		_ = conn.Close()
	})
	if err := newSMTP(t, smtpOptions(address)).Send(context.Background(), validMessage()); err != nil {
		t.Error(err)
	}
}

// A connection that breaks before the server has accepted is worth another try.
func TestSMTPConnectionLostBeforeAcceptance(t *testing.T) {
	t.Parallel()
	address := serveConnections(t, func(conn net.Conn) {
		converse(conn, "220 hello", "250 hello", "250 sender ok", "250 recipient ok", "354 go on")
		_ = conn.Close()
	})
	err := newSMTP(t, smtpOptions(address)).Send(context.Background(), validMessage())
	if err == nil || mail.Permanent(err) {
		t.Errorf("err is %v, want one that is not permanent", err)
	}
}

// converse sends the first reply at once and each further one after a line of the client's.
func converse(conn net.Conn, replies ...string) *bufio.Reader {
	lines := bufio.NewReader(conn)
	for i, reply := range replies {
		if i > 0 {
			if _, err := lines.ReadString('\n'); err != nil {
				return lines
			}
		}
		if _, err := io.WriteString(conn, reply+"\r\n"); err != nil {
			return lines
		}
	}
	return lines
}

func TestNewSMTPRefusesBadOptions(t *testing.T) {
	t.Parallel()
	cases := map[string]func(*mail.SMTPOptions){
		"no host":              func(o *mail.SMTPOptions) { o.Host = "" },
		"host with line break": func(o *mail.SMTPOptions) { o.Host = "mail.example.org\r\n" },
		"port 0":               func(o *mail.SMTPOptions) { o.Port = 0 },
		"port 65536":           func(o *mail.SMTPOptions) { o.Port = 65536 },
		"unknown encryption":   func(o *mail.SMTPOptions) { o.Encryption = 7 },
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := smtpOptions("127.0.0.1:25")
			spoil(&options)
			if _, err := mail.NewSMTP(options); err == nil {
				t.Error("accepted")
			}
		})
	}
}
