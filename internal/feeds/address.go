package feeds

import (
	"encoding/base64"
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"github.com/trance-0/notechondria/internal/pattern"
)

// eventsAddress turns the links by which Google shares a calendar into the address of its events, and the scheme by
// which browsers find a calendar program into the one that it uses; every other address stays as it is.
func eventsAddress(text string) string {
	scheme, rest, ok := strings.Cut(text, "://")
	if scheme = strings.ToLower(scheme); ok && (scheme == "webcal" || scheme == "webcals") {
		text = "https://" + rest
	}
	u, err := url.Parse(text)
	if err != nil || !strings.Contains(strings.ToLower(u.Host), "calendar.google.com") {
		return text
	}
	if strings.Contains(u.Path, "/calendar/ical/") { // is such an address already
		return text
	}
	id := googleCalendar(u.Query())
	if id == "" {
		return text
	}
	escaped := strings.ReplaceAll(url.QueryEscape(id), "+", "%20")
	return "https://calendar.google.com/calendar/ical/" + escaped + "/public/basic.ics"
}

// googleCalendar is the calendar's id: src as it stands, or cid in base64.
func googleCalendar(query url.Values) string {
	for _, src := range query["src"] {
		if src != "" {
			return src
		}
	}
	letters := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		case r == '+':
			return '-'
		case r == '/':
			return '_'
		}
		return -1
	}, query.Get("cid"))
	id, err := base64.RawURLEncoding.DecodeString(letters)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(id), ""))
}

// validAddress reports whether a text is the address of a calendar: absolute, with a host that others can have.
func validAddress(text string) bool {
	u, err := url.Parse(text)
	if err != nil || strings.ContainsFunc(text, unicode.IsSpace) {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "http", "https", "ftp", "ftps", "webcal", "webcals":
	default:
		return false
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil || host == "localhost" {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	return domain().MatchString(host) && strings.Trim(last, "0123456789") != "" // such a name would be an address
}

// domain is a name of two labels or more.
var domain = pattern.New(`^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,63}$`)
