package courses

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const maxSlugStem = 100

// slugOf makes a title fit for addresses: decomposed, ASCII letters and digits in lower case, joined by hyphens.
func slugOf(title string) string {
	var slug strings.Builder
	gap := false
	for _, r := range norm.NFKD.String(title) {
		switch {
		case r == ' ' || r == '-' || unicode.IsSpace(r):
			gap = true
		case r == '_' || r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
			if gap && slug.Len() > 0 {
				slug.WriteByte('-')
			}
			gap = false
			slug.WriteRune(unicode.ToLower(r))
		}
	}
	text := strings.Trim(slug.String(), "-_")
	if text == "" {
		return "local-course"
	}
	return text[:min(len(text), maxSlugStem)]
}
