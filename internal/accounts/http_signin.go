package accounts

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSignIn(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/login/", Tag: "auth", Process: "Creators.Auth/login",
		Summary: "Sign in", Description: "With an email address or user name, and a password.",
	}, s.handleSignIn)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/password-reset/", Tag: "auth",
		Process: "Creators.Auth/password.reset.request",
		Summary: "Request a password reset",
		Description: "Emails a code for setting a new password. " +
			"The response is the same whether or not an account has this address.",
	}, s.handleRequestReset)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/password-reset/confirm/", Tag: "auth",
		Process: "Creators.Auth/password.reset.confirm", Summary: "Reset a password",
		Description: "Requires the emailed code. Ends all sessions, and revokes the API key, the access of programs, the " +
			"calendar address, and accounts linked in the last 30 days.",
	}, s.handleConfirmReset)
}

type signInInput struct {
	Body struct {
		Identifier rest.Optional[string] `json:"identifier" maxLength:"320" doc:"Email address or user name"`
		Email      rest.Optional[string] `json:"email" maxLength:"320" doc:"Same as identifier; the name the apps use"`
		Password   string                `json:"password" required:"true" maxLength:"1024"`
	}
}

func (s *Service) handleSignIn(ctx context.Context, who actor.Actor, in *signInInput) (SignedInJSON, error) {
	identifier := in.Body.Identifier.Or(in.Body.Email.Value)
	return signedInAnswer(ctx)(s.SignIn(ctx, who, identifier, in.Body.Password))
}

func (s *Service) handleRequestReset(ctx context.Context, who actor.Actor, in *emailInput) (deliveryJSON, error) {
	d, err := s.RequestPasswordReset(ctx, who, in.Body.Email)
	return d.toJSON("If there is an account with this address, a code is on its way to it."), err
}

type confirmResetInput struct {
	Body rest.Deferred[confirmResetBody]
}

type confirmResetBody struct {
	Email    string `json:"email" required:"true" format:"email"`
	Code     string `json:"code" required:"true" maxLength:"64"`
	Password string `json:"password" required:"true" minLength:"8" maxLength:"1024"`
}

type messageJSON struct {
	Message string `json:"message"`
}

func (s *Service) handleConfirmReset(ctx context.Context, who actor.Actor, in *confirmResetInput) (messageJSON, error) {
	reset := rest.Convert(in.Body, func(b *confirmResetBody, _ *problem.Fields) PasswordReset {
		return PasswordReset{Email: b.Email, Code: b.Code, Password: b.Password}
	})
	return messageJSON{"The new password is set. Please sign in with it."}, s.ConfirmPasswordReset(ctx, who, reset)
}
