package invitations

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts/attempts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// wrongCodes limits guesses.
var wrongCodes = attempts.Limit{Scope: "invitation_address", Most: 30}

// ErrUnusable says that a code lets nobody in: there is none such, or it is used up, too old or revoked.
var ErrUnusable = errors.New("unknown invitation, or it can no longer be used")

// unexpired is the condition that an invitation is good, whether it has places left or not; $1 is the present time.
const unexpired = "revoked_at is null and (expires_at is null or expires_at > $1)"

// Answer tells somebody who wants to register about invitations.
type Answer struct {
	Required bool // registering needs one
	Valid    bool // the one that was asked about is good, or none is needed
}

// Validate says whether registering needs an invitation, and whether a code is a good one; "" asks about none.
// Nothing is used up.
func (s *Service) Validate(ctx context.Context, who actor.Actor, in problem.Input[string]) (Answer, error) {
	code, err := in.Check()
	if err != nil {
		return Answer{}, err
	}
	required, err := s.Required(ctx, s.DB.Read())
	if err != nil || !required {
		return Answer{Valid: true}, err
	}
	if code == "" {
		return Answer{Required: true}, nil
	}
	valid, err := s.Try(ctx, who, code, 0)
	return Answer{Required: true, Valid: valid}, err
}

// Required reports whether registering needs an invitation: it does as soon as there is one, even if that one is used
// up, too old or revoked.
func (s *Service) Required(ctx context.Context, q database.Querier) (bool, error) {
	required, err := database.One[bool](ctx, q, "select exists (select 1 from invitations)")
	if err != nil {
		return false, fmt.Errorf("looking for invitations: %w", err)
	}
	return required, nil
}

// Try reports whether a code can be used, by the account userID if that holds a place already (0 for none). A client
// that guesses wrong too often is refused.
func (s *Service) Try(ctx context.Context, who actor.Actor, code string, userID int64) (good bool, err error) {
	client := s.Clients.Key(who.Client)
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := wrongCodes.Charge(ctx, tx, client); err != nil {
			return err
		}
		if good, err = usable(ctx, tx, code, userID); err != nil || !good {
			return err
		}
		return wrongCodes.GiveBack(ctx, tx, client)
	})
	return good, err
}

func usable(ctx context.Context, q database.Querier, code string, userID int64) (bool, error) {
	exact, typed := hashesOf(code)
	open, err := database.One[bool](ctx, q, `
		select exists (select 1 from invitations where code_hash in ($2, $3) and `+unexpired+` and (times_used < max_uses
			or exists (select 1 from invitation_uses where invitation_id = invitations.id and user_id = $4)))`,
		database.Now(), exact, typed, userID)
	if err != nil {
		return false, fmt.Errorf("looking up an invitation: %w", err)
	}
	return open, nil
}

// Use charges a place of an invitation to a new account, whose row this transaction has written: that makes two
// registrations of one account wait for each other. An account holds one place: one that registers again gives its
// earlier place back. The transaction must be rolled back on ErrUnusable.
func (s *Service) Use(ctx context.Context, tx *database.Tx, code string, userID int64) error {
	if err := s.Release(ctx, tx, userID); err != nil {
		return err
	}
	now := database.Now()
	exact, typed := hashesOf(code)
	// The conditions are those of the row that is changed, so that they are looked at again after waiting for it.
	id, err := database.One[int64](ctx, tx, `
		update invitations set times_used = times_used + 1
		where id = (select min(id) from invitations where code_hash in ($2, $3)) and times_used < max_uses and `+unexpired+`
		returning id`, now, exact, typed)
	if errors.Is(err, database.ErrNotFound) {
		return ErrUnusable
	}
	if err != nil {
		return fmt.Errorf("charging an invitation: %w", err)
	}
	_, err = tx.ExecContext(ctx, "insert into invitation_uses (invitation_id, user_id, used_at) values ($1, $2, $3)",
		id, userID, now)
	if err != nil {
		return fmt.Errorf("storing the use of an invitation: %w", err)
	}
	return nil
}

// Release gives the places of accounts back that nobody has ever used.
func (s *Service) Release(ctx context.Context, tx *database.Tx, userIDs ...int64) error {
	users, list := s.DB.In("user_id", 1), database.List(userIDs)
	if _, err := tx.ExecContext(ctx, `
		update invitations set times_used = times_used - (
			select count(*) from invitation_uses where invitation_id = invitations.id and `+users+`)
		where id in (select invitation_id from invitation_uses where `+users+")", list); err != nil {
		return fmt.Errorf("giving invitations back: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "delete from invitation_uses where "+users, list); err != nil {
		return fmt.Errorf("removing uses of invitations: %w", err)
	}
	return nil
}
