package search

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/formats"
)

// Version is the form of the terms. Raising it has the notes indexed anew, beside their being used.
const Version = 2

// A term is a scope, a class and a text. The scope is the author in base 36, or nothing for the public: who looks for
// something reads the terms of that scope alone, so that it costs the same however many notes others have.
const (
	anywhere   = "/" // a word of the title, the description or the content
	inTitle    = ":" // a word of the title
	beginning  = "<" // one or two letters that a word of the title begins with
	wholeTitle = "=" // the words of the title, up to maxWord characters
	gram       = "#" // three neighbouring letters of a word of the title or the description
	public     = "!" // without a text: the note is public

	classes = anywhere + inTitle + beginning + wholeTitle + gram + public
)

const (
	// maxWords bounds the different words of a note that can be found.
	maxWords = 10_000
	// maxBytes bounds the terms of one scope: PostgreSQL's tsvector holds 1 MiB, and a public note has two scopes.
	maxBytes = 400 << 10
	// maxText bounds the normal text of a content, in bytes: there are characters that stand for eighteen letters.
	maxText = 2 << 20
	// gramText is how many characters of the description typing errors are forgiven in.
	gramText = 100
	// shortWord is the length up to which the beginnings of words in titles are terms of their own.
	shortWord = 2
)

// Note is what the index needs to know of a note.
type Note struct {
	AuthorID    int64
	IsPublic    bool
	Title       string
	Description string
	Content     string
}

// FTS5 are the terms of a note, separated by spaces.
func (n Note) FTS5() string { return n.document("", " ") }

// TSVector are the terms of a note as PostgreSQL reads a tsvector. No term has a character with a meaning there.
func (n Note) TSVector() string { return n.document("'", "' ") }

func (n Note) document(open, end string) string {
	terms := termsOf(n)
	var b strings.Builder
	for _, scope := range n.scopes() {
		for _, term := range terms.list {
			b.WriteString(open)
			b.WriteString(scope)
			b.WriteString(term)
			b.WriteString(end)
		}
	}
	return b.String()
}

func (n Note) scopes() []string {
	if n.IsPublic {
		return []string{authorScope(n.AuthorID), publicScope}
	}
	return []string{authorScope(n.AuthorID)}
}

const publicScope = ""

func authorScope(id int64) string { return strconv.FormatInt(id, 36) }

// termSet collects terms without their scope, each once, until it is full.
type termSet struct {
	list  []string
	seen  map[string]bool
	bytes int
}

func (s *termSet) add(class, text string) {
	term := class + text
	if s.seen[term] {
		return
	}
	s.seen[term] = true
	s.list = append(s.list, term)
	s.bytes += len(term)
}

func (s *termSet) full() bool { return len(s.list) >= maxWords || s.bytes >= maxBytes }

func termsOf(n Note) *termSet {
	set := &termSet{seen: map[string]bool{}}
	if n.IsPublic {
		set.add(public, "")
	}
	title, description := normal(n.Title), normal(n.Description)
	if whole := titleKey(title); whole != "" {
		set.add(wholeTitle, whole)
	}
	split(title, func(w word) bool {
		set.addWord(inTitle, w)
		set.addWord(anywhere, w)
		set.addBeginnings(w)
		set.addGrams(w)
		return true
	})
	split(formats.Truncate(description, gramText), func(w word) bool {
		set.addGrams(w)
		return true
	})
	set.addWords(description)
	for rest, read := n.Content, 0; rest != "" && read < maxText && !set.full(); {
		var piece string
		piece, rest = pieceOf(rest)
		text := normal(piece)
		set.addWords(text)
		read += len(text)
	}
	return set
}

func (s *termSet) addWords(text string) {
	split(text, func(w word) bool {
		s.addWord(anywhere, w)
		return !s.full()
	})
}

// pieceSize bounds how much of a content is worked on at once: of a long one the end is often not needed.
const pieceSize = 32 << 10

// pieceOf cuts a content between two words, where there is such a place.
func pieceOf(content string) (piece, rest string) {
	if len(content) <= pieceSize {
		return content, ""
	}
	at := strings.LastIndexAny(content[:pieceSize], " \n")
	if at <= 0 {
		at = pieceSize
		for at > 0 && !utf8.RuneStart(content[at]) {
			at--
		}
	}
	return content[:at], content[at:]
}

func (s *termSet) addWord(class string, w word) {
	if !w.unspaced {
		s.add(class, w.text)
		return
	}
	parts(w.text, func(part string) bool {
		s.add(class, part)
		return !s.full()
	})
}

func (s *termSet) addBeginnings(w word) {
	if w.unspaced {
		return
	}
	for n := 1; n <= shortWord; n++ {
		s.add(beginning, formats.Truncate(w.text, n))
	}
}

func (s *termSet) addGrams(w word) {
	if w.unspaced || utf8.RuneCountInString(w.text) < gramLength {
		return
	}
	for _, g := range grams(w.text) {
		s.add(gram, g)
	}
}

// titleKey is the same for titles of the same words.
func titleKey(title string) string {
	var words []string
	split(title, func(w word) bool {
		words = append(words, w.text)
		return true
	})
	return formats.Truncate(strings.Join(words, "/"), maxWord)
}
