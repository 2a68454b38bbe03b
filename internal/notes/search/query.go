package search

import (
	"strings"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
)

const (
	maxQuery       = 200 // characters that are read
	maxQueryWords  = 8
	maxQueryParts  = 24 // of a word in a script without spaces
	maxLikeWords   = 4  // in which typing errors are looked for
	maxCompletions = 50
)

// Reader is who looks for notes, and which ones.
type Reader struct {
	ID          int64 // 0 is nobody in particular
	Others      bool  // everybody's public notes too
	OnlyPublic  bool  // of the reader's own
	OnlyPrivate bool
}

// Query is what somebody looks for.
type Query struct {
	words       []word
	title       string // the key of a title that is the query
	reader      Reader
	completions map[string][]string // by prefix; nil where the engine completes words by itself
}

// Parse reads any text: operators and punctuation mean nothing, further words than the first ones are left out.
func Parse(text string, r Reader) Query {
	text = formats.Truncate(normal(formats.Truncate(text, maxQuery)), maxQuery)
	q := Query{reader: r, title: titleKey(text)}
	seen := map[word]bool{}
	split(text, func(w word) bool {
		if !seen[w] {
			seen[w] = true
			q.words = append(q.words, w)
		}
		return len(q.words) < maxQueryWords
	})
	return q
}

// Empty is true when nothing in the text can be looked for.
func (q Query) Empty() bool { return len(q.words) == 0 }

// scopes are those that the reader looks into.
func (q Query) scopes() []string {
	var scopes []string
	if q.reader.ID != 0 {
		scopes = append(scopes, authorScope(q.reader.ID))
	}
	if q.reader.Others {
		scopes = append(scopes, publicScope)
	}
	return scopes
}

// Prefixes are the beginnings of terms that Complete wants completed. SQLite reads all notes with any of the terms that
// a prefix stands for before it returns the first one; of single terms it reads as many notes as are wanted.
func (q Query) Prefixes() []string {
	prefixes := []string{}
	for _, w := range q.words {
		if !w.completes() {
			continue
		}
		for _, scope := range q.scopes() {
			prefixes = append(prefixes, scope+anywhere+w.text)
		}
	}
	return prefixes
}

// MaxCompletions is how many completions of a prefix are of use; one more tells that there are too many.
const MaxCompletions = maxCompletions + 1

// Complete returns the query with terms, all of the index that begin with one of Prefixes (or MaxCompletions of each),
// in their place.
func (q Query) Complete(terms []string) Query {
	q.completions = map[string][]string{}
	for _, p := range q.Prefixes() {
		list := []string{}
		for _, t := range terms {
			if strings.HasPrefix(t, p) {
				list = append(list, t)
			}
		}
		q.completions[p] = list
	}
	return q
}

// completes is true for words of which the beginning is enough.
func (w word) completes() bool { return !w.unspaced && utf8.RuneCountInString(w.text) > shortWord }

// Group are notes of one rank: the condition that they fulfil, in the language of an engine.
type Group struct {
	Rank  int // the lower ones are shown first
	Match string
}

// AllWords are the notes with all words, each note in one group: those whose title is the query, those with all words
// in the title, with some of them there, and the others.
func (q Query) AllWords(e database.Engine) []Group { return q.groups(e, q.allWords()...) }

func (q Query) allWords() []expression {
	if q.Empty() {
		return nil
	}
	exact := q.inScopes(func(scope string) expression { return term(scope + wholeTitle + q.title) })
	all, titles := and(q.each(q.anywhere)...), and(q.each(q.inTitle)...)
	if len(q.words) == 1 {
		return []expression{exact, not(titles, exact), not(all, titles)}
	}
	someTitles := or(q.each(q.inTitle)...)
	return []expression{exact, not(titles, exact), not(and(all, someTitles), titles), not(all, someTitles)}
}

// Total are the notes of all groups of AllWords, "" for none.
func (q Query) Total(e database.Engine) string {
	if total := q.groups(e, and(q.each(q.anywhere)...)); len(total) > 0 {
		return total[0].Match
	}
	return ""
}

// OnlyLike is the rank of the last group of SomeWords.
const OnlyLike = 2

// SomeWords are the notes with some of the words but not all, first those with one in the title, and those that have
// none but may have one with typing errors, of rank OnlyLike: Nearness tells.
func (q Query) SomeWords(e database.Engine) []Group { return q.groups(e, q.someWords()...) }

func (q Query) someWords() []expression {
	some := or(q.each(q.anywhere)...)
	var like []expression
	for _, w := range q.words {
		if w.completes() && len(like) < maxLikeWords {
			like = append(like, q.inScopes(func(scope string) expression { return likeWord(scope, w.text) }))
		}
	}
	none := not(or(like...), some)
	if len(q.words) == 1 {
		return []expression{{}, {}, none}
	}
	all, titles := and(q.each(q.anywhere)...), or(q.each(q.inTitle)...)
	return []expression{not(titles, all), not(some, or(titles, all)), none}
}

// groups leaves out those that mean no note.
func (q Query) groups(e database.Engine, byRank ...expression) []Group {
	language := fts5
	if e == database.PostgreSQL {
		language = tsquery
	}
	list := []Group{}
	for rank, x := range byRank {
		if x = q.filter(q.complete(x)); x.kind != isNever {
			list = append(list, Group{Rank: rank, Match: x.write(language)})
		}
	}
	return list
}

// filter leaves the private or the public ones of the reader's own notes.
func (q Query) filter(x expression) expression {
	marked := term(authorScope(q.reader.ID) + public)
	switch {
	case q.reader.OnlyPublic:
		return and(x, marked)
	case q.reader.OnlyPrivate:
		return not(x, marked)
	}
	return x
}

func (q Query) each(find func(word) expression) []expression {
	list := make([]expression, 0, len(q.words))
	for _, w := range q.words {
		list = append(list, find(w))
	}
	return list
}

func (q Query) inScopes(find func(scope string) expression) expression {
	var list []expression
	for _, scope := range q.scopes() {
		list = append(list, find(scope))
	}
	return or(list...)
}

func (q Query) anywhere(w word) expression {
	return q.inScopes(func(scope string) expression {
		switch {
		case w.unspaced:
			return allParts(scope+anywhere, w.text)
		case w.completes():
			return prefix(scope + anywhere + w.text)
		}
		return or(term(scope+anywhere+w.text), term(scope+beginning+w.text))
	})
}

func (q Query) inTitle(w word) expression {
	return q.inScopes(func(scope string) expression {
		switch {
		case w.unspaced:
			return allParts(scope+inTitle, w.text)
		case w.completes():
			return prefix(scope + inTitle + w.text)
		}
		return term(scope + beginning + w.text)
	})
}

// allParts wants the pairs of an unspaced run, or its only character.
func allParts(class, run string) expression {
	var pairs, single []expression
	parts(run, func(part string) bool {
		if utf8.RuneCountInString(part) == 1 {
			single = append(single, term(class+part))
		} else {
			pairs = append(pairs, term(class+part))
		}
		return len(pairs) < maxQueryParts
	})
	if len(pairs) == 0 {
		return and(single...)
	}
	return and(pairs...)
}

// complete puts terms in the place of prefixes. Of the reader's own notes all completions count, those of other
// people's public notes are the first ones in the alphabet, since there may be any number.
func (q Query) complete(x expression) expression {
	if q.completions == nil {
		return x
	}
	return x.replacePrefixes(func(text string) expression {
		scope, class, beginning := splitTerm(text)
		found := q.completions[scope+anywhere+beginning]
		if len(found) > maxCompletions {
			if scope != publicScope {
				return prefix(text)
			}
			found = found[:maxCompletions]
		}
		terms := make([]expression, 0, len(found))
		for _, t := range found {
			terms = append(terms, term(scope+class+t[len(scope)+len(anywhere):]))
		}
		return or(terms...)
	})
}

func splitTerm(text string) (scope, class, rest string) {
	at := strings.IndexAny(text, anywhere+inTitle)
	return text[:at], text[at : at+1], text[at+1:]
}
