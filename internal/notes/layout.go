package notes

import (
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/notes/markdown"
)

// blockRow is a block as its table has it.
//
// The blocks of a note stand in its content in their order, each with the line ends before the next one, and nothing but
// a title between them and the beginning. How long each part is makes it possible to change one of them and leave every
// other byte as it is, whoever wrote it: an app's blocks need not be those that cutting the content would give.
type blockRow struct {
	ID            int64   `json:"id"` // 0 for a new one
	Position      int     `json:"position"`
	BlockType     string  `json:"type"`
	Text          string  `json:"text"`
	Args          *string `json:"args"`
	IsAIGenerated bool    `json:"ai"`
	SourceLength  *int    `json:"length"` // bytes of the content; null when the content was not made from the blocks

	source string // that part of the content
}

func (b blockRow) section() markdown.Section {
	section := markdown.Section{Type: b.BlockType, Text: b.Text, Source: b.source}
	if b.Args != nil {
		section.Args = *b.Args
	}
	return section
}

func (b *blockRow) setSource(source string) {
	b.source = source
	b.SourceLength = new(len(source))
}

// cut takes content apart without losing a byte.
func (s *Service) cut(content string) []blockRow {
	sections := s.parser.Cut(content)
	if len(sections) > maxBlocks {
		rest := markdown.Join(sections[maxBlocks-1:])
		sections = append(sections[:maxBlocks-1], markdown.Section{Type: markdown.Text, Text: strings.TrimSpace(rest), Source: rest})
	}
	rows := make([]blockRow, 0, len(sections))
	for i, section := range sections {
		row := blockRow{Position: i, BlockType: section.Type, Text: section.Text}
		if section.Args != "" {
			row.Args = &section.Args
		}
		row.setSource(section.Source)
		rows = append(rows, row)
	}
	return rows
}

// compose writes the content of blocks, and gives each one its part. Blocks that have a part already keep it. Where no
// block is a title, the note's own comes first.
func compose(title string, rows []blockRow) (string, []blockRow) {
	if hasTitle(rows) {
		return composeAfter(markdown.Section{}, title, rows)
	}
	return composeAfter(markdown.Section{Type: markdown.Title, Text: title}, title, rows)
}

func hasTitle(rows []blockRow) bool {
	return slices.ContainsFunc(rows, func(b blockRow) bool { return b.BlockType == markdown.Title })
}

// composeAfter is compose with a given beginning. A title block without text takes the note's title.
func composeAfter(head markdown.Section, title string, rows []blockRow) (string, []blockRow) {
	sections := []markdown.Section{head}
	for _, row := range rows {
		section := row.section()
		if section.Type == markdown.Title && strings.TrimSpace(section.Text) == "" {
			section.Text = title
		}
		sections = append(sections, section)
	}
	settled := markdown.Settle(sections)
	var content strings.Builder
	content.WriteString(settled[0].Source)
	composed := slices.Clone(rows)
	for i := range composed {
		composed[i].Position = i
		composed[i].setSource(settled[i+1].Source)
		content.WriteString(composed[i].source)
	}
	return content.String(), composed
}

// divide finds each block's part of the content, and what stands before the first. It returns false when the blocks are
// not those of the content: it was sent beside them.
func (s *Service) divide(content string, rows []blockRow) (head string, ok bool) {
	end := len(content)
	for _, row := range slices.Backward(rows) {
		if row.SourceLength == nil || *row.SourceLength > end {
			return "", s.matchCut(content, rows)
		}
		end -= *row.SourceLength
	}
	for i, at := 0, end; i < len(rows); i++ {
		next := at + *rows[i].SourceLength
		rows[i].source, at = content[at:next], next
	}
	return content[:end], content != ""
}

// matchCut gives blocks whose parts are not known those of the content's, if it would be cut into the same ones: a server
// of an earlier version has stored them.
func (s *Service) matchCut(content string, rows []blockRow) bool {
	cut := s.cut(content)
	if len(cut) != len(rows) {
		return false
	}
	for i, row := range rows {
		if row.BlockType != cut[i].BlockType || row.Text != cut[i].Text || !same(row.Args, cut[i].Args) {
			return false
		}
	}
	for i := range rows {
		rows[i].source = cut[i].source
	}
	return true
}
