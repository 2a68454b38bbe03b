package search

import (
	"slices"
	"strings"
)

// Terms are what a note can be found by, for notes that no engine knows yet.
type Terms struct {
	scopes []string
	set    *termSet
}

// Terms are those that the index holds for a note.
func (n Note) Terms() Terms { return Terms{scopes: n.scopes(), set: termsOf(n)} }

// RankOf is the rank that a note has in AllWords; false for a note that is in none of them.
func (q Query) RankOf(t Terms) (rank int, found bool) { return q.firstOf(q.allWords(), t) }

// RankNear is the rank that a note has in SomeWords; false for a note that is in none of them.
func (q Query) RankNear(t Terms) (rank int, found bool) { return q.firstOf(q.someWords(), t) }

func (q Query) firstOf(byRank []expression, t Terms) (rank int, found bool) {
	rank = slices.IndexFunc(byRank, func(x expression) bool { return q.filter(x).means(t) })
	return rank, rank >= 0
}

// means reports whether a note is meant, as both engines do.
func (e expression) means(t Terms) bool {
	switch e.kind {
	case isTerm:
		return t.has(e.text)
	case isPrefix:
		return t.hasPrefix(e.text)
	case isAnd:
		return !slices.ContainsFunc(e.args, func(arg expression) bool { return !arg.means(t) })
	case isOr:
		return slices.ContainsFunc(e.args, func(arg expression) bool { return arg.means(t) })
	case isNot:
		return e.args[0].means(t) && !e.args[1].means(t)
	}
	return false
}

func (t Terms) has(text string) bool {
	term, ok := t.within(text)
	return ok && t.set.seen[term]
}

func (t Terms) hasPrefix(text string) bool {
	prefix, ok := t.within(text)
	return ok && slices.ContainsFunc(t.set.list, func(term string) bool { return strings.HasPrefix(term, prefix) })
}

// within is a term without its scope, if that is one of the note's.
func (t Terms) within(text string) (term string, ok bool) {
	at := strings.IndexAny(text, classes)
	return text[at:], slices.Contains(t.scopes, text[:at])
}
