package codes

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// wrongCodes limits guesses of one client.
var wrongCodes = attempts.Limit{Scope: "code_address", Most: 30}

// CheckClient refuses a client that has guessed wrong too often, before something slow is done for it, or anything
// written.
func (s *Service) CheckClient(ctx context.Context, who actor.Actor) error {
	return wrongCodes.Check(ctx, s.DB.Read(), s.Clients.Key(who.Client))
}

// Redeem uses up the code of a purpose and address if these are its digits. asker is the account that must have asked
// for it, 0 for any. Wrong tries count, so the transaction must be committed unless there is an error.
func (s *Service) Redeem(
	ctx context.Context, tx *database.Tx, who actor.Actor, p Purpose, address string, asker int64, digits string,
) (right bool, err error) {
	client := s.Clients.Key(who.Client)
	// Charged first and given back for a right one: guesses side by side don't get more tries.
	if err := wrongCodes.Charge(ctx, tx, client); err != nil {
		return false, err
	}
	if right, err = s.useUp(ctx, tx, p, address, asker, digits); err != nil || !right {
		return false, err
	}
	return true, wrongCodes.GiveBack(ctx, tx, client)
}

func (s *Service) useUp(
	ctx context.Context, tx *database.Tx, p Purpose, address string, asker int64, digits string,
) (right bool, err error) {
	now := database.Now()
	// The try is charged before it is looked at. The conditions are those of the row that is changed, not of the inner
	// query, so that they are looked at again after waiting for it.
	c, err := database.One[code](ctx, tx, `
		update verification_codes set attempts = attempts + 1
		where id = (select max(id) from verification_codes
				where address = $1 and purpose = $2 and (cast($5 as bigint) = 0 or user_id = $5))
			and used_at is null and expires_at > $3 and attempts < $4
		returning id, purpose, address, nonce`, p.key(address), p, now, maxTries, asker)
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
