package markdown

import (
	"slices"
	"strings"
)

// Join puts sections together to a document: each one's Source, or what Render makes of it when that is empty, with
// blank lines where sections would run into each other. So Join(Cut(x)) is x, and changing one section of it leaves the
// rest as it was.
func Join(sections []Section) string {
	var b strings.Builder
	for _, s := range Settle(sections) {
		b.WriteString(s.Source)
	}
	return b.String()
}

// Settle returns the sections with the Source that each one has in the document which Join makes of them, line ends
// before the next one included. It is empty only where there is nothing to write.
func Settle(sections []Section) []Section {
	settled := slices.Clone(sections)
	var last *Section // that is not empty
	lastIsNew := false
	for i := range settled {
		s := &settled[i]
		if i+1 < len(settled) && s.Type == Code && !isClosed(s.Source) {
			s.Source = "" // it was the last section, and would swallow the ones that follow now
		}
		isNew := s.Source == ""
		if isNew {
			if s.Source = Render(*s); s.Source == "" {
				continue
			}
		}
		if last != nil {
			apart := lastIsNew || isNew || isText(last.Type) && isText(s.Type)
			last.Source += missingLineEnds(last.Source, apart)
		}
		last, lastIsNew = s, isNew
	}
	return settled
}

// isText is true for the types whose Markdown goes on in a next line that isn't kept apart by a blank one.
func isText(kind string) bool { return kind != Title && kind != Heading && kind != Code }

// missingLineEnds is what tail needs before another section: a blank line if they would run into each other otherwise, or
// if it was the document's end so far.
func missingLineEnds(tail string, apart bool) string {
	rest, ended := strings.CutSuffix(tail, "\n")
	switch {
	case !ended:
		return "\n\n"
	case apart && !strings.HasSuffix(strings.TrimSuffix(rest, "\r"), "\n"):
		return "\n"
	}
	return ""
}

// isClosed tells whether the source of a Code ends in a closing fence.
func isClosed(source string) bool {
	source = strings.TrimFunc(source, isBlank)
	start := lineStart(source, len(source))
	if start == 0 {
		return false
	}
	closing := strings.TrimLeft(source[start:], " ")
	indentation := len(source) - start - len(closing)
	return indentation < 4 && strings.HasPrefix(closing, fenceOf(source)) && fenceOf(closing) == closing
}

// fenceOf is the run of fence characters that s begins with.
func fenceOf(s string) string {
	if s == "" || s[0] != '`' && s[0] != '~' {
		return ""
	}
	return s[:len(s)-len(strings.TrimLeft(s, s[:1]))]
}

// Render writes the Markdown of a section from its Type, Text and Args, without a line end. A type that it doesn't know
// is taken for Text. A section without content gives "", but for headings and code, which may be empty; a Title without
// text is left to the caller, who knows the note's.
func Render(s Section) string {
	switch s.Type {
	case Title:
		return renderHeading("#", s.Text)
	case Heading:
		return renderHeading(headingHashes(s.Args), s.Text)
	case Code:
		return renderCode(s.Text, trimmedLine(s.Args))
	case Link:
		return renderLink("", trimmedLine(s.Text), trimmedLine(s.Args))
	case Image:
		return renderLink("!", trimmedLine(s.Text), trimmedLine(s.Args))
	case Quote:
		return prefixLines(s.Text, "> ", "\n")
	case List:
		return prefixLines(s.Text, "- ", "\n\n")
	default:
		return trimText(s.Text)
	}
}

func trimmedLine(s string) string { return strings.TrimFunc(oneLine(s), isBlank) }

// headingHashes takes "##" for everything that isn't one to six hashes.
func headingHashes(args string) string {
	args = trimmedLine(args)
	if args == "" || !strings.HasPrefix(hashes, args) {
		return "##"
	}
	return args
}

// renderHeading writes a heading. Text that ends in hashes of its own gets a closing one, which Markdown drops instead.
func renderHeading(level, text string) string {
	text = trimmedLine(text)
	if text == "" {
		return level
	}
	body := strings.TrimRight(text, "#")
	if body != text && strings.TrimRightFunc(body, isBlank) != body || body == "" {
		text += " #"
	}
	return level + " " + text
}

// renderCode fences code with a run longer than any in it.
func renderCode(code, info string) string {
	char := "`"
	if strings.Contains(info, "`") {
		char = "~" // info after backticks must have none
	}
	fence := strings.Repeat(char, max(3, longestRun(code, char[0])+1))
	opening := fence + info
	if strings.HasPrefix(info, char) {
		opening = fence + " " + info
	}
	if code == "" {
		return opening + "\n" + fence
	}
	return opening + "\n" + code + "\n" + fence
}

// longestRun is how often char follows itself at the most.
func longestRun(s string, char byte) int {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] != char {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// renderLink writes a link or, with the mark "!", an image. Without an address its text is all there is.
func renderLink(mark, text, address string) string {
	if address == "" {
		return text
	}
	if text == "" && mark == "" {
		text = address
	}
	return mark + "[" + text + "](" + address + ")"
}

// prefixLines puts prefix before each line of s that isn't blank.
func prefixLines(s, prefix, separator string) string {
	var lines []string
	for line := range splitLines(s) {
		if line = trimSpace(line); line != "" {
			lines = append(lines, prefix+line)
		}
	}
	return strings.Join(lines, separator)
}
