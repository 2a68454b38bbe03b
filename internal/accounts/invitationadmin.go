package accounts

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/database"
)

// NewInvitation is an invitation to make. Code is made up when it is "".
type NewInvitation struct {
	Label     string // up to 255 characters, for the operator alone
	MaxUses   int    // at least 1
	ExpiresAt *time.Time
	Code      string // 8 to 255 characters
}

// Invitation is an invitation as operators see it. Its code is not kept.
type Invitation struct {
	ID        int64      `json:"id"`
	Label     string     `json:"label"`
	MaxUses   int        `json:"max_uses"`
	TimesUsed int        `json:"times_used"`
	ExpiresAt *time.Time `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	CreatedAt time.Time  `json:"created_at"`
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

const (
	maxInvitationsShown = 1000
	minChosenCode       = 8 // guesses are limited, but a short code is among the first ones
	codeBytes           = 10
)

// What the commands for operators can meet.
var (
	ErrInvitationExists = errors.New("there is an invitation with this code already")
	ErrNoInvitation     = errors.New("there is no such invitation")
)

// CreateInvitation makes an invitation and returns its code, which nobody can read again. From the first one on,
// registering needs an invitation.
func (s *Service) CreateInvitation(ctx context.Context, n NewInvitation) (code string, err error) {
	now := database.Now()
	code = strings.TrimSpace(n.Code)
	switch length := utf8.RuneCountInString(code); {
	case code != "" && (length < minChosenCode || length > 255):
		return "", fmt.Errorf("an invitation code must have between %d and 255 characters", minChosenCode)
	case utf8.RuneCountInString(n.Label) > 255:
		return "", errors.New("a label may have 255 characters at most")
	case n.MaxUses < 1 || n.MaxUses > 1_000_000:
		return "", errors.New("an invitation can be used between once and a million times")
	case n.ExpiresAt != nil && !n.ExpiresAt.After(now):
		return "", errors.New("an invitation can't expire in the past")
	}
	hash := hashKey(code)
	if code == "" {
		code = newInvitationCode()
		hash = hashKey(retyped(code))
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, "insert into invitations (code_hash, label, max_uses, expires_at, created_at) values ($1, $2, $3, $4, $5)",
			hash, n.Label, n.MaxUses, n.ExpiresAt, now)
		return err
	})
	if database.IsUnique(err, "invitations_code_hash_key") {
		return "", ErrInvitationExists
	}
	if err != nil {
		return "", fmt.Errorf("storing an invitation: %w", err)
	}
	return code, nil
}

// newInvitationCode has 80 random bits, in four groups of letters and digits that are easy to tell apart.
func newInvitationCode() string {
	var random [codeBytes]byte
	_, _ = rand.Read(random[:]) // never fails
	text := codeAlphabet.EncodeToString(random[:])
	return text[:4] + "-" + text[4:8] + "-" + text[8:12] + "-" + text[12:]
}

// Invitations lists the newest 1,000.
func (s *Service) Invitations(ctx context.Context) ([]Invitation, error) {
	list, err := database.All[Invitation](ctx, s.DB.Read(), `
		select id, label, max_uses, times_used, expires_at, revoked_at, created_at
		from invitations order by id desc limit $1`, maxInvitationsShown)
	if err != nil {
		return nil, fmt.Errorf("listing invitations: %w", err)
	}
	return list, nil
}

// RevokeInvitation ends an invitation; accounts that were made with it stay. The first time of revoking is kept.
func (s *Service) RevokeInvitation(ctx context.Context, id int64) error {
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		known, err := database.Exec(ctx, tx, "update invitations set revoked_at = coalesce(revoked_at, $1) where id = $2", database.Now(), id)
		if err != nil {
			return fmt.Errorf("revoking an invitation: %w", err)
		}
		if known == 0 {
			return ErrNoInvitation
		}
		return nil
	})
}
