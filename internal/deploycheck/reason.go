package deploycheck

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/trance-0/notechondria/internal/config"
	"github.com/trance-0/notechondria/internal/formats"
)

const (
	mask         = "xxxxx"
	maxReason    = 300 // characters
	leastSecret  = 4   // characters; masking shorter ones would make texts unreadable
	secretParams = "password sslpassword"
)

// reason makes the text of an error fit on one line, and removes secrets, which texts from other programs may contain.
func (s *surroundings) reason(err error) string {
	if timedOut(err) {
		return "no response in time"
	}
	return s.clean(err.Error())
}

func (s *surroundings) clean(text string) string {
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, mask)
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if short := formats.Truncate(text, maxReason); short != text {
		text = short + "..."
	}
	return strings.TrimRight(text, ".")
}

func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &network) && network.Timeout()
}

// secretsOf lists what must not be shown: variables marked as secret, and passwords in URLs, as they are,
// percent-encoded, and as quoted in errors. Long ones come first, since one may be part of another.
func secretsOf(c *config.Config) []string {
	var list []string
	add := func(secret string) {
		quoted := strconv.Quote(secret)
		for _, form := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), quoted[1 : len(quoted)-1]} {
			if len(form) >= leastSecret {
				list = append(list, form)
			}
		}
	}
	structure, fields := reflect.TypeFor[config.Config](), reflect.ValueOf(c).Elem()
	for i := range structure.NumField() {
		if !structure.Field(i).IsExported() || fields.Field(i).Kind() != reflect.String {
			continue
		}
		if structure.Field(i).Tag.Get("secret") == "true" {
			add(fields.Field(i).String())
		}
		for _, password := range passwordsIn(fields.Field(i).String()) {
			add(password)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return slices.Compact(list)
}

func passwordsIn(address string) (list []string) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return nil
	}
	if password, has := u.User.Password(); has {
		list = append(list, password)
	}
	for name := range strings.FieldsSeq(secretParams) {
		list = append(list, u.Query()[name]...)
	}
	return list
}
