package markdown

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	excerptLength = 220 // code points
	previewLines  = 3
	previewWidth  = 500 // code points of a line: a note of one endless line would weigh on every list
)

// Excerpt is the beginning of a note for lists, at most 220 code points: of its content without the title line, or of
// its description when there is no content.
func Excerpt(content, description string) string {
	content = trimSpace(content)
	if content == "" {
		return firstRunes(description, excerptLength)
	}
	if strings.HasPrefix(content, "# ") {
		_, rest := cutLine(content)
		if rest = trimSpace(rest); rest != "" { // a title alone stays
			content = rest
		}
	}
	return firstRunes(content, excerptLength)
}

// Preview is the first three lines of content that are not blank, trimmed, without the title line, each cut to 500 code
// points. It is never nil.
func Preview(content string) []string {
	preview := make([]string, 0, previewLines)
	first := true
	for line := range splitLines(content) {
		line = trimSpace(line)
		if line == "" {
			continue
		}
		isTitle := first && strings.HasPrefix(line, "# ")
		first = false
		if isTitle {
			continue
		}
		preview = append(preview, firstRunes(line, previewWidth))
		if len(preview) == previewLines {
			break
		}
	}
	return preview
}

// WordCount counts what white space separates, marks of Markdown included.
func WordCount(content string) int {
	words, inWord := 0, false
	for _, r := range content {
		space := isSpace(r)
		if !space && !inWord {
			words++
		}
		inWord = !space
	}
	return words
}

func firstRunes(s string, limit int) string {
	for i := range s {
		if limit == 0 {
			return s[:i]
		}
		limit--
	}
	return s
}

// isSpace takes the four ASCII separators for white space as well, as the clients' recorded answers do.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

func trimSpace(s string) string { return strings.TrimFunc(s, isSpace) }

// splitLines yields the lines of s by every line end that Unicode knows, without them.
func splitLines(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for s != "" {
			var line string
			if line, s = cutLine(s); !yield(line) {
				return
			}
		}
	}
}

// cutLine splits s after its first line, whose end belongs to neither part. Within CRLF it sees an empty line, which
// all callers pass over.
func cutLine(s string) (line, rest string) {
	i := strings.IndexFunc(s, isLineEnd)
	if i < 0 {
		return s, ""
	}
	_, width := utf8.DecodeRuneInString(s[i:])
	return s[:i], s[i+width:]
}

// isLineEnd is true for LF, VT, FF, CR, FS, GS, RS, NEL, LS and PS.
func isLineEnd(r rune) bool { return strings.ContainsRune("\n\v\f\r\x1c\x1d\x1e\u0085\u2028\u2029", r) }
