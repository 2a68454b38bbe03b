package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/formats"
)

// scalarText is what a string holds, and the JSON of anything else.
func scalarText(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	return string(raw)
}

// integer accepts numbers without a fraction and strings that hold one.
func (f *fieldPlan) integer(raw json.RawMessage) (int64, []string) {
	text := strings.TrimSpace(scalarText(raw))
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		text = whole
	}
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil:
		return 0, []string{"A valid integer is required."}
	case f.min != nil && n < *f.min:
		return 0, []string{fmt.Sprintf("Ensure this value is greater than or equal to %d.", *f.min)}
	case f.max != nil && n > *f.max:
		return 0, []string{fmt.Sprintf("Ensure this value is less than or equal to %d.", *f.max)}
	}
	return n, nil
}

func boolean(raw json.RawMessage) (bool, []string) {
	switch strings.ToLower(scalarText(raw)) {
	case "true", "t", "y", "yes", "on", "1":
		return true, nil
	case "false", "f", "n", "no", "off", "0":
		return false, nil
	}
	return false, []string{"Must be a valid boolean."}
}

// DateLayout is what format:"date" accepts: YYYY-MM-DD, where a month or day below ten may have one digit.
const DateLayout = "2006-1-2"

const wrongDatetime = "Datetime has wrong format. Use one of these formats instead: " +
	"YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]."

// datetimeLayouts are what the former system read, after normalise: one-digit months, days and hours, seconds and zone
// optional.
var datetimeLayouts = []string{
	"2006-1-2T15:4:5Z07:00", "2006-1-2T15:4:5Z0700", "2006-1-2T15:4:5Z07", "2006-1-2T15:4:5",
	"2006-1-2T15:4Z07:00", "2006-1-2T15:4Z0700", "2006-1-2T15:4Z07", "2006-1-2T15:4", "2006-1-2",
}

// datetime reads ISO 8601; see ParseTime.
func datetime(raw json.RawMessage) (time.Time, []string) {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		if t, ok := ParseTime(text); ok {
			return t, nil
		}
	}
	return time.Time{}, []string{wrongDatetime}
}

// ParseTime reads ISO 8601; without a zone the time is UTC, without a time of day it is midnight.
func ParseTime(text string) (t time.Time, ok bool) {
	text = strings.ReplaceAll(strings.Replace(formats.Trim(text), " ", "T", 1), ",", ".")
	for _, layout := range datetimeLayouts {
		t, err := time.Parse(layout, text)
		if err == nil && storable(t) {
			return t.UTC().Truncate(time.Microsecond), true
		}
	}
	return time.Time{}, false
}

// storable keeps out the years that only one of the engines, or no client, can read back.
func storable(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

// jsonKind names the kind of a JSON value as the former system's texts do.
func jsonKind(raw []byte) string {
	raw = bytes.TrimLeft(raw, " \t\r\n")
	if len(raw) == 0 {
		return "nothing"
	}
	switch raw[0] {
	case '{':
		return "dict"
	case '[':
		return "list"
	case '"':
		return "str"
	case 't', 'f':
		return "bool"
	case 'n':
		return "NoneType"
	}
	if bytes.ContainsAny(raw, ".eE") {
		return "float"
	}
	return "int"
}
