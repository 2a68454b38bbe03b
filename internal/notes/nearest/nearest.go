// Package nearest finds the part of a text that comes nearest to another one, as a hint to who wanted that one and was
// wrong about it. It knows nothing of notes.
package nearest

import (
	"strings"
	"unicode"

	"github.com/trance-0/notechondria/internal/formats"
)

const (
	maxLines  = 20_000 // of a text that are looked at
	maxWindow = 40     // lines of what is looked for
	maxLine   = 300    // bytes of a line that are compared
	maxShown  = 800    // bytes of what is returned
	least     = 0.4    // of likeness
)

// In returns the lines of text that come nearest to wanted, and the number of the first one, from 1 on; "" where
// nothing comes near. They are compared by the pairs of letters that they have in common, white space and letter case
// aside.
func In(text, wanted string) (near string, line int) {
	lines := strings.Split(text, "\n")
	lines = lines[:min(len(lines), maxLines)]
	window := strings.Split(strings.Trim(wanted, "\n"), "\n")
	window = window[:min(len(window), maxWindow, len(lines))]
	target := pairs{}
	for _, l := range window {
		target.add(l, 1)
	}
	here := pairs{}
	best, bestAt := 0.0, -1
	for i, l := range lines {
		here.add(l, 1)
		if first := i - len(window) + 1; first >= 0 {
			if likeness := target.likeness(here); likeness > best {
				best, bestAt = likeness, first
			}
			here.add(lines[first], -1)
		}
	}
	if best < least {
		return "", 0
	}
	near = strings.Join(lines[bestAt:bestAt+len(window)], "\n")
	if len(near) > maxShown {
		near = formats.TruncateBytes(near, maxShown) + " …"
	}
	return near, bestAt + 1
}

// pairs counts the pairs of letters that follow each other.
type pairs struct {
	counts map[[2]rune]int
	total  int
}

func (p *pairs) add(line string, by int) {
	if p.counts == nil {
		p.counts = map[[2]rune]int{}
	}
	var last rune
	for _, r := range line[:min(len(line), maxLine)] {
		if unicode.IsSpace(r) {
			continue
		}
		r = unicode.ToLower(r)
		if last != 0 {
			pair := [2]rune{last, r}
			if p.counts[pair] += by; p.counts[pair] == 0 {
				delete(p.counts, pair)
			}
			p.total += by
		}
		last = r
	}
}

// likeness is from 0 to 1: twice what both have, by all that they have.
func (p *pairs) likeness(other pairs) float64 {
	if p.total+other.total == 0 {
		return 0
	}
	common := 0
	for pair, n := range p.counts {
		common += min(n, other.counts[pair])
	}
	return 2 * float64(common) / float64(p.total+other.total)
}
