package social

import (
	"context"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/social/provider"
	"github.com/trance-0/notechondria/internal/problem"
)

// landingPath is where a provider sends browsers back to this server.
func landingPath(name Name) string { return "/auth/" + string(name) + "/callback" }

// WayIn is a provider through which a page of this server can sign people in.
type WayIn struct {
	Name        Name
	Label       string // what the provider is called
	RedirectURI string // this server's own
}

// WaysIn are the providers that are set up to send browsers back to this server, whose address is base: those with its
// landing page among their redirect URIs.
func (s *Service) WaysIn(base string) (ways []WayIn) {
	for _, name := range []Name{Google, GitHub, OpenID} {
		p := s.Providers.byName(name)
		at := slices.IndexFunc(p.RedirectURIs,
			func(uri string) bool { return strings.TrimSuffix(uri, "/") == base+landingPath(name) })
		if p.Identifier != nil && at >= 0 {
			ways = append(ways, WayIn{Name: name, Label: p.Label, RedirectURI: p.RedirectURIs[at]})
		}
	}
	return ways
}

// Begin returns where a browser is sent to sign in at a provider. state comes back with the code, and the code is good
// with the verifier of challenge alone (PKCE, S256).
func (s *Service) Begin(ctx context.Context, way WayIn, state, challenge string) (string, error) {
	address, err := s.Providers.byName(way.Name).Identifier.SignInURL(ctx, provider.Start{
		RedirectURI: way.RedirectURI, State: state, Challenge: challenge,
	})
	if err != nil {
		s.Log.WarnContext(ctx, "unexpected response from a sign-in provider", "provider", way.Name, "error", err)
		return "", &problem.Error{Kind: problem.Upstream,
			Cause: way.Label + " is not responding as expected. Please try again later."}
	}
	return address, nil
}
