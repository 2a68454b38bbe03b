package accounts

import (
	"context"

	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// PasswordChange sets a new password; the code is one of SendIdentityCode.
type PasswordChange struct{ CurrentPassword, NewPassword, IdentityCode string }

func (c *PasswordChange) check(problems *problem.Fields) error {
	problems.CheckText("current_password", c.CurrentPassword, 1, MaxPassword)
	checkNewPassword(problems, "new_password", c.NewPassword)
	problems.CheckText("identity_code", c.IdentityCode, 1, maxCode)
	return nil
}

// PasswordChanged says what has access to an account after its password was changed.
type PasswordChanged struct {
	Session Session  // the one that goes on
	Access  []Access // what else does
}

// ChangePassword sets a new password for the caller and ends all their other sessions. It returns what else has access,
// for them to keep or end. It requires a session.
func (s *Service) ChangePassword(
	ctx context.Context, who actor.Actor, in problem.Input[PasswordChange],
) (left PasswordChanged, err error) {
	if err := who.CheckSession(); err != nil {
		return PasswordChanged{}, err
	}
	c, err := in.Check((*PasswordChange).check)
	if err != nil {
		return PasswordChanged{}, err
	}
	err = retryOnChange(func() (err error) {
		left, err = s.tryChangePassword(ctx, who, c)
		return err
	})
	return left, err
}

// tryChangePassword looks at the present password first: a typing error there does not use the code up.
func (s *Service) tryChangePassword(
	ctx context.Context, who actor.Actor, c PasswordChange,
) (left PasswordChanged, err error) {
	u, err := userByID(ctx, s.DB.Read(), who.UserID)
	if err != nil {
		return PasswordChanged{}, err
	}
	if err := checkNotOwnName(ctx, s.DB.Read(), u.ID, "new_password", c.NewPassword); err != nil {
		return PasswordChanged{}, err
	}
	if err := s.Codes.CheckClient(ctx, who); err != nil { // before the slow part
		return PasswordChanged{}, err
	}
	refusal := problem.Refuse(notChangedPassword, "the current password is wrong")
	if _, err := s.provePassword(ctx, who, u, attemptsKey(u, ""), c.CurrentPassword, refusal); err != nil {
		return PasswordChanged{}, err
	}
	hash, err := s.passwords.Hash(ctx, c.NewPassword)
	if err != nil {
		return PasswordChanged{}, err
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
		if left.Session, err = keepSession(ctx, tx, who); err != nil {
			return err
		}
		left.Access, err = s.recordPasswordChange(ctx, tx, who)
		return err
	})
	if err == nil && !right {
		err = problem.Refuse(notChangedPassword, identityRejected)
	}
	return left, err
}

// recordPasswordChange returns what still has access, which the mail tells, too.
func (s *Service) recordPasswordChange(ctx context.Context, tx *database.Tx, who actor.Actor) ([]Access, error) {
	access, err := s.accessOf(ctx, tx, who.UserID)
	if err != nil {
		return nil, err
	}
	mail := "All other sessions have ended."
	if len(access) > 0 {
		mail += " These still have access: " + joinNames(access) + "."
	}
	return access, s.Events.Record(ctx, tx, who,
		events.Entry{Kind: events.PasswordChanged, UserID: who.UserID, Mail: mail})
}
