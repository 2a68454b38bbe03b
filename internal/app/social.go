package app

import (
	"github.com/trance-0/notechondria/internal/accounts/social"
	"github.com/trance-0/notechondria/internal/accounts/social/provider"
	"github.com/trance-0/notechondria/internal/config"
)

// socialProviders are the providers of sign-in that the Config names. None of them is connected to here.
func socialProviders(c *config.Config) social.Providers {
	providers := social.Providers{
		Google: social.Provider{Label: "Google", ClientID: c.GoogleClientID, RedirectURIs: c.GoogleRedirectURIs},
		GitHub: social.Provider{Label: "GitHub", ClientID: c.GitHubClientID, RedirectURIs: c.GitHubRedirectURIs},
		OpenID: social.Provider{Label: c.OIDCName, ClientID: c.OIDCClientID, RedirectURIs: c.OIDCRedirectURIs},
	}
	if c.GoogleConfigured() {
		providers.Google.Identifier = provider.NewOpenID(provider.OpenIDOptions{
			Issuer: c.GoogleIssuerURL, ClientID: c.GoogleClientID, ClientSecret: c.GoogleClientSecret})
	}
	if c.GitHubConfigured() {
		providers.GitHub.Identifier = provider.NewGitHub(provider.GitHubOptions{
			URL: c.GitHubURL, APIURL: c.GitHubAPIURL, ClientID: c.GitHubClientID, ClientSecret: c.GitHubClientSecret})
	}
	if c.OIDCConfigured() {
		providers.OpenID.Identifier = provider.NewOpenID(provider.OpenIDOptions{
			Issuer: c.OIDCIssuerURL, ClientID: c.OIDCClientID, ClientSecret: c.OIDCClientSecret, NamesIssuer: true})
	}
	return providers
}
