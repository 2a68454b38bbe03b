// Package markdown is what the product reads out of a note's Markdown: its sections, which become the note's blocks,
// and the excerpt, preview and word count that lists show. One parser decides for the whole program what a heading and
// what a code block is. The package renders no HTML, and knows neither notes nor how blocks are stored.
package markdown

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// The types of a section. Cut makes only the first four; the others come from clients that write blocks.
const (
	Title    = "T"
	Text     = "N"
	Heading  = "S"
	Code     = "C"
	Link     = "U"
	Example  = "E"
	Proof    = "P"
	Quote    = "Q"
	Image    = "I"
	List     = "L"
	HTMLText = "H"
)

// Section is a part of a document.
//
//	Type     Text                                 Args
//	Title    the heading without its hash         ""
//	Text     the Markdown, without blank lines    ""
//	         before and white space after it
//	Heading  the heading without its hashes       its hashes, "#" to "######"
//	Code     the code, without its last line end  what follows the opening fence, usually the language
//
// Link and Image have the address in Args; the remaining types use Text alone.
type Section struct {
	Type string
	Text string
	Args string

	// Source is the exact part of the document that Cut made this section from, with the blank lines after it. It is
	// empty for a section that is new, and must be emptied, or follow, when Text, Args or Type change: Join prefers it.
	Source string
}

// Parser cuts documents. It is safe for concurrent use.
type Parser struct {
	blocks parser.Parser
	piece  int           // bytes of a document that are parsed at once
	long   chan struct{} // holds one token for each document of several pieces that is worked on
}

// longAtOnce bounds the long documents that are worked on at once. Short ones need not wait for them.
const longAtOnce = 2

// pieceSize bounds the memory that parsing takes, which is some two hundred times that of a document of short headings.
const pieceSize = 64 << 10

// New makes a Parser, which is worth keeping. It leaves out of goldmark what Cut doesn't need: the insides of
// paragraphs, and link definitions, which take a time that grows with the square of their number (here they are
// paragraphs).
func New() *Parser {
	return &Parser{piece: pieceSize, long: make(chan struct{}, longAtOnce), blocks: parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(shallow{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(parser.NewHTMLBlockParser(), 900),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
	)}
}

// maxDepth bounds how deep quotes and lists nest; what is deeper is text in the innermost one.
const maxDepth = 100

// shallow keeps a parser of quotes or lists from nesting without end: its time would grow with the square of the depth.
type shallow struct{ parser.BlockParser }

// Open begins a block inside of parent unless that is too deep already.
func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for node := parent; node != nil; node = node.Parent() {
		depth++
	}
	if depth > maxDepth {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// Cut takes a document apart without losing a byte: no section has an empty Source, and Join returns the document. Only
// what stands at the document's top level counts: a heading in a quote or code in a list is a part of the text.
//
//   - A level-1 heading with nothing but blank lines before it is the Title; further headings are Headings.
//   - Only headings written with hashes count. Underlined ones stay in the Text around them: they have no hashes for
//
// Args,
//
//	  and could swallow the end of a text that is moved before them.
//	- Fenced code is Code; indented code stays Text.
//	- All between is Text. A document of white space alone is one empty Text, an empty document has no sections.
func (p *Parser) Cut(content string) []Section { return p.CutAtMost(content, 0) }

// CutAtMost is Cut that makes most sections (0 for any number): the last one of these is all of the rest, as Text. It
// looks no further than that takes.
func (p *Parser) CutAtMost(content string, most int) []Section {
	defer p.takeTurn(len(content))()
	c := cutter{content: content, most: most}
	for at, size := 0, p.piece; at < len(content) && !c.full(); {
		end := len(content)
		if size < end-at {
			end = lineEnd(content, at+size)
		}
		next := c.piece(p.blocks, at, end)
		if next == at { // one block that is longer than the piece
			size *= 2
			continue
		}
		at, size = next, p.piece
	}
	c.textUntil(len(content))
	return c.finish()
}

// takeTurn waits until few enough long documents are worked on, and returns what ends one's own turn.
func (p *Parser) takeTurn(length int) (end func()) {
	if length <= p.piece {
		return func() {}
	}
	p.long <- struct{}{}
	return func() { <-p.long }
}

// cutter collects sections in the order of the document.
type cutter struct {
	content  string
	most     int
	sections []Section
	starts   []int // where each section's Source begins
	done     int   // all before this byte belongs to a section, but for blank lines
}

// full reports whether there are more sections than there may be.
func (c *cutter) full() bool { return c.most > 0 && len(c.sections) > c.most }

// piece looks at a part of the document, whose lines are whole, and returns where the next part begins: with the last
// block at the top level, which may go on after this part. A block at the top level is the same whatever stands before
// it.
func (c *cutter) piece(blocks parser.Parser, start, end int) (next int) {
	source := []byte(c.content[start:end])
	document := blocks.Parse(text.NewReader(source))
	last := document.LastChild()
	for node := document.FirstChild(); node != nil && !c.full(); node = node.NextSibling() {
		if node == last && end < len(c.content) {
			if at := firstByte(node); at >= 0 {
				return start + lineStart(string(source), at)
			}
		}
		switch node := node.(type) {
		case *ast.Heading:
			c.heading(node, source, start)
		case *ast.FencedCodeBlock:
			c.code(node, source, start)
		}
	}
	return end
}

// firstByte is where a block begins; -1 for one that does not say so.
func firstByte(node ast.Node) int {
	for ; node != nil; node = node.FirstChild() {
		if node.Pos() >= 0 {
			return node.Pos()
		}
		if lines := node.Lines(); lines != nil && lines.Len() > 0 {
			return lines.At(0).Start
		}
	}
	return -1
}

func (c *cutter) heading(node *ast.Heading, source []byte, offset int) {
	if !hasHashes(c.content[offset+node.Pos():], node.Level) {
		return
	}
	start := lineStart(c.content, offset+node.Pos())
	c.textUntil(start)
	s := Section{Type: Heading, Text: string(node.Lines().Value(source)), Args: hashes[:node.Level]}
	if node.Level == 1 && len(c.sections) == 0 {
		s.Type, s.Args = Title, ""
	}
	c.add(s, start, lineEnd(c.content, start))
}

func (c *cutter) code(node *ast.FencedCodeBlock, source []byte, offset int) {
	start := lineStart(c.content, offset+node.Pos())
	c.textUntil(start)
	s := Section{Type: Code, Text: withoutLineEnd(string(node.Lines().Value(source)))}
	if node.Info != nil {
		s.Args = string(node.Info.Segment.Value(source))
	}
	end := lineEnd(c.content, start)
	if n := node.Lines().Len(); n > 0 {
		end = offset + node.Lines().At(n-1).Stop
	}
	// A line that is left after the code is the closing fence: without one the code goes on to the document's end.
	c.add(s, start, lineEnd(c.content, end))
}

// textUntil makes a Text of what lies between the last section and end, if it is more than blank lines.
func (c *cutter) textUntil(end int) {
	between := c.content[c.done:end]
	if trimmed := trimText(between); trimmed != "" {
		blankLines := strings.Index(between, trimmed)
		c.add(Section{Type: Text, Text: trimmed}, c.done+blankLines, end)
	}
}

func (c *cutter) add(s Section, start, end int) {
	c.sections = append(c.sections, s)
	c.starts = append(c.starts, start)
	c.done = end
}

// finish gives each section its Source: all up to the next one; the first one has also the blank lines before it.
func (c *cutter) finish() []Section {
	if c.content == "" {
		return nil
	}
	if len(c.sections) == 0 {
		return []Section{{Type: Text, Source: c.content}}
	}
	c.starts[0] = 0
	if c.full() {
		rest := Section{Type: Text, Text: trimText(c.content[c.starts[c.most-1]:])}
		c.sections, c.starts = append(c.sections[:c.most-1], rest), c.starts[:c.most]
	}
	for i := range c.sections {
		end := len(c.content)
		if i+1 < len(c.starts) {
			end = c.starts[i+1]
		}
		c.sections[i].Source = c.content[c.starts[i]:end]
	}
	return c.sections
}

const hashes = "######"

// hasHashes tells a heading with hashes from an underlined one, whose text may begin with hashes as well.
func hasHashes(s string, level int) bool {
	if len(s) < level || s[:level] != hashes[:level] {
		return false
	}
	return len(s) == level || util.IsSpace(s[level])
}

// isBlank reports what Markdown takes for white space around lines; others, like the no-break space, are text.
func isBlank(r rune) bool { return r < 0x80 && util.IsSpace(byte(r)) }
