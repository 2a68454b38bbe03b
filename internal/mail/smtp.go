package mail

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// Encryption says how the connection to an SMTP server is protected.
type Encryption int

const (
	// STARTTLS begins in clear and refuses to go on if the server does not offer encryption (usual port 587).
	STARTTLS Encryption = iota
	// ImplicitTLS is encrypted from the first byte (usual port 465).
	ImplicitTLS
	// Plain is never encrypted, also not when the server offers it: for local relays.
	Plain
)

// SMTPOptions are the settings of NewSMTP.
type SMTPOptions struct {
	Host string
	Port int
	// Username and Password sign in at the server; with an empty Username no sign-in is tried. Under Plain they may
	// cross the network readable, depending on what the server offers.
	Username, Password string
	// From is the sender, an address with or without a display name.
	From       string
	Encryption Encryption
	// Timeout bounds one whole exchange, from connecting to the server's acceptance; 0 means 10 s.
	Timeout time.Duration
	// TLSConfig is copied; nil means the system's roots. An empty ServerName means Host.
	TLSConfig *tls.Config
}

// SMTP sends through an SMTP server, with one connection for each message.
type SMTP struct {
	options SMTPOptions
	from    *netmail.Address
	domain  string
	tls     *tls.Config
}

var _ Sender = (*SMTP)(nil)

// goodbyeTimeout bounds the wait for the reply to QUIT, on which nothing depends any more.
const goodbyeTimeout = time.Second

// NewSMTP checks the options without connecting.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	if o.Host == "" || strings.ContainsFunc(o.Host, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return nil, fmt.Errorf("SMTP host %q is not a host name", o.Host)
	}
	if o.Port < 1 || o.Port > 65535 {
		return nil, fmt.Errorf("SMTP port %d is not between 1 and 65535", o.Port)
	}
	if o.Encryption < STARTTLS || o.Encryption > Plain {
		return nil, fmt.Errorf("unknown SMTP encryption %d", o.Encryption)
	}
	from, err := parseSender(o.From)
	if err != nil {
		return nil, err
	}
	o.Timeout = timeoutOrDefault(o.Timeout)
	return &SMTP{
		options: o,
		from:    from,
		domain:  from.Address[strings.LastIndexByte(from.Address, '@')+1:],
		tls:     tlsConfig(o),
	}, nil
}

func tlsConfig(o SMTPOptions) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLSConfig != nil {
		config = o.TLSConfig.Clone()
	}
	if config.ServerName == "" {
		config.ServerName = o.Host
	}
	return config
}

// Send delivers m to the server and returns once it was accepted. It ends early, with ctx's error, when ctx ends or the
// timeout passes.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	to, err := m.validate()
	if err != nil {
		return err
	}
	message := s.compose(m, to)

	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	connection := &guardedConnection{ctx: ctx, sender: s}
	defer connection.close()

	client, err := gomail.NewClient(s.options.Host, s.clientOptions(connection, isASCII(to.Address))...)
	if err != nil {
		return fmt.Errorf("preparing the SMTP client: %w", err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("connecting to the mail server: %w", endOr(ctx, err))
	}
	err = client.SendWithSMTPClient(session, message)
	if err == nil {
		quit(session)
		return nil
	}
	code := replyCode(err)
	if code != 0 {
		quit(session)
	}
	err = fmt.Errorf("handing the message to the mail server: %w", endOr(ctx, err))
	if refusesMessage(code) {
		return &permanentError{err}
	}
	return err
}

// quit ends a session between two commands. What it meets no longer changes whether the message was accepted, and
// must not make the caller send it twice. (In the middle of a body, QUIT would have the fragment delivered.)
func quit(session *smtp.Client) {
	if session.UpdateDeadline(goodbyeTimeout) == nil {
		_ = session.Quit()
	}
}

// compose builds the MIME message. Date and Message-ID tell nothing about the machine they are made on.
func (s *SMTP) compose(m Message, to *netmail.Address) *gomail.Msg {
	id := m.ID
	if id == "" {
		id = rand.Text()
	}
	message := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP),
		gomail.WithNoDefaultUserAgent())
	message.FromMailAddress(s.from)
	message.ToMailAddress(to)
	message.Subject(m.Subject)
	message.SetDateWithValue(time.Now().UTC())
	message.SetMessageIDWithValue(id + "@" + s.domain)
	message.SetGenHeader("Auto-Submitted", "auto-generated")
	message.SetBodyString(gomail.TypeTextPlain, m.Text)
	return message
}

func (s *SMTP) clientOptions(connection *guardedConnection, asciiRecipient bool) []gomail.Option {
	options := []gomail.Option{
		gomail.WithPort(s.options.Port),
		// Longer than the guard's, so that the end of the exchange always shows as the end of its context.
		gomail.WithTimeout(2 * s.options.Timeout),
		gomail.WithHELO(s.greetingName()),
		gomail.WithDialContextFunc(connection.dial),
		// One fresh connection for one message needs neither a check before nor a reset after it.
		gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	// Asking for SMTPUTF8 without need makes relays that lack it return the mail.
	if asciiRecipient && isASCII(s.from.Address) {
		options = append(options, gomail.WithoutSMTPUTF8())
	}
	switch s.options.Encryption {
	case STARTTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithTLSConfig(s.tls))
	case ImplicitTLS:
		options = append(options, gomail.WithSSL(), gomail.WithTLSConfig(s.tls))
	case Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if s.options.Username != "" {
		options = append(options, gomail.WithUsername(s.options.Username), gomail.WithPassword(s.options.Password),
			gomail.WithOpportunisticSMTPAuth(signInPreference(s.options.Encryption)...))
	}
	return options
}

// greetingName is what the client calls itself: the sender's domain, never the machine's name.
func (s *SMTP) greetingName() string {
	if !isASCII(s.domain) {
		return "localhost"
	}
	return s.domain
}

// signInPreference lists sign-in mechanisms, strongest first. The library's own discovery would not fit: it never sends
// a readable password over an unencrypted connection, which is all that many local relays offer, and it can't tell that
// a connection dialled by this package is encrypted.
func signInPreference(encryption Encryption) []gomail.SMTPAuthType {
	if encryption == Plain {
		return []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthCramMD5,
			gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc}
	}
	return []gomail.SMTPAuthType{gomail.SMTPAuthSCRAMSHA256PLUS, gomail.SMTPAuthSCRAMSHA256,
		gomail.SMTPAuthSCRAMSHA1PLUS, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthCramMD5, gomail.SMTPAuthPlain,
		gomail.SMTPAuthLogin}
}

// guardedConnection dials one connection and closes it when the context of the whole exchange ends. The library honours
// contexts only while dialling, renews its deadlines on the way and leaves connections open after a failed greeting.
type guardedConnection struct {
	ctx    context.Context
	sender *SMTP
	conn   net.Conn
	unarm  func() bool
}

// dial ignores the library's address, which lacks the brackets of IPv6.
func (g *guardedConnection) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	options := g.sender.options
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(options.Host, strconv.Itoa(options.Port)))
	if err != nil {
		return nil, err
	}
	g.conn = conn
	g.unarm = context.AfterFunc(g.ctx, func() { _ = conn.Close() })
	if options.Encryption != ImplicitTLS {
		return conn, nil
	}
	encrypted := tls.Client(conn, g.sender.tls)
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return encrypted, nil
}

func (g *guardedConnection) close() {
	if g.conn == nil {
		return
	}
	g.unarm()
	_ = g.conn.Close()
}

// endOr returns why ctx ended, or err if it did not: the network error after a forced close explains nothing.
func endOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// replyCode returns the server's 4xx or 5xx reply to one of the message's own commands, 0 if there was none.
func replyCode(err error) int {
	var sendError *gomail.SendError
	if !errors.As(err, &sendError) {
		return 0
	}
	return sendError.ErrorCode()
}

// refusesMessage reports whether a reply will be the same at every further try.
func refusesMessage(code int) bool {
	switch code {
	case 530, 534, 535, 538: // another sign-in or encryption is wanted: a matter of settings, not of the message
		return false
	default:
		return code >= 500 && code <= 599
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f })
}
