package codes

import (
	"context"
	"crypto/subtle"
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
	_, right, err = s.redeem(ctx, tx, who, p, address, asker, digits)
	return right, err
}

func (s *Service) redeem(
	ctx context.Context, tx *database.Tx, who actor.Actor, p Purpose, address string, asker int64, digits string,
) (c code, right bool, err error) {
	client := s.Clients.Key(who.Client)
	// Charged first and given back for a right one: guesses side by side don't get more tries.
	if err := wrongCodes.Charge(ctx, tx, client); err != nil {
		return code{}, false, err
	}
	if c, right, err = s.useUp(ctx, tx, p, address, asker, digits); err != nil || !right {
		return code{}, false, err
	}
	return c, true, wrongCodes.GiveBack(ctx, tx, client)
}

func (s *Service) useUp(
	ctx context.Context, tx *database.Tx, p Purpose, address string, asker int64, digits string,
) (c code, right bool, err error) {
	now := database.Now()
	// The try is charged before it is looked at, to the newest code of each registration; of other purposes there is one
	// code. The conditions are those of the rows that are changed, not of the inner query, so that they are looked at
	// again after waiting for them.
	tried, err := database.All[code](ctx, tx, `
		update verification_codes set attempts = attempts + 1
		where id in (select max(id) from verification_codes
				where address = $1 and purpose = $2 and (cast($5 as bigint) = 0 or user_id = $5)
				group by username, password_hash)
			and used_at is null and expires_at > $3 and attempts < $4
		returning `+columns, p.key(address), p, now, maxTries, asker)
	if err != nil {
		return code{}, false, fmt.Errorf("counting a try of a code: %w", err)
	}
	for _, t := range tried {
		if subtle.ConstantTimeCompare([]byte(s.digits(t)), []byte(digits)) == 1 {
			c, right = t, true
		}
	}
	if !right {
		return code{}, false, nil
	}
	if _, err := tx.ExecContext(ctx, "update verification_codes set used_at = $1 where id = $2", now, c.ID); err != nil {
		return code{}, false, fmt.Errorf("using up a code: %w", err)
	}
	return c, true, nil
}
