// Package formats says what is accepted as a mail address and as the address of a page, wherever somebody enters one,
// and how texts are trimmed and shortened.
package formats

import (
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/pattern"
)

// What is said about anything else.
const (
	WrongEmail = "Enter a valid email address."
	WrongURL   = "Enter a valid URL."
)

// MaxEmail is the longest mail address that is accepted, in code points.
const MaxEmail = 254

var (
	emailLocal  = pattern.New("^[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+(\\.[-!#$%&'*+/=?^_`{}|~0-9A-Za-z]+)*$")
	emailQuoted = pattern.New(`^"([\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"$`)
	emailDomain = pattern.New(
		`(?i)^([a-z0-9\p{L}]([a-z0-9\p{L}-]{0,61}[a-z0-9\p{L}])?\.)+[a-z0-9\p{L}][a-z0-9\p{L}-]{0,61}[a-z0-9\p{L}]$`)
)

// Email reports whether text is a mail address, by the rules of the former system's framework: a dot-atom or quoted
// local part; a domain with a dot, localhost, or an address in brackets.
func Email(text string) bool {
	at := strings.LastIndexByte(text, '@')
	if at < 1 || utf8.RuneCountInString(text) > MaxEmail {
		return false
	}
	local, domain := text[:at], text[at+1:]
	if !emailLocal().MatchString(local) && !emailQuoted().MatchString(local) {
		return false
	}
	if literal, ok := strings.CutPrefix(domain, "["); ok {
		_, err := netip.ParseAddr(strings.TrimPrefix(strings.TrimSuffix(literal, "]"), "IPv6:"))
		return err == nil && strings.HasSuffix(literal, "]")
	}
	if domain != "localhost" && !emailDomain().MatchString(domain) {
		return false
	}
	_, err := mail.ParseAddress(text) // what can't be a recipient must not become an account
	return err == nil
}

// Mailbox reports whether mail may be sent to an address: to a name in the domain name system, not to the address of a
// machine, which would have the mail server connect wherever somebody wants, nor to the server's own accounts; and what
// mail servers read in different ways is left alone.
func Mailbox(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || strings.ContainsAny(address[:at], "\"\\") {
		return false
	}
	domain := strings.ToLower(address[at+1:])
	last := domain[strings.LastIndexByte(domain, '.')+1:]
	return last != "localhost" && !strings.HasPrefix(domain, "[") && strings.Trim(last, "0123456789") != ""
}

// URL reports whether text is an absolute address of http, https, ftp or ftps with a host.
func URL(text string) bool {
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
	return emailDomain().MatchString(host) && strings.Trim(last, "0123456789") != "" // such a name would be an address
}

// Trim removes white space around a text, as it is removed from all texts that the HTTP API reads.
func Trim(text string) string { return strings.TrimFunc(text, isSpace) }

// Truncate returns the first limit characters (code points) of a text, or all of a shorter one.
func Truncate(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for i := range text {
		if limit == 0 {
			return text[:i]
		}
		limit--
	}
	return text
}

// TruncateBytes returns as many whole characters of a text as have room in limit bytes.
func TruncateBytes(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}

// isSpace is white space as the former system trimmed it: Unicode's, and the four ASCII separators.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
