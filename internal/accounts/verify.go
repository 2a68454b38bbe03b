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

// VerifyEmailAndSignIn is VerifyEmail for apps, which need a session afterwards.
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
	var problems problem.Fields
	checkEmail(&problems, "email", email)
	problems.CheckText("code", code, 1, maxCode)
	if err := problems.Err(); err != nil {
		return err
	}
	if err := s.Codes.CheckClient(ctx, who); err != nil { // a flood of guesses writes nothing
		return err
	}
	right := false
	err := s.DB.WriteAgain(ctx, []string{UsernameIndex}, func(tx *database.Tx, _ int) error {
		var registrant codes.Registrant
		var err error
		if registrant, right, err = s.Codes.RedeemRegistration(ctx, tx, who, email, code); err != nil || !right {
			return err
		}
		u, err := userByEmail(ctx, tx, email)
		if errors.Is(err, ErrNoUser) {
			right = false
			return nil
		}
		if err != nil {
			return err
		}
		if right, err = activateAs(ctx, tx, u, registrant); err != nil || !right {
			return err
		}
		return then(tx, u.ID)
	})
	if err == nil && !right {
		return problem.InvalidBecause(problem.NonField, "Verification failed", "the code is wrong, too old, or was used")
	}
	return err
}

// activateAs activates a pending account with the name and password of the registration whose code was entered. If that
// name is taken by now, a number is added. It returns false when the account is no longer pending.
func activateAs(ctx context.Context, tx *database.Tx, u user, r codes.Registrant) (bool, error) {
	name, hash := u.Username, u.PasswordHash
	if r.Username != "" {
		name, hash = r.Username, r.PasswordHash
	}
	if database.Fold(name) != database.Fold(u.Username) {
		free, err := freeUsername(ctx, tx, name)
		if err != nil {
			return false, err
		}
		name = free
	}
	opened, err := database.Exec(ctx, tx, `
		update users set is_active = true, username = $1, username_folded = $2, password_hash = $3
			where id = $4 and `+waiting,
		name, database.Fold(name), hash, u.ID)
	if err != nil {
		return false, fmt.Errorf("activating a user: %w", err)
	}
	return opened > 0, nil
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
		if err := s.chargeMailToNewcomer(ctx, tx, who, u.Email); err != nil {
			return err
		}
		last, err := s.Codes.LastRegistration(ctx, tx, u.Email, client)
		if err != nil {
			return err
		}
		if time.Since(last) < resendInterval {
			return problem.InvalidBecause("email", notSent, "the last one is less than a minute old")
		}
		return s.Codes.ReissueRegistration(ctx, tx, u.Email, u.ID, client, u.contested())
	})
	if err != nil {
		return Delivery{}, err
	}
	return s.delivery(u.Email), nil
}
