package social

import (
	"net/url"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/accounts/social/provider"
)

// Providers are the services through which people sign in.
type Providers struct {
	Google, GitHub Provider
	OpenID         Provider // any other provider that follows OpenID Connect
}

// Provider is one of them.
type Provider struct {
	Label        string            // as people know it
	ClientID     string            // of this server, known to the provider
	RedirectURIs []string          // where the provider may send browsers, one for each front end; no other is ever used
	Identifier   provider.Provider // nil while it is not configured: nothing is done with it then
}

// Name is a provider in paths and tables.
type Name string

// The names of all providers.
const (
	Google Name = "google"
	GitHub Name = "github"
	OpenID Name = "oidc"
)

// byName returns a provider; one that is not known is not configured.
func (p Providers) byName(name Name) Provider {
	switch name {
	case Google:
		return p.Google
	case GitHub:
		return p.GitHub
	case OpenID:
		return p.OpenID
	}
	return Provider{Label: string(name)}
}

// redirectURI is the configured one that was sent, else the one of the calling front end, else the first; "" for none.
func (p Provider) redirectURI(sent, origin string) string {
	if slices.Contains(p.RedirectURIs, sent) {
		return sent
	}
	for _, uri := range p.RedirectURIs {
		if origin != "" && OriginOf(uri) == origin {
			return uri
		}
	}
	if len(p.RedirectURIs) > 0 {
		return p.RedirectURIs[0]
	}
	return ""
}

// OriginOf is scheme://host[:port] of an address in lower case, "" for what has none.
func OriginOf(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Scheme == "" || u.Host == "" {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
