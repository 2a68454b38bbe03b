package markdown

import "strings"

// lineStart is where the line that contains position at begins.
func lineStart(s string, at int) int { return strings.LastIndexByte(s[:at], '\n') + 1 }

// lineEnd is where the line after the one that contains position at begins; for the last line it is the end.
func lineEnd(s string, at int) int {
	if i := strings.IndexByte(s[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(s)
}

// withoutLineEnd removes one line end.
func withoutLineEnd(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") }

// trimText removes white space at the end and blank lines at the beginning. The first line keeps its indentation, which
// has a meaning in Markdown.
func trimText(s string) string {
	s = strings.TrimRightFunc(s, isBlank)
	text := strings.TrimLeftFunc(s, isBlank)
	return s[lineStart(s, len(s)-len(text)):]
}

// WithoutBlankLines removes the blank lines before and after a text, and nothing between: the indentation of the first
// line and the white space after the last one have a meaning in Markdown.
func WithoutBlankLines(s string) string {
	kept := strings.TrimRightFunc(s, isBlank)
	if kept == "" {
		return ""
	}
	line := withoutLineEnd(s[:lineEnd(s, len(kept))])
	text := strings.TrimLeftFunc(kept, isBlank)
	return line[lineStart(kept, len(kept)-len(text)):]
}

// oneLine makes every run of line ends a single space.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}
