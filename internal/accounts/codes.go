package accounts

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
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

// purpose keeps a code for one thing from working for another.
type purpose string

const (
	purposeRegister    purpose = "register"
	purposeReset       purpose = "password_reset"
	purposeIdentity    purpose = "verify_identity" // to the address of who is signed in
	purposeChangeEmail purpose = "change_email"    // to the address that is to become theirs
)

// bound tells whether only the account that asked for a code may redeem it. The others belong to whoever gets the mail.
func (p purpose) bound() bool { return p == purposeIdentity || p == purposeChangeEmail }

// key is the address as codes for it are found. A new one keeps its spelling but for capitals, since the mail goes there:
// folding can lead to another domain.
func (p purpose) key(address string) string {
	if p == purposeChangeEmail {
		return lower(address)
	}
	return database.Fold(address)
}

const (
	sendCodeJob  = "accounts.send_code"
	codeTries    = 5 // wrong tries retire a code
	codeCooldown = time.Minute
)

// code is a row of verification_codes. The six digits are not stored: they follow from the row and the secret key.
type code struct {
	ID        int64
	Purpose   purpose
	Address   string // see key of purpose
	UserID    *int64
	Nonce     string
	ExpiresAt time.Time
	UsedAt    *time.Time
	CreatedAt time.Time
}

const codeColumns = "id, purpose, address, user_id, nonce, expires_at, used_at, created_at"

// digits are the six digits that are mailed for this row.
func (s *Service) digits(c code) string {
	sum := s.keyed("code", string(c.Purpose), c.Address, c.Nonce)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum)%1_000_000)
}

// issueCode retires the older codes of that purpose and address and makes a new one. Its mail is a job, sent after the
// commit; userID is 0 for an address without an account, which gets no mail.
func (s *Service) issueCode(ctx context.Context, tx *database.Tx, p purpose, address string, userID int64) error {
	now := database.Now()
	c := code{Purpose: p, Address: p.key(address), Nonce: rand.Text(), ExpiresAt: now.Add(s.CodeTTL)}
	if userID != 0 {
		c.UserID = &userID
	}
	var asker int64 // whose codes are retired, 0 for all
	if p.bound() {
		asker = userID
	}
	if _, err := tx.ExecContext(ctx, `
		update verification_codes set used_at = $1
		where address = $2 and purpose = $3 and used_at is null and (cast($4 as bigint) = 0 or user_id = $4)`,
		now, c.Address, c.Purpose, asker); err != nil {
		return fmt.Errorf("retiring older codes: %w", err)
	}
	id, err := database.One[int64](ctx, tx, `
		insert into verification_codes (purpose, address, user_id, nonce, expires_at, created_at)
		values ($1, $2, $3, $4, $5, $6) returning id`, c.Purpose, c.Address, c.UserID, c.Nonce, c.ExpiresAt, now)
	switch {
	case err != nil:
		return fmt.Errorf("storing a code: %w", err)
	case userID == 0:
		return nil
	case s.Mailer == nil:
		tx.AfterCommit(func() { s.logCode(c) })
		return nil
	}
	return s.Queue.Enqueue(ctx, tx, sendCodeJob, id)
}

// logCode is how an operator without mail gets at a code to hand it out.
func (s *Service) logCode(c code) {
	if !s.LogCodes {
		s.Log.Warn("no mail is configured, and logging of codes is off", "address", c.Address, "reason", "smtp_not_configured")
		return
	}
	s.Log.Warn("no mail is configured: hand this code out yourself", "address", c.Address, "purpose", c.Purpose,
		"reason", "smtp_not_configured", "verification_code", s.digits(c))
}

// tryCode redeems a code within the limit of wrong ones that a client may send, which is charged first and given back for
// a right one. Wrong tries count, so the transaction must be committed unless there is an error.
func (s *Service) tryCode(ctx context.Context, tx *database.Tx, p purpose, address string, asker int64, digits string) (bool, error) {
	client := s.addressHash(ctx)
	if err := codesPerAddress.charge(ctx, tx, client); err != nil {
		return false, err
	}
	right, err := s.redeem(ctx, tx, p, address, asker, digits)
	if err != nil || !right {
		return false, err
	}
	return true, codesPerAddress.forgive(ctx, tx, client)
}

// redeem uses up the code if it is the right one. asker is the account that must have asked for it, 0 for any. A wrong
// try is counted, so the transaction must be committed either way.
func (s *Service) redeem(ctx context.Context, tx *database.Tx, p purpose, address string, asker int64, digits string) (bool, error) {
	now := database.Now()
	// The try is charged before it is looked at: guesses sent side by side don't get more of them. The conditions are
	// those of the row that is changed, not of the inner query, so that they are looked at again after waiting for it.
	c, err := database.One[code](ctx, tx, `
		update verification_codes set attempts = attempts + 1
		where id = (select max(id) from verification_codes
				where address = $1 and purpose = $2 and (cast($5 as bigint) = 0 or user_id = $5))
			and used_at is null and expires_at > $3 and attempts < $4
		returning id, purpose, address, nonce`, p.key(address), p, now, codeTries, asker)
	if errors.Is(err, database.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("counting a try of a code: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(s.digits(c)), []byte(digits)) != 1 {
		return false, nil
	}
	if _, err := tx.ExecContext(ctx, "update verification_codes set used_at = $1 where id = $2", now, c.ID); err != nil {
		return false, fmt.Errorf("using up a code: %w", err)
	}
	return true, nil
}

// lastIssued tells when the newest usable code was made; the zero time when there is none.
func lastIssued(ctx context.Context, q database.Querier, p purpose, address string) (time.Time, error) {
	c, err := database.One[code](ctx, q, "select "+codeColumns+` from verification_codes
		where address = $1 and purpose = $2 and used_at is null and expires_at > $3
		order by id desc limit 1`, p.key(address), p, database.Now())
	if errors.Is(err, database.ErrNotFound) {
		return time.Time{}, nil
	}
	return c.CreatedAt, err
}

// sendCode is the job that mails a code. It may run twice: the mail's id is the row's, and a used code is not sent.
func (s *Service) sendCode(ctx context.Context, payload []byte) error {
	var id int64
	if err := json.Unmarshal(payload, &id); err != nil {
		return jobs.Permanent(fmt.Errorf("reading the job: %w", err))
	}
	c, err := database.One[code](ctx, s.DB.Read(), "select "+codeColumns+" from verification_codes where id = $1", id)
	if errors.Is(err, database.ErrNotFound) || err == nil && (c.UsedAt != nil || c.ExpiresAt.Before(time.Now()) || c.UserID == nil) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the code to send: %w", err)
	}
	if s.Mailer == nil { // mail was switched off while the job waited
		s.logCode(c)
		return nil
	}
	to := c.Address
	if c.Purpose != purposeChangeEmail {
		u, err := userByID(ctx, s.DB.Read(), *c.UserID)
		if err != nil {
			return err
		}
		to = u.Email
	}
	return s.sendMail(ctx, s.message(c, to))
}

func (s *Service) sendMail(ctx context.Context, m mail.Message) error {
	err := s.Mailer.Send(ctx, m)
	if err != nil && mail.Permanent(err) {
		return jobs.Permanent(err)
	}
	return err
}

// message is the mail with a code: one text, the code before the link, so that neither people nor programs mistake one
// for the other.
func (s *Service) message(c code, to string) mail.Message {
	digits := s.digits(c)
	lines := map[purpose]struct{ subject, intro, action string }{
		purposeRegister: {"Notechondria: verify your account", "Welcome to Notechondria. This code confirms that the address is yours. If you did not register, nothing needs to be done.",
			"Type the code into the app where it asks for it"},
		purposeReset: {"Notechondria: reset your password", "Somebody asked to set a new password for your account. If it was not you, nothing needs to be done.",
			"Type the code into the app where you asked for the new password"},
		purposeIdentity: {"Notechondria: confirm that it is you", "Somebody who is signed in to your account wants to change its password or address. If it is not you, change your password.",
			"Type the code into the app where you began the change"},
		purposeChangeEmail: {"Notechondria: confirm your new address", "This code confirms that the address is yours. If you did not ask to use it for an account, nothing needs to be done.",
			"Type the code into the app where you gave the new address"},
	}[c.Purpose]
	action := lines.action + "."
	if c.Purpose == purposeRegister && s.VerifyURL != "" {
		action = lines.action + ", or open this page and press its button:\n" + s.verifyLink(to, digits)
	}
	hours := int(s.CodeTTL.Hours())
	return mail.Message{
		ID: fmt.Sprintf("code-%d-%s", c.ID, c.Nonce), To: to, Subject: lines.subject,
		Text: fmt.Sprintf("%s\n\nEmail: %s\nCode: %s\nValid for %d hours.\n\n%s\n", lines.intro, to, digits, hours, action),
	}
}

func (s *Service) verifyLink(address, digits string) string {
	separator := "?"
	if strings.Contains(s.VerifyURL, "?") {
		separator = "&"
	}
	return s.VerifyURL + separator + url.Values{"email": {address}, "code": {digits}}.Encode()
}

// delivery says how a code reaches its owner, in the two keys of the answers that issue one.
func (s *Service) delivery(sent string) (message string, fallback bool) {
	if s.Mailer == nil {
		return "Mail is not set up on this server: ask its administrator for the code.", true
	}
	return sent, false
}
