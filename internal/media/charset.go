package media

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// charsetBytes is how much of a text is looked at.
const charsetBytes = 4 << 20

func isText(kind string) bool { return strings.HasPrefix(kind, "text/") }

// TypeOfContent is TypeOf, for text with its charset where the content shows it. The content is left at its beginning.
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

// charsetOf is "" for what may be anything, like the letters of western and of Cyrillic machines.
func charsetOf(text []byte) string {
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		return "utf-16le"
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		return "utf-16be"
	case bytes.IndexByte(text, 0) >= 0: // no text, or UTF-16 without its mark
		return ""
	case len(text) == charsetBytes:
		text = withoutCutLetter(text)
	}
	if utf8.Valid(text) {
		return "utf-8"
	}
	return ""
}

// withoutCutLetter drops a last character of which only a part is there.
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
