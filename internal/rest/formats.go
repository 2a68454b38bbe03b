package rest

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// maxEmail is the longest address that is accepted, in code points.
const maxEmail = 254

var (
	emailLocal  = regexp.MustCompile("^[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+(\\.[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+)*$")
	emailQuoted = regexp.MustCompile(`^"([\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"$`)
	emailDomain = regexp.MustCompile(`(?i)^([a-z0-9\p{L}]([a-z0-9\p{L}-]{0,61}[a-z0-9\p{L}])?\.)+[a-z0-9\p{L}][a-z0-9\p{L}-]{0,61}[a-z0-9\p{L}]$`)
)

// validEmail accepts what the old system's framework did: a dot-atom or quoted local part; a domain with a dot,
// localhost, or an address in brackets.
func validEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	if at < 1 || utf8.RuneCountInString(text) > maxEmail {
		return false
	}
	local, domain := text[:at], text[at+1:]
	if !emailLocal.MatchString(local) && !emailQuoted.MatchString(local) {
		return false
	}
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		_, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "IPv6:"))
		return err == nil && strings.HasSuffix(literal, "]")
	}
	if domain != "localhost" && !emailDomain.MatchString(domain) {
		return false
	}
	_, err := mail.ParseAddress(text) // what can't be a recipient must not become an account
	return err == nil
}

// validURL reports whether text is an absolute address of http, https, ftp or ftps with a host.
func validURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || strings.ContainsFunc(text, isSpace) {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https", "ftp", "ftps":
	default:
		return false
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	return emailDomain.MatchString(host) && strings.Trim(last, "0123456789") != "" // such a name would be an address
}
