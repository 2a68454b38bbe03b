package social

import (
	"context"
	"strings"

	"github.com/trance-0/notechondria/internal/actor"
)

// frontEnd tells which front end is calling.
type frontEnd struct {
	Origin  string `header:"Origin"`
	Referer string `header:"Referer"`
}

func (f frontEnd) origin() string {
	if origin := strings.ToLower(strings.TrimSpace(f.Origin)); origin != "" {
		return origin
	}
	return OriginOf(f.Referer)
}

// providerClientJSON is a Client on the wire, of a provider that apps know.
type providerClientJSON struct {
	ClientID    string `json:"client_id" doc:"Empty if the provider is not configured"`
	RedirectURI string `json:"redirect_uri" doc:"For the calling front end, chosen by its Origin header"`
}

// openIDProviderJSON is the same for a provider that apps can't know.
type openIDProviderJSON struct {
	ClientID              string `json:"client_id"`
	RedirectURI           string `json:"redirect_uri"`
	Name                  string `json:"name" doc:"Name of the provider"`
	AuthorizationEndpoint string `json:"authorization_endpoint" doc:"Empty while the provider does not answer"`
}

type providersJSON struct {
	Google providerClientJSON  `json:"google"`
	GitHub providerClientJSON  `json:"github"`
	OpenID *openIDProviderJSON `json:"oidc,omitempty" doc:"Omitted if no such provider is configured"`
}

type configInput struct{ frontEnd }

func (s *Service) handleConfig(ctx context.Context, _ actor.Actor, in *configInput) (providersJSON, error) {
	config := s.Config(ctx, in.origin())
	wire := providersJSON{
		Google: providerClientJSON{config.Google.ClientID, config.Google.RedirectURI},
		GitHub: providerClientJSON{config.GitHub.ClientID, config.GitHub.RedirectURI},
	}
	if c := config.OpenID; c != nil {
		wire.OpenID = &openIDProviderJSON{c.ClientID, c.RedirectURI, c.Label, c.AuthorizationEndpoint}
	}
	return wire, nil
}
