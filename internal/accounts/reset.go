package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// RequestPasswordReset mails a code that allows a new password, if there is an account with that address. It does the
// same for unknown addresses, apart from the mail.
func (s *Service) RequestPasswordReset(ctx context.Context, who actor.Actor, email string) (Delivery, error) {
	var problems problem.Fields
	checkEmail(&problems, "email", email)
	if err := problems.Err(); err != nil {
		return Delivery{}, err
	}
	client, email := s.Clients.Key(who.Client), lower(email)
	if err := resetMailsPerClient.Check(ctx, s.DB.Read(), client); err != nil {
		return Delivery{}, err
	}
	u, err := userByEmail(ctx, s.DB.Read(), email)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return Delivery{}, err
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := resetMailsPerClient.Charge(ctx, tx, client); err != nil {
			return err
		}
		if err := s.chargeMail(ctx, tx, who, email); err != nil {
			return err
		}
		err := resetsPerMailbox.Charge(ctx, tx, database.Fold(email))
		if err := s.exceptKnownClient(ctx, tx, u, client, err); err != nil {
			return err
		}
		recipient := u.ID
		if u.DisabledAt != nil {
			recipient = 0
		}
		return s.Codes.Issue(ctx, tx, codes.PasswordReset, email, recipient)
	})
	if err != nil {
		return Delivery{}, err
	}
	return s.delivery(email), nil
}

// PasswordReset sets a new password with a mailed code.
type PasswordReset struct{ Email, Code, Password string }

func (r *PasswordReset) check(problems *problem.Fields) error {
	checkEmail(problems, "email", r.Email)
	problems.CheckText("code", r.Code, 1, maxCode)
	checkNewPassword(problems, "password", r.Password)
	return nil
}

// ConfirmPasswordReset sets a new password, and ends whatever else gives access to the account: sessions, the API key,
// what programs and calendar addresses open, and identities that were linked lately.
func (s *Service) ConfirmPasswordReset(ctx context.Context, who actor.Actor, in problem.Input[PasswordReset]) error {
	r, err := in.Check((*PasswordReset).check)
	if err != nil {
		return err
	}
	if err := s.Codes.CheckClient(ctx, who); err != nil { // before the slow part
		return err
	}
	hash, err := s.passwords.Hash(ctx, r.Password)
	if err != nil {
		return err
	}
	var done bool
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		done = false // of an earlier run
		right, err := s.Codes.Redeem(ctx, tx, who, codes.PasswordReset, r.Email, 0, r.Code)
		if err != nil || !right {
			return err
		}
		id, err := database.One[int64](ctx, tx,
			"update users set password_hash = $1 where email_folded = $2 and disabled_at is null returning id",
			hash, database.Fold(r.Email))
		if errors.Is(err, database.ErrNotFound) {
			return nil // the code was made for an address without an account, or one that is switched off
		}
		if err != nil {
			return fmt.Errorf("setting a password: %w", err)
		}
		if err := checkNotOwnName(ctx, tx, id, "password", r.Password); err != nil {
			return err // the code stays good
		}
		done = true
		if err := s.Codes.SetPassword(ctx, tx, r.Email, hash); err != nil { // of an account that still waits
			return err
		}
		return s.resetPassword(ctx, tx, who, id)
	})
	if err == nil && !done {
		return problem.InvalidBecause(problem.NonField, notChangedPassword, "the code is wrong, too old, or was used")
	}
	return err
}
