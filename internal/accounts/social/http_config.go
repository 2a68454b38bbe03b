package social

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
)

// clientJSON is a Client on the wire, of a provider that apps know.
type clientJSON struct {
	ClientID    string `json:"client_id" doc:"Empty while the provider is not configured"`
	RedirectURI string `json:"redirect_uri" doc:"For the front end that asks, told by its Origin"`
}

// openIDClientJSON is the same for a provider that apps can't know.
type openIDClientJSON struct {
	ClientID              string `json:"client_id"`
	RedirectURI           string `json:"redirect_uri"`
	Name                  string `json:"name" doc:"What the provider is called"`
	AuthorizationEndpoint string `json:"authorization_endpoint" doc:"Empty while it does not answer"`
}

type configJSON struct {
	Google clientJSON        `json:"google"`
	GitHub clientJSON        `json:"github"`
	OpenID *openIDClientJSON `json:"oidc,omitempty" doc:"Absent while no such provider is configured"`
}

type configInput struct{ frontEnd }

func (s *Service) handleConfig(ctx context.Context, _ actor.Actor, in *configInput) (configJSON, error) {
	config := s.Config(ctx, in.origin())
	wire := configJSON{
		Google: clientJSON{config.Google.ClientID, config.Google.RedirectURI},
		GitHub: clientJSON{config.GitHub.ClientID, config.GitHub.RedirectURI},
	}
	if c := config.OpenID; c != nil {
		wire.OpenID = &openIDClientJSON{c.ClientID, c.RedirectURI, c.Label, c.AuthorizationEndpoint}
	}
	return wire, nil
}
