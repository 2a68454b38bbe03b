package markdown

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Join puts sections together to a document: each one's Source, or what Render makes of it when that is empty, kept
// apart where they would run into each other. So Join(Cut(x)) is x, and changing one section of it leaves the rest as
// it was.
func (p *Parser) Join(sections []Section) string {
	var b strings.Builder
	for _, s := range p.Settle(sections, nil) {
		b.WriteString(s.Source)
	}
	return b.String()
}

// Settle returns the sections with the Source that each one has in the document which Join makes of them, what keeps it
// apart from the next one included. It is empty only where there is nothing to write. kept tells of the section with an
// index that it has stood behind the one before it already, both as they are: nothing comes between them.
func (p *Parser) Settle(sections []Section, kept func(i int) bool) []Section {
	settled := slices.Clone(sections)
	defer p.takeTurn(lengthOf(settled))()
	last, lastIsNew := -1, false // of those that are not empty
	for i := range settled {
		s := &settled[i]
		isNew := s.Source == ""
		if isNew {
			if s.Source = Render(*s); s.Source == "" {
				continue
			}
		}
		if last >= 0 && (last != i-1 || kept == nil || !kept(i)) {
			settled[last].Source = p.apart(settled[last].Source, s.Source, lastIsNew || isNew)
		}
		last, lastIsNew = i, isNew
	}
	return settled
}

func lengthOf(sections []Section) (bytes int) {
	for _, s := range sections {
		bytes += len(s.Source) + len(s.Text)
	}
	return bytes
}

// separator is what the CommonMark specification proposes between two lists, and between a list and indented code:
// nobody sees it, and no block goes on behind it.
const separator = "<!-- -->\n\n"

// apart returns the source of a section with what another one needs before it, to be what it is by itself: if possible
// nothing, then a blank line, an end for what would go on to the document's end, a separator.
func (p *Parser) apart(source, next string, blankLine bool) string {
	least, spaced := source+missingLineEnds(source, blankLine), source+missingLineEnds(source, true)
	if ends(source) && (interrupts(next) || least == spaced && begins(next)) {
		return least // without a look at all of a long text
	}
	last := p.lastBlock(source)
	for _, candidate := range []string{least, spaced} {
		if p.isFree(candidate[last:], next) {
			return candidate
		}
	}
	end := p.closing(source[last:])
	if end == "" {
		return spaced + separator
	}
	closed := source + missingLineEnd(source) + end + "\n\n"
	if p.isFree(closed[last:], next) {
		return closed
	}
	return closed + separator
}

// ends is true for a source in which nothing can go on behind a line that is neither indented nor blank, but for
// paragraphs, quotes and lists: no line begins like a fence or HTML.
func ends(source string) bool {
	for line := range strings.Lines(source) {
		if line = strings.TrimLeft(line, " "); line != "" && strings.IndexByte("`~<", line[0]) >= 0 {
			return false
		}
	}
	return true
}

// interrupts is true for what begins with a heading or a fence: these end paragraphs, and whatever contains them.
func interrupts(next string) bool {
	line := next[:lineEnd(next, 0)]
	level := len(line) - len(strings.TrimLeft(line, "#"))
	switch {
	case level > 0:
		return level <= len(hashes) && hasHashes(line, level)
	case strings.HasPrefix(line, "```"):
		return !strings.Contains(strings.TrimLeft(line, "`"), "`")
	}
	return strings.HasPrefix(line, "~~~")
}

// begins is true for what begins with a letter: behind a blank line, that is a paragraph.
func begins(next string) bool {
	first, _ := utf8.DecodeRuneInString(next)
	return unicode.IsLetter(first)
}

// missingLineEnds is what tail needs before another section: a blank line if it is to have one, or if it was the
// document's end so far.
func missingLineEnds(tail string, blankLine bool) string {
	rest, ended := strings.CutSuffix(tail, "\n")
	switch {
	case !ended:
		return "\n\n"
	case blankLine && strings.TrimFunc(rest[lineStart(rest, len(rest)):], isBlank) != "":
		return "\n"
	}
	return ""
}

func missingLineEnd(tail string) string {
	if strings.HasSuffix(tail, "\n") {
		return ""
	}
	return "\n"
}

// isFree reports whether the beginning of next is a block of its own at the top level behind tail, which is one there.
func (p *Parser) isFree(tail, next string) bool {
	body := strings.TrimLeftFunc(next, isBlank)
	start := lineStart(next, len(next)-len(body))
	line := next[start:lineEnd(next, len(next)-len(body))]
	return p.topBlocks(tail+next[:start]+line) == p.topBlocks(tail)+1
}

func (p *Parser) topBlocks(source string) int {
	return p.blocks.Parse(text.NewReader([]byte(source))).ChildCount()
}

// lastBlock is where the line begins with which the last block at the top level begins, or one before it.
func (p *Parser) lastBlock(source string) int {
	for at, size := 0, p.piece; ; {
		end := len(source)
		if size < end-at {
			end = lineEnd(source, at+size)
		}
		piece := source[at:end]
		next := at
		for node := p.blocks.Parse(text.NewReader([]byte(piece))).LastChild(); node != nil; node = node.PreviousSibling() {
			if first := firstByte(node); first >= 0 {
				next = at + lineStart(piece, first)
				break
			}
		}
		if end == len(source) {
			return next
		}
		if next == at { // one block that is longer than the piece
			size *= 2
			continue
		}
		at, size = next, p.piece
	}
}

// closing is what ends the last block of source, if that goes on to the document's end otherwise.
func (p *Parser) closing(source string) string {
	switch node := p.blocks.Parse(text.NewReader([]byte(source))).LastChild().(type) {
	case *ast.FencedCodeBlock:
		return fenceOf(strings.TrimLeft(source[max(node.Pos(), 0):], " "))
	case *ast.HTMLBlock:
		return closingHTML(node, source)
	}
	return ""
}

func closingHTML(node *ast.HTMLBlock, source string) string {
	switch node.HTMLBlockType {
	case ast.HTMLBlockType1:
		opening := strings.ToLower(strings.TrimLeftFunc(source[max(firstByte(node), 0):], isBlank))
		for _, name := range []string{"script", "pre", "style", "textarea"} {
			if strings.HasPrefix(opening, "<"+name) {
				return "</" + name + ">"
			}
		}
	case ast.HTMLBlockType2:
		return "-->"
	case ast.HTMLBlockType3:
		return "?>"
	case ast.HTMLBlockType4:
		return ">"
	case ast.HTMLBlockType5:
		return "]]>"
	}
	return ""
}

// fenceOf is the run of fence characters that s begins with.
func fenceOf(s string) string {
	if s == "" || s[0] != '`' && s[0] != '~' {
		return ""
	}
	return s[:len(s)-len(strings.TrimLeft(s, s[:1]))]
}
