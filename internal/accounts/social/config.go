package social

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/accounts/social/provider"
)

// Client is what an app needs to send the browser to a provider.
type Client struct {
	ClientID    string // "" while the provider is not configured
	RedirectURI string // for the front end that asks
	Label       string // what the provider is called

	AuthorizationEndpoint string // where the browser is sent, of OpenID alone; "" while it does not answer
}

// Config is what an app needs to know about the providers.
type Config struct {
	Google, GitHub Client
	OpenID         *Client // nil while no such provider is configured
}

// endpointPatience is how long an app waits for a provider that has never answered: the others are of use without it.
const endpointPatience = 2 * time.Second

// Config says what an app needs to know about the providers. origin is that of its front end; "" for an unknown one.
func (s *Service) Config(ctx context.Context, origin string) Config {
	config := Config{Google: s.Providers.Google.client(origin), GitHub: s.Providers.GitHub.client(origin)}
	openID, ok := s.Providers.OpenID.Identifier.(*provider.OpenID)
	if !ok {
		return config
	}
	ctx, cancel := context.WithTimeout(ctx, endpointPatience)
	defer cancel()
	endpoint, err := openID.AuthorizationEndpoint(ctx)
	if err != nil {
		s.Log.WarnContext(ctx, "unexpected response from a sign-in provider", "provider", OpenID, "error", err)
	}
	client := s.Providers.OpenID.client(origin)
	client.AuthorizationEndpoint = endpoint
	config.OpenID = &client
	return config
}

func (p Provider) client(origin string) Client {
	client := Client{RedirectURI: p.redirectURI("", origin), Label: p.Label}
	if p.Identifier != nil {
		client.ClientID = p.ClientID
	}
	return client
}
