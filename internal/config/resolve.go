package config

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	buildCommitLength = 40
	defaultSender     = "no-reply@notechondria.local"
	localhost         = "127.0.0.1"
	localPort         = 8000
)

// resolve fills in what depends on other settings and checks the rules between
// them, in the order of the reference.
func (c *Config) resolve(environment map[string]string, problems *Problems) {
	c.resolveRender()
	c.resolveHosts(problems)
	c.resolveTrustedOrigins(problems)
	c.resolvePublicURL()
	c.resolveListenAddress()
	c.resolveShutdownDelay()
	c.resolveDatabase(environment["HOME"], problems)
	c.resolveObjectStorage(problems)
	c.resolveFolders(environment, problems)
	c.resolveBackups(problems)
	c.resolveSamples()
	c.resolveSecretKey(problems)
	c.resolveMail(problems)
	c.resolveRedirects()
	c.checkSessions(problems)
	if c.SuperuserEmail == "" {
		c.SuperuserEmail = c.SuperuserUsername + "@localhost"
	}
	c.BackendBuildCommit = c.BackendBuildCommit[:min(len(c.BackendBuildCommit), buildCommitLength)]
}

func (c *Config) resolveRender() {
	if c.RenderExternalHostname != "" && !c.isSet("RENDER") {
		c.OnRender = true
		c.origins["RENDER"] = origin{source: "from RENDER_EXTERNAL_HOSTNAME"}
	}
	if !c.OnRender {
		return
	}
	if !c.isSet("TRUSTED_PROXIES") {
		// Every request reaches the service through Render's own proxy.
		c.TrustedProxies = everyPeer()
	}
	if c.BackendDeployTarget == "" {
		c.BackendDeployTarget = "render"
	}
}

// resolveHosts completes the accepted hosts. In an explicit list the custom domain comes before Render's name, in the
// default after it: the former server had that order, and the first entry may serve as the public host.
func (c *Config) resolveHosts(problems *Problems) {
	automatic := []string{c.BackendCustomDomain, c.RenderExternalHostname}
	if len(c.AllowedHosts) == 0 {
		c.AllowedHosts = []string{"localhost", localhost, "[::1]"}
		slices.Reverse(automatic)
	}
	hosts := c.normalizeList("ALLOWED_HOSTS", c.AllowedHosts, hostEntry, problems)
	if slices.Contains(hosts, "*") {
		automatic = nil
	}
	c.AllowedHosts = withoutRepeats(append(hosts, automatic...))
}

func (c *Config) resolveTrustedOrigins(problems *Problems) {
	automatic := []string{httpsOrigin(c.BackendCustomDomain), httpsOrigin(c.RenderExternalHostname)}
	if len(c.TrustedOrigins) == 0 {
		c.TrustedOrigins = []string{"http://localhost:" + strconv.Itoa(c.AppHostPort)}
		slices.Reverse(automatic)
	}
	origins := c.normalizeList("CSRF_TRUSTED_ORIGINS", c.TrustedOrigins, originEntry, problems)
	c.TrustedOrigins = withoutRepeats(append(append(origins, automatic...), c.FrontendOrigin))
}

// originEntry accepts an origin or, as in older deployments, just a host name.
func originEntry(value string) (string, error) {
	if !strings.Contains(value, "://") {
		if host, err := hostName(value); err == nil {
			return host, nil
		}
	}
	return normalOrigin(value)
}

func httpsOrigin(host string) string {
	if host == "" {
		return ""
	}
	return "https://" + host
}

// normalizeList reports every wrong entry and returns the others.
func (c *Config) normalizeList(
	name string, entries []string, normal func(string) (string, error), problems *Problems,
) []string {
	kept := make([]string, 0, len(entries))
	for _, entry := range entries {
		value, err := normal(entry)
		if err != nil {
			problems.add(label(name, c.origins[name]) + ": " + err.Error())
			continue
		}
		kept = append(kept, value)
	}
	return kept
}

// withoutRepeats keeps the first of equal entries and drops empty ones.
func withoutRepeats(entries []string) []string {
	kept := make([]string, 0, len(entries))
	for _, entry := range entries {
		if entry != "" && !slices.Contains(kept, entry) {
			kept = append(kept, entry)
		}
	}
	return kept
}

func (c *Config) resolvePublicURL() {
	switch {
	case c.PublicURL != "":
	case c.BackendCustomDomain != "":
		c.PublicURL = httpsOrigin(c.BackendCustomDomain)
		c.origins["PUBLIC_URL"] = origin{source: "from BACKEND_CUSTOM_DOMAIN"}
	case c.RenderExternalHostname != "":
		c.PublicURL = httpsOrigin(c.RenderExternalHostname)
		c.origins["PUBLIC_URL"] = origin{source: "from RENDER_EXTERNAL_HOSTNAME"}
	}
}

// resolveShutdownDelay gives proxies time to notice, unless the platform's edge stops sending first, or there is no
// proxy.
func (c *Config) resolveShutdownDelay() {
	if c.Origin("SHUTDOWN_DELAY") == "default" && !c.OnRender && c.Port != 0 {
		c.ShutdownDelay = 2 * time.Second
	}
}

// resolveListenAddress keeps an unconfigured server off the network; a platform that sets PORT expects every interface.
func (c *Config) resolveListenAddress() {
	if c.Port == 0 {
		c.ListenAddress = net.JoinHostPort(localhost, strconv.Itoa(localPort))
		return
	}
	c.ListenAddress = net.JoinHostPort("0.0.0.0", strconv.Itoa(c.Port))
}

// resolveObjectStorage refuses an incomplete configuration: uploads would silently go to a disk that the platform
// wipes.
func (c *Config) resolveObjectStorage(problems *Problems) {
	if c.R2Bucket == "" {
		return
	}
	c.R2EndpointURL = withoutBucket(c.R2EndpointURL, c.R2Bucket)
	if c.R2EndpointURL == "" && c.R2AccountID != "" {
		c.R2EndpointURL = "https://" + c.R2AccountID + ".r2.cloudflarestorage.com"
		c.origins["CLOUDFLARE_R2_ENDPOINT_URL"] = origin{source: "from CLOUDFLARE_R2_ACCOUNT_ID"}
	}
	required := []struct{ name, value string }{
		{"CLOUDFLARE_R2_ACCOUNT_ID", c.R2EndpointURL},
		{"CLOUDFLARE_R2_ACCESS_KEY_ID", c.R2AccessKeyID},
		{"CLOUDFLARE_R2_SECRET_ACCESS_KEY", c.R2SecretAccessKey},
	}
	var missing []string
	for _, variable := range required {
		if variable.value == "" {
			missing = append(missing, variable.name)
		}
	}
	if len(missing) > 0 {
		problems.add(fmt.Sprintf("CLOUDFLARE_R2_BUCKET_NAME is set (bucket %q), but these are missing: %s", c.R2Bucket,
			strings.Join(missing, ", ")))
	}
}

// withoutBucket returns the address of the server if that of a bucket was copied: R2 shows it with the bucket at the
// end, other services with the bucket before the host.
func withoutBucket(endpoint, bucket string) string {
	if server, found := strings.CutSuffix(endpoint, "/"+bucket); found {
		return server
	}
	scheme, host, _ := strings.Cut(endpoint, "://")
	if server, found := strings.CutPrefix(host, bucket+"."); found && strings.Count(server, ".") > 2 &&
		strings.HasSuffix(server, ".r2.cloudflarestorage.com") {
		return scheme + "://" + server
	}
	return endpoint
}

func (c *Config) resolveFolders(environment map[string]string, problems *Problems) {
	if c.DataDir == "" {
		c.DataDir = userDataDir(environment)
	}
	if c.DataDir == "" {
		if c.needsDataDir() {
			problems.add("DATA_DIR is not set, and neither are XDG_DATA_HOME and HOME; set DATA_DIR to a folder")
		}
		return
	}
	if c.StaticRoot == "" {
		c.StaticRoot = filepath.Join(c.DataDir, "static")
	}
	if c.MediaRoot == "" {
		c.MediaRoot = filepath.Join(c.DataDir, "media")
	}
}

// userDataDir follows the XDG base directory rules, where a relative path counts as unset. It is empty if the
// environment has no home folder.
func userDataDir(environment map[string]string) string {
	const name = "notechondria"
	if base := environment["XDG_DATA_HOME"]; filepath.IsAbs(base) {
		return filepath.Join(base, name)
	}
	if home := environment["HOME"]; filepath.IsAbs(home) {
		return filepath.Join(home, ".local", "share", name)
	}
	return ""
}

func (c *Config) needsDataDir() bool {
	filesOnDisk := c.R2Bucket == "" && (c.StaticRoot == "" || c.MediaRoot == "")
	return c.Embedded() || filesOnDisk
}

// resolveSamples turns samples on for a server started just to try it: without its own database or key. Setting a key
// means that the server is for others.
func (c *Config) resolveSamples() {
	if !c.isSet("BOOTSTRAP_SAMPLES") {
		c.BootstrapSamples = c.SampleRoot != "" || c.Embedded() && !c.isSet("SECRET_KEY")
	}
}

func (c *Config) resolveMail(problems *Problems) {
	if c.SMTPUseTLS && c.SMTPUseSSL {
		if c.isSet("SMTP_USE_TLS") {
			problems.add("SMTP_USE_TLS and SMTP_USE_SSL are both on; accepted: one of them (STARTTLS, usually port 587, or " +
				"TLS from the first byte, usually port 465)")
		}
		c.SMTPUseTLS = false
	}
	switch {
	case c.SMTPFromEmail != "":
	case c.SMTPUsername != "":
		c.SMTPFromEmail = c.SMTPUsername
		c.origins["SMTP_FROM_EMAIL"] = origin{source: "from SMTP_USERNAME"}
	default:
		c.SMTPFromEmail = defaultSender
	}
}

// resolveRedirects adds the single redirect URIs to the lists.
func (c *Config) resolveRedirects() {
	if len(c.GoogleRedirectURIs) == 0 {
		c.GoogleRedirectURIs = withoutRepeats([]string{c.GoogleRedirectURI})
	}
	if len(c.GitHubRedirectURIs) == 0 {
		c.GitHubRedirectURIs = withoutRepeats([]string{c.GitHubRedirectURI})
	}
	if len(c.OIDCRedirectURIs) == 0 {
		c.OIDCRedirectURIs = withoutRepeats([]string{c.OIDCRedirectURI})
	}
}

func (c *Config) checkSessions(problems *Problems) {
	if c.SessionIdle > c.SessionAbsolute {
		problems.add(fmt.Sprintf("SESSION_IDLE_DAYS: %d is longer than SESSION_ABSOLUTE_DAYS (%d); accepted: at most as long",
			wholeDays(c.SessionIdle), wholeDays(c.SessionAbsolute)))
	}
}

func wholeDays(duration time.Duration) int { return int(duration / (24 * time.Hour)) }
