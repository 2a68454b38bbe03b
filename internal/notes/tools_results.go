package notes

import (
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/problem"
)

var toolReads, toolWrites = []string{mcp.ReadNotes}, []string{mcp.WriteNotes}

type toolNote struct {
	ID int64 `json:"note_id" required:"true"`
}

func (in toolNote) ref() Ref { return ByID(in.ID) }

// toolRevision is what a change is made to.
type toolRevision struct {
	Revision *int64 `json:"revision" doc:"Revision of the note you read: if the note has changed since, the call fails"`
}

func (r toolRevision) revisions() []int64 {
	if r.Revision == nil {
		return nil
	}
	return []int64{*r.Revision}
}

// noteResult is a Note in the result of a tool.
type noteResult struct {
	notelist.ToolNote
	Revision int64        `json:"revision" doc:"Send it with edits, to detect changes in between"`
	Content  string       `json:"content" doc:"Markdown"`
	Metadata string       `json:"metadata_json"`
	Blocks   []toolBlock  `json:"blocks" doc:"The same text as blocks; empty if you read only some of the lines"`
	Lines    *linesResult `json:"lines,omitempty" doc:"Which lines content contains, if you read only some of them"`
}

type toolBlock struct {
	ID   int64  `json:"id"`
	Type string `json:"block_type"`
	Text string `json:"text"`
	Args string `json:"args"`
}

func toResult(n Note) noteResult {
	result := noteResult{
		ToolNote: notelist.ToTool(n.Note), Revision: n.Revision, Content: n.Content, Metadata: n.Metadata,
		Blocks: make([]toolBlock, 0, len(n.Blocks)),
	}
	for _, b := range n.Blocks {
		block := toolBlock{ID: b.ID, Type: b.Type, Text: b.Text}
		if b.Args != nil {
			block.Args = *b.Args
		}
		result.Blocks = append(result.Blocks, block)
	}
	return result
}

// toolAnswer writes a note that a use case returns.
func toolAnswer(n Note, err error) (noteResult, error) {
	if err != nil {
		return noteResult{}, explainStale(err)
	}
	return toResult(n), nil
}

// explainStale adds the present revision of a note that has changed since a program read it.
func explainStale(err error) error {
	var stale *problem.Error
	if !errors.As(err, &stale) || stale.Kind != problem.Stale {
		return err
	}
	now, ok := stale.Now.(Note)
	if !ok {
		return err
	}
	return problem.Refuse(stale.Outcome, fmt.Sprintf("%s. Its revision is %d now: read it again.",
		stale.Cause, now.Revision))
}
