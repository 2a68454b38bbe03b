package markdown

import (
	"strings"

	"github.com/trance-0/notechondria/internal/pattern"
)

// Rewrite returns the Source of a section that old becomes: its bytes but for those that say something else now. It is
// "" where the section has to be written anew.
func (p *Parser) Rewrite(old, changed Section) string {
	if old.Source == "" || old.Type != changed.Type || changed.Type == Title && changed.Text == "" {
		return ""
	}
	body, before, after := bodyOf(old)
	var candidate string
	switch old.Type {
	case Title, Heading:
		candidate = rewriteHeading(body, changed)
	case Code:
		candidate = rewriteCode(body, old, changed)
	default:
		candidate = Render(changed)
		if candidate == "" {
			return ""
		}
		return before + candidate + after
	}
	if !p.says(candidate, changed) {
		if candidate = Render(changed); !p.says(candidate, changed) {
			return ""
		}
	}
	return before + candidate + after
}

// bodyOf finds the part of the source that says something, and the blank lines around it.
func bodyOf(s Section) (body, before, after string) {
	if body = WithoutBlankLines(s.Source); body != s.Text {
		body = trimText(s.Source)
	}
	at := strings.Index(s.Source, body)
	return body, s.Source[:at], s.Source[at+len(body):]
}

// says reports whether a document is this one section.
func (p *Parser) says(document string, s Section) bool {
	cut := p.Cut(document)
	if len(cut) != 1 || cut[0].Text != s.Text {
		return false
	}
	got := cut[0]
	if s.Type == Code {
		return got.Type == Code && got.Args == s.Args
	}
	return level(got) != "" && level(got) == level(s)
}

// level is the hashes of a heading; "" for other sections.
func level(s Section) string {
	switch s.Type {
	case Title:
		return "#"
	case Heading:
		return s.Args
	}
	return ""
}

// hashedHeading has what is before the hashes, these, white space, the text, and closing hashes.
var hashedHeading = pattern.New(`(?s)^(.*?)(#{1,6})([ \t]*)(.*?)((?:[ \t]+#+)?)$`)

func rewriteHeading(body string, changed Section) string {
	parts := hashedHeading().FindStringSubmatch(body)
	if parts == nil {
		return ""
	}
	space := parts[3]
	if space == "" {
		space = " "
	}
	return parts[1] + level(changed) + space + changed.Text + parts[5]
}

// fencedCode has the opening fence with its indentation, the white space after it, the info, and the line end.
var fencedCode = pattern.New("^( *)(`{3,}|~{3,})([ \t]*)(.*?)([ \t]*(?:\r?\n|$))")

// rewriteCode keeps the lines of the fences, but for what follows the opening one. It gives code the indentation of its
// fence.
func rewriteCode(body string, old, changed Section) string {
	parts := fencedCode().FindStringSubmatch(body)
	if parts == nil {
		return ""
	}
	opening := body[:len(parts[0])]
	if old.Args != changed.Args {
		opening = parts[1] + parts[2] + parts[3] + changed.Args + parts[5]
	}
	rest := body[len(parts[0]):]
	closing := closingFence(rest, parts[2])
	code := rewriteLines(strings.TrimSuffix(rest, closing), old.Text, changed.Text, parts[1])
	if closing == "" || code == "" && changed.Text == "" && old.Text != "" {
		return opening + code + closing
	}
	if code != "" && !strings.HasSuffix(code, "\n") {
		code += lineEndOf(parts[0])
	}
	return opening + code + closing
}

// rewriteLines returns the lines of code as they are in the source, but for those between the first and the last one
// that became another. These get the indentation of their fence.
func rewriteLines(source, old, changed, indentation string) string {
	lines, before, after := strings.SplitAfter(source, "\n"), strings.Split(old, "\n"), strings.Split(changed, "\n")
	if len(lines) < len(before) {
		lines = make([]string, len(before)) // there was no line at all
	}
	first := 0
	for first < min(len(before), len(after)) && before[first] == after[first] {
		first++
	}
	last := 0 // counted from the end
	for last < min(len(before), len(after))-first && before[len(before)-1-last] == after[len(after)-1-last] {
		last++
	}
	var b strings.Builder
	b.WriteString(strings.Join(lines[:first], ""))
	for i := first; i < len(after)-last; i++ {
		if len(after) == len(before) {
			b.WriteString(strings.TrimSuffix(withoutLineEnd(lines[i]), withoutLineEnd(before[i])))
		} else if strings.TrimFunc(after[i], isBlank) != "" {
			b.WriteString(indentation)
		}
		b.WriteString(after[i])
		if i < len(after)-1 {
			b.WriteString("\n")
		}
	}
	b.WriteString(strings.Join(lines[len(before)-last:], ""))
	return b.String()
}

// closingFence is the last line, if it closes the fence.
func closingFence(rest, fence string) string {
	line := rest[lineStart(rest, len(rest)):]
	closing := strings.TrimLeft(line, " ")
	if len(line)-len(closing) < 4 && strings.HasPrefix(closing, fence) && fenceOf(closing) == closing {
		return line
	}
	return ""
}

func lineEndOf(line string) string {
	if strings.HasSuffix(line, "\r\n") {
		return "\r\n"
	}
	return "\n"
}
