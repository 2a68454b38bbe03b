package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// EmailChange is a new mail address, which is set in two steps.
type EmailChange struct {
	NewEmail     string
	IdentityCode string // of SendIdentityCode: for the first step
	Code         string // that was mailed to the new address: for the second step
}

func (c *EmailChange) check(problems *problem.Fields) error {
	checkEmail(problems, "new_email", c.NewEmail)
	problems.CheckText("identity_code", c.IdentityCode, 0, maxCode)
	problems.CheckText("code", c.Code, 0, maxCode)
	return nil
}

const notChangedEmail = "Address not changed"

// RequestEmailChange mails a code to the new address that the caller wants. It requires a session.
func (s *Service) RequestEmailChange(
	ctx context.Context, who actor.Actor, in problem.Input[EmailChange],
) (Delivery, error) {
	if err := who.CheckSession(); err != nil {
		return Delivery{}, err
	}
	c, err := in.Check((*EmailChange).check, func(c *EmailChange, problems *problem.Fields) error {
		if c.IdentityCode == "" && !problems.Has("identity_code") {
			problems.Add("identity_code", "This field is required.")
		}
		s.checkMailbox(problems, "new_email", c.NewEmail)
		return s.checkNewEmail(ctx, who, c.NewEmail, problems)
	})
	if err != nil {
		return Delivery{}, err
	}
	u, err := userByID(ctx, s.DB.Read(), who.UserID)
	if err != nil {
		return Delivery{}, err
	}
	email, right := lower(c.NewEmail), false
	err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		right, err = s.Codes.Redeem(ctx, tx, who, codes.Identity, u.Email, u.ID, c.IdentityCode)
		if err != nil || !right {
			return err
		}
		if err := s.chargeMail(ctx, tx, who, email); err != nil {
			return err
		}
		return s.Codes.Issue(ctx, tx, codes.NewEmail, email, u.ID)
	})
	if err == nil && !right {
		err = problem.Refuse(notChangedEmail, identityRejected)
	}
	if err != nil {
		return Delivery{}, err
	}
	return s.delivery(email), nil
}

// checkNewEmail refuses an address that an account has, together with the problems of the fields. Such answers are
// limited, since they tell who has an account.
func (s *Service) checkNewEmail(ctx context.Context, who actor.Actor, email string, problems *problem.Fields) error {
	if problems.Has("new_email") {
		return nil
	}
	client := s.Clients.Key(who.Client)
	if err := probesPerAddress.Check(ctx, s.DB.Read(), client); err != nil {
		return err
	}
	_, err := userByEmail(ctx, s.DB.Read(), email)
	if errors.Is(err, ErrNoUser) {
		return nil
	}
	if err != nil {
		return err
	}
	problems.Because("new_email", notChangedEmail, "there is an account with this address")
	return probesPerAddress.ChargeAlone(ctx, s.DB, client)
}

// ConfirmEmailChange makes the new address that of the account, tells the former one, and returns the new one.
func (s *Service) ConfirmEmailChange(
	ctx context.Context, who actor.Actor, in problem.Input[EmailChange],
) (email string, err error) {
	if err := who.CheckSession(); err != nil {
		return "", err
	}
	c, err := in.Check((*EmailChange).check)
	if err != nil {
		return "", err
	}
	email, right := lower(c.NewEmail), false
	err = s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		right, err = s.Codes.Redeem(ctx, tx, who, codes.NewEmail, email, who.UserID, c.Code)
		if err != nil || !right {
			return err
		}
		u, err := lockedUser(ctx, tx, who.UserID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, "update users set email = $1, email_folded = $2 where id = $3",
			email, database.Fold(email), u.ID)
		if err != nil {
			return fmt.Errorf("setting an address: %w", err)
		}
		e := events.Entry{Kind: events.EmailChanged, UserID: u.ID, Detail: MaskEmail(u.Email) + " → " + MaskEmail(email)}
		if err := s.Events.Record(ctx, tx, who, e); err != nil {
			return err
		}
		return s.notifyFormerAddress(ctx, tx, u, email)
	})
	switch {
	case database.IsUnique(err, EmailIndex):
		err = problem.InvalidBecause(problem.NonField, notChangedEmail, "this address belongs to another account by now")
	case err == nil && !right:
		err = problem.InvalidBecause(problem.NonField, notChangedEmail, "the code is wrong, too old, or was used")
	}
	return email, err
}
