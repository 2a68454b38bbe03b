package icalendar

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"iter"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

var (
	mark8    = []byte("\xef\xbb\xbf") // byte order marks
	mark16LE = []byte("\xff\xfe")
	mark16BE = []byte("\xfe\xff")
)

// fromUTF16 converts a text from UTF-16, recognised by its byte order mark or the zeros in its first characters, to
// UTF-8. Any other text is unchanged: its encoding is determined line by line.
func fromUTF16(data []byte) []byte {
	order := unicode.LittleEndian
	switch {
	case bytes.HasPrefix(data, mark16LE), bytes.HasPrefix(data, []byte("B\x00E\x00")):
	case bytes.HasPrefix(data, mark16BE), bytes.HasPrefix(data, []byte("\x00B\x00E")):
		order = unicode.BigEndian
	default:
		return data
	}
	if text, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data); err == nil {
		return text
	}
	return data
}

// unfolded yields the lines of a calendar. Lines are joined before they are decoded, since programs fold them in the
// middle of a character. A line is valid until the next one. Blank lines are left out.
func unfolded(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var line, joined []byte // joined holds a line of several parts
		folded := false
		for len(data) > 0 {
			part := data
			if end := bytes.IndexAny(data, "\r\n"); end >= 0 {
				part, data = data[:end], data[end+1:]
			} else {
				data = nil
			}
			part = bytes.TrimPrefix(part, mark8)
			switch {
			case len(part) == 0:
				continue
			case line == nil:
				line = part
				continue
			case part[0] == ' ' || part[0] == '\t':
				part = part[1:]
			case endsSoftly(line):
				line = line[:len(line)-1]
			default:
				if !yield(line) {
					return
				}
				line, folded = part, false
				continue
			}
			if !folded {
				joined, folded = append(joined[:0], line...), true
			} else {
				joined = joined[:len(line)]
			}
			joined = append(joined, part...)
			line = joined
		}
		if line != nil {
			yield(line)
		}
	}
}

// endsSoftly reports whether a quoted-printable line continues on the next one, as in vCalendar 1.0.
func endsSoftly(line []byte) bool {
	if len(line) == 0 || line[len(line)-1] != '=' {
		return false
	}
	head, _, _ := bytes.Cut(line[:min(len(line), maxHead)], []byte(":"))
	return bytes.Contains(bytes.ToUpper(head), []byte("QUOTED-PRINTABLE"))
}

// utf8Of converts text in some encoding to UTF-8. If it is not valid UTF-8, the encoding is the one that the line
// names; without one, valid parts stay, and other bytes are read as Windows' Western European charset, which includes
// Latin-1.
func utf8Of(raw []byte, charset string) string {
	if utf8.Valid(raw) {
		return string(raw)
	}
	if charset != "" {
		if encoding, err := htmlindex.Get(charset); err == nil {
			if text, err := encoding.NewDecoder().Bytes(raw); err == nil && utf8.Valid(text) {
				return string(text)
			}
		}
	}
	var b strings.Builder
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		if r == utf8.RuneError && size == 1 {
			r = charmap.Windows1252.DecodeByte(raw[0])
		}
		b.WriteRune(r)
		raw = raw[size:]
	}
	return b.String()
}

// decoded decodes an encoding of vCalendar 1.0.
func decoded(raw []byte, encoding string) []byte {
	switch strings.ToUpper(encoding) {
	case "QUOTED-PRINTABLE", "Q":
		return fromQuotedPrintable(raw)
	case "BASE64", "B":
		plain, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(string(bytes.TrimSpace(raw)), "="))
		if err == nil {
			return plain
		}
	}
	return raw
}

// fromQuotedPrintable leaves invalid codes as they are. Equal signs at folds are removed.
func fromQuotedPrintable(raw []byte) []byte {
	plain := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '=' {
			plain = append(plain, raw[i])
			continue
		}
		if i+2 < len(raw) {
			var code [1]byte
			if _, err := hex.Decode(code[:], raw[i+1:i+3]); err == nil {
				plain, i = append(plain, code[0]), i+2
			}
		}
	}
	return plain
}
