package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerReset(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/password-reset/", Tag: "auth",
		Summary: "Mail a code that allows a new password; the answer does not tell whether there is such an account",
	}, s.askReset)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/password-reset/confirm/", Tag: "auth",
		Summary: "Set a new password with a mailed code; all sessions end",
	}, s.confirmReset)
}

// askReset does the same work for unknown addresses, apart from the mail.
func (s *Service) askReset(ctx context.Context, in *emailInput) (codeIssued, error) {
	client, email := s.addressHash(ctx), lower(in.Body.Email)
	if err := asksPerAddress.check(ctx, s.DB.Read(), client); err != nil {
		return codeIssued{}, err
	}
	u, err := userByEmail(ctx, s.DB.Read(), email)
	if err != nil && !errors.Is(err, errNoUser) {
		return codeIssued{}, err
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := asksPerAddress.charge(ctx, tx, client); err != nil {
			return err
		}
		if err := asksPerMailbox.charge(ctx, tx, database.Fold(email)); err != nil {
			return err
		}
		recipient := u.ID
		if u.DisabledAt != nil {
			recipient = 0
		}
		return s.issueCode(ctx, tx, purposeReset, email, recipient)
	})
	if err != nil {
		return codeIssued{}, err
	}
	message, fallback := s.delivery("If there is an account with this address, a code is on its way to it.")
	return codeIssued{Message: message, DeliveryFallback: fallback, Email: email}, nil
}

type confirmResetInput struct {
	rest.Problems
	Body struct {
		Email    string `json:"email" required:"true" format:"email"`
		Code     string `json:"code" required:"true" maxLength:"64"`
		Password string `json:"password" required:"true" minLength:"8" maxLength:"1024"`
	}
}

type messagePayload struct {
	Message string `json:"message"`
}

func (s *Service) confirmReset(ctx context.Context, in *confirmResetInput) (messagePayload, error) {
	checkStrength(&in.Problems, "password", in.Body.Password)
	if err := in.Err(); err != nil {
		return messagePayload{}, err
	}
	if err := codesPerAddress.check(ctx, s.DB.Read(), s.addressHash(ctx)); err != nil { // before the slow part
		return messagePayload{}, err
	}
	hash, err := s.passwords.Hash(ctx, in.Body.Password)
	if err != nil {
		return messagePayload{}, err
	}
	var done bool
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		done = false // of an earlier run
		right, err := s.tryCode(ctx, tx, purposeReset, in.Body.Email, 0, in.Body.Code)
		if err != nil || !right {
			return err
		}
		id, err := database.One[int64](ctx, tx, "update users set password_hash = $1 where email_folded = $2 and disabled_at is null returning id",
			hash, database.Fold(in.Body.Email))
		if errors.Is(err, database.ErrNotFound) {
			return nil // the code was made for an address without an account, or one that is switched off
		}
		if err != nil {
			return fmt.Errorf("setting a password: %w", err)
		}
		done = true
		return revokeSessions(ctx, tx, id, 0)
	})
	if err != nil {
		return messagePayload{}, err
	}
	if !done {
		return messagePayload{}, rest.InvalidBecause(rest.NonField, "Password not changed", "Creators.Auth/password.reset.confirm",
			"the code is wrong, too old, or was used")
	}
	return messagePayload{Message: "The new password is set. Please sign in with it."}, nil
}
