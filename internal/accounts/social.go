package accounts

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/provider"
	"github.com/trance-0/notechondria/internal/rest"
)

// Social are the services through which people sign in, besides passwords.
type Social struct {
	Google, GitHub SocialProvider
	OpenID         SocialProvider // any other provider that follows OpenID Connect
}

// SocialProvider is one of them.
type SocialProvider struct {
	Label        string            // as people know it
	ClientID     string            // of this server, known to the provider
	RedirectURIs []string          // where the provider may send browsers, one for each front end; no other is ever used
	Provider     provider.Provider // nil while it is not configured: everything with it is answered 503

	name string // in paths and tables
}

const (
	googleName = "google"
	gitHubName = "github"
	openIDName = "oidc"
)

// named returns the providers under the names that paths and tables have for them.
func (s Social) named() Social {
	s.Google.name, s.GitHub.name, s.OpenID.name = googleName, gitHubName, openIDName
	return s
}

func (s Social) all() []SocialProvider { return []SocialProvider{s.Google, s.GitHub, s.OpenID} }

func (s *Service) registerSocial(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/auth/oauth-config/", Tag: "auth",
		Summary: "List the providers of sign-in, with what an app needs to send the browser there",
	}, s.oauthConfig)
	for _, p := range s.Social.all() {
		if p.name == gitHubName {
			handleSocial(s, api, p, func(in *gitHubInput) (socialRequest, error) { return in.request(p) })
		} else {
			handleSocial(s, api, p, func(in *openIDInput) (socialRequest, error) { return in.request(p) })
		}
		api.Route(http.MethodGet, "/auth/"+p.name+"/callback", s.landingPage)
	}
	s.registerSocialAccounts(api)
}

func handleSocial[In any](s *Service, api *rest.API, p SocialProvider, read func(*In) (socialRequest, error)) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/" + p.name + "/", Tag: "auth",
		Summary: "Sign in or up with " + p.kind(),
		Description: "An identity that is not known is refused with 404 and the code `not_registered` when the intent is `login`, " +
			"and gets an account when it is `register`.",
	}, func(ctx context.Context, in *In) (authPayload, error) {
		request, err := read(in)
		if err != nil {
			return authPayload{}, err
		}
		return s.socialSignIn(ctx, request)
	})
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/bind/" + p.name + "/", Tag: "auth", Access: rest.Account, Status: http.StatusCreated,
		Summary:     "Link the account to one at " + p.kind(),
		Description: "It takes the place of the one that was linked before; the status is 200 then. Intent and invitation are ignored.",
	}, func(ctx context.Context, in *In) (rest.Reply[boundPayload], error) {
		request, err := read(in)
		if err != nil {
			return rest.Reply[boundPayload]{}, err
		}
		return s.bindSocial(ctx, request)
	})
}

// kind is the provider in the documentation, which is the same however the server is configured.
func (p SocialProvider) kind() string {
	switch p.name {
	case googleName:
		return "Google"
	case gitHubName:
		return "GitHub"
	}
	return "the configured OpenID provider"
}

// socialFields are what all providers' requests have in common.
type socialFields struct {
	RedirectURI    string `json:"redirect_uri" blank:"true" maxLength:"2000" doc:"The one with which the code was asked for; one that is not configured counts as absent"`
	CodeVerifier   string `json:"code_verifier" blank:"true" maxLength:"128" doc:"Of an app that sent a code challenge (PKCE)"`
	InvitationCode string `json:"invitation_code" blank:"true" maxLength:"255" doc:"Needed for a new account where registration is by invitation"`
	Intent         string `json:"intent" enum:"login,register,bind" doc:"register when absent"`
}

// socialHeaders tell which front end is calling.
type socialHeaders struct {
	Origin  string `header:"Origin"`
	Referer string `header:"Referer"`
}

type openIDInput struct {
	socialHeaders
	Body struct {
		socialFields
		Code    string `json:"code" blank:"true" maxLength:"4096" doc:"Authorization code; wins over an id_token"`
		IDToken string `json:"id_token" blank:"true" maxLength:"16384" doc:"Signed by the provider, for this server's client"`
	}
}

type gitHubInput struct {
	socialHeaders
	Body struct {
		socialFields
		Code string `json:"code" required:"true" maxLength:"4096" doc:"Authorization code"`
	}
}

// socialRequest is what both of them come to.
type socialRequest struct {
	provider   SocialProvider
	proof      provider.Proof
	intent     string
	invitation string
	invited    bool // by that invitation, when it was looked at
}

func (in *openIDInput) request(p SocialProvider) (socialRequest, error) {
	if in.Body.Code == "" && in.Body.IDToken == "" {
		return socialRequest{}, rest.InvalidBecause(rest.NonField, "Sign-in rejected", "Creators.Auth/oauth."+p.name+".validate", "a code or an id_token is needed")
	}
	return newSocialRequest(p, in.socialHeaders, in.Body.socialFields, provider.Proof{Code: in.Body.Code, IDToken: in.Body.IDToken}), nil
}

func (in *gitHubInput) request(p SocialProvider) (socialRequest, error) {
	return newSocialRequest(p, in.socialHeaders, in.Body.socialFields, provider.Proof{Code: in.Body.Code}), nil
}

func newSocialRequest(p SocialProvider, headers socialHeaders, fields socialFields, proof provider.Proof) socialRequest {
	proof.RedirectURI, proof.CodeVerifier = p.redirectURI(fields.RedirectURI, headers), fields.CodeVerifier
	intent := fields.Intent
	if intent == "" {
		intent = intentRegister
	}
	return socialRequest{provider: p, proof: proof, intent: intent, invitation: fields.InvitationCode}
}

const (
	intentRegister = "register"
	intentLogin    = "login"
	intentBind     = "bind"
)

// redirectURI is the configured one that was sent, else the one of the calling front end, else the first; "" for none.
func (p SocialProvider) redirectURI(sent string, headers socialHeaders) string {
	if slices.Contains(p.RedirectURIs, sent) {
		return sent
	}
	caller := strings.ToLower(strings.TrimSpace(headers.Origin))
	if caller == "" {
		caller = originOf(headers.Referer)
	}
	for _, uri := range p.RedirectURIs {
		if caller != "" && originOf(uri) == caller {
			return uri
		}
	}
	if len(p.RedirectURIs) > 0 {
		return p.RedirectURIs[0]
	}
	return ""
}

// originOf is scheme://host[:port] in lower case, "" for what has none.
func originOf(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// errOff is met while a provider is not configured.
var errOff = errors.New("the provider is not configured")

// identify asks the provider who sent the request. What it refuses is counted: each try is a request to it.
func (s *Service) identify(ctx context.Context, request socialRequest) (provider.Identity, error) {
	if request.provider.Provider == nil {
		return provider.Identity{}, errOff
	}
	client := s.addressHash(ctx)
	if err := socialPerAddress.check(ctx, s.DB.Read(), client); err != nil {
		return provider.Identity{}, err
	}
	identity, err := request.provider.Provider.Identify(ctx, request.proof)
	var trouble *provider.Error
	if !errors.As(err, &trouble) || ctx.Err() != nil { // all is well, or the client is gone
		return identity, err
	}
	if trouble.Unreachable {
		s.Log.WarnContext(ctx, "a sign-in provider does not answer as it should", "provider", request.provider.name, "error", err)
		return provider.Identity{}, err
	}
	s.Log.InfoContext(ctx, "a sign-in provider refuses", "provider", request.provider.name, "error", err)
	return provider.Identity{}, s.chargeAlone(ctx, err, socialPerAddress, client)
}

// whyNotIdentified is the status and the text for an error of identify; ok is false for one that is an answer already,
// or none of the provider's.
func (p SocialProvider) whyNotIdentified(err error) (status int, step provider.Step, text string, ok bool) {
	var trouble *provider.Error
	switch {
	case errors.Is(err, errOff):
		return http.StatusServiceUnavailable, "config_lookup", "it is not set up on this server", true
	case !errors.As(err, &trouble):
		return 0, "", "", false
	case trouble.Unreachable:
		return http.StatusBadGateway, trouble.Step, trouble.Reason, true
	}
	return http.StatusBadRequest, trouble.Step, trouble.Reason, true
}
