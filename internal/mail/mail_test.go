package mail_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/mail"
)

func validMessage() mail.Message {
	return mail.Message{To: "ada@example.org", Subject: "Your code", Text: "Code: 123456\n"}
}

func TestMalformedMessagesAreRefusedBeforeConnecting(t *testing.T) {
	t.Parallel()
	cases := map[string]func(*mail.Message){
		"recipient with CRLF and a header":   func(m *mail.Message) { m.To = "ada@example.org\r\nBcc: eve@example.org" },
		"recipient with LF":                  func(m *mail.Message) { m.To = "ada@example.org\nBcc: eve@example.org" },
		"recipient with CR":                  func(m *mail.Message) { m.To = "ada@example.org\rBcc: eve@example.org" },
		"recipient with a closing line feed": func(m *mail.Message) { m.To = "ada@example.org\n" },
		"recipient with an SMTP command":     func(m *mail.Message) { m.To = "ada@example.org>\r\nRCPT TO:<eve@example.org" },
		"recipient with SMTP parameters":     func(m *mail.Message) { m.To = "ada@example.org> NOTIFY=NEVER" },
		"recipient with NUL":                 func(m *mail.Message) { m.To = "ada\x00@example.org" },
		"line break quoted":                  func(m *mail.Message) { m.To = "\"a\r\n b\"@example.org" },
		"line break in an encoded name": func(
			m *mail.Message) {
			m.To = "=?utf-8?q?a=0D=0ABcc:_eve@example.org?= <ada@example.org>"
		},
		"recipient with a display name":      func(m *mail.Message) { m.To = "Ada <ada@example.org>" },
		"recipient with a comment":           func(m *mail.Message) { m.To = "ada@example.org (Ada)" },
		"two recipients":                     func(m *mail.Message) { m.To = "ada@example.org, eve@example.org" },
		"two recipients, semicolon":          func(m *mail.Message) { m.To = "ada@example.org;eve@example.org" },
		"group":                              func(m *mail.Message) { m.To = "all: ada@example.org;" },
		"no recipient":                       func(m *mail.Message) { m.To = "" },
		"no domain":                          func(m *mail.Message) { m.To = "ada" },
		"two at signs":                       func(m *mail.Message) { m.To = "ada@eve@example.org" },
		"recipient in invalid UTF-8":         func(m *mail.Message) { m.To = "ada\xff@example.org" },
		"subject with CRLF and a header":     func(m *mail.Message) { m.Subject = "Hi\r\nBcc: eve@example.org" },
		"subject with LF":                    func(m *mail.Message) { m.Subject = "Hi\nBcc: eve@example.org" },
		"subject with CR":                    func(m *mail.Message) { m.Subject = "Hi\rBcc: eve@example.org" },
		"subject that ends the header":       func(m *mail.Message) { m.Subject = "Hi\r\n\r\nbody" },
		"subject with NUL":                   func(m *mail.Message) { m.Subject = "Hi\x00" },
		"subject with a next-line character": func(m *mail.Message) { m.Subject = "Hi\u0085Bcc: eve@example.org" },
		"subject with a line separator":      func(m *mail.Message) { m.Subject = "Hi\u2028Bcc: eve@example.org" },
		"subject in invalid UTF-8":           func(m *mail.Message) { m.Subject = "Hi\xff" },
		"text in invalid UTF-8":              func(m *mail.Message) { m.Text = "Hi\xff" },
		"ID with CRLF":                       func(m *mail.Message) { m.ID = "a\r\nBcc: eve@example.org" },
		"ID with a closing line feed":        func(m *mail.Message) { m.ID = "a\n" },
		"ID with a domain":                   func(m *mail.Message) { m.ID = "a@example.org" },
		"ID with two dots":                   func(m *mail.Message) { m.ID = "a..b" },
		"ID too long":                        func(m *mail.Message) { m.ID = strings.Repeat("a", 201) },
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := validMessage()
			spoil(&m)
			for service, sender := range unreachableSenders(t) {
				err := sender.Send(context.Background(), m)
				if err == nil {
					t.Fatalf("%s: sent %+v", service, m)
				}
				if !mail.Permanent(err) {
					t.Errorf("%s: %v should be permanent", service, err)
				}
			}
		})
	}
}

// unreachableSenders fail the test when anything connects to them.
func unreachableSenders(t *testing.T) map[string]mail.Sender {
	t.Helper()
	address := serveConnections(t, func(conn net.Conn) {
		t.Error("the SMTP server was connected to")
		_ = conn.Close()
	})
	smtpSender := newSMTP(t, smtpOptions(address))
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the API was called")
	}))
	t.Cleanup(server.Close)
	return map[string]mail.Sender{"smtp": smtpSender, "resend": newResend(t, server.URL)}
}

func TestUnusableSendersAreRefused(t *testing.T) {
	t.Parallel()
	for _, from := range []string{
		"", "nobody", "a@example.org, b@example.org", "a@example.org\r\nBcc: eve@example.org", "Name\r\n <a@example.org>",
	} {
		t.Run(fmt.Sprintf("%q", from), func(t *testing.T) {
			t.Parallel()
			if _, err := mail.NewSMTP(mail.SMTPOptions{Host: "localhost", Port: 25, From: from}); err == nil {
				t.Error("SMTP took it")
			}
			if _, err := mail.NewResend(mail.ResendOptions{APIKey: "re_key", From: from}); err == nil {
				t.Error("Resend took it")
			}
		})
	}
}

func TestPermanentIsFalseForOtherErrors(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, context.Canceled, fmt.Errorf("550 no such user")} {
		if mail.Permanent(err) {
			t.Errorf("%v is said to be permanent", err)
		}
	}
}
