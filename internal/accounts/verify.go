package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

type verifyInput struct {
	Body struct {
		Email string `json:"email" required:"true" format:"email"`
		Code  string `json:"code" required:"true" maxLength:"64"`
	}
}

func (s *Service) verifyEmail(ctx context.Context, in *verifyInput) (authPayload, error) {
	var payload authPayload
	err := s.activate(ctx, in.Body.Email, in.Body.Code, func(tx *database.Tx, id int64) (err error) {
		payload, err = s.startSession(ctx, tx, id)
		return err
	})
	return payload, err
}

// activate redeems the code of a registration; then runs in the same transaction.
func (s *Service) activate(ctx context.Context, email, digits string, then func(tx *database.Tx, id int64) error) error {
	if err := codesPerAddress.check(ctx, s.DB.Read(), s.addressHash(ctx)); err != nil { // a flood of guesses writes nothing
		return err
	}
	right := false
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		var err error
		if right, err = s.tryCode(ctx, tx, purposeRegister, email, 0, digits); err != nil || !right {
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
		return rest.InvalidBecause(rest.NonField, "Verification failed", "Creators.Auth/verify", "the code is wrong, too old, or was used")
	}
	return err
}

type emailInput struct {
	Body struct {
		Email string `json:"email" required:"true" format:"email"`
	}
}

func (s *Service) resendVerification(ctx context.Context, in *emailInput) (codeIssued, error) {
	client := s.addressHash(ctx)
	if err := probesPerAddress.check(ctx, s.DB.Read(), client); err != nil {
		return codeIssued{}, err
	}
	rejected := func(cause string) error {
		return rest.InvalidBecause("email", "No code was sent", "Creators.Auth/resend_verification", cause)
	}
	refuse := func(cause string) error { return s.chargeAlone(ctx, rejected(cause), probesPerAddress, client) }
	u, err := userByEmail(ctx, s.DB.Read(), in.Body.Email)
	switch {
	case errors.Is(err, errNoUser):
		return codeIssued{}, refuse("there is no account with this address")
	case err != nil:
		return codeIssued{}, err
	case !u.pending():
		return codeIssued{}, refuse("this account is verified already")
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		// The charge comes first: it has requests that are sent side by side look for the last code one after the other.
		if err := asksPerMailbox.charge(ctx, tx, u.EmailFolded); err != nil {
			return err
		}
		last, err := lastIssued(ctx, tx, purposeRegister, u.Email)
		if err != nil {
			return fmt.Errorf("looking for the last code: %w", err)
		}
		if time.Since(last) < codeCooldown {
			return rejected("the last one is less than a minute old")
		}
		return s.issueCode(ctx, tx, purposeRegister, u.Email, u.ID)
	})
	if err != nil {
		return codeIssued{}, err
	}
	message, fallback := s.delivery("Another code is on its way to you.")
	return codeIssued{Message: message, DeliveryFallback: fallback}, nil
}
