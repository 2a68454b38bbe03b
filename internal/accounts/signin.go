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
	rest.LegacyHandle(api, rest.Operation{
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

// errAccountChanged is met when the account was switched off, or got another password or hash, while it was checked.
var errAccountChanged = fmt.Errorf("the account has changed: %w", database.ErrAgain)

// signInTries bounds how often a sign-in is begun again because of that: several devices whose first sign-ins renew one
// old hash get through, each in turn.
const signInTries = 3

func (s *Service) signIn(ctx context.Context, in *signInInput) (payload authPayload, err error) {
	identifier := in.Body.Identifier.Or(in.Body.Email.Value)
	if identifier == "" {
		return authPayload{}, rest.InvalidBecause(rest.NonField, signInRejected, "Creators.Auth/login", "a mail address or a user name is needed")
	}
	err = untilUnchanged(func() (err error) {
		payload, err = s.trySignIn(ctx, identifier, in.Body.Password)
		return err
	})
	return payload, err
}

// untilUnchanged begins again what met errAccountChanged.
func untilUnchanged(try func() error) (err error) {
	for range signInTries {
		if err = try(); !errors.Is(err, errAccountChanged) {
			break
		}
	}
	return err
}

func (s *Service) trySignIn(ctx context.Context, identifier, plain string) (authPayload, error) {
	u, err := userByIdentifier(ctx, s.DB.Read(), identifier)
	if err != nil && !errors.Is(err, errNoUser) {
		return authPayload{}, err
	}
	refusal := rest.InvalidBecause(rest.NonField, signInRejected, "Creators.Auth/login", "no active account matches these credentials")
	outdated, err := s.provePassword(ctx, u, signInKey(u, identifier), plain, refusal)
	if err != nil {
		return authPayload{}, err
	}
	hash := u.PasswordHash
	if outdated {
		if hash, err = s.passwords.Hash(ctx, plain); err != nil {
			return authPayload{}, err
		}
	}
	var payload authPayload
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := replacePassword(ctx, tx, u, hash); err != nil {
			return err
		}
		payload, err = s.startSession(ctx, tx, u.ID)
		return err
	})
	return payload, err
}

// provePassword returns refusal unless the password is the user's, within the limits of wrong ones; account is the key
// that they are counted under. outdated is that of password.Hasher.
func (s *Service) provePassword(ctx context.Context, u user, account, plain string, refusal error) (outdated bool, err error) {
	client := s.addressHash(ctx)
	if err := s.checkSignInLimits(ctx, u, account, client); err != nil {
		return false, err
	}
	right, outdated, err := s.checkPassword(ctx, u, plain)
	if err != nil {
		return false, err
	}
	// Again, after the slow part: otherwise all of many guesses that are sent at once would get through.
	if err := s.checkSignInLimits(ctx, u, account, client); err != nil {
		return false, err
	}
	if !right {
		return false, s.countFailedSignIn(ctx, refusal, account, client)
	}
	return outdated, nil
}

// checkPassword takes about the same time whether there is such an account or not; the old system's hashes, until they
// are renewed at their first sign-in, take longer.
func (s *Service) checkPassword(ctx context.Context, u user, plain string) (right, outdated bool, err error) {
	if !u.open() { // nor is an account that does not exist
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
	return "name:" + hashKey(database.Fold(strings.TrimSpace(identifier)))
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
		if err := signInPerAccount.count(ctx, tx, account); err != nil {
			return err
		}
		return signInPerAddress.count(ctx, tx, client)
	})
	if err != nil {
		return err
	}
	return refusal
}
