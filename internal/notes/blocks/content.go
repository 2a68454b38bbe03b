package blocks

import (
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/patch"
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
	c.rewrite(before, after)
	head = endAfter(before, after, head)
	if known && hasTitle(before) == hasTitle(after) {
		start := markdown.Section{Type: markdown.Text, Source: head}
		content, after = c.composeAfter(start, title, after, seams(before, after))
	} else {
		content, after = c.Compose(title, after)
	}
	return content, after, nil
}

// rewrite gives blocks that say something else their part of the content, which keeps what they still say.
func (c *Cutter) rewrite(before, after []Block) {
	old := make(map[int64]Block, len(before))
	for _, b := range before {
		old[b.ID] = b
	}
	for i := range after {
		if was, there := old[after[i].ID]; there && was.source != after[i].source {
			after[i].source = c.parser.Rewrite(was.section(), after[i].section())
		}
	}
}

// seams tells of which blocks neither they nor the ones before them have changed, nor moved.
func seams(before, after []Block) func(i int) bool {
	kept := make([]bool, len(after))
	places := make(map[int64]int, len(before))
	for i, b := range before {
		places[b.ID] = i
	}
	same := func(b Block) (place int, ok bool) {
		place, ok = places[b.ID]
		return place, ok && b.ID != 0 && before[place].source == b.source
	}
	previous := -1 // which stands for the beginning
	for i, b := range after {
		place, ok := same(b)
		kept[i] = ok && place == previous+1
		if previous = place; !ok {
			previous = len(before)
		}
	}
	return func(i int) bool { return kept[i] }
}

// Compose writes the content of blocks, and gives each one its part. Blocks that have a part already keep it. Where no
// block is a title, the note's own comes first.
func (c *Cutter) Compose(title string, list []Block) (string, []Block) {
	var head markdown.Section
	if !hasTitle(list) {
		head = markdown.Section{Type: markdown.Title, Text: title}
	}
	return c.composeAfter(head, title, list, func(int) bool { return false })
}

func hasTitle(list []Block) bool {
	return slices.ContainsFunc(list, func(b Block) bool { return b.Type == markdown.Title })
}

// composeAfter is Compose with a given beginning, and with blocks that stand where they stood. A title block without
// text takes the note's title.
func (c *Cutter) composeAfter(
	head markdown.Section, title string, list []Block, kept func(i int) bool,
) (string, []Block) {
	sections := make([]markdown.Section, 0, len(list)+1)
	sections = append(sections, head)
	for _, b := range list {
		section := b.section()
		if section.Type == markdown.Title && strings.TrimSpace(section.Text) == "" {
			section.Text = title
		}
		sections = append(sections, section)
	}
	settled := c.parser.Settle(sections, func(i int) bool { return kept(i - 1) }) // the first one is the head
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
	if len(after) == 0 {
		return markdown.WithoutBlankLines(head)
	}
	if len(before) > 0 && after[len(after)-1].ID != before[len(before)-1].ID {
		last := &after[len(after)-1]
		body := markdown.WithoutBlankLines(last.source)
		last.source = last.source[:strings.LastIndex(last.source, body)+len(body)]
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
		if b.Type != cut[i].Type || b.Text != cut[i].Text || !patch.Same(b.Args, cut[i].Args) {
			return false
		}
	}
	for i := range list {
		list[i].source = cut[i].source
	}
	return true
}
