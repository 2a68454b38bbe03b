package config

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Setting is one variable with the value in effect, safe to show.
type Setting struct {
	Name   string
	Value  string // "" for empty; secrets and passwords in URLs are masked
	Origin string // as returned by Config.Origin
}

// Effective lists every variable with its value in effect, in the order of the
// reference. It contains no secret.
func (c *Config) Effective() []Setting {
	fields := reflect.ValueOf(c).Elem()
	variables := Variables()
	list := make([]Setting, 0, len(variables))
	for _, v := range variables {
		list = append(list, Setting{
			Name:   v.Name,
			Value:  c.shown(v, fields.FieldByName(v.field).Interface()),
			Origin: c.Origin(v.Name),
		})
	}
	return list
}

func (c *Config) shown(v Variable, value any) string {
	switch {
	case v.Name == "SECRET_KEY" && c.SecretKey == "" && c.Embedded():
		return "generated at start"
	case v.Name == "DATABASE_URL" && c.Embedded():
		return "embedded SQLite: " + c.SQLitePath()
	case v.Secret:
		return maskSecret(fmt.Sprint(value))
	}
	switch typed := value.(type) {
	case string:
		return maskURL(typed)
	case []string:
		return joinMasked(typed)
	case []netip.Prefix:
		return showNetworks(typed)
	case slog.Level:
		return typed.String()
	case time.Duration:
		if v.Type == "days" {
			return strconv.Itoa(wholeDays(typed))
		}
		return typed.String()
	case int64:
		return showBytes(typed)
	}
	return fmt.Sprint(value)
}

func maskSecret(secret string) string {
	if secret == "" {
		return ""
	}
	return fmt.Sprintf("set, %d characters", utf8.RuneCountInString(secret))
}

// maskURL hides passwords in a URL, in the user part and in parameters; other
// text is returned as it is.
func maskURL(text string) string {
	const mask = "xxxxx"
	u, err := url.Parse(text)
	if err != nil {
		return maskUnparsed(text)
	}
	query := u.Query()
	masked := false
	for _, name := range []string{"password", "sslpassword"} {
		if query.Has(name) {
			query.Set(name, mask)
			masked = true
		}
	}
	if masked {
		u.RawQuery = query.Encode()
	}
	if _, hasPassword := u.User.Password(); hasPassword || masked {
		return u.Redacted()
	}
	return text
}

// maskUnparsed hides everything before an @, where a password may be.
func maskUnparsed(text string) string {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		return "xxxxx" + text[at:]
	}
	return text
}

func joinMasked(entries []string) string {
	masked := make([]string, len(entries))
	for i, entry := range entries {
		masked[i] = maskURL(entry)
	}
	return strings.Join(masked, ", ")
}

func showNetworks(networks []netip.Prefix) string {
	if slices.Equal(networks, everyPeer()) {
		return "*"
	}
	names := make([]string, len(networks))
	for i, network := range networks {
		names[i] = network.String()
	}
	return strings.Join(names, ", ")
}

func showBytes(number int64) string {
	switch {
	case number >= 1<<20 && number%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", number>>20)
	case number >= 1<<10 && number%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", number>>10)
	}
	return strconv.FormatInt(number, 10)
}
