package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

type changeEmailInput struct {
	rest.Problems
	Body struct {
		NewEmail     string                `json:"new_email" required:"true" format:"email"`
		IdentityCode rest.Optional[string] `json:"identity_code" maxLength:"64" blank:"true" nullable:"true" doc:"From the present mailbox: asks for the change"`
		Code         rest.Optional[string] `json:"code" maxLength:"64" blank:"true" nullable:"true" doc:"From the new mailbox: makes the change"`
	}
}

// emailChange is the answer of both calls; delivery_fallback is in that of the first one alone.
type emailChange struct {
	Message          string `json:"message"`
	DeliveryFallback *bool  `json:"delivery_fallback,omitempty" doc:"No mail is configured: an administrator hands the code out"`
	Email            string `json:"email"`
}

const emailKept = "Address not changed"

func (s *Service) changeEmail(ctx context.Context, in *changeEmailInput) (emailChange, error) {
	if in.Body.Code.Value != "" {
		if err := in.Err(); err != nil {
			return emailChange{}, err
		}
		return s.confirmEmail(ctx, lower(in.Body.NewEmail), in.Body.Code.Value)
	}
	if in.Body.IdentityCode.Value == "" && !in.Has("identity_code") {
		in.Add("identity_code", "This field is required.")
	}
	if err := s.checkNewEmail(ctx, in); err != nil {
		return emailChange{}, err
	}
	return s.askEmail(ctx, lower(in.Body.NewEmail), in.Body.IdentityCode.Value)
}

// checkNewEmail refuses an address that an account has, together with the problems of the fields. Such answers are
// limited, since they tell who has an account.
func (s *Service) checkNewEmail(ctx context.Context, in *changeEmailInput) error {
	if in.Has("new_email") {
		return in.Err()
	}
	client := s.addressHash(ctx)
	if err := probesPerAddress.check(ctx, s.DB.Read(), client); err != nil {
		return err
	}
	_, err := userByEmail(ctx, s.DB.Read(), in.Body.NewEmail)
	if errors.Is(err, errNoUser) {
		return in.Err()
	}
	if err != nil {
		return err
	}
	in.Add("new_email", emailKept+": Backend.Creators.Auth/email.change.request \u2014 there is an account with this address")
	return s.chargeAlone(ctx, in.Err(), probesPerAddress, client)
}

// askEmail mails a code to the new address.
func (s *Service) askEmail(ctx context.Context, email, identityCode string) (emailChange, error) {
	u, err := userByID(ctx, s.DB.Read(), rest.CallerID(ctx))
	if err != nil {
		return emailChange{}, err
	}
	right := false
	err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if right, err = s.tryCode(ctx, tx, purposeIdentity, u.Email, u.ID, identityCode); err != nil || !right {
			return err
		}
		if err := asksPerMailbox.charge(ctx, tx, database.Fold(email)); err != nil {
			return err
		}
		return s.issueCode(ctx, tx, purposeChangeEmail, email, u.ID)
	})
	if err != nil {
		return emailChange{}, err
	}
	if !right {
		return emailChange{}, rest.Refusal(http.StatusBadRequest, emailKept, "Creators.Auth/email.change.request", identityRejected)
	}
	message, fallback := s.delivery("A code is on its way to the new address.")
	return emailChange{Message: message, DeliveryFallback: &fallback, Email: email}, nil
}

// confirmEmail makes the new address that of the account, and tells the former one.
func (s *Service) confirmEmail(ctx context.Context, email, digits string) (emailChange, error) {
	right := false
	err := s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if right, err = s.tryCode(ctx, tx, purposeChangeEmail, email, rest.CallerID(ctx), digits); err != nil || !right {
			return err
		}
		u, err := lockedUser(ctx, tx, rest.CallerID(ctx))
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "update users set email = $1, email_folded = $2 where id = $3", email, database.Fold(email), u.ID); err != nil {
			return fmt.Errorf("setting an address: %w", err)
		}
		return s.tellFormerAddress(ctx, tx, u, email)
	})
	cause := ""
	switch {
	case database.IsUnique(err, "users_email_folded_key"):
		cause = "this address belongs to another account by now"
	case err != nil:
		return emailChange{}, err
	case !right:
		cause = "the code is wrong, too old, or was used"
	}
	if cause != "" {
		return emailChange{}, rest.InvalidBecause(rest.NonField, emailKept, "Creators.Auth/email.change.confirm", cause)
	}
	return emailChange{Message: "Your address is changed.", Email: email}, nil
}
