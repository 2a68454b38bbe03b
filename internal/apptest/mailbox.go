package apptest

import (
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Mailbox is a mail server that keeps what it is sent.
type Mailbox struct {
	Port int

	mutex   sync.Mutex
	arrived *sync.Cond
	mails   []Mail
}

// Mail is a mail that arrived.
type Mail struct {
	To      string
	Subject string
	Text    string
}

// NewMailbox starts a mail server that runs until the test ends.
func NewMailbox(t testing.TB) *Mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &Mailbox{Port: listener.Addr().(*net.TCPAddr).Port}
	m.arrived = sync.NewCond(&m.mutex)
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &delivery{box: m}, nil }))
	server.AllowInsecureAuth = true
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(listener) }() // ends with Close
	t.Cleanup(func() { _ = server.Close(); <-done })
	return m
}

// Environment has a server of its own, or a process, send its mails here.
func (m *Mailbox) Environment() []string {
	return []string{"SMTP_HOST=127.0.0.1", fmt.Sprintf("SMTP_PORT=%d", m.Port), "SMTP_USE_TLS=false",
		"SMTP_FROM_EMAIL=noreply@example.com"}
}

// mailPatience is how long a test waits for a mail that should come at once.
const mailPatience = 20 * time.Second

// Wait returns the count-th mail to an address, and fails the test when it does not come.
func (m *Mailbox) Wait(t testing.TB, address string, count int) Mail {
	t.Helper()
	expired := false
	alarm := time.AfterFunc(mailPatience, func() {
		m.mutex.Lock()
		defer m.mutex.Unlock()
		expired = true
		m.arrived.Broadcast()
	})
	defer alarm.Stop()
	m.mutex.Lock()
	defer m.mutex.Unlock()
	for {
		if found := m.to(address); len(found) >= count {
			return found[count-1]
		}
		if expired {
			t.Fatalf("no mail number %d to %s came", count, address)
		}
		m.arrived.Wait()
	}
}

// Count returns how many mails an address has got.
func (m *Mailbox) Count(address string) int {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return len(m.to(address))
}

func (m *Mailbox) to(address string) (found []Mail) {
	for _, mail := range m.mails {
		if strings.EqualFold(mail.To, address) {
			found = append(found, mail)
		}
	}
	return found
}

var sixDigits = regexp.MustCompile(`(?m)^Code: (\d{6})$`)

// Code returns the code in the count-th mail to an address.
func (m *Mailbox) Code(t testing.TB, address string, count int) string {
	t.Helper()
	text := m.Wait(t, address, count).Text
	found := sixDigits.FindStringSubmatch(strings.ReplaceAll(text, "\r\n", "\n"))
	if found == nil {
		t.Fatalf("there is no code in the mail:\n%s", text)
	}
	return found[1]
}

// delivery is one connection to the mail server.
type delivery struct {
	box *Mailbox
	to  []string
}

func (d *delivery) AuthMechanisms() []string { return []string{sasl.Plain} }

func (d *delivery) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(string, string, string) error { return nil }), nil
}

func (d *delivery) Mail(string, *smtp.MailOptions) error { return nil }

func (d *delivery) Rcpt(to string, _ *smtp.RcptOptions) error {
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(r io.Reader) error {
	message, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	var body io.Reader = message.Body
	if strings.EqualFold(message.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
		body = quotedprintable.NewReader(body)
	}
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	d.box.mutex.Lock()
	defer d.box.mutex.Unlock()
	for _, to := range d.to {
		d.box.mails = append(d.box.mails, Mail{To: to, Subject: message.Header.Get("Subject"), Text: string(text)})
	}
	d.box.arrived.Broadcast()
	return nil
}

func (d *delivery) Reset() { d.to = nil }

func (d *delivery) Logout() error { return nil }
