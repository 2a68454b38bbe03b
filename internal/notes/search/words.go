// Package search makes the words of notes and of what people look for comparable: the terms that the index holds for a
// note, and the expressions over them that find it, in the query languages of both engines. It knows no table and runs
// no SQL.
package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/formats"
)

// maxWord bounds a word, in characters: what is longer is found by its beginning.
const maxWord = 64

// word is a part of a text that is looked for as a whole. In scripts that put no spaces between words it is a run of
// characters, of which any part may be looked for.
type word struct {
	text     string
	unspaced bool
}

// normal makes texts comparable: letter case, accents, the width and ligatures of characters, and what letters.go knows
// make no difference.
func normal(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	bare, _, err := transform.String(transform.Chain(norm.NFKD, runes.Remove(runes.Predicate(isUntyped)), norm.NFKC), text)
	if err != nil { // of which these transformers have none
		bare = text
	}
	return spell(database.Fold(bare))
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// split calls yield with the words of a normal text until it returns false.
func split(text string, yield func(word) bool) {
	start, kind := 0, separator
	for i, r := range text {
		next := kindOf(r)
		if next == kind && kind != separator {
			continue
		}
		if kind != separator && !yield(newWord(text[start:i], kind)) {
			return
		}
		start, kind = i, next
	}
	if kind != separator {
		yield(newWord(text[start:], kind))
	}
}

func newWord(text string, kind runeKind) word {
	if kind == spaced {
		text = formats.Truncate(text, maxWord)
	}
	return word{text: text, unspaced: kind == unspaced}
}

type runeKind int

const (
	separator runeKind = iota
	spaced
	unspaced
)

func kindOf(r rune) runeKind {
	switch {
	case r < utf8.RuneSelf:
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return spaced
		}
		return separator
	case r == utf8.RuneError:
		return separator
	case isUnspaced(r):
		return unspaced
	case unicode.In(r, unicode.L, unicode.N, unicode.M):
		return spaced
	}
	return separator
}

const (
	firstUnspaced     = 0x0E01 // the Thai script: letters before it belong to words with spaces
	longVowelKatakana = 0x30FC // of no script of its own
)

// isUnspaced is true for scripts without spaces between words, for Korean, whose words are compounds, and for symbols
// such as emoji.
func isUnspaced(r rune) bool {
	if r < firstUnspaced {
		return unicode.Is(unicode.So, r)
	}
	return r == longVowelKatakana || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao,
		unicode.Khmer, unicode.Myanmar, unicode.Bopomofo, unicode.So)
}

// parts are the single characters and the pairs of neighbours of an unspaced run.
func parts(run string, yield func(part string) bool) {
	previous := -1
	for i, r := range run {
		end := i + utf8.RuneLen(r)
		if !yield(run[i:end]) || previous >= 0 && !yield(run[previous:end]) {
			return
		}
		previous = i
	}
}
