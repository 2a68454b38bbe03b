package deploycheck

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/config"
)

// settings are the checks that need only the configuration.
func settings(c *config.Config) []Result {
	var results []Result
	for _, check := range []func(*config.Config) []Result{
		understood, secretKey, debug, hosts, origins, redirects, publicAddress, proxies, administrator, google,
		gitHub, openID,
		gitHubDataSync, sessions, limits, backups, cores,
	} {
		results = append(results, check(c)...)
	}
	return results
}

// understood lists settings that were interpreted differently from how they are written.
func understood(c *config.Config) []Result {
	const name = "configuration"
	var problems []Result
	for _, note := range Notes(c) {
		problems = append(problems, warn(name, "Correct the setting.", "%s.", strings.ToUpper(note[:1])+note[1:]))
	}
	return problems
}

const (
	goodKeyLength  = 50 // characters
	leastKeyLength = 32
	goodKeyBytes   = 32 // of a key of random bytes in base64, as platforms generate it
	leastDistinct  = 10 // characters
)

// placeholders are used in the keys and passwords of examples.
var placeholders = []string{"change-me", "changeme", "change_me", "replace-me", "replace_me", "replaceme",
	"django-insecure-",
	"your-secret", "your_secret", "yoursecret", "secret-key", "secret_key", "placeholder", "example"}

func secretKey(c *config.Config) []Result {
	const name, remedy = "secret key", "Set SECRET_KEY to the output of: openssl rand -base64 48"
	length := len([]rune(c.SecretKey))
	switch {
	case strings.HasPrefix(c.Origin("SECRET_KEY"), "generated") && c.OnRender:
		return []Result{fail(name, remedy, "It is not set, and the generated key is lost with the disk at every restart.")}
	case c.SecretKey == "" && c.Embedded():
		return []Result{ok(name, "It will be generated at the first start.")}
	case c.SecretKey == "":
		return []Result{fail(name, remedy, "It is not set.")}
	case isPlaceholder(c.SecretKey):
		return []Result{fail(name, remedy, "It appears in examples.")}
	case distinct(c.SecretKey) < leastDistinct:
		return []Result{fail(name, remedy, "It has fewer than %d different characters.", leastDistinct)}
	case strings.Contains((c.SecretKey + c.SecretKey)[1:2*len(c.SecretKey)-1], c.SecretKey):
		return []Result{fail(name, remedy, "It repeats a pattern.")}
	case length < leastKeyLength:
		return []Result{fail(name, remedy, "It has %d characters and can be guessed: use at least %d.", length,
			goodKeyLength)}
	case length < goodKeyLength && !isRandomBytes(c.SecretKey):
		return []Result{warn(name, remedy, "It has only %d characters: %d are recommended.", length, goodKeyLength)}
	}
	return []Result{ok(name, "It has %d characters.", length)}
}

func isPlaceholder(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(placeholders, func(p string) bool { return strings.Contains(text, p) })
}

func distinct(text string) int {
	seen := map[rune]bool{}
	for _, r := range text {
		seen[r] = true
	}
	return len(seen)
}

func isRandomBytes(text string) bool {
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	bytes, err := base64.RawStdEncoding.DecodeString(text)
	return err == nil && len(bytes) >= goodKeyBytes
}

func debug(c *config.Config) []Result {
	if c.Debug {
		return []Result{fail("debug mode", "Remove DEBUG.", "It is on, but meant for development only.")}
	}
	return []Result{ok("debug mode", "It is off.")}
}

func hosts(c *config.Config) []Result {
	const name = "host names"
	public := hostOf(c.PublicURL)
	switch {
	case len(c.AllowedHosts) == 0:
		return []Result{fail(name, "Set ALLOWED_HOSTS to the host names of this server.",
			"No host name is accepted: every request is refused.")}
	case slices.Contains(c.AllowedHosts, "*"):
		return []Result{warn(name, "Set ALLOWED_HOSTS to the host names of this server.",
			"Every host name is accepted, so links may be built from a forged one.")}
	case public != "" && !servesHost(c, public):
		return []Result{fail(name, "Add it to ALLOWED_HOSTS.",
			"%s, the host of PUBLIC_URL, is not accepted: requests to it are refused.", public)}
	case c.Port != 0 && !slices.ContainsFunc(c.AllowedHosts, func(host string) bool { return !isLocal(host) }):
		return []Result{warn(name, "Add the names that clients use to ALLOWED_HOSTS.",
			"Only host names of this machine itself are accepted.")}
	}
	return []Result{ok(name, "%s.", strings.Join(c.AllowedHosts, ", "))}
}

// servesHost compares as the server does.
func servesHost(c *config.Config, host string) bool {
	return slices.ContainsFunc(c.AllowedHosts, func(entry string) bool {
		return entry == host || strings.HasPrefix(entry, ".") && (entry[1:] == host || strings.HasSuffix(host, entry))
	})
}

func publicAddress(c *config.Config) []Result {
	const name = "public address"
	u, err := url.Parse(c.PublicURL)
	switch {
	case c.PublicURL == "" || err != nil:
		return []Result{warn(name, "Set PUBLIC_URL to the address of this server as its users see it.",
			"It is not known, so mails have no links and calendars no lasting ones.")}
	case u.Path != "":
		return []Result{warn(name, "Give this server its own host name, and set PUBLIC_URL without a path.",
			"%s has the path %s: programs that are granted access look for this server's pages at the root of the host.",
			originOf(u), u.Path)}
	case isLocal(u.Hostname()):
		return []Result{ok(name, "%s: links in mails only work on this machine.", originOf(u))}
	case u.Scheme != "https":
		return []Result{warn(name, "Put a proxy with a certificate in front, and use https in PUBLIC_URL.",
			"%s does not use https: passwords and the links in mails can be read on the way.", originOf(u))}
	}
	return []Result{ok(name, "%s.", originOf(u))}
}

func proxies(c *config.Config) []Result {
	const name = "trusted proxies"
	everyone := slices.ContainsFunc(c.TrustedProxies, func(network netip.Prefix) bool { return network.Bits() == 0 })
	switch {
	case c.OnRender && len(c.TrustedProxies) > 0:
		return []Result{ok(name, "Requests come through Render's proxies.")}
	case everyone:
		return []Result{warn(name, "Set TRUSTED_PROXIES to the addresses of the proxy.",
			"Every peer is trusted, so anyone who reaches this server directly can forge the address that limits count.")}
	case len(c.TrustedProxies) == 0 && (c.PublicURL == "" || isLocal(hostOf(c.PublicURL))):
		return []Result{ok(name, "None.")}
	case len(c.TrustedProxies) > 0:
		return []Result{ok(name, "%s.", strings.Trim(fmt.Sprint(c.TrustedProxies), "[]"))}
	}
	return []Result{warn(name, "Set TRUSTED_PROXIES to the addresses of the proxy, such as 10.0.0.0/8.",
		"None, but there is a public address: behind a proxy all clients share one address, and with it the limits on "+
			"sign-in.")}
}

// notPasswords are short values used in examples.
var notPasswords = []string{"admin", "administrator", "password", "passwd", "secret", "letmein", "12345678",
	"123456789", "qwertyuiop"}

const leastPassword = 9 // characters

func administrator(c *config.Config) []Result {
	const name, remedy = "administrator", "Choose another DJANGO_SUPERUSER_PASSWORD."
	password := strings.TrimSpace(c.SuperuserPassword)
	switch {
	case password == "":
		return []Result{ok(name, "None will be created: DJANGO_SUPERUSER_PASSWORD is not set.")}
	case isPlaceholder(password) || slices.Contains(notPasswords, strings.ToLower(password)):
		return []Result{fail(name, remedy, "The password appears in examples.")}
	case strings.EqualFold(password, c.SuperuserUsername) || strings.EqualFold(password, c.SuperuserEmail):
		return []Result{fail(name, remedy, "The password is the user's name or address.")}
	case len([]rune(password)) < leastPassword:
		return []Result{fail(name, remedy, "The password has fewer than %d characters.", leastPassword)}
	}
	return []Result{ok(name, "%s will be created at the first start.", c.SuperuserUsername)}
}

const day = 24 * time.Hour

func sessions(c *config.Config) []Result {
	const name = "sessions"
	switch {
	case c.SessionIdle > c.SessionAbsolute:
		return []Result{fail(name, "Lower SESSION_IDLE_DAYS.", "The idle limit is longer than the absolute limit.")}
	case c.SessionAbsolute > 366*day:
		return []Result{warn(name, "Lower SESSION_ABSOLUTE_DAYS.", "A stolen session is valid for %d days.",
			c.SessionAbsolute/day)}
	case c.SessionIdle < 2*day:
		return []Result{warn(name, "Raise SESSION_IDLE_DAYS.",
			"They end after %d day without use: users have to sign in every day.", c.SessionIdle/day)}
	}
	return []Result{ok(name, "They end after %d days without use, at most after %d.", c.SessionIdle/day,
		c.SessionAbsolute/day)}
}

func limits(c *config.Config) []Result {
	const name = "limits"
	const mib = 1 << 20
	var problems []Result
	if c.MaxUploadBytes < mib {
		problems = append(problems, warn(name, "Raise MAX_UPLOAD_BYTES.",
			"Files over %d bytes are refused: hardly any picture is smaller.", c.MaxUploadBytes))
	}
	if c.MaxUploadBytes > 512*mib {
		problems = append(problems, warn(name, "Lower MAX_UPLOAD_BYTES.",
			"A file may have %d MiB: a few at once can fill the disk where uploads are spooled.", c.MaxUploadBytes/mib))
	}
	if c.MaxJSONBytes > 16*mib {
		problems = append(problems, warn(name, "Lower MAX_JSON_BYTES.",
			"A JSON body may have %d MiB, and is kept in memory as a whole.", c.MaxJSONBytes/mib))
	}
	if c.CodeTTLHours > 72 {
		problems = append(problems, warn(name, "Lower SMTP_EMAIL_VERIFICATION_TTL_HOURS.",
			"Mailed codes are valid for %d hours.", c.CodeTTLHours))
	}
	if c.OnRender && c.ShutdownTimeout > 30*time.Second {
		problems = append(problems, warn(name, "Lower SHUTDOWN_TIMEOUT, or raise maxShutdownDelaySeconds of the service.",
			"Stopping may take %s, but Render kills a service after 30s.", c.ShutdownTimeout))
	}
	return orOK(problems, name, "Files may have at most %d MiB, JSON bodies %d KiB.", c.MaxUploadBytes/mib,
		c.MaxJSONBytes/1024)
}

func cores(c *config.Config) []Result {
	const name = "processor cores"
	if available := runtime.NumCPU(); c.WebConcurrency > available {
		return []Result{warn(name, fmt.Sprintf("Remove WEB_CONCURRENCY, or set it to at most %d.", available),
			"WEB_CONCURRENCY is %d, but this machine has %d.", c.WebConcurrency, available)}
	}
	return []Result{ok(name, "%d are used.", runtime.GOMAXPROCS(0))}
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return bracketed(strings.ToLower(u.Hostname()))
}

// bracketed writes an IPv6 address as in the lists of hosts.
func bracketed(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// isLocal reports whether a host means the client's own machine.
func isLocal(host string) bool {
	host = strings.Trim(strings.TrimSuffix(strings.ToLower(host), "."), "[]")
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
