package media

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// charsetBytes is how much of a text is examined.
const charsetBytes = 4 << 20

func isText(kind string) bool { return strings.HasPrefix(kind, "text/") }

// TypeOfContent is TypeOf, plus the charset of a text if its content shows it. It leaves the content at its beginning.
func TypeOfContent(name string, content io.ReadSeeker) (string, error) {
	kind := TypeOf(name)
	if !isText(kind) {
		return kind, nil
	}
	text, err := io.ReadAll(io.LimitReader(content, charsetBytes))
	if _, seekErr := content.Seek(0, io.SeekStart); err != nil || seekErr != nil {
		return "", errors.Join(err, seekErr)
	}
	if charset := charsetOf(text); charset != "" {
		kind += "; charset=" + charset
	}
	return kind, nil
}

// charsetOf is "" if the charset is uncertain, such as Western European or Cyrillic 8-bit charsets.
func charsetOf(text []byte) string {
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		return "utf-16le"
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		return "utf-16be"
	case bytes.IndexByte(text, 0) >= 0: // not text, or UTF-16 without byte order mark
		return ""
	case len(text) == charsetBytes:
		text = withoutCutLetter(text)
	}
	if utf8.Valid(text) {
		return "utf-8"
	}
	return ""
}

// withoutCutLetter drops an incomplete last character.
func withoutCutLetter(text []byte) []byte {
	for i := 1; i <= min(utf8.UTFMax, len(text)); i++ {
		if at := len(text) - i; utf8.RuneStart(text[at]) {
			if !utf8.FullRune(text[at:]) {
				return text[:at]
			}
			break
		}
	}
	return text
}
