package markdown

import "strings"

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
		return WithoutBlankLines(s.Text)
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
