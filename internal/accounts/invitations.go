package accounts

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// errInvitation says that a code lets nobody in: there is none such, or it is used up, too old or revoked.
var errInvitation = errors.New("there is no such invitation, or it can't be used any more")

// unexpired is the condition that an invitation is good, whether it has places left or not; $1 is the present time.
const unexpired = "revoked_at is null and (expires_at is null or expires_at > $1)"

// invitationRequired tells whether registering needs an invitation: it does as soon as there is one, even if that one is
// used up, too old or revoked.
func (s *Service) invitationRequired(ctx context.Context, q database.Querier) (bool, error) {
	required, err := database.One[bool](ctx, q, "select exists (select 1 from invitations)")
	if err != nil {
		return false, fmt.Errorf("looking for invitations: %w", err)
	}
	return required, nil
}

type validateInput struct {
	rest.Problems
	Body struct {
		InvitationCode string `json:"invitation_code" blank:"true" nullable:"true" maxLength:"255" doc:"Anything but such a text is no good invitation"`
	}
}

type invitationAnswer struct {
	Required bool `json:"required" doc:"Registering needs an invitation"`
	Valid    bool `json:"valid"`
}

// validateInvitation answers the first step of the apps' registration, which sends an empty text to learn whether to ask.
func (s *Service) validateInvitation(ctx context.Context, in *validateInput) (invitationAnswer, error) {
	odd := in.Has("invitation_code")
	if err := in.Err(); err != nil && !odd { // no object
		return invitationAnswer{}, err
	}
	required, err := s.invitationRequired(ctx, s.DB.Read())
	if err != nil || !required {
		return invitationAnswer{Valid: true}, err
	}
	if odd || in.Body.InvitationCode == "" {
		return invitationAnswer{Required: true}, nil
	}
	good, err := s.tryInvitation(ctx, in.Body.InvitationCode, 0)
	return invitationAnswer{Required: true, Valid: good}, err
}

// tryInvitation tells whether a code can be used, by the account userID if that holds a place already (0 for none). A
// client that guesses wrong too often is refused.
func (s *Service) tryInvitation(ctx context.Context, code string, userID int64) (good bool, err error) {
	client := s.addressHash(ctx)
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := invitationsPerAddress.charge(ctx, tx, client); err != nil {
			return err
		}
		if good, err = invitationOpen(ctx, tx, code, userID); err != nil || !good {
			return err
		}
		return invitationsPerAddress.forgive(ctx, tx, client)
	})
	return good, err
}

func invitationOpen(ctx context.Context, q database.Querier, code string, userID int64) (bool, error) {
	exact, typed := invitationHashes(code)
	open, err := database.One[bool](ctx, q, `
		select exists (select 1 from invitations where code_hash in ($2, $3) and `+unexpired+` and (times_used < max_uses
			or exists (select 1 from invitation_uses where invitation_id = invitations.id and user_id = $4)))`,
		database.Now(), exact, typed, userID)
	if err != nil {
		return false, fmt.Errorf("looking up an invitation: %w", err)
	}
	return open, nil
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
	// The conditions are those of the row that is changed, so that they are looked at again after waiting for it.
	id, err := database.One[int64](ctx, tx, `
		update invitations set times_used = times_used + 1
		where id = (select min(id) from invitations where code_hash in ($2, $3)) and times_used < max_uses and `+unexpired+`
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

// codeAlphabet is Crockford's: it has none of the letters that look like digits.
var codeAlphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// lookAlikes are what people type for the digits of that alphabet, and between its letters.
var lookAlikes = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1")

// retyped is a code that was made here in the form that is hashed, without its dashes.
func retyped(code string) string { return lookAlikes.Replace(strings.ToUpper(code)) }
