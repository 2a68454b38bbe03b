package feeds

import (
	"encoding/base64"
	"net/url"
	"strings"
)

// eventsAddress turns the links by which Google shares a calendar into the address of its events; every other address
// stays as it is.
func eventsAddress(text string) string {
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
