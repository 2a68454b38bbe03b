package app

import (
	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/accounts/provider"
	"github.com/trance-0/notechondria/internal/config"
)

// socialProviders are the providers of sign-in that the Config names. None of them is connected to here.
func socialProviders(c *config.Config) accounts.Social {
	social := accounts.Social{
		Google: accounts.SocialProvider{Label: "Google", ClientID: c.GoogleClientID, RedirectURIs: c.GoogleRedirectURIs},
		GitHub: accounts.SocialProvider{Label: "GitHub", ClientID: c.GitHubClientID, RedirectURIs: c.GitHubRedirectURIs},
		OpenID: accounts.SocialProvider{Label: c.OIDCName, ClientID: c.OIDCClientID, RedirectURIs: c.OIDCRedirectURIs},
	}
	if c.GoogleConfigured() {
		social.Google.Provider = provider.NewOpenID(provider.OpenIDOptions{
			Issuer: c.GoogleIssuerURL, ClientID: c.GoogleClientID, ClientSecret: c.GoogleClientSecret})
	}
	if c.GitHubConfigured() {
		social.GitHub.Provider = provider.NewGitHub(provider.GitHubOptions{
			URL: c.GitHubURL, APIURL: c.GitHubAPIURL, ClientID: c.GitHubClientID, ClientSecret: c.GitHubClientSecret})
	}
	if c.OIDCConfigured() {
		social.OpenID.Provider = provider.NewOpenID(provider.OpenIDOptions{
			Issuer: c.OIDCIssuerURL, ClientID: c.OIDCClientID, ClientSecret: c.OIDCClientSecret, NamesIssuer: true})
	}
	return social
}
