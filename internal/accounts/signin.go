package accounts

import (
	"context"
	"errors"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// SignIn signs somebody in by their mail address or user name.
func (s *Service) SignIn(ctx context.Context, who actor.Actor, identifier, plain string) (in SignedIn, err error) {
	const notSignedIn = "Sign-in rejected"
	if identifier == "" {
		return SignedIn{}, problem.InvalidBecause(problem.NonField, notSignedIn, "a mail address or a user name is needed")
	}
	var problems problem.Fields
	problems.CheckText("email", identifier, 1, MaxIdentifier)
	problems.CheckText("password", plain, 1, MaxPassword)
	if err := problems.Err(); err != nil {
		return SignedIn{}, err
	}
	refusal := problem.InvalidBecause(problem.NonField, notSignedIn, "no active account matches these credentials")
	err = retryOnChange(func() (err error) {
		in, err = s.trySignIn(ctx, who, identifier, plain, refusal)
		return err
	})
	return in, err
}

func (s *Service) trySignIn(
	ctx context.Context, who actor.Actor, identifier, plain string, refusal error,
) (in SignedIn, err error) {
	u, err := userByIdentifier(ctx, s.DB.Read(), identifier)
	if err != nil && !errors.Is(err, ErrNoUser) {
		return SignedIn{}, err
	}
	outdated, err := s.provePassword(ctx, who, u, attemptsKey(u, identifier), plain, refusal)
	if err != nil {
		return SignedIn{}, err
	}
	hash := u.PasswordHash
	if outdated {
		if hash, err = s.passwords.Hash(ctx, plain); err != nil {
			return SignedIn{}, err
		}
	}
	err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if err := replacePassword(ctx, tx, u, hash); err != nil {
			return err
		}
		in, err = s.StartSession(ctx, tx, who, u.ID)
		return err
	})
	return in, err
}
