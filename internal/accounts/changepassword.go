package accounts

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// PasswordChange sets a new password; the code is one of SendIdentityCode.
type PasswordChange struct{ CurrentPassword, NewPassword, IdentityCode string }

func (c *PasswordChange) check(found *problem.Fields) error {
	found.CheckText("current_password", c.CurrentPassword, 1, MaxPassword)
	checkNewPassword(found, "new_password", c.NewPassword)
	found.CheckText("identity_code", c.IdentityCode, 1, maxCode)
	return nil
}

// ChangePassword sets a new password for who asks, which takes a session. All others of their sessions end; it
// returns the one that goes on.
func (s *Service) ChangePassword(
	ctx context.Context, who actor.Actor, in problem.Input[PasswordChange],
) (current Session, err error) {
	if err := who.CheckSession(); err != nil {
		return Session{}, err
	}
	c, err := in.Check((*PasswordChange).check)
	if err != nil {
		return Session{}, err
	}
	err = untilUnchanged(func() (err error) {
		current, err = s.tryChangePassword(ctx, who, c)
		return err
	})
	return current, err
}

// tryChangePassword looks at the present password first: a typing error there does not use the code up.
func (s *Service) tryChangePassword(
	ctx context.Context, who actor.Actor, c PasswordChange,
) (current Session, err error) {
	u, err := userByID(ctx, s.DB.Read(), who.UserID)
	if err != nil {
		return Session{}, err
	}
	if err := s.Codes.CheckClient(ctx, who); err != nil { // before the slow part
		return Session{}, err
	}
	refusal := problem.Refuse(notChangedPassword, "the current password is wrong")
	if _, err := s.provePassword(ctx, who, u, attemptsKey(u, ""), c.CurrentPassword, refusal); err != nil {
		return Session{}, err
	}
	hash, err := s.passwords.Hash(ctx, c.NewPassword)
	if err != nil {
		return Session{}, err
	}
	right := false
	err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		right, err = s.Codes.Redeem(ctx, tx, who, codes.Identity, u.Email, u.ID, c.IdentityCode)
		if err != nil || !right {
			return err
		}
		if err := replacePassword(ctx, tx, u, hash); err != nil {
			return err
		}
		current, err = keepSession(ctx, tx, who)
		return err
	})
	if err == nil && !right {
		err = problem.Refuse(notChangedPassword, identityRejected)
	}
	return current, err
}
