package accounts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
)

// errInvitation says that a code lets nobody in: there is none such, or it is used up, too old or revoked.
var errInvitation = errors.New("there is no such invitation, or it can't be used any more")

// openInvitation is the condition that an invitation can still be used; $1 is the present time. It is part of the
// statement that charges it, so that one place is never given to two.
const openInvitation = "revoked_at is null and (expires_at is null or expires_at > $1) and times_used < max_uses"

// invitationRequired tells whether registering needs an invitation: it does as soon as there is one, even if that one is
// used up, too old or revoked.
func (s *Service) invitationRequired(ctx context.Context, q database.Querier) (bool, error) {
	required, err := database.One[bool](ctx, q, "select exists (select 1 from invitations)")
	if err != nil {
		return false, fmt.Errorf("looking for invitations: %w", err)
	}
	return required, nil
}

// useInvitation charges a place of an invitation to a new account, whose row this transaction has written: that makes
// two registrations of one account wait for each other. An account holds one place: one that registers again gives its
// earlier place back. The transaction must be rolled back on errInvitation.
func (s *Service) useInvitation(ctx context.Context, tx *database.Tx, code string, userID int64) error {
	if err := s.releaseInvitations(ctx, tx, userID); err != nil {
		return err
	}
	now := database.Now()
	exact, typed := invitationHashes(code)
	id, err := database.One[int64](ctx, tx, `
		update invitations set times_used = times_used + 1
		where id = (select min(id) from invitations where code_hash in ($2, $3)) and `+openInvitation+`
		returning id`, now, exact, typed)
	if errors.Is(err, database.ErrNotFound) {
		return errInvitation
	}
	if err != nil {
		return fmt.Errorf("charging an invitation: %w", err)
	}
	if _, err := tx.ExecContext(ctx, "insert into invitation_uses (invitation_id, user_id, used_at) values ($1, $2, $3)", id, userID, now); err != nil {
		return fmt.Errorf("noting the use of an invitation: %w", err)
	}
	return nil
}

// releaseInvitations gives the places of accounts back that nobody has ever used.
func (s *Service) releaseInvitations(ctx context.Context, tx *database.Tx, userIDs ...int64) error {
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

// invitationHashes are what the code may be stored as: the hash of the text as it was sent, which old codes and those
// that an operator chose have, and of the code that was made here as it was handed out, however somebody types it.
func invitationHashes(code string) (exact, typed string) {
	code = strings.TrimSpace(code)
	return hashKey(code), hashKey(retyped(code))
}

// mistaken are what people type for letters and digits that look alike; the code's alphabet has neither I, L, O nor U.
var mistaken = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1", "U", "V")

// retyped is a code that was made here in the form that is hashed, without its dashes.
func retyped(code string) string { return mistaken.Replace(strings.ToUpper(code)) }
