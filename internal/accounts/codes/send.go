package codes

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/mail"
)

const (
	sendJob  = "accounts.send_code"
	mailLane = "codes" // people wait for these mails: no other ones come before them
)

// triesWithin is how many tries of a job fill a time: the first dozen take more than an hour, and each further one
// takes an hour.
func triesWithin(d time.Duration) int { return 12 + int(d/time.Hour) }

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
	owner, err := database.One[recipient](ctx, s.DB.Read(), "select username, email from users where id = $1", *c.UserID)
	if err != nil {
		return fmt.Errorf("reading whom to send a code to: %w", err)
	}
	if c.Purpose == NewEmail { // which the account does not have yet
		owner.Email = c.Address
	}
	owner.Username = cmp.Or(c.Username, owner.Username)
	return Send(ctx, s.Mailer, s.message(c, owner))
}

// How long after asking for a code somebody is taken to wait for its mail; and, when they had it at once, to be about
// to ask for the next one.
const (
	awaited = 30 * time.Second
	goingOn = 4 * time.Second
)

// AwaitedAt reports whether somebody waits for a code at an address: other mails would come between, and people and
// programs look for the code in the newest mail.
func (s *Service) AwaitedAt(ctx context.Context, address string) (bool, error) {
	now := database.Now()
	waits, err := database.One[bool](ctx, s.DB.Read(), `
		select exists (select 1 from verification_codes
			where address in ($1, $2) and user_id is not null and expires_at > $3
				and (used_at is null and created_at > $4 or created_at > $5))`,
		Identity.key(address), NewEmail.key(address), now, now.Add(-awaited), now.Add(-goingOn))
	if err != nil {
		return false, fmt.Errorf("looking for a code that is waited for: %w", err)
	}
	return waits, nil
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
		s.Log.Warn("no mail is configured, and codes are not logged",
			"address", c.Address, "reason", "smtp_not_configured")
		return
	}
	s.Log.Warn("no mail is configured: give this code to the user yourself", "address", c.Address, "purpose", c.Purpose,
		"reason", "smtp_not_configured", "verification_code", s.digits(c))
}

// wording is the text of a mail around its code.
type wording struct{ subject, intro, action string }

func (p Purpose) wording() wording {
	switch p {
	case Registration:
		return wording{
			"Notechondria: verify your account",
			"Welcome to Notechondria. This code activates the account with the user name below. " +
				"If you did not register, or registered with another name, ignore this email.",
			"Enter the code in the app",
		}
	case PasswordReset:
		return wording{
			"Notechondria: reset your password",
			"Someone asked to reset the password of your account. If this was not you, ignore this email.",
			"Enter the code in the app where you asked for the reset",
		}
	case Identity:
		return wording{
			"Notechondria: confirm that it's you",
			"Someone who is signed in to your account wants to change its password or email address. " +
				"If this was not you, change your password.",
			"Enter the code in the app where you started the change",
		}
	}
	return wording{
		"Notechondria: confirm your new email address",
		"This code confirms that this email address is yours. " +
			"If you did not ask to use it for an account, ignore this email.",
		"Enter the code in the app where you entered the new address",
	}
}

// recipient is who gets a mail: the account that a code is for, and the address as its owner spells it.
type recipient struct{ Username, Email string }

// message is the mail with a code: one text, the code before the link, so that neither people nor programs mistake one
// for the other.
func (s *Service) message(c code, to recipient) mail.Message {
	digits, words := s.digits(c), c.Purpose.wording()
	action := words.action + "."
	if c.Purpose == Registration && s.VerifyURL != "" {
		action = words.action + ", or open this page and press the button:\n" + s.verifyLink(to.Email, digits)
	}
	return mail.Message{
		ID: fmt.Sprintf("code-%d-%s", c.ID, c.Nonce), To: to.Email, Subject: words.subject,
		Text: fmt.Sprintf("%s\n\nEmail: %s\nUser name: %s\nCode: %s\nValid for %s.\n\n%s\n",
			words.intro, to.Email, line(to.Username), digits, hours(s.ttl(c.Purpose)), action),
	}
}

// line keeps a user name, which may be an old one of any characters, from being taken for other lines of a mail.
func line(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return '\uFFFD'
		}
		return r
	}, text)
}

func hours(d time.Duration) string {
	if d <= time.Hour {
		return "one hour"
	}
	return fmt.Sprintf("%d hours", int(d.Hours()))
}

func (s *Service) verifyLink(address, digits string) string {
	separator := "?"
	if strings.Contains(s.VerifyURL, "?") {
		separator = "&"
	}
	return s.VerifyURL + separator + url.Values{"email": {address}, "code": {digits}}.Encode()
}
