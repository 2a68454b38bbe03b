package adopt

import (
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/notes/blocks"
)

// align finds each block's part of the content, from where it begins to where the next one does. ok is false where the
// content is not just what the blocks say.
func align(n noteRecord, placed []part) (lengths []int, ok bool) {
	at := skipSpace(n.Content, 0)
	if !slices.ContainsFunc(placed, func(p part) bool { return p.draft.Type == "T" }) {
		if title := "# " + strings.TrimSpace(n.Title); strings.HasPrefix(n.Content[at:], title) {
			at = skipSpace(n.Content, at+len(title))
		}
	}
	starts := make([]int, 0, len(placed)+1)
	for _, p := range placed {
		text := sourceOf(n.Title, p.draft)
		if !strings.HasPrefix(n.Content[at:], text) {
			return nil, false
		}
		starts = append(starts, at)
		at = skipSpace(n.Content, at+len(text))
	}
	if at != len(n.Content) {
		return nil, false
	}
	starts = append(starts, at)
	lengths = make([]int, len(placed))
	for i := range placed {
		lengths[i] = starts[i+1] - starts[i]
	}
	return lengths, true
}

func skipSpace(text string, at int) int {
	return len(text) - len(strings.TrimLeft(text[at:], " \t\r\n"))
}

// sourceOf is what the former system wrote into the content for a block.
func sourceOf(title string, d blocks.Draft) string {
	text, args := strings.TrimSpace(d.Text), ""
	if d.Args != nil {
		args = strings.TrimSpace(*d.Args)
	}
	switch d.Type {
	case "T":
		if text == "" {
			text = strings.TrimSpace(title)
		}
		return "# " + text
	case "S":
		if args == "" {
			args = "##"
		}
		return args + " " + text
	case "U":
		if args == "" {
			return text
		}
		if text == "" {
			text = args
		}
		return "[" + text + "](" + args + ")"
	case "C":
		return "```" + args + "\n" + text + "\n```"
	case "I":
		if args == "" {
			return text
		}
		return "![" + text + "](" + args + ")"
	case "Q":
		return eachLine(text, "> ", "\n")
	case "L":
		return eachLine(text, "- ", "\n\n")
	}
	return text
}

func eachLine(text, prefix, separator string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			lines = append(lines, prefix+line)
		}
	}
	return strings.Join(lines, separator)
}

// says reports whether title, description or content of a note say all that some blocks say, whatever the spaces.
func says(n noteRecord, list []part) bool {
	if len(list) == 0 {
		return true
	}
	whole := bare(n.Title) + "\n"
	if n.Description != nil {
		whole += bare(*n.Description) + "\n"
	}
	whole += bare(n.Content)
	for _, p := range list {
		for line := range strings.Lines(p.draft.Text) {
			if !strings.Contains(whole, bare(line)) {
				return false
			}
		}
		if p.draft.Args != nil && !strings.Contains("CS", p.draft.Type) && !strings.Contains(whole, bare(*p.draft.Args)) {
			return false
		}
	}
	return true
}

// bare is a text without spaces.
func bare(text string) string { return strings.Join(strings.Fields(text), "") }
