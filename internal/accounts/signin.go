package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSignIn(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/login/", Tag: "auth",
		Summary: "Sign in by mail address or user name",
	}, s.signIn)
}

type signInInput struct {
	Body struct {
		Identifier rest.Optional[string] `json:"identifier" maxLength:"320" doc:"Mail address or user name"`
		Email      rest.Optional[string] `json:"email" maxLength:"320" doc:"The same, under the name that the apps use"`
		Password   string                `json:"password" required:"true" maxLength:"1024"`
	}
}

const signInRejected = "Sign-in rejected"

func (s *Service) signIn(ctx context.Context, in *signInInput) (authPayload, error) {
	identifier := in.Body.Identifier.Or(in.Body.Email.Value)
	if identifier == "" {
		return authPayload{}, rest.InvalidBecause(rest.NonField, signInRejected, "Creators.Auth/login", "a mail address or a user name is needed")
	}
	u, err := userByIdentifier(ctx, s.DB.Read(), identifier)
	if err != nil && !errors.Is(err, errNoUser) {
		return authPayload{}, err
	}
	known := err == nil
	account, client := signInKey(u, identifier), s.addressHash(ctx)
	if err := s.checkSignInLimits(ctx, u, account, client); err != nil {
		return authPayload{}, err
	}
	right, outdated, err := s.checkPassword(ctx, u, known, in.Body.Password)
	if err != nil {
		return authPayload{}, err
	}
	// Again, after the slow part: otherwise all of many guesses that are sent at once would get through.
	if err := s.checkSignInLimits(ctx, u, account, client); err != nil {
		return authPayload{}, err
	}
	if !right {
		refusal := rest.InvalidBecause(rest.NonField, signInRejected, "Creators.Auth/login", "no active account matches these credentials")
		return authPayload{}, s.countFailedSignIn(ctx, refusal, account, client)
	}
	rehashed := ""
	if outdated {
		if rehashed, err = s.passwords.Hash(ctx, in.Body.Password); err != nil {
			return authPayload{}, err
		}
	}
	var payload authPayload
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if rehashed != "" {
			if _, err := tx.ExecContext(ctx, "update users set password_hash = $1 where id = $2 and password_hash = $3",
				rehashed, u.ID, u.PasswordHash); err != nil {
				return fmt.Errorf("renewing a password hash: %w", err)
			}
		}
		payload, err = s.startSession(ctx, tx, u.ID)
		return err
	})
	return payload, err
}

// checkPassword takes the same time whether there is such an account or not.
func (s *Service) checkPassword(ctx context.Context, u user, known bool, plain string) (right, outdated bool, err error) {
	if !known || !u.IsActive {
		return false, false, s.passwords.Dummy(ctx, plain)
	}
	right, outdated, err = s.passwords.Verify(ctx, u.PasswordHash, plain)
	if err != nil {
		return false, false, fmt.Errorf("checking the password of user %d: %w", u.ID, err)
	}
	return right, outdated, nil
}

// signInKey counts attempts at one account together, whichever of its names is used.
func signInKey(u user, identifier string) string {
	if u.ID != 0 {
		return fmt.Sprintf("user:%d", u.ID)
	}
	return "name:" + hashKey(fold(strings.TrimSpace(identifier)))
}

// checkSignInLimits lets addresses that have signed in to the account before pass the account's limit: otherwise
// anybody could lock its owner out by guessing wrong.
func (s *Service) checkSignInLimits(ctx context.Context, u user, account, client string) error {
	if err := signInPerAddress.check(ctx, s.DB.Read(), client); err != nil {
		return err
	}
	refusal := signInPerAccount.check(ctx, s.DB.Read(), account)
	if refusal == nil || u.ID == 0 || client == "" {
		return refusal
	}
	familiar, err := database.All[int64](ctx, s.DB.Read(),
		"select id from sessions where user_id = $1 and ip_hash = $2 limit 1", u.ID, client)
	if err != nil {
		return fmt.Errorf("looking for earlier sessions: %w", err)
	}
	if len(familiar) > 0 {
		return nil
	}
	return refusal
}

func (s *Service) countFailedSignIn(ctx context.Context, refusal error, account, client string) error {
	err := s.DB.Write(ctx, func(tx *database.Tx) error {
		return errors.Join(signInPerAccount.count(ctx, tx, account), signInPerAddress.count(ctx, tx, client))
	})
	if err != nil {
		return err
	}
	return refusal
}
