// Package invitations owns the codes that let people register where registration is not open to everybody: which there
// are, and who has used one. From the first invitation on registering needs one. Accounts themselves belong to package
// accounts, which asks here before it makes one.
package invitations

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/secret"
)

// Options are what invitations depend on.
type Options struct {
	DB      *database.DB
	Clients attempts.Clients
}

// Service is the invitations of one server.
type Service struct{ Options }

// New makes the service.
func New(o Options) *Service { return &Service{o} }

// Draft is an invitation to be made.
type Draft struct {
	Label     string     // for the operator alone
	MaxUses   int        // 1 to MaxUses
	ExpiresAt *time.Time // nil for never
	Code      string     // MinCode to MaxCode characters, or "" for a random one
}

// The limits of a Draft, in characters unless said otherwise.
const (
	MaxLabel = 255
	MinCode  = 8 // guesses are limited, but a short code is among the first ones
	MaxCode  = 255
	MaxUses  = 1_000_000 // people
)

// Invitation is an invitation as operators see it. Its code is not kept.
type Invitation struct {
	ID        int64
	Label     string
	MaxUses   int
	TimesUsed int
	ExpiresAt *time.Time
	RevokedAt *time.Time
	CreatedAt time.Time
}

// State is usable, used up, expired or revoked.
func (i Invitation) State() string {
	switch {
	case i.RevokedAt != nil:
		return "revoked"
	case i.ExpiresAt != nil && !i.ExpiresAt.After(time.Now()):
		return "expired"
	case i.TimesUsed >= i.MaxUses:
		return "used up"
	}
	return "usable"
}

// maxListed bounds the list.
const maxListed = 1000

// What operators can meet.
var (
	ErrTaken = errors.New("an invitation with this code already exists")
	ErrNone  = errors.New("there is no such invitation")
)

func (d *Draft) check(now time.Time) error {
	var problems problem.Fields
	if length := utf8.RuneCountInString(d.Code); length != 0 && length < MinCode || length > MaxCode {
		problems.Add("code", fmt.Sprintf("An invitation code must have between %d and %d characters.", MinCode, MaxCode))
	}
	problems.CheckText("label", d.Label, 0, MaxLabel)
	if d.MaxUses < 1 || d.MaxUses > MaxUses {
		problems.Add("max_uses", "The number of uses must be between 1 and 1000000.")
	}
	if d.ExpiresAt != nil && !d.ExpiresAt.After(now) {
		problems.Add("expires_at", "An invitation can't expire in the past.")
	}
	return problems.Err()
}

// Create makes an invitation and returns its code, which can't be read again.
func (s *Service) Create(ctx context.Context, who actor.Actor, d Draft) (code string, err error) {
	if err := who.CheckOperator(); err != nil {
		return "", err
	}
	now := database.Now()
	d.Code = formats.Trim(d.Code)
	if err := d.check(now); err != nil {
		return "", err
	}
	code, hash := d.Code, secret.HashKey(d.Code)
	if code == "" {
		code = newCode()
		hash = secret.HashKey(canonical(code))
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx,
			"insert into invitations (code_hash, label, max_uses, expires_at, created_at) values ($1, $2, $3, $4, $5)",
			hash, d.Label, d.MaxUses, d.ExpiresAt, now)
		return err
	})
	if database.IsUnique(err, "invitations_code_hash_key") {
		return "", ErrTaken
	}
	if err != nil {
		return "", fmt.Errorf("storing an invitation: %w", err)
	}
	return code, nil
}

// List returns the newest 1,000.
func (s *Service) List(ctx context.Context, who actor.Actor) ([]Invitation, error) {
	if err := who.CheckOperator(); err != nil {
		return nil, err
	}
	list, err := database.All[Invitation](ctx, s.DB.Read(), `
		select id, label, max_uses, times_used, expires_at, revoked_at, created_at
		from invitations order by id desc limit $1`, maxListed)
	if err != nil {
		return nil, fmt.Errorf("listing invitations: %w", err)
	}
	return list, nil
}

// Revoke ends an invitation; accounts that were made with it stay. The first time of revoking is kept.
func (s *Service) Revoke(ctx context.Context, who actor.Actor, id int64) error {
	if err := who.CheckOperator(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		known, err := database.Exec(ctx, tx,
			"update invitations set revoked_at = coalesce(revoked_at, $1) where id = $2", database.Now(), id)
		if err != nil {
			return fmt.Errorf("revoking an invitation: %w", err)
		}
		if known == 0 {
			return ErrNone
		}
		return nil
	})
}
