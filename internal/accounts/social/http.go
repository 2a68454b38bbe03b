package social

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the operations and pages of sign-in through providers.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/oauth-config/", Tag: "auth", Summary: "List sign-in providers",
		Description: "Returns what your app needs to send a browser to each provider.",
	}, s.handleConfig)
	registerProvider[openIDBody](s, api, Google, "Google")
	registerProvider[gitHubBody](s, api, GitHub, "GitHub")
	registerProvider[openIDBody](s, api, OpenID, "the configured OpenID provider")
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/social-accounts/", Tag: "auth", Access: rest.Account,
		Summary: "List your linked accounts", Description: "Lists your accounts at sign-in providers.",
	}, s.handleList)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: "/api/v1/auth/social-accounts/{provider}/", Tag: "auth", Access: rest.SessionOnly,
		Status: http.StatusNoContent, Summary: "Unlink an account",
		Description: "Answers 409 if you would have no other way to sign in.",
	}, s.handleUnlink)
}

// registerProvider adds the operations of one provider, which is called the same however the server is configured.
func registerProvider[B body](s *Service, api *rest.API, name Name, label string) {
	const register = "Creators.Auth/oauth.register"
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/" + string(name) + "/", Tag: "auth",
		Process: "Creators.Auth/oauth." + string(name), Summary: "Sign in with " + label,
		Description: "For an unknown identity, the intent `login` answers 404 with the code `not_registered`, and " +
			"`register` creates an account. A redirect URI that is not configured is ignored.",
	}, func(ctx context.Context, who actor.Actor, in *proofInput[B]) (accounts.SignedInJSON, error) {
		request := in.Body.request()
		request.Proof.Provider, request.Proof.Origin = name, in.origin()
		signedIn, err := s.SignIn(ctx, who, request)
		if err != nil {
			return accounts.SignedInJSON{}, rest.WithBareTexts(err, "invitation_code", register)
		}
		return accounts.ToSignedInJSON(ctx, signedIn), nil
	})
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/bind/" + string(name) + "/", Tag: "auth", Access: rest.SessionOnly,
		Process: "Creators.Auth/bind." + string(name), Status: http.StatusCreated, Other: []int{http.StatusOK},
		Summary:     "Link your account to one at " + label,
		Description: "Replaces the account linked before, if any (status 200). Intent and invitation are ignored.",
	}, func(ctx context.Context, who actor.Actor, in *proofInput[B]) (rest.Reply[linkedIdentityJSON], error) {
		proof := in.Body.request().Proof
		proof.Provider, proof.Origin = name, in.origin()
		link, created, err := s.Link(ctx, who, proof)
		reply := rest.Reply[linkedIdentityJSON]{Body: linkedIdentityJSON{
			ID: link.ID, Provider: string(link.Provider), ProviderUID: link.ProviderUID, Email: link.Email}}
		if !created {
			reply.Status = http.StatusOK
		}
		return reply, err
	})
	api.Route(http.MethodGet, landingPath(name), s.land(name))
}

type proofInput[B body] struct {
	frontEnd
	Body B
}

// body is the body of a request with a proof.
type body interface{ request() Request }

// proofFields are what all providers' bodies have in common.
type proofFields struct {
	RedirectURI    string `json:"redirect_uri" blank:"true" maxLength:"2000" doc:"As in your request for the code"`
	CodeVerifier   string `json:"code_verifier" blank:"true" maxLength:"128" doc:"For PKCE"`
	InvitationCode string `json:"invitation_code" blank:"true" maxLength:"255" doc:"For a new account"`
	Intent         string `json:"intent" enum:"login,register,bind" doc:"default register"`
}

func (f proofFields) request() Request {
	request := Request{
		Proof:  Proof{RedirectURI: f.RedirectURI, CodeVerifier: f.CodeVerifier},
		Intent: Intent(f.Intent), InvitationCode: f.InvitationCode,
	}
	if f.Intent == "" {
		request.Intent = Register
	}
	return request
}

type openIDBody struct {
	proofFields
	Code    string `json:"code" blank:"true" maxLength:"4096" doc:"Authorization code; takes precedence over id_token"`
	IDToken string `json:"id_token" blank:"true" maxLength:"16384" doc:"Signed by the provider, for this server's client"`
}

func (b openIDBody) request() Request {
	request := b.proofFields.request()
	request.Proof.Code, request.Proof.IDToken = b.Code, b.IDToken
	return request
}

type gitHubBody struct {
	proofFields
	Code string `json:"code" required:"true" maxLength:"4096" doc:"Authorization code"`
}

func (b gitHubBody) request() Request {
	request := b.proofFields.request()
	request.Proof.Code = b.Code
	return request
}

// linkedIdentityJSON is a Link in the answer of linking.
type linkedIdentityJSON struct {
	ID          int64  `json:"id"`
	Provider    string `json:"provider"`
	ProviderUID string `json:"provider_uid"`
	Email       string `json:"email" doc:"Verified by the provider; empty if it gave none"`
}

// identityLinkJSON is a Link in lists.
type identityLinkJSON struct {
	ID          int64     `json:"id"`
	Provider    string    `json:"provider"`
	ProviderUID string    `json:"provider_uid"`
	Email       string    `json:"email"`
	CreatedAt   rest.Time `json:"created_at"`
}

func (s *Service) handleList(ctx context.Context, who actor.Actor, _ *struct{}) ([]identityLinkJSON, error) {
	links, err := s.List(ctx, who)
	list := make([]identityLinkJSON, 0, len(links))
	for _, l := range links {
		list = append(list, identityLinkJSON{
			ID: l.ID, Provider: string(l.Provider), ProviderUID: l.ProviderUID, Email: l.Email,
			CreatedAt: rest.Time{Time: l.CreatedAt}})
	}
	return list, err
}

type unlinkInput struct {
	Provider string `path:"provider" doc:"google, github or oidc"`
}

func (s *Service) handleUnlink(ctx context.Context, who actor.Actor, in *unlinkInput) (rest.NoContent, error) {
	return rest.NoContent{}, s.Unlink(ctx, who, Name(in.Provider))
}
