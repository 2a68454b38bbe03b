package accounts

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts/codes"
	"github.com/trance-0/notechondria/internal/accounts/invitations"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

// Registration is what somebody registers with.
type Registration struct {
	Username       string
	Email          string
	Password       string
	InvitationCode string // "" for none
}

func (r *Registration) check(problems *problem.Fields) error {
	checkUsername(problems, "username", r.Username)
	checkEmail(problems, "email", r.Email)
	checkNewPassword(problems, "password", r.Password, r.Username, r.Email)
	problems.CheckText("invitation_code", r.InvitationCode, 0, maxInvitationCode)
	return nil
}

const notRegistered = "Registration rejected"

// SignUp makes an account that waits for its address to be verified, and mails a code for that. An address that still
// waits can be registered again; the registration whose code is entered wins.
func (s *Service) SignUp(ctx context.Context, who actor.Actor, in problem.Input[Registration]) (Delivery, error) {
	if err := s.passwords.CheckRoom(); err != nil {
		return Delivery{}, err
	}
	r, pending, err := s.checkSignUp(ctx, who, in)
	if err != nil {
		return Delivery{}, err
	}
	hash, err := s.passwords.HashForStranger(ctx, r.Password)
	if err != nil {
		return Delivery{}, err
	}
	email := lower(r.Email)
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := s.chargeMailToNewcomer(ctx, tx, who, email); err != nil {
			return err
		}
		id, err := storePending(ctx, tx, pending, newUser{username: r.Username, email: email, passwordHash: hash})
		if err != nil {
			return err
		}
		if r.InvitationCode != "" {
			if err := s.Invitations.Use(ctx, tx, r.InvitationCode, id); err != nil {
				return err
			}
		}
		return s.Codes.IssueRegistration(ctx, tx, email, id, s.Clients.Key(who.Client), codes.Registrant{
			Username: r.Username, PasswordHash: hash,
		})
	})
	switch {
	case errors.Is(err, invitations.ErrUnusable): // used up since it was looked at
		return Delivery{}, problem.InvalidBecause("invitation_code", notRegistered, invitations.ErrUnusable.Error())
	case database.IsUnique(err, UsernameIndex):
		return Delivery{}, problem.InvalidBecause("username", notRegistered, usernameTaken)
	case database.IsUnique(err, EmailIndex):
		return Delivery{}, problem.InvalidBecause("email", notRegistered, "this address was registered just now")
	case err != nil:
		return Delivery{}, err
	}
	return s.delivery(email), nil
}

// checkSignUp adds what only the database knows to be wrong to the problems of the fields, and returns the id of an
// account with that address that waits (0 for none).
func (s *Service) checkSignUp(
	ctx context.Context, who actor.Actor, in problem.Input[Registration],
) (r Registration, pending int64, err error) {
	client := s.Clients.Key(who.Client)
	if err := probesPerAddress.Check(ctx, s.DB.Read(), client); err != nil {
		return Registration{}, 0, err
	}
	if err := s.checkNewcomers(ctx, who); err != nil {
		return Registration{}, 0, err
	}
	r, err = in.Check((*Registration).check, func(r *Registration, problems *problem.Fields) error {
		var taken bool
		s.checkMailbox(problems, "email", r.Email)
		if pending, taken, err = s.checkNames(ctx, r, problems); err != nil {
			return err
		}
		if err := s.checkInvitation(ctx, who, r, pending, problems); err != nil || !taken {
			return err
		}
		return probesPerAddress.ChargeAlone(ctx, s.DB, client) // the refusal tells who has an account
	})
	if err != nil || r.InvitationCode != "" {
		return r, pending, err
	}
	required, err := s.Invitations.Required(ctx, s.DB.Read())
	if err == nil && required {
		err = problem.InvalidBecause("invitation_code", notRegistered, "an invitation is needed")
	}
	return r, pending, err
}

// checkNames looks for other accounts with the name or address.
func (s *Service) checkNames(
	ctx context.Context, r *Registration, problems *problem.Fields,
) (pending int64, taken bool, err error) {
	if !problems.Has("email") {
		u, err := userByEmail(ctx, s.DB.Read(), r.Email)
		switch {
		case err != nil && !errors.Is(err, ErrNoUser):
			return 0, false, err
		case err == nil && !u.pending():
			taken = true
			problems.Because("email", notRegistered, "there is an account with this address")
		case err == nil:
			pending = u.ID
		}
	}
	if !problems.Has("username") {
		u, err := userByName(ctx, s.DB.Read(), r.Username)
		switch {
		case err != nil && !errors.Is(err, ErrNoUser):
			return 0, false, err
		case err == nil && u.ID != pending:
			taken = true
			problems.Because("username", notRegistered, usernameTaken)
		}
	}
	return pending, taken, nil
}

// checkInvitation refuses an invalid code, even if none is required: anyone who enters one expects it to count.
func (s *Service) checkInvitation(
	ctx context.Context, who actor.Actor, r *Registration, pending int64, problems *problem.Fields,
) error {
	if r.InvitationCode == "" || problems.Has("invitation_code") {
		return nil
	}
	good, err := s.Invitations.Try(ctx, who, r.InvitationCode, pending)
	if err == nil && !good {
		problems.Because("invitation_code", notRegistered, invitations.ErrUnusable.Error())
	}
	return err
}

// storePending makes an account that can't sign in yet. An account that waits already keeps its name, so that whoever
// registered the address before can't tell that it was registered again. It loses its password: name and password will
// be those of the registration whose code is entered.
func storePending(ctx context.Context, tx *database.Tx, pending int64, n newUser) (int64, error) {
	if pending == 0 {
		return insertUser(ctx, tx, n)
	}
	waits, err := database.Exec(ctx, tx, "update users set password_hash = '' where id = $1 and "+waiting, pending)
	if err != nil {
		return 0, fmt.Errorf("storing a user: %w", err)
	}
	if waits == 0 { // verified meanwhile
		return 0, problem.InvalidBecause("email", notRegistered, "there is a verified account with this address")
	}
	return pending, nil
}
