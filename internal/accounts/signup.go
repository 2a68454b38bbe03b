package accounts

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSignUp(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/register/", Tag: "auth", Status: http.StatusCreated,
		Summary: "Make an account; a code is mailed that verifies its address",
	}, s.signUp)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/validate-invitation/", Tag: "auth",
		Summary: "Ask whether registering needs an invitation, and whether this one is good; nothing is used up",
	}, s.validateInvitation)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/verify-email/", Tag: "auth",
		Summary: "Verify the address of a new account, and sign in",
	}, s.verifyEmail)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/resend-verification/", Tag: "auth",
		Summary: "Mail another code, once a minute at most",
	}, s.resendVerification)
}

type signUpInput struct {
	rest.Problems
	Body struct {
		Username       string `json:"username" required:"true" minLength:"3" maxLength:"150" pattern:"^[a-zA-Z0-9_-]+$"`
		Email          string `json:"email" required:"true" format:"email"`
		Password       string `json:"password" required:"true" minLength:"8" maxLength:"1024" doc:"With an upper-case letter, a lower-case letter and something that is no letter"`
		InvitationCode string `json:"invitation_code" blank:"true" maxLength:"255"`
	}
}

type codeIssued struct {
	Message          string `json:"message"`
	DeliveryFallback bool   `json:"delivery_fallback" doc:"No mail is configured: an administrator hands the code out"`
	Email            string `json:"email,omitempty"`
}

const (
	registrationRejected = "Registration rejected"
	registerProcess      = "Creators.Auth/register"
	badInvitation        = registrationRejected + ": Backend." + registerProcess + ".validate_invitation_code \u2014 there is no such invitation, or it can't be used any more"
)

func (s *Service) signUp(ctx context.Context, in *signUpInput) (codeIssued, error) {
	pending, err := s.checkSignUp(ctx, in)
	if err != nil {
		return codeIssued{}, err
	}
	hash, err := s.passwords.Hash(ctx, in.Body.Password)
	if err != nil {
		return codeIssued{}, err
	}
	email := lower(in.Body.Email)
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		if err := asksPerMailbox.charge(ctx, tx, database.Fold(email)); err != nil {
			return err
		}
		id, err := storePending(ctx, tx, pending, newUser{username: in.Body.Username, email: email, passwordHash: hash})
		if err != nil {
			return err
		}
		if in.Body.InvitationCode != "" {
			if err := s.useInvitation(ctx, tx, in.Body.InvitationCode, id); err != nil {
				return err
			}
		}
		return s.issueCode(ctx, tx, purposeRegister, email, id)
	})
	switch {
	case errors.Is(err, errInvitation): // used up since it was looked at
		return codeIssued{}, rest.Invalid("invitation_code", badInvitation)
	case database.IsUnique(err, "users_username_folded_key"):
		return codeIssued{}, rest.InvalidBecause("username", registrationRejected, registerProcess+".validate_username", "this user name is taken")
	case database.IsUnique(err, "users_email_folded_key"):
		return codeIssued{}, rest.InvalidBecause("email", registrationRejected, registerProcess+".validate_email", "this address was registered just now")
	case err != nil:
		return codeIssued{}, err
	}
	message, fallback := s.delivery("Account made. A code that verifies your address is on its way to you.")
	return codeIssued{Message: message, DeliveryFallback: fallback, Email: email}, nil
}

// checkSignUp refuses what only the database knows to be wrong, together with the problems of the fields, and returns the
// id of a pending account with that address (0 for none), which the registration takes over.
func (s *Service) checkSignUp(ctx context.Context, in *signUpInput) (pending int64, err error) {
	client := s.addressHash(ctx)
	if err := probesPerAddress.check(ctx, s.DB.Read(), client); err != nil {
		return 0, err
	}
	checkStrength(&in.Problems, "password", in.Body.Password)
	pending, taken, err := s.checkNames(ctx, in)
	if err != nil {
		return 0, err
	}
	if err := s.checkInvitation(ctx, in, pending); err != nil {
		return 0, err
	}
	refusal := in.Err()
	if taken {
		refusal = s.chargeAlone(ctx, refusal, probesPerAddress, client)
	}
	if refusal != nil || in.Body.InvitationCode != "" {
		return pending, refusal
	}
	required, err := s.invitationRequired(ctx, s.DB.Read())
	if err == nil && required {
		err = rest.InvalidBecause("invitation_code", registrationRejected, registerProcess+".validate", "an invitation is needed")
	}
	return pending, err
}

func (s *Service) checkNames(ctx context.Context, in *signUpInput) (pending int64, taken bool, err error) {
	if !in.Has("email") {
		u, err := userByEmail(ctx, s.DB.Read(), in.Body.Email)
		switch {
		case err != nil && !errors.Is(err, errNoUser):
			return 0, false, err
		case err == nil && !u.pending():
			taken = true
			in.Add("email", registrationRejected+": Backend."+registerProcess+".validate_email \u2014 there is an account with this address")
		case err == nil:
			pending = u.ID
		}
	}
	if !in.Has("username") {
		u, err := findUser(ctx, s.DB.Read(), "username_folded = $1", database.Fold(in.Body.Username))
		switch {
		case err != nil && !errors.Is(err, errNoUser):
			return 0, false, err
		case err == nil && u.ID != pending:
			taken = true
			in.Add("username", registrationRejected+": Backend."+registerProcess+".validate_username \u2014 this user name is taken")
		}
	}
	return pending, taken, nil
}

// checkInvitation refuses a code that lets nobody in, also where none is needed: whoever types one wants it to count.
func (s *Service) checkInvitation(ctx context.Context, in *signUpInput, pending int64) error {
	if in.Body.InvitationCode == "" || in.Has("invitation_code") {
		return nil
	}
	good, err := s.tryInvitation(ctx, in.Body.InvitationCode, pending)
	if err == nil && !good {
		in.Add("invitation_code", badInvitation)
	}
	return err
}

// storePending makes an account that can't sign in yet, or takes over one whose address was never verified.
func storePending(ctx context.Context, tx *database.Tx, pending int64, n newUser) (int64, error) {
	if pending == 0 {
		id, err := insertUser(ctx, tx, n, database.Now())
		if err != nil {
			return 0, fmt.Errorf("storing a user: %w", err)
		}
		return id, nil
	}
	changed, err := database.Exec(ctx, tx, `
		update users set username = $1, username_folded = $2, email = $3, password_hash = $4
		where id = $5 and `+waiting, n.username, database.Fold(n.username), n.email, n.passwordHash, pending)
	if err != nil {
		return 0, fmt.Errorf("storing a user: %w", err)
	}
	if changed == 0 { // verified meanwhile
		return 0, rest.InvalidBecause("email", registrationRejected, registerProcess+".validate_email", "there is a verified account with this address")
	}
	return pending, nil
}
