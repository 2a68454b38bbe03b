package notes

import "strings"

type linesResult struct {
	Offset int64 `json:"offset" doc:"How many lines precede these"`
	Number int64 `json:"number"`
	Total  int64 `json:"total" doc:"Number of lines in the note"`
}

// toolLines is the part of a text that a program wants to read.
type toolLines struct {
	Offset *int64 `json:"offset" doc:"How many lines to skip"`
	Limit  *int64 `json:"limit" doc:"How many lines to return; default 500 if offset is given"`
}

const usualLines = 500

func (l toolLines) wanted() bool { return l.Offset != nil || l.Limit != nil }

// of returns those lines of a text.
func (l toolLines) of(text string) (string, *linesResult) {
	offset, limit := int64(0), int64(usualLines)
	if l.Offset != nil {
		offset = max(*l.Offset, 0)
	}
	if l.Limit != nil {
		limit = max(*l.Limit, 1)
	}
	lines := strings.SplitAfter(text, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	total := int64(len(lines))
	from := min(offset, total)
	to := from + min(limit, total-from)
	return strings.Join(lines[from:to], ""), &linesResult{Offset: from, Number: to - from, Total: total}
}
