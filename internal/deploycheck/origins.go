package deploycheck

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/config"
)

func origins(c *config.Config) []Result {
	const name = "trusted origins"
	var problems []Result
	for _, entry := range c.TrustedOrigins {
		u, err := url.Parse(entry)
		switch {
		case !strings.Contains(entry, "://"):
			problems = append(problems, warn(name, "Write https://"+entry+" in CSRF_TRUSTED_ORIGINS.",
				"%s has no scheme: every port of it is trusted, also with http.", entry))
		case err == nil && u.Scheme == "http" && !isLocal(u.Hostname()):
			problems = append(problems,
				warn(name, "Serve it with https, and use https in CSRF_TRUSTED_ORIGINS and FRONTEND_ORIGIN.",
					"%s does not use https: anyone on the way can change the front end.", entry))
		}
	}
	if c.FrontendOrigin != "" && !slices.Contains(c.TrustedOrigins, c.FrontendOrigin) {
		problems = append(problems, fail(name, "Add it to CSRF_TRUSTED_ORIGINS.",
			"FRONTEND_ORIGIN (%s) is not trusted.", c.FrontendOrigin))
	}
	if len(frontends(c)) == 0 && c.PublicURL != "" && !isLocal(hostOf(c.PublicURL)) {
		problems = append(problems,
			warn(name, "Name the front ends' origins in CSRF_TRUSTED_ORIGINS, such as https://user.github.io",
				"Only this server's own origin is trusted: front ends on other hosts can't call it."))
	}
	if c.FrontendOrigin == "" && (c.GoogleClientID != "" || c.GitHubClientID != "" || c.OIDCClientID != "") {
		problems = append(problems, warn(name, "Set FRONTEND_ORIGIN.",
			"FRONTEND_ORIGIN is not set: after a sign-in with a provider, this server's pages lead back to itself."))
	}
	return orOK(problems, name, "%s.", strings.Join(c.TrustedOrigins, ", "))
}

// frontends are the trusted origins on other machines, except this server's own.
func frontends(c *config.Config) (list []string) {
	own := []string{hostOf(c.PublicURL), c.BackendCustomDomain, c.RenderExternalHostname}
	for _, entry := range c.TrustedOrigins {
		host := entry
		if strings.Contains(entry, "://") {
			host = hostOf(entry)
		}
		if !isLocal(host) && !slices.Contains(own, host) {
			list = append(list, entry)
		}
	}
	return list
}

func redirects(c *config.Config) []Result {
	const name = "redirect URIs"
	var problems []Result
	count := 0
	for _, provider := range []struct {
		variable string
		entries  []string
	}{
		{"GOOGLE_AUTHORIZED_REDIRECT_URIS", c.GoogleRedirectURIs}, {"GITHUB_AUTHORIZED_REDIRECT_URIS", c.GitHubRedirectURIs},
		{"OIDC_AUTHORIZED_REDIRECT_URIS", c.OIDCRedirectURIs},
	} {
		count += len(provider.entries)
		for i, entry := range provider.entries {
			which := fmt.Sprintf("Entry %d of %s", i+1, provider.variable)
			if problem, remedy := redirect(c, entry); problem != "" {
				problems = append(problems, fail(name, remedy, "%s %s.", which, problem))
			}
		}
	}
	if count == 0 {
		return []Result{ok(name, "None.")}
	}
	return orOK(problems, name, "All %d are well-formed and on trusted origins.", count)
}

// redirect says what is wrong with an entry, quoting only its origin.
func redirect(c *config.Config, entry string) (problem, remedy string) {
	u, err := url.Parse(entry)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return "is no absolute address", "Write it as https://host/path, as it is registered with the provider."
	case u.User != nil:
		return "holds a user or a password", "Write it as https://host/path, as it is registered with the provider."
	case strings.Contains(entry, "#"):
		return "has a fragment, which providers refuse", "Remove the part from # on."
	case u.Scheme == "http" && !isLocal(u.Hostname()):
		return "is on " + originOf(u) + ", which does not use https", "Use https: sign-in codes could be read on the way."
	case !trusts(c, u):
		return "is on " + originOf(u) +
			", which is not trusted: that front end can't finish the sign-in", "Add the origin to CSRF_TRUSTED_ORIGINS."
	}
	return "", ""
}

// trusts compares as the server does; its own callback pages are on its own origin.
func trusts(c *config.Config, u *url.URL) bool {
	host, origin := bracketed(strings.ToLower(u.Hostname())), originOf(u)
	if isLocal(host) || servesHost(c, host) {
		return true
	}
	own, err := url.Parse(c.PublicURL)
	return err == nil && originOf(own) == origin || slices.Contains(c.TrustedOrigins, origin) ||
		slices.Contains(c.TrustedOrigins, host)
}

// originOf returns scheme://host[:port] as browsers write it.
func originOf(u *url.URL) string {
	origin := u.Scheme + "://" + bracketed(strings.ToLower(u.Hostname()))
	port := u.Port()
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return origin
	}
	return origin + ":" + port
}
