// Package codes owns the six digits that are mailed to show that an address is somebody's: making, mailing and
// redeeming them. What a code allows belongs to its callers.
package codes

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/mail"
	"github.com/trance-0/notechondria/internal/secret"
)

// Options are what codes depend on.
type Options struct {
	DB      *database.DB
	Queue   *jobs.Queue
	Log     *slog.Logger
	Mailer  mail.Sender // nil when no mail is configured
	Clients attempts.Clients

	ServerKey string        // the digits follow from it
	TTL       time.Duration // life of a code
	VerifyURL string        // page that confirms an address, for the link in mails; "" for none
	LogCodes  bool          // without mail, codes go to the log
}

// Service is the codes of one server.
type Service struct{ Options }

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{o}
	// A mail server that is down is waited for as long as codes live, and keeps no other work waiting.
	o.Queue.HandleWith(sendJob, jobs.Options{Lane: mailLane, Attempts: triesWithin(o.TTL)}, s.send)
	return s
}

// Purpose keeps a code for one thing from working for another.
type Purpose string

// The purposes.
const (
	Registration  Purpose = "register"
	PasswordReset Purpose = "password_reset"
	Identity      Purpose = "verify_identity" // to the address of who is signed in
	NewEmail      Purpose = "change_email"    // to the address that is to become theirs
)

// bound reports whether only the account that asked for a code may redeem it. The others belong to whoever gets the
// mail.
func (p Purpose) bound() bool { return p == Identity || p == NewEmail }

// key is the address as codes for it are found. A new one keeps its spelling but for capitals, since the mail goes
// there: folding can lead to another domain.
func (p Purpose) key(address string) string {
	if p == NewEmail {
		return strings.ToLower(address)
	}
	return database.Fold(address)
}

// maxTries is how many wrong tries retire a code.
const maxTries = 5

// code is a row of verification_codes. The six digits are not stored: they follow from the row and the server's key.
type code struct {
	ID        int64
	Purpose   Purpose
	Address   string // see key of Purpose
	UserID    *int64
	Nonce     string
	ExpiresAt time.Time
	UsedAt    *time.Time
	CreatedAt time.Time

	Registrant
	Client string // that registered, see attempts.Clients; "" for an unknown one
}

const columns = "id, purpose, address, user_id, nonce, expires_at, used_at, created_at, username, password_hash, client"

// digits are the six digits that are mailed for this row.
func (s *Service) digits(c code) string {
	sum := secret.Keyed(s.ServerKey, "code", string(c.Purpose), c.Address, c.Nonce)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(sum)%1_000_000)
}

// ByMail reports whether codes are mailed; otherwise an administrator hands them out.
func (s *Service) ByMail() bool { return s.Mailer != nil }

// mostSecretTTL is the life of a code that lets somebody into an account that is in use.
const mostSecretTTL = time.Hour

// ttl is the life of a code for this purpose.
func (s *Service) ttl(p Purpose) time.Duration {
	if p == PasswordReset || p == Identity {
		return min(s.TTL, mostSecretTTL)
	}
	return s.TTL
}

// Issue retires the older codes of that purpose and address and makes a new one, which is mailed after the commit.
// userID is 0 for an address without an account, which gets no mail. Registrations have functions of their own.
func (s *Service) Issue(ctx context.Context, tx *database.Tx, p Purpose, address string, userID int64) error {
	c := s.newCode(p, address, userID)
	var asker int64 // whose codes are retired, 0 for all
	if p.bound() {
		asker = userID
	}
	if _, err := tx.ExecContext(ctx, `
		update verification_codes set used_at = $1
		where address = $2 and purpose = $3 and used_at is null and (cast($4 as bigint) = 0 or user_id = $4)`,
		c.CreatedAt, c.Address, c.Purpose, asker); err != nil {
		return fmt.Errorf("retiring older codes: %w", err)
	}
	return s.store(ctx, tx, c)
}

func (s *Service) newCode(p Purpose, address string, userID int64) code {
	now := database.Now()
	c := code{Purpose: p, Address: p.key(address), Nonce: rand.Text(), ExpiresAt: now.Add(s.ttl(p)), CreatedAt: now}
	if userID != 0 {
		c.UserID = &userID
	}
	return c
}

// store has the code mailed after the commit.
func (s *Service) store(ctx context.Context, tx *database.Tx, c code) error {
	id, err := database.One[int64](ctx, tx, `
		insert into verification_codes (purpose, address, user_id, nonce, expires_at, created_at, username, password_hash,
			client)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
		c.Purpose, c.Address, c.UserID, c.Nonce, c.ExpiresAt, c.CreatedAt, c.Username, c.PasswordHash, c.Client)
	switch {
	case err != nil:
		return fmt.Errorf("storing a code: %w", err)
	case c.UserID == nil:
		return nil
	case s.Mailer == nil:
		tx.AfterCommit(func() { s.logCode(c) })
		return nil
	}
	return s.Queue.Enqueue(ctx, tx, sendJob, id)
}

// Retire ends all codes of a user.
func (s *Service) Retire(ctx context.Context, tx *database.Tx, userID int64) error {
	_, err := tx.ExecContext(ctx, "update verification_codes set used_at = $1 where user_id = $2 and used_at is null",
		database.Now(), userID)
	if err != nil {
		return fmt.Errorf("retiring the codes of a user: %w", err)
	}
	return nil
}

// RetireTo ends all codes that went to an address, those too that anybody asked for.
func (s *Service) RetireTo(ctx context.Context, tx *database.Tx, address string) error {
	_, err := tx.ExecContext(ctx, "update verification_codes set used_at = $1 where address = $2 and used_at is null",
		database.Now(), database.Fold(address))
	if err != nil {
		return fmt.Errorf("retiring the codes to an address: %w", err)
	}
	return nil
}

// kept is how long a code outlives its end.
const kept = 24 * time.Hour

// Purge removes codes that ended long ago.
func (s *Service) Purge(ctx context.Context, tx *database.Tx, now time.Time) error {
	if _, err := tx.ExecContext(ctx, "delete from verification_codes where expires_at < $1", now.Add(-kept)); err != nil {
		return fmt.Errorf("purging codes: %w", err)
	}
	return nil
}
