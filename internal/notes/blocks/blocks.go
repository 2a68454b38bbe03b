// Package blocks is a note's content as its blocks: a title, headings, text, code, or what an app sent as one. Blocks
// follow from content without losing a byte, and content follows from blocks that are changed. The package knows no
// table and nobody who asks.
package blocks

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/problem"
)

const (
	// Max bounds the blocks of a note: in one with more, the last block is all of the rest.
	Max = 2000
	// MaxContent bounds the content that blocks add up to, in bytes. What is sent whole is bounded by the request's size.
	MaxContent = 4 << 20
	// MaxArgs bounds the args of a block, in characters (code points).
	MaxArgs = 256
	// types are those that an app may give a block.
	types = "NUTSEPCQILH"
)

// Draft is what a block says.
type Draft struct {
	Type          string `db:"block_type"` // see package markdown
	Text          string
	Args          *string // the hashes of a heading, the language of code, the address of a link; nil for none
	IsAIGenerated bool
}

// Block is a block in its place in a note.
//
// The blocks of a note stand in its content in their order, each with the line ends before the next one, and nothing
// but a title between them and the beginning. How long each part is makes it possible to change one of them and leave
// every other byte as it is, whoever wrote it: an app's blocks need not be those that cutting the content would give.
type Block struct {
	ID       int64 // 0 for a new one
	Position int   // counted from 0
	Draft
	SourceLength *int // bytes of the content; nil when the content was not made from the blocks

	source string // that part of the content
}

// Patch is a change to a block.
type Patch struct {
	Type          patch.Field[string]
	Text          patch.Field[string]
	Args          patch.Field[*string]
	IsAIGenerated patch.Field[bool]
}

// Change makes a change. The block's part of the content is written anew only when it says something else then.
func (b *Block) Change(p Patch) {
	old := b.Draft
	b.Type = p.Type.Or(b.Type)
	b.IsAIGenerated = p.IsAIGenerated.Or(b.IsAIGenerated)
	if p.Args.Set && !isTrimmed(p.Args.Value, old.Args) { // faces trim args
		b.Args = p.Args.Value
	}
	if p.Text.Set && p.Text.Value != old.Text {
		b.Text = Clean(b.Type, p.Text.Value)
	}
	if b.Type != old.Type || b.Text != old.Text || !patch.Same(b.Args, old.Args) {
		b.source = ""
	}
}

// Same reports whether two blocks say the same.
func (d Draft) Same(other Draft) bool {
	return d.Type == other.Type && d.Text == other.Text && patch.Same(d.Args, other.Args) &&
		d.IsAIGenerated == other.IsAIGenerated
}

func isTrimmed(text, original *string) bool {
	return text != nil && original != nil && *text == trim(*original)
}

// trim is what faces do to texts of one line.
func trim(text string) string { return formats.Trim(text) }

// Check says what is wrong with a block.
func (d *Draft) Check(problems *problem.Fields) error {
	if !problems.Has("block_type") && !isType(d.Type) {
		problems.Add("block_type", problem.NotAChoice(d.Type))
	}
	problems.CheckText("text", d.Text, 0, MaxContent)
	if d.Args != nil {
		problems.CheckText("args", *d.Args, 0, MaxArgs)
	}
	return nil
}

// Check says what is wrong with a change.
func (p *Patch) Check(problems *problem.Fields) error {
	if p.Type.Set && !isType(p.Type.Value) {
		problems.Add("block_type", problem.NotAChoice(p.Type.Value))
	}
	problems.CheckText("text", p.Text.Value, 0, MaxContent)
	if p.Args.Value != nil {
		problems.CheckText("args", *p.Args.Value, 0, MaxArgs)
	}
	return nil
}

// CheckAll says what is wrong with the blocks of a note, under their numbers.
func CheckAll(problems *problem.Fields, field string, drafts []Draft) {
	if len(drafts) > Max {
		problems.Add(field, fmt.Sprintf("Ensure this field has no more than %d elements.", Max))
		return
	}
	for i, d := range drafts {
		if text := d.wrong(); text != "" {
			problems.AddItem(field, i, text)
		}
	}
}

// wrong is "" for a good block.
func (d Draft) wrong() string {
	args := ""
	if d.Args != nil {
		args = *d.Args
	}
	switch {
	case !isType(d.Type):
		return "block_type: " + problem.NotAChoice(d.Type)
	case !storable(d.Text) || !storable(args):
		return problem.NullCharacters
	case utf8.RuneCountInString(args) > MaxArgs:
		return fmt.Sprintf("args: Ensure this field has no more than %d characters.", MaxArgs)
	}
	return ""
}

func isType(text string) bool { return len(text) == 1 && strings.Contains(types, text) }

func storable(text string) bool { return utf8.ValidString(text) && !strings.ContainsRune(text, 0) }

var lineEnds = pattern.New(`[\r\n]+`)

// Clean is the text of a block as it is stored: on one line where the type has no more; code as it was sent; else
// without the blank lines around it. White space within a text has a meaning in Markdown.
func Clean(blockType, text string) string {
	switch blockType {
	case markdown.Title, markdown.Link, markdown.Heading, markdown.Image:
		return lineEnds().ReplaceAllString(trim(text), " ")
	case markdown.Code:
		return text
	}
	return markdown.WithoutBlankLines(text)
}

// CleanAll cleans the texts of blocks in place.
func CleanAll(list []Block) []Block {
	for i := range list {
		list[i].Text = Clean(list[i].Type, list[i].Text)
	}
	return list
}

// New makes blocks of what they say, in that order.
func New(drafts []Draft) []Block {
	list := make([]Block, 0, len(drafts))
	for i, d := range drafts {
		list = append(list, Block{Position: i, Draft: d})
	}
	return list
}
