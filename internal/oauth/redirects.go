package oauth

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/problem"
)

const (
	maxRedirects   = 20   // of a program
	maxRedirectURI = 1000 // bytes
)

var (
	schemeShape = pattern.New(`^[a-z][a-z0-9+.-]{0,63}$`)
	hostShape   = pattern.New(`^(?i)([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])$`)
)

// notForPrograms are schemes that browsers or systems handle themselves, and that lead to no program.
var notForPrograms = []string{
	"about", "blob", "chrome", "chrome-extension", "content", "data", "edge", "facetime", "file", "filesystem", "ftp",
	"ftps", "geo", "intent", "javascript", "jar", "ldap", "ldaps", "mailto", "moz-extension", "resource", "search-ms",
	"sms", "ssh", "tel", "vbscript", "view-source", "wss", "ws", "wyciwyg",
}

// checkRedirects refuses redirect URIs to which no code should be sent: anything but https, http on the same machine,
// and schemes of programs.
func checkRedirects(list []string) error {
	if len(list) == 0 || len(list) > maxRedirects {
		return refuse(invalidRedirectURI, "redirect_uris must have 1 to 20 entries.")
	}
	for _, text := range list {
		if cause := redirectProblem(text); cause != "" {
			return refuse(invalidRedirectURI, "A redirect URI "+cause+".")
		}
	}
	return nil
}

func redirectProblem(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || len(text) > maxRedirectURI || strings.ContainsFunc(text, notPrintable):
		return "is malformed"
	case u.Fragment != "" || strings.Contains(text, "#"):
		return "has a fragment"
	case u.User != nil:
		return "has credentials"
	case u.Scheme == "https" && hostShape().MatchString(bracketed(u)):
		return ""
	case u.Scheme == "http" && isLoopback(u):
		return ""
	case u.Scheme == "http" || u.Scheme == "https":
		return "must use https, or http on the same machine"
	case !schemeShape().MatchString(u.Scheme) || slices.Contains(notForPrograms, u.Scheme) ||
		strings.HasPrefix(u.Scheme, "ms-"):
		return "has a scheme that is not allowed"
	}
	return ""
}

func notPrintable(r rune) bool { return r <= ' ' || r > '~' }

// bracketed is the host without the port.
func bracketed(u *url.URL) string {
	if strings.Contains(u.Hostname(), ":") {
		return "[" + u.Hostname() + "]"
	}
	return u.Hostname()
}

func isLoopback(u *url.URL) bool {
	if u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && ip.IsLoopback()
}

// matchesRedirect reports whether a redirect URI is a registered one, to the letter, except for the port of a program
// on the same machine, which uses a free one (RFC 8252, section 7.3).
func matchesRedirect(registered []string, sent string) bool {
	if slices.Contains(registered, sent) {
		return true
	}
	u, err := url.Parse(sent)
	if err != nil || u.Scheme != "http" || !isLoopback(u) || redirectProblem(sent) != "" {
		return false
	}
	return slices.ContainsFunc(registered, func(text string) bool {
		r, err := url.Parse(text)
		return err == nil && r.Scheme == "http" && isLoopback(r) && r.Hostname() == u.Hostname() &&
			withoutPort(r) == withoutPort(u)
	})
}

func withoutPort(u *url.URL) string {
	bare := *u
	bare.Host = bracketed(u)
	return bare.String()
}

// Destination says in words where a redirect URI leads.
func Destination(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return "an unknown place"
	case u.Scheme == "https":
		return u.Host
	case u.Scheme == "http":
		return "a program on this computer (" + u.Host + ")"
	}
	return "the program that opens “" + u.Scheme + ":” addresses on this device"
}

// withAnswer adds the answer to a redirect URI.
func withAnswer(redirectURI string, answer url.Values) (string, error) {
	u, err := url.Parse(redirectURI)
	if err != nil {
		return "", &problem.Error{Kind: problem.Refused, Code: invalidRequest, Cause: "The redirect URI can't be read."}
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += answer.Encode()
	return u.String(), nil
}
