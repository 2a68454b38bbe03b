package deploycheck

import (
	"encoding/pem"
	"net/url"
	"strings"

	"github.com/trance-0/notechondria/internal/config"
)

func google(c *config.Config) []Result {
	return provider("Google sign-in", c.GoogleClientID, c.GoogleClientSecret, c.GoogleRedirectURIs,
		"GOOGLE_OAUTH_CLIENT_ID", "GOOGLE_OAUTH_CLIENT_SECRET", "GOOGLE_AUTHORIZED_REDIRECT_URIS")
}

func gitHub(c *config.Config) []Result {
	return provider("GitHub sign-in", c.GitHubClientID, c.GitHubClientSecret, c.GitHubRedirectURIs,
		"GITHUB_APP_CLIENT_ID", "GITHUB_APP_CLIENT_SECRET", "GITHUB_AUTHORIZED_REDIRECT_URIS")
}

// openID is like the others, with the issuer as the third part. Its metadata is not fetched here.
func openID(c *config.Config) []Result {
	const name = "OpenID sign-in"
	issuer, err := url.Parse(c.OIDCIssuerURL)
	switch {
	case c.OIDCIssuerURL == "" && (c.OIDCClientID != "" || c.OIDCClientSecret != ""):
		return []Result{fail(name, "Set OIDC_ISSUER_URL.",
			"There is a client but no issuer: the sign-in stays off.")}
	case c.OIDCIssuerURL != "" && c.OIDCClientID == "" && c.OIDCClientSecret == "":
		return []Result{fail(name, "Set OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.",
			"There is an issuer but no client: the sign-in stays off.")}
	case err == nil && issuer.Scheme == "http" && !isLocal(issuer.Hostname()):
		return []Result{fail(name, "Use https in OIDC_ISSUER_URL.",
			"The issuer does not use https: anyone on the way can sign in as any user.")}
	}
	return provider(name, c.OIDCClientID, c.OIDCClientSecret, c.OIDCRedirectURIs,
		"OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_AUTHORIZED_REDIRECT_URIS")
}

func provider(
	name, id, secret string, redirectURIs []string, idVariable, secretVariable, redirectVariable string,
) []Result {
	switch {
	case id == "" && secret == "" && len(redirectURIs) == 0:
		return []Result{ok(name, "It is off.")}
	case id == "" && secret == "":
		return []Result{warn(name, "Set "+idVariable+" and "+secretVariable+", or remove "+redirectVariable+".",
			"It is off, but redirect URIs are set.")}
	case secret == "":
		return []Result{fail(name, "Set "+secretVariable+".", "There is a client id but no secret: the sign-in stays off.")}
	case id == "":
		return []Result{fail(name, "Set "+idVariable+".", "There is a secret but no client id: the sign-in stays off.")}
	case len(redirectURIs) == 0:
		return []Result{fail(name, "Set "+redirectVariable+".",
			"There is no redirect URI: the provider will refuse every sign-in.")}
	}
	return []Result{ok(name, "Its credentials are complete.")}
}

func gitHubDataSync(c *config.Config) []Result {
	const name = "GitHub data sync"
	settings := []struct{ variable, value string }{
		{"GITHUB_DATA_SYNC_APP_NAME", c.GitHubDataSyncAppName},
		{"GITHUB_DATA_SYNC_APP_CLIENT_ID", c.GitHubDataSyncClientID},
		{"GITHUB_DATA_SYNC_APP_CLIENT_SECRET", c.GitHubDataSyncClientSecret},
		{"GITHUB_DATA_SYNC_APP_PRIVATE_KEY", c.GitHubDataSyncPrivateKey},
		{"GITHUB_DATA_SYNC_APP_INSTALL_URL", c.GitHubDataSyncInstallURL},
	}
	var missing []string
	for _, s := range settings {
		if s.value == "" {
			missing = append(missing, s.variable)
		}
	}
	if len(missing) == len(settings) {
		return []Result{ok(name, "It is off.")}
	}
	if len(missing) > 0 {
		return []Result{warn(name, "Set "+strings.Join(missing, ", ")+".", "It is only partly set up and pushes nothing.")}
	}
	// Dashboards take a key as one line, with \n for line breaks.
	if block, _ := pem.Decode([]byte(strings.ReplaceAll(c.GitHubDataSyncPrivateKey, `\n`, "\n"))); block == nil {
		return []Result{warn(name, `Give the whole file that GitHub made, its line breaks as they are or as \n.`,
			"GITHUB_DATA_SYNC_APP_PRIVATE_KEY is not a key in PEM format.")}
	}
	return []Result{ok(name, "Its settings are complete.")}
}
