package blocks

import (
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/notes/markdown"
)

// Cutter takes contents apart. It is worth keeping, and safe for concurrent use.
type Cutter struct{ parser *markdown.Parser }

// NewCutter makes a Cutter.
func NewCutter() *Cutter { return &Cutter{parser: markdown.New()} }

// Cut takes content apart without losing a byte.
func (c *Cutter) Cut(content string) []Block {
	sections := c.parser.CutAtMost(content, Max)
	list := make([]Block, 0, len(sections))
	for i, section := range sections {
		b := Block{Position: i, Draft: Draft{Type: section.Type, Text: section.Text}}
		if section.Args != "" {
			b.Args = &section.Args
		}
		b.setSource(section.Source)
		list = append(list, b)
	}
	return list
}

// Edit lets f change the blocks of a note, and returns the content that follows, and the blocks with their new places.
// A block that says something else is written anew, as are new ones (without an id); every other byte stays.
func (c *Cutter) Edit(
	title, content string, before []Block, f func(list []Block) ([]Block, error),
) (string, []Block, error) {
	before = slices.Clone(before)
	head, known := c.divide(content, before)
	after, err := f(slices.Clone(before))
	if err != nil {
		return "", nil, err
	}
	head = endAfter(before, after, head)
	if known && hasTitle(before) == hasTitle(after) {
		content, after = composeAfter(markdown.Section{Type: markdown.Text, Source: head}, title, after)
	} else {
		content, after = Compose(title, after)
	}
	return content, after, nil
}

// Compose writes the content of blocks, and gives each one its part. Blocks that have a part already keep it. Where no
// block is a title, the note's own comes first.
func Compose(title string, list []Block) (string, []Block) {
	if hasTitle(list) {
		return composeAfter(markdown.Section{}, title, list)
	}
	return composeAfter(markdown.Section{Type: markdown.Title, Text: title}, title, list)
}

func hasTitle(list []Block) bool {
	return slices.ContainsFunc(list, func(b Block) bool { return b.Type == markdown.Title })
}

// composeAfter is Compose with a given beginning. A title block without text takes the note's title.
func composeAfter(head markdown.Section, title string, list []Block) (string, []Block) {
	sections := make([]markdown.Section, 0, len(list)+1)
	sections = append(sections, head)
	for _, b := range list {
		section := b.section()
		if section.Type == markdown.Title && strings.TrimSpace(section.Text) == "" {
			section.Text = title
		}
		sections = append(sections, section)
	}
	settled := markdown.Settle(sections)
	var content strings.Builder
	content.WriteString(settled[0].Source)
	composed := slices.Clone(list)
	for i := range composed {
		composed[i].Position = i
		composed[i].setSource(settled[i+1].Source)
		content.WriteString(composed[i].source)
	}
	return content.String(), composed
}

func (b Block) section() markdown.Section {
	section := markdown.Section{Type: b.Type, Text: b.Text, Source: b.source}
	if b.Args != nil {
		section.Args = *b.Args
	}
	return section
}

func (b *Block) setSource(source string) {
	b.source = source
	b.SourceLength = new(len(source))
}

// endAfter drops the line ends that kept the block that is the last one now apart from the next, and returns what
// stands before the first one.
func endAfter(before, after []Block, head string) string {
	const ends = " \t\r\n"
	if len(after) == 0 {
		return strings.TrimRight(head, ends)
	}
	if len(before) > 0 && after[len(after)-1].ID != before[len(before)-1].ID {
		last := &after[len(after)-1]
		last.source = strings.TrimRight(last.source, ends)
	}
	return head
}

// divide finds each block's part of the content, and what stands before the first. It returns false when the blocks are
// not those of the content: it was sent beside them.
func (c *Cutter) divide(content string, list []Block) (head string, ok bool) {
	end := len(content)
	for _, b := range slices.Backward(list) {
		if b.SourceLength == nil || *b.SourceLength > end {
			return "", c.matchCut(content, list)
		}
		end -= *b.SourceLength
	}
	for i, at := 0, end; i < len(list); i++ {
		next := at + *list[i].SourceLength
		list[i].source, at = content[at:next], next
	}
	return content[:end], content != ""
}

// matchCut gives blocks whose parts are not known those of the content's, if it would be cut into the same ones: a
// server of an earlier version has stored them.
func (c *Cutter) matchCut(content string, list []Block) bool {
	cut := c.Cut(content)
	if len(cut) != len(list) {
		return false
	}
	for i, b := range list {
		if b.Type != cut[i].Type || b.Text != cut[i].Text || !equal(b.Args, cut[i].Args) {
			return false
		}
	}
	for i := range list {
		list[i].source = cut[i].source
	}
	return true
}
