package deploycheck

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	netmail "net/mail"
	"net/smtp"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

const (
	mailName   = "mail"
	senderName = "mail sender"

	placeholderDomain = "notechondria.local"
	maxAnswer         = 1 << 20 // bytes
)

// mail checks the service that the server would use: Resend if both are configured.
func (s *surroundings) mail(ctx context.Context) []Result {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	const remedy = "Set RESEND_API_KEY, or the SMTP_ variables."
	switch {
	case s.config.ResendAPIKey != "":
		return append(s.resend(ctx), s.sender())
	case s.config.SMTPHost != "":
		return []Result{s.smtp(ctx), s.sender()}
	case s.config.LogCodes:
		return []Result{warn(mailName, remedy,
			"Mail is not set up: codes go to the log, and an administrator has to pass them on.")}
	}
	return []Result{warn(mailName, remedy,
		"Mail is not set up and codes are not logged: nobody can sign up with an email address or reset a password.")}
}

func (s *surroundings) sender() Result {
	address, err := netmail.ParseAddress(s.config.SMTPFromEmail)
	if err != nil {
		return fail(senderName, "Set SMTP_FROM_EMAIL to an address in your own domain.", "It is not an email address.")
	}
	if domainOf(address) == placeholderDomain {
		return fail(senderName, "Set SMTP_FROM_EMAIL to an address in your own domain.",
			"%s is a placeholder: no mail server accepts it.", address.Address)
	}
	return ok(senderName, "%s.", address.Address)
}

func domainOf(address *netmail.Address) string {
	return strings.ToLower(address.Address[strings.LastIndexByte(address.Address, '@')+1:])
}

// smtp goes as far as signing in.
func (s *surroundings) smtp(ctx context.Context) Result {
	address := net.JoinHostPort(s.config.SMTPHost, strconv.Itoa(s.config.SMTPPort))
	step, err := s.greet(ctx, address)
	switch {
	case err == nil:
		return ok(mailName, "%s answers%s.", address, step)
	case timedOut(err) && slices.Contains([]int{25, 465, 587}, s.config.SMTPPort) && s.config.OnRender:
		return fail(mailName, "Set RESEND_API_KEY to send over HTTPS.",
			"%s does not respond: Render blocks port %d for free services.", address, s.config.SMTPPort)
	case timedOut(err):
		return fail(mailName, "Make sure that the port is open (many hosts block it; 2525 often works), or set "+
			"RESEND_API_KEY to "+
			"send over HTTPS.", "%s does not respond in time.", address)
	}
	var reply *textproto.Error
	if step == signingIn && errors.As(err, &reply) { // its text may repeat the password
		return fail(mailName, smtpRemedy(step), "%s rejects the user or the password with %d.", address, reply.Code)
	}
	return fail(mailName, smtpRemedy(step), "%s fails at %s: %s.", address, step, s.reason(err))
}

// The steps of greet that have their own remedies.
const (
	connecting = "connecting"
	greeting   = "reading the greeting"
	encrypting = "encrypting"
	signingIn  = "signing in"
)

func smtpRemedy(step string) string {
	switch step {
	case greeting:
		return "Make sure that this is the port of a mail server; set SMTP_USE_SSL if it is encrypted from the first byte " +
			"(usually 465)."
	case encrypting:
		return "Make sure that SMTP_HOST is the name in the server's certificate, and that SMTP_USE_TLS (usually port 587) " +
			"or SMTP_USE_SSL (465) fits the port."
	case signingIn:
		return "Correct SMTP_USERNAME and SMTP_PASSWORD."
	}
	return "Correct SMTP_HOST and SMTP_PORT."
}

// greet returns its findings, or the step that failed.
func (s *surroundings) greet(ctx context.Context, address string) (step string, err error) {
	conn, err := s.dial(ctx, "tcp", address)
	if err != nil {
		return connecting, err
	}
	defer conn.Close()
	release := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer release()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return connecting, err
	}
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = ctx.Err() // the error of the closed connection explains nothing
		}
	}()
	settings := s.tls.Clone()
	settings.ServerName = s.config.SMTPHost
	if s.config.SMTPUseSSL {
		encrypted := tls.Client(conn, settings)
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return encrypting, err
		}
		conn = encrypted
	}
	client, err := smtp.NewClient(conn, s.config.SMTPHost)
	if err != nil {
		return greeting, err
	}
	return s.converse(client, settings)
}

func (s *surroundings) converse(client *smtp.Client, settings *tls.Config) (step string, err error) {
	if err := client.Hello("localhost"); err != nil {
		return greeting, err
	}
	if s.config.SMTPUseTLS {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return encrypting, errors.New("the server does not offer STARTTLS")
		}
		if err := client.StartTLS(settings); err != nil {
			return encrypting, err
		}
	}
	found := ""
	if _, isEncrypted := client.TLSConnectionState(); isEncrypted {
		found = ", encrypted"
	}
	offered, mechanisms := client.Extension("AUTH")
	if s.config.SMTPUsername != "" && offered && slices.Contains(strings.Fields(mechanisms), "PLAIN") && found != "" {
		if err := client.Auth(smtp.PlainAuth("", s.config.SMTPUsername, s.config.SMTPPassword,
			s.config.SMTPHost)); err != nil {
			return signingIn, err
		}
		found += ", and accepts the user and the password"
	}
	_ = client.Quit() // nothing depends on it any more
	return found, nil
}

// resend asks for the domains that the key may send for. The response to a key that may only send says so.
func (s *surroundings) resend(ctx context.Context) []Result {
	const keyRemedy = "Create a new key at Resend, and set RESEND_API_KEY to it."
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.config.ResendURL+"/domains", nil)
	if err != nil {
		return []Result{fail(mailName, "Correct RESEND_API_URL.", "The request to Resend failed: %s.", s.reason(err))}
	}
	request.Header.Set("Authorization", "Bearer "+s.config.ResendAPIKey)
	request.Header.Set("Accept", "application/json")
	response, err := s.client.Do(request)
	if err != nil {
		return []Result{fail(mailName, "Make sure that this machine can connect to "+
			"RESEND_API_URL.", "Resend can't be reached: %s.",
			s.reason(err))}
	}
	defer response.Body.Close()
	var answer resendAnswer
	err = json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer)
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized && answer.Name == "restricted_api_key":
		return []Result{ok(mailName, "Resend accepts the key, which can only send.")}
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusBadRequest:
		return []Result{fail(mailName, keyRemedy, "Resend rejects the key with %d.", status)}
	case status != http.StatusOK:
		return []Result{warn(mailName, "Try again, and check Resend's status page.", "Resend answers %d.", status)}
	case err != nil:
		return []Result{fail(mailName, "Correct RESEND_API_URL.", "The response is not from Resend: %s.", s.reason(err))}
	}
	return []Result{s.resendDomain(answer)}
}

type resendAnswer struct {
	Name    string // of an error
	HasMore bool   `json:"has_more"`
	Data    []struct{ Name, Status string }
}

// resendDomain looks for the sender's domain: Resend sends only for verified ones.
func (s *surroundings) resendDomain(answer resendAnswer) Result {
	address, err := netmail.ParseAddress(s.config.SMTPFromEmail)
	if err != nil || domainOf(address) == placeholderDomain {
		return ok(mailName, "Resend accepts the key.") // the sender has its own result
	}
	domain := domainOf(address)
	remedy := fmt.Sprintf("Verify %s at Resend, or set SMTP_FROM_EMAIL to an address in a verified domain.", domain)
	for _, known := range answer.Data {
		if !strings.EqualFold(known.Name, domain) {
			continue
		}
		if known.Status == "verified" {
			return ok(mailName, "Resend accepts the key, and sends for %s.", domain)
		}
		return fail(mailName, remedy, "Resend knows %s, but has not verified it: %s.", domain, s.clean(known.Status))
	}
	if answer.HasMore {
		return ok(mailName, "Resend accepts the key.")
	}
	return fail(mailName, remedy, "Resend does not send for %s.", domain)
}
