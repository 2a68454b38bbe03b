package accounts

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSignUp(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/register/", Tag: "auth", GivesWay: true,
		Process: "Creators.Auth/register",
		Status:  http.StatusCreated, Summary: "Register an account",
		Description: "Emails a code that verifies the address. The password needs an upper-case letter, a lower-case " +
			"letter and a character that is not a letter.",
	}, s.handleSignUp)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/verify-email/", Tag: "auth", Process: "Creators.Auth/verify",
		Summary: "Verify the address of a new account and sign in",
	}, s.handleVerifyEmail)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/resend-verification/", Tag: "auth",
		Process: "Creators.Auth/resend_verification", Summary: "Resend the verification code",
		Description: "At most once a minute.",
	}, s.handleResendVerification)
}

type signUpInput struct {
	Body rest.Deferred[signUpBody]
}

type signUpBody struct {
	Username       string `json:"username" required:"true" minLength:"3" maxLength:"150" pattern:"^[a-zA-Z0-9_-]+$"`
	Email          string `json:"email" required:"true" format:"email"`
	Password       string `json:"password" required:"true" minLength:"8" maxLength:"1024"`
	InvitationCode string `json:"invitation_code" blank:"true" maxLength:"255"`
}

func (s *Service) handleSignUp(ctx context.Context, who actor.Actor, in *signUpInput) (deliveryJSON, error) {
	registration := rest.Convert(in.Body, func(b *signUpBody, _ *problem.Fields) Registration {
		return Registration{Username: b.Username, Email: b.Email, Password: b.Password, InvitationCode: b.InvitationCode}
	})
	d, err := s.SignUp(ctx, who, registration)
	return d.toJSON("Account created. A code that verifies your address is on its way to you."), err
}

type verifyInput struct {
	Body struct {
		Email string `json:"email" required:"true" format:"email"`
		Code  string `json:"code" required:"true" maxLength:"64"`
	}
}

func (s *Service) handleVerifyEmail(ctx context.Context, who actor.Actor, in *verifyInput) (SignedInJSON, error) {
	return signedInAnswer(ctx)(s.VerifyEmailAndSignIn(ctx, who, in.Body.Email, in.Body.Code))
}

type emailInput struct {
	Body struct {
		Email string `json:"email" required:"true" format:"email"`
	}
}

func (s *Service) handleResendVerification(ctx context.Context, who actor.Actor, in *emailInput) (deliveryJSON, error) {
	d, err := s.ResendVerification(ctx, who, in.Body.Email)
	d.Email = "" // the former system did not repeat it here
	return d.toJSON("Another code is on its way to you."), err
}
