package search

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/formats"
)

// Nearness is how much of a query a note has.
type Nearness struct {
	words  int // that are there, typing errors forgiven
	errors int // that were forgiven
	rank   int // of the note's group
}

// Compare orders by nearness, the nearest first.
func (n Nearness) Compare(other Nearness) int {
	return cmp.Or(cmp.Compare(other.words, n.words), cmp.Compare(n.errors, other.errors), cmp.Compare(n.rank, other.rank))
}

// Nearness compares a note of a group of SomeWords to the query. It is false for one that has no word, or less than
// half of them with typing errors.
func (q Query) Nearness(rank int, title, description string) (Nearness, bool) {
	n := Nearness{rank: rank}
	text := wordsOf(title, description)
	for _, wanted := range q.words {
		allowed := forgiven(wanted)
		fewest := allowed + 1
		for _, w := range text {
			fewest = min(fewest, edits(wanted.text, w))
		}
		if fewest <= allowed {
			n.words++
			n.errors += fewest
		}
	}
	if rank != OnlyLike && n.words < 2 {
		return Nearness{words: 1, rank: rank}, true // of which the index is sure
	}
	return n, n.words > 0 && 2*n.words >= len(q.words)
}

func wordsOf(title, description string) (list []string) {
	split(normal(title)+" "+formats.Truncate(normal(description), gramText), func(w word) bool {
		list = append(list, w.text)
		return true
	})
	return list
}

// forgiven is how many typing errors a word may have.
func forgiven(w word) int {
	switch n := utf8.RuneCountInString(w.text); {
	case w.unspaced || n < 4:
		return 0
	case n < 6:
		return 1
	}
	return 2
}

// edits is the least number of letters to put in, leave out, replace, or swap with their neighbour, that makes wanted
// the beginning of text: the word may be unfinished. A part of a compound needs none.
func edits(wanted, text string) int {
	if strings.Contains(text, wanted) {
		return 0
	}
	a, b := []rune(wanted), []rune(text)
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(replaced, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return slices.Min(last) // ending anywhere in text is free
}
