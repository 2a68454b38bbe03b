package deploycheck

import (
	"encoding/pem"
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

func provider(name, id, secret string, redirectURIs []string, idVariable, secretVariable, redirectVariable string) []Result {
	switch {
	case id == "" && secret == "" && len(redirectURIs) == 0:
		return []Result{ok(name, "It is off.")}
	case id == "" && secret == "":
		return []Result{warn(name, "Set "+idVariable+" and "+secretVariable+", or remove "+redirectVariable+".", "It is off, but it has redirect URIs.")}
	case secret == "":
		return []Result{fail(name, "Set "+secretVariable+".", "There is a client, but not its secret: every sign-in fails.")}
	case id == "":
		return []Result{fail(name, "Set "+idVariable+".", "There is a secret, but not its client: it stays off.")}
	case len(redirectURIs) == 0:
		return []Result{fail(name, "Set "+redirectVariable+".", "There is no redirect URI: the provider refuses every sign-in.")}
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
		return []Result{warn(name, "Set "+strings.Join(missing, ", ")+".", "It is set up in part, and pushes nothing.")}
	}
	// One line with \n for the breaks is how dashboards take a key.
	if block, _ := pem.Decode([]byte(strings.ReplaceAll(c.GitHubDataSyncPrivateKey, `\n`, "\n"))); block == nil {
		return []Result{warn(name, `Give the whole file that GitHub made, its line breaks as they are or as \n.`, "GITHUB_DATA_SYNC_APP_PRIVATE_KEY is no key in PEM.")}
	}
	return []Result{ok(name, "Its settings are complete.")}
}
