package notes

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/notes/markdown"
	"github.com/trance-0/notechondria/internal/rest"
)

// blockTypes are the types that an app may give a block.
const blockTypes = "NUTSEPCQILH"

// maxArgs bounds the args of a block, in code points.
const maxArgs = 256

// readBlocks reads the blocks in the body of a note, whose texts are not trimmed: code may begin with white space.
func readBlocks(problems *rest.Problems, sent []json.RawMessage) []blockRow {
	if len(sent) > maxBlocks {
		problems.Add("blocks", fmt.Sprintf("Ensure this field has no more than %d elements.", maxBlocks))
		return nil
	}
	rows := make([]blockRow, 0, len(sent))
	for i, raw := range sent {
		row, problem := readBlock(raw)
		if problem != "" {
			problems.AddItem("blocks", i, problem)
		}
		row.Position = i
		rows = append(rows, row)
	}
	return rows
}

// readBlock reads one block, or tells what is wrong with it.
func readBlock(raw json.RawMessage) (row blockRow, problem string) {
	var sent struct {
		BlockType     string `json:"block_type"`
		Text          string `json:"text"`
		Args          string `json:"args"`
		IsAIGenerated any    `json:"is_AI_generated"`
	}
	err := json.Unmarshal(raw, &sent)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && wrong.Field != "":
		return row, wrong.Field + ": Not a valid string."
	case err != nil, string(raw) == "null":
		return row, "Expected a dictionary of items."
	}
	row = blockRow{BlockType: sent.BlockType, Text: sent.Text, IsAIGenerated: truthy(sent.IsAIGenerated)}
	if row.BlockType == "" {
		row.BlockType = markdown.Text
	}
	if sent.Args != "" {
		row.Args = &sent.Args
	}
	switch {
	case len(row.BlockType) != 1 || !strings.Contains(blockTypes, row.BlockType):
		problem = fmt.Sprintf("block_type: %q is not a valid choice.", row.BlockType)
	case strings.ContainsRune(sent.Text+sent.Args, 0):
		problem = "Null characters are not allowed."
	case utf8.RuneCountInString(sent.Args) > maxArgs:
		problem = fmt.Sprintf("args: Ensure this field has no more than %d characters.", maxArgs)
	}
	return row, problem
}

// truthy is what the old system took for true, of any JSON value.
func truthy(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return true
}

var (
	lineEnds      = regexp.MustCompile(`[\r\n]+`)
	manyLineEnds  = regexp.MustCompile(`[\r\n]{2,}`)
	otherLineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")
)

// cleanText is the text of a block as it is stored: on one line where the type has no more, without blank lines
// elsewhere. Code keeps its blank lines, other than in the old system.
func cleanText(blockType, text string) string {
	switch blockType {
	case markdown.Title, markdown.Link, markdown.Heading, markdown.Image:
		return lineEnds.ReplaceAllString(text, " ")
	case markdown.Code:
		return otherLineEnds.Replace(text)
	}
	return manyLineEnds.ReplaceAllString(text, "\n")
}

func cleanTexts(rows []blockRow) []blockRow {
	for i := range rows {
		rows[i].Text = cleanText(rows[i].BlockType, rows[i].Text)
	}
	return rows
}
