package accounts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/password"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/secret"
)

const notChangedPassword = "Password not changed"

// attemptsKey counts guesses at one account together, under any of its names.
func attemptsKey(u user, identifier string) string {
	if u.ID != 0 {
		return fmt.Sprintf("user:%d", u.ID)
	}
	return "name:" + secret.HashKey(database.Fold(strings.TrimSpace(identifier)))
}

// provePassword returns refusal unless the password is the user's, within the limits of wrong ones; key is the one that
// they are counted under. outdated is that of password.Hasher.
func (s *Service) provePassword(
	ctx context.Context, who actor.Actor, u user, key, plain string, refusal error,
) (outdated bool, err error) {
	client := s.Clients.Key(who.Client)
	if err := s.checkSignInLimits(ctx, u, key, client); err != nil {
		return false, err
	}
	right, outdated, err := s.checkPassword(ctx, u, plain)
	switch {
	case err != nil:
		return false, err
	case !right:
		if err := s.chargeWrongPassword(ctx, who, u, key); err != nil {
			return false, err
		}
		return false, refusal
	}
	// Once more, after the slow part: wrong guesses beside this one may have used the limits up.
	return outdated, s.checkSignInLimits(ctx, u, key, client)
}

// checkPassword takes about the same time whether there is such an account or not. The former system's hashes take
// longer, until they are renewed at their first sign-in.
func (s *Service) checkPassword(ctx context.Context, u user, plain string) (right, outdated bool, err error) {
	// A missing account is not open either. An adopted hash of a kind that can't be checked matches nothing.
	if !u.open() || password.Usable(u.PasswordHash) && !password.Known(u.PasswordHash) {
		return false, false, s.passwords.Dummy(ctx, plain)
	}
	right, outdated, err = s.passwords.Verify(ctx, u.PasswordHash, plain)
	if err != nil {
		return false, false, fmt.Errorf("checking the password of user %d: %w", u.ID, err)
	}
	return right, outdated, nil
}

// checkSignInLimits refuses where there were too many wrong passwords.
func (s *Service) checkSignInLimits(ctx context.Context, u user, key, client string) error {
	if err := signInPerAddress.Check(ctx, s.DB.Read(), client); err != nil {
		return err
	}
	return s.exceptKnownClient(ctx, s.DB.Read(), u, client, signInPerAccount.Check(ctx, s.DB.Read(), key))
}

// chargeWrongPassword counts a wrong password, and refuses beyond the limits: of guesses side by side no more are told
// that they are wrong than of guesses one after the other.
func (s *Service) chargeWrongPassword(ctx context.Context, who actor.Actor, u user, key string) error {
	client := s.Clients.Key(who.Client)
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		err := signInPerAccount.Charge(ctx, tx, key)
		if err := s.exceptKnownClient(ctx, tx, u, client, err); err != nil {
			return err
		}
		if err := signInPerAddress.Charge(ctx, tx, client); err != nil {
			return err
		}
		return s.Events.RecordFailure(ctx, tx, who, u.ID)
	})
}

// exceptKnownClient lets clients that have signed in to the account before pass its limit: otherwise anybody could lock
// its owner out by guessing wrong.
func (s *Service) exceptKnownClient(
	ctx context.Context, q database.Querier, u user, client string, refusal error,
) error {
	if !problem.IsKind(refusal, problem.TooMany) || u.ID == 0 || client == "" {
		return refusal
	}
	familiar, err := database.All[int64](ctx, q, "select id from sessions where user_id = $1 and ip_hash = $2 limit 1",
		u.ID, client)
	if err != nil {
		return fmt.Errorf("looking for earlier sessions: %w", err)
	}
	if len(familiar) > 0 {
		return nil
	}
	return refusal
}

// errAccountChanged is met when the account was switched off, or got another password or hash, while it was checked.
var errAccountChanged = fmt.Errorf("the account has changed: %w", database.ErrAgain)

// replacePassword stores a hash, unless the account is not what u says any more.
func replacePassword(ctx context.Context, tx *database.Tx, u user, hash string) error {
	same, err := database.Exec(ctx, tx,
		"update users set password_hash = $1 where id = $2 and password_hash = $3 and "+openAccount,
		hash, u.ID, u.PasswordHash)
	if err != nil {
		return fmt.Errorf("setting a password: %w", err)
	}
	if same == 0 {
		return errAccountChanged
	}
	return nil
}

// maxRetries bounds how often a sign-in starts over because the account has changed. It lets several devices through
// whose first sign-ins renew one old hash, each in turn.
const maxRetries = 3

// retryOnChange runs try again when it meets errAccountChanged.
func retryOnChange(try func() error) (err error) {
	for range maxRetries {
		if err = try(); !errors.Is(err, errAccountChanged) {
			break
		}
	}
	return err
}
