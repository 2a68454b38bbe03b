// Package mail sends one plain-text message to one recipient, through an SMTP server or through the HTTP API of Resend.
//
// It owns the form of a message, the exchange with the mail service and the verdict whether trying again can help. It
// must not know what messages are about, must not queue or retry, and must never log: bodies hold sign-in codes.
package mail

import (
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/pattern"
)

// defaultTimeout bounds one whole Send where the options leave the timeout at zero.
const defaultTimeout = 10 * time.Second

// Message is one plain-text mail to one recipient.
type Message struct {
	// ID, if set, is the same at every try of one message, so that receivers can tell a repetition. It consists of at
	// most 200 ASCII letters, digits, dots, hyphens and underscores, without a dot at either end or two in a row.
	ID string
	// To is a bare address (local@domain), without a display name.
	To string
	// Subject is a single line.
	Subject string
	// Text is the body, with lines ended by \n or \r\n.
	Text string
}

// Sender sends a message. Send returns nil once the mail service has accepted the message; Permanent tells whether an
// error is worth a further try. Implementations may be used by several goroutines at once.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Permanent reports whether err will be the same at every further try: the message itself is malformed, the SMTP server
// refused it with a 5xx reply, or the API answered 4xx other than 401, 403, 408 and 429. What the operator or time can
// mend (connection, TLS, sign-in, keys) is not permanent.
func Permanent(err error) bool {
	var permanent *permanentError
	return errors.As(err, &permanent)
}

// permanentError marks an error as one that no further try can change.
type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

var idPattern = pattern.New(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

const maxIDLength = 200

// validate refuses what could not be sent, or would inject lines into the header.
func (m Message) validate() (*netmail.Address, error) {
	if m.ID != "" && (len(m.ID) > maxIDLength || !idPattern().MatchString(m.ID)) {
		return nil, &permanentError{fmt.Errorf(
			"message ID %q: only letters, digits, dots, hyphens and underscores are allowed", m.ID)}
	}
	to, err := parseAddress(m.To)
	if err != nil {
		return nil, &permanentError{fmt.Errorf("recipient: %w", err)}
	}
	// The parser also takes names, comments and groups; what it returns must be all there was.
	if to.Address != m.To {
		return nil, &permanentError{fmt.Errorf("recipient %q is not a bare address", m.To)}
	}
	if !formats.Mailbox(m.To) {
		return nil, &permanentError{fmt.Errorf("recipient %q is in a domain that mail is not sent to", m.To)}
	}
	if err := checkLine(m.Subject); err != nil {
		return nil, &permanentError{fmt.Errorf("subject: %w", err)}
	}
	if !utf8.ValidString(m.Text) {
		return nil, &permanentError{errors.New("the text is not valid UTF-8")}
	}
	return to, nil
}

// parseSender parses the From option, which may carry a display name.
func parseSender(from string) (*netmail.Address, error) {
	address, err := parseAddress(from)
	if err != nil {
		return nil, fmt.Errorf("sender: %w", err)
	}
	return address, nil
}

func parseAddress(s string) (*netmail.Address, error) {
	if err := checkLine(s); err != nil {
		return nil, err
	}
	address, err := netmail.ParseAddress(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not an email address: %w", s, err)
	}
	return address, nil
}

// checkLine refuses anything that a mail server, a proxy or a reader of the decoded text could take for a line break.
func checkLine(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not valid UTF-8", s)
	}
	if strings.ContainsFunc(s, breaksLine) {
		return fmt.Errorf("%q contains line breaks or control characters", s)
	}
	return nil
}

func breaksLine(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp)
}

// timeoutOrDefault resolves a Timeout option.
func timeoutOrDefault(d time.Duration) time.Duration {
	if d <= 0 {
		return defaultTimeout
	}
	return d
}
