package notes

import (
	"fmt"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/blocks"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/problem"
)

// maxHeadingsShown is how many headings the refusal of an unknown one names.
const maxHeadingsShown = 20

// endOfSection is where the section under a heading ends: before the next heading that is not below it. Hashes before
// the heading, letter case and accents are not looked at.
func (s *Service) endOfSection(content, heading string) (int, error) {
	wanted := database.Fold(strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(heading), "#")))
	at, level, found := 0, 0, false
	var others []string
	for _, b := range s.cutter.Cut(content) {
		if depth := headingLevel(b); depth > 0 {
			if found && depth <= level {
				return at, nil
			}
			if !found && database.Fold(b.Text) == wanted {
				found, level = true, depth
			} else if len(others) < maxHeadingsShown {
				others = append(others, b.Text)
			}
		}
		if b.SourceLength == nil { // never: they were just cut
			return 0, fmt.Errorf("a section of a note has no length")
		}
		at += *b.SourceLength
	}
	if !found {
		return 0, problem.InvalidField("heading", "No such heading."+listed(others))
	}
	return at, nil
}

func listed(headings []string) string {
	if len(headings) == 0 {
		return " The note has no headings."
	}
	return " The note has: " + strings.Join(headings, "; ")
}

// headingLevel is 1 to 6, 0 for what is no heading.
func headingLevel(b blocks.Block) int {
	switch {
	case b.Type == markdown.Title:
		return 1
	case b.Type == markdown.Heading && b.Args != nil:
		return len(*b.Args)
	}
	return 0
}

// insertParagraph puts a text into a content, with a blank line before it and after it, or none between items of a
// list.
func insertParagraph(content string, at int, text string) string {
	before, after := strings.TrimRight(content[:at], " \t\r\n"), strings.TrimLeft(content[at:], "\r\n")
	text = strings.Trim(text, "\r\n")
	gap := "\n\n"
	if lastLine := before[strings.LastIndexByte(before, '\n')+1:]; isListItem(lastLine) && isListItem(text) {
		gap = "\n"
	}
	if before == "" {
		gap = ""
	}
	if after == "" {
		return before + gap + text + "\n"
	}
	return before + gap + text + "\n\n" + after
}

// isListItem reports whether a line begins like one.
func isListItem(line string) bool {
	line = strings.TrimLeft(line, " \t")
	for _, mark := range []string{"- ", "* ", "+ "} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	digits := len(line) - len(strings.TrimLeft(line, "0123456789"))
	return digits > 0 && (strings.HasPrefix(line[digits:], ". ") || strings.HasPrefix(line[digits:], ") "))
}
