package codes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// Registrant is what an address was registered with. It belongs to the code that was mailed for it: anybody can
// register an address that is not theirs, before or after its owner, and that registration counts whose code is typed.
type Registrant struct {
	Username     string // "" for the name and password that the account itself has
	PasswordHash string // "" for none
}

// maxRegistrations is how many registrations of one address wait side by side; the oldest ones give way.
const maxRegistrations = 10

// IssueRegistration makes a code for somebody who registers. The codes of other registrations of the address stay good.
// client is the one that asks, see attempts.Clients.
func (s *Service) IssueRegistration(
	ctx context.Context, tx *database.Tx, address string, userID int64, client string, r Registrant,
) error {
	c := s.newCode(Registration, address, userID)
	c.Registrant, c.Client = r, client
	if _, err := tx.ExecContext(ctx, `
		update verification_codes set used_at = $1
		where address = $2 and purpose = $3 and used_at is null and (username = $4 and password_hash = $5
			or id not in (select id from verification_codes where address = $2 and purpose = $3 and used_at is null
				order by id desc limit $6))`,
		c.CreatedAt, c.Address, c.Purpose, r.Username, r.PasswordHash, maxRegistrations-1); err != nil {
		return fmt.Errorf("retiring older codes: %w", err)
	}
	waiting, err := s.waiting(ctx, tx, address)
	if err != nil {
		return err
	}
	for s.clashes(c, waiting) { // else the code of one would open the account of another
		c.Nonce = s.newCode(Registration, address, userID).Nonce
	}
	return s.store(ctx, tx, c)
}

func (s *Service) clashes(c code, others []code) bool {
	for _, other := range others {
		if s.digits(other) == s.digits(c) {
			return true
		}
	}
	return false
}

// waiting are the codes of an address that nobody has used, the newest of each registration, and the newest one first.
func (s *Service) waiting(ctx context.Context, q database.Querier, address string) ([]code, error) {
	list, err := database.All[code](ctx, q, "select "+columns+` from verification_codes
		where used_at is null and id in (select max(id) from verification_codes
			where address = $1 and purpose = $2 group by username, password_hash)
		order by id desc limit $3`, Registration.key(address), Registration, maxRegistrations)
	if err != nil {
		return nil, fmt.Errorf("looking for the codes of an address: %w", err)
	}
	return list, nil
}

// ReissueRegistration makes another code for somebody who waits for one: for what the same client registered, or,
// unless the address was registered more than once (contested), for what it was registered with. Otherwise nobody can
// tell whose the wish is, and the code opens the account without a password.
func (s *Service) ReissueRegistration(
	ctx context.Context, tx *database.Tx, address string, userID int64, client string, contested bool,
) error {
	list, err := s.waiting(ctx, tx, address)
	if err != nil {
		return err
	}
	var r Registrant
	for _, c := range list {
		if c.Username != "" && (!contested || client != "" && c.Client == client) {
			r = c.Registrant
			break
		}
	}
	return s.IssueRegistration(ctx, tx, address, userID, client, r)
}

// LastRegistration is when a client was last mailed a code for an address; the zero time when it was not. What others
// asked for does not count, since the answer would tell of it.
func (s *Service) LastRegistration(
	ctx context.Context, q database.Querier, address, client string,
) (time.Time, error) {
	now := database.Now()
	c, err := database.One[code](ctx, q, "select "+columns+` from verification_codes
		where address = $1 and purpose = $2 and client = $3 and used_at is null and expires_at > $4 and created_at <= $4
		order by id desc limit 1`, Registration.key(address), Registration, client, now)
	if errors.Is(err, database.ErrNotFound) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("looking for the last code: %w", err)
	}
	return c.CreatedAt, nil
}

// RedeemRegistration is Redeem for the code of a registration: it returns what was registered with that code, and ends
// all other registrations of the address.
func (s *Service) RedeemRegistration(
	ctx context.Context, tx *database.Tx, who actor.Actor, address, digits string,
) (r Registrant, right bool, err error) {
	c, right, err := s.redeem(ctx, tx, who, Registration, address, 0, digits)
	if err != nil || !right {
		return Registrant{}, false, err
	}
	_, err = tx.ExecContext(ctx,
		"update verification_codes set used_at = $1 where address = $2 and purpose = $3 and used_at is null",
		database.Now(), c.Address, Registration)
	if err != nil {
		return Registrant{}, false, fmt.Errorf("retiring the other registrations: %w", err)
	}
	return c.Registrant, true, nil
}

// SetPassword gives all registrations of an address that wait another password: that of somebody who has proved that
// the mailbox is theirs.
func (s *Service) SetPassword(ctx context.Context, tx *database.Tx, address, hash string) error {
	_, err := tx.ExecContext(ctx, `
		update verification_codes set password_hash = $1
		where address = $2 and purpose = $3 and used_at is null and username <> ''`,
		hash, Registration.key(address), Registration)
	if err != nil {
		return fmt.Errorf("setting the password of registrations: %w", err)
	}
	return nil
}
