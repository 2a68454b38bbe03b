package accounts

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/provider"
)

type oauthConfigInput struct{ socialHeaders }

// oauthClient is what an app needs to send the browser to a provider it knows.
type oauthClient struct {
	ClientID    string `json:"client_id" doc:"Empty while the provider is not configured"`
	RedirectURI string `json:"redirect_uri" doc:"For the front end that asks, told by its Origin"`
}

// openIDClient is the same for a provider that the app can't know.
type openIDClient struct {
	ClientID              string `json:"client_id"`
	RedirectURI           string `json:"redirect_uri"`
	Name                  string `json:"name" doc:"What the provider is called"`
	AuthorizationEndpoint string `json:"authorization_endpoint" doc:"Where the browser is sent; empty while the provider does not answer"`
}

type oauthConfigPayload struct {
	Google oauthClient   `json:"google"`
	GitHub oauthClient   `json:"github"`
	OpenID *openIDClient `json:"oidc,omitempty" doc:"Absent while no such provider is configured"`
}

// endpointPatience is how long an app waits for a provider that has never answered: the others are of use without it.
const endpointPatience = 2 * time.Second

func (s *Service) oauthConfig(ctx context.Context, in *oauthConfigInput) (oauthConfigPayload, error) {
	payload := oauthConfigPayload{Google: s.Social.Google.client(in.socialHeaders), GitHub: s.Social.GitHub.client(in.socialHeaders)}
	openID, ok := s.Social.OpenID.Provider.(*provider.OpenID)
	if !ok {
		return payload, nil
	}
	ctx, cancel := context.WithTimeout(ctx, endpointPatience)
	defer cancel()
	endpoint, err := openID.AuthorizationEndpoint(ctx)
	if err != nil {
		s.Log.WarnContext(ctx, "a sign-in provider does not answer as it should", "provider", openIDName, "error", err)
	}
	client := s.Social.OpenID.client(in.socialHeaders)
	payload.OpenID = &openIDClient{ClientID: client.ClientID, RedirectURI: client.RedirectURI, Name: s.Social.OpenID.Label, AuthorizationEndpoint: endpoint}
	return payload, nil
}

func (p SocialProvider) client(headers socialHeaders) oauthClient {
	client := oauthClient{RedirectURI: p.redirectURI("", headers)}
	if p.Provider != nil {
		client.ClientID = p.ClientID
	}
	return client
}
