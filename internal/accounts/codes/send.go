package codes

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/mail"
)

const sendJob = "accounts.send_code"

// send is the job that mails a code. It may run twice: the mail's id is the row's, and a used code is not sent.
func (s *Service) send(ctx context.Context, payload []byte) error {
	var id int64
	if err := json.Unmarshal(payload, &id); err != nil {
		return jobs.Permanent(fmt.Errorf("reading the job: %w", err))
	}
	c, err := database.One[code](ctx, s.DB.Read(), "select "+columns+" from verification_codes where id = $1", id)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("reading the code to send: %w", err)
	case c.UsedAt != nil || c.ExpiresAt.Before(time.Now()) || c.UserID == nil:
		return nil
	}
	if s.Mailer == nil { // mail was switched off while the job waited
		s.logCode(c)
		return nil
	}
	to := c.Address
	if c.Purpose != NewEmail { // as its owner spells it
		if to, err = database.One[string](ctx, s.DB.Read(), "select email from users where id = $1", *c.UserID); err != nil {
			return fmt.Errorf("reading the address to send a code to: %w", err)
		}
	}
	return Send(ctx, s.Mailer, s.message(c, to))
}

// Send sends a mail for a job, which is not tried again when the mail will never be accepted.
func Send(ctx context.Context, mailer mail.Sender, m mail.Message) error {
	err := mailer.Send(ctx, m)
	if err != nil && mail.Permanent(err) {
		return jobs.Permanent(err)
	}
	return err
}

// logCode is how an operator without mail gets at a code to hand it out.
func (s *Service) logCode(c code) {
	if !s.LogCodes {
		s.Log.Warn("no mail is configured, and logging of codes is off",
			"address", c.Address, "reason", "smtp_not_configured")
		return
	}
	s.Log.Warn("no mail is configured: hand this code out yourself", "address", c.Address, "purpose", c.Purpose,
		"reason", "smtp_not_configured", "verification_code", s.digits(c))
}

// wording is the text of a mail around its code.
type wording struct{ subject, intro, action string }

func (p Purpose) wording() wording {
	switch p {
	case Registration:
		return wording{
			"Notechondria: verify your account",
			"Welcome to Notechondria. This code confirms that the address is yours. " +
				"If you did not register, nothing needs to be done.",
			"Type the code into the app where it asks for it",
		}
	case PasswordReset:
		return wording{
			"Notechondria: reset your password",
			"Somebody asked to set a new password for your account. If it was not you, nothing needs to be done.",
			"Type the code into the app where you asked for the new password",
		}
	case Identity:
		return wording{
			"Notechondria: confirm that it is you",
			"Somebody who is signed in to your account wants to change its password or address. " +
				"If it is not you, change your password.",
			"Type the code into the app where you began the change",
		}
	}
	return wording{
		"Notechondria: confirm your new address",
		"This code confirms that the address is yours. " +
			"If you did not ask to use it for an account, nothing needs to be done.",
		"Type the code into the app where you gave the new address",
	}
}

// message is the mail with a code: one text, the code before the link, so that neither people nor programs mistake one
// for the other.
func (s *Service) message(c code, to string) mail.Message {
	digits, words := s.digits(c), c.Purpose.wording()
	action := words.action + "."
	if c.Purpose == Registration && s.VerifyURL != "" {
		action = words.action + ", or open this page and press its button:\n" + s.verifyLink(to, digits)
	}
	return mail.Message{
		ID: fmt.Sprintf("code-%d-%s", c.ID, c.Nonce), To: to, Subject: words.subject,
		Text: fmt.Sprintf("%s\n\nEmail: %s\nCode: %s\nValid for %d hours.\n\n%s\n",
			words.intro, to, digits, int(s.TTL.Hours()), action),
	}
}

func (s *Service) verifyLink(address, digits string) string {
	separator := "?"
	if strings.Contains(s.VerifyURL, "?") {
		separator = "&"
	}
	return s.VerifyURL + separator + url.Values{"email": {address}, "code": {digits}}.Encode()
}
