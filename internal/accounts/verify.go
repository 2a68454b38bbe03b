package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// VerifyEmail opens a new account with the code that was mailed to its address.
func (s *Service) VerifyEmail(ctx context.Context, who actor.Actor, email, code string) error {
	return s.activate(ctx, who, email, code, func(*database.Tx, int64) error { return nil })
}

// VerifyEmailAndSignIn is VerifyEmail for an app, which goes on with a session.
func (s *Service) VerifyEmailAndSignIn(
	ctx context.Context, who actor.Actor, email, code string,
) (in SignedIn, err error) {
	err = s.activate(ctx, who, email, code, func(tx *database.Tx, id int64) (err error) {
		in, err = s.StartSession(ctx, tx, who, id)
		return err
	})
	return in, err
}

// activate redeems the code of a registration; then runs in the same transaction.
func (s *Service) activate(
	ctx context.Context, who actor.Actor, email, code string, then func(tx *database.Tx, id int64) error,
) error {
	var found problem.Fields
	checkEmail(&found, "email", email)
	found.CheckText("code", code, 1, maxCode)
	if err := found.Err(); err != nil {
		return err
	}
	if err := s.Codes.CheckClient(ctx, who); err != nil { // a flood of guesses writes nothing
		return err
	}
	right := false
	err := s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if right, err = s.Codes.Redeem(ctx, tx, who, codes.Registration, email, 0, code); err != nil || !right {
			return err
		}
		id, err := database.One[int64](ctx, tx, `
			update users set is_active = true where email_folded = $1 and disabled_at is null returning id`, database.Fold(email))
		if errors.Is(err, database.ErrNotFound) { // switched off since the code was sent
			right = false
			return nil
		}
		if err != nil {
			return fmt.Errorf("activating a user: %w", err)
		}
		return then(tx, id)
	})
	if err == nil && !right {
		return problem.InvalidBecause(problem.NonField, "Verification failed", "the code is wrong, too old, or was used")
	}
	return err
}

// resendInterval is how long somebody waits for another code.
const resendInterval = time.Minute

// ResendVerification mails another code for a new account, once a minute at most.
func (s *Service) ResendVerification(ctx context.Context, who actor.Actor, email string) (Delivery, error) {
	const notSent = "No code was sent"
	client := s.Clients.Key(who.Client)
	if err := probesPerAddress.Check(ctx, s.DB.Read(), client); err != nil {
		return Delivery{}, err
	}
	refuse := func(cause string) error { // the refusal tells who has an account
		if err := probesPerAddress.ChargeAlone(ctx, s.DB, client); err != nil {
			return err
		}
		return problem.InvalidBecause("email", notSent, cause)
	}
	u, err := userByEmail(ctx, s.DB.Read(), email)
	switch {
	case errors.Is(err, ErrNoUser):
		return Delivery{}, refuse("there is no account with this address")
	case err != nil:
		return Delivery{}, err
	case !u.pending():
		return Delivery{}, refuse("this account is verified already")
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		// The charge comes first: it has requests side by side look for the last code one after the other.
		if err := asksPerMailbox.Charge(ctx, tx, u.EmailFolded); err != nil {
			return err
		}
		last, err := s.Codes.LastIssued(ctx, tx, codes.Registration, u.Email)
		if err != nil {
			return err
		}
		if time.Since(last) < resendInterval {
			return problem.InvalidBecause("email", notSent, "the last one is less than a minute old")
		}
		return s.Codes.Issue(ctx, tx, codes.Registration, u.Email, u.ID)
	})
	if err != nil {
		return Delivery{}, err
	}
	return s.delivery(u.Email), nil
}
