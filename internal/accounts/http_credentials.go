package accounts

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// registerCredentials adds what changes how somebody signs in.
func (s *Service) registerCredentials(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/send-identity-code/", Tag: "auth", Access: rest.SessionOnly,
		Summary:     "Send an identity code",
		Description: "Emails you a code. You need it to change your password or email address.",
	}, s.handleSendIdentityCode)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/change-password/", Tag: "auth", Process: "Creators.Auth/password.change",
		Access: rest.SessionOnly, TextPlain: true, Summary: "Change your password",
		Description: "Ends all your other sessions. API keys, calendar addresses, linked accounts and connected programs " +
			"keep working; the response lists them. The new password must meet the sign-up rules.",
	}, s.handleChangePassword)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/change-email/", Tag: "auth", Process: "Creators.Auth/email.change",
		Access: rest.SessionOnly, TextPlain: true, Summary: "Change your email address",
		Description: "Takes two calls. Send `identity_code`: a code is emailed to the new address. Then send that code as " +
			"`code` to change the address.",
	}, s.handleChangeEmail)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/rotate-api-key/", Tag: "auth", Access: rest.SessionOnly,
		Summary: "Create a new API key",
		Description: "The old key stops working immediately. The new key is shown only once. An API key can read and write " +
			"content; changing how you sign in, or giving others access, requires a session.",
	}, s.handleRotateAPIKey)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: "/api/v1/auth/api-key/", Tag: "auth", Access: rest.SessionOnly,
		Status:  http.StatusNoContent,
		Summary: "Remove your API key", Description: "The key stops working immediately. If you have none, nothing happens.",
	}, s.handleDeleteAPIKey)
	s.registerEvents(api)
}

type identityDeliveryJSON struct {
	Message          string `json:"message"`
	DeliveryFallback bool   `json:"delivery_fallback" doc:"No mail is configured: ask an administrator for the code"`
	MaskedEmail      string `json:"masked_email"`
}

func (s *Service) handleSendIdentityCode(
	ctx context.Context, who actor.Actor, _ *struct{},
) (identityDeliveryJSON, error) {
	d, err := s.SendIdentityCode(ctx, who)
	wire := d.toJSON("A code is on its way to you.")
	return identityDeliveryJSON{wire.Message, wire.DeliveryFallback, MaskEmail(d.Email)}, err
}

type changePasswordInput struct {
	credentialsInput
	Body rest.Deferred[changePasswordBody]
}

type changePasswordBody struct {
	CurrentPassword string `json:"current_password" required:"true" maxLength:"1024"`
	NewPassword     string `json:"new_password" required:"true" minLength:"8" maxLength:"1024"`
	IdentityCode    string `json:"identity_code" required:"true" maxLength:"64"`
}

// passwordChangedJSON carries the token and the session that remain: some apps store what they find here, others keep
// what they have.
type passwordChangedJSON struct {
	Message string      `json:"message"`
	Token   string      `json:"token"`
	Session SessionJSON `json:"session"`

	StillHasAccess []accessJSON `json:"still_has_access,omitempty" doc:"Besides this session; omitted if empty"`
}

// accessJSON is an Access on the wire.
type accessJSON struct {
	Kind  string     `json:"kind" doc:"api_key, calendar, linked_account or program"`
	Name  string     `json:"name" doc:"Name; empty for kinds with at most one entry"`
	Since *rest.Time `json:"since"`
}

func accessToJSON(list []Access) []accessJSON {
	wire := make([]accessJSON, 0, len(list))
	for _, a := range list {
		wire = append(wire, accessJSON{Kind: a.Kind, Name: a.Name, Since: rest.OptionalTime(a.Since)})
	}
	return wire
}

func (s *Service) handleChangePassword(
	ctx context.Context, who actor.Actor, in *changePasswordInput,
) (passwordChangedJSON, error) {
	change := rest.Convert(in.Body, func(b *changePasswordBody, _ *problem.Fields) PasswordChange {
		return PasswordChange{CurrentPassword: b.CurrentPassword, NewPassword: b.NewPassword, IdentityCode: b.IdentityCode}
	})
	left, err := s.ChangePassword(ctx, who, change)
	_, token := rest.Credentials(in.Authorization)
	message := "The new password is set. All other devices are signed out."
	if len(left.Access) > 0 {
		message += " These still have access: " + joinNames(left.Access) + "."
	}
	return passwordChangedJSON{
		Message: message, Token: token, Session: left.Session.toJSON(), StillHasAccess: accessToJSON(left.Access),
	}, err
}

type changeEmailInput struct {
	Body rest.Deferred[changeEmailBody]
}

type changeEmailBody struct {
	NewEmail     string                `json:"new_email" required:"true" format:"email"`
	IdentityCode rest.Optional[string] `json:"identity_code" maxLength:"64" blank:"true" nullable:"true" doc:"First call"`
	Code         rest.Optional[string] `json:"code" maxLength:"64" blank:"true" nullable:"true" doc:"Second call"`
}

func (b *changeEmailBody) isSecondCall() bool { return b.Code.Value != "" }

func (b *changeEmailBody) change(*problem.Fields) EmailChange {
	return EmailChange{NewEmail: b.NewEmail, IdentityCode: b.IdentityCode.Value, Code: b.Code.Value}
}

// emailChangeJSON is the answer of both calls.
type emailChangeJSON struct {
	Message          string `json:"message"`
	DeliveryFallback *bool  `json:"delivery_fallback,omitempty" doc:"First call only"`
	Email            string `json:"email"`
}

func (s *Service) handleChangeEmail(
	ctx context.Context, who actor.Actor, in *changeEmailInput,
) (emailChangeJSON, error) {
	change := rest.Convert(in.Body, (*changeEmailBody).change)
	if in.Body.Is((*changeEmailBody).isSecondCall) {
		email, err := s.ConfirmEmailChange(ctx, who, change)
		return emailChangeJSON{Message: "Your address is changed.", Email: email}, err
	}
	d, err := s.RequestEmailChange(ctx, who, change)
	wire := d.toJSON("A code is on its way to the new address.")
	return emailChangeJSON{Message: wire.Message, DeliveryFallback: &wire.DeliveryFallback, Email: d.Email}, err
}

type apiKeyJSON struct {
	APIKey       string `json:"api_key"`
	APIKeyPrefix string `json:"api_key_prefix"`
}

func (s *Service) handleRotateAPIKey(ctx context.Context, who actor.Actor, _ *struct{}) (apiKeyJSON, error) {
	made, err := s.RotateAPIKey(ctx, who)
	return apiKeyJSON{APIKey: made.Key, APIKeyPrefix: made.Prefix}, err
}

func (s *Service) handleDeleteAPIKey(ctx context.Context, who actor.Actor, _ *struct{}) (rest.NoContent, error) {
	return rest.NoContent{}, s.DeleteAPIKey(ctx, who)
}
