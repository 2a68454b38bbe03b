package notes

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/problem"
)

func (s *Service) editingTools(face *mcp.Face) {
	mcp.Add(face, mcp.Tool{
		Name: "edit_note", Title: "Edit a note", Set: mcp.Notes, Scopes: toolWrites, Effect: mcp.Changes,
		Description: "Replaces parts of the text of a note and keeps the rest. Each old_text must occur in the note " +
			"exactly once, character for character. Edits are applied in order, all or none. With dry_run nothing is changed " +
			"and the result shows what would change.",
	}, s.toolEdit)
	mcp.Add(face, mcp.Tool{
		Name: "append_to_note", Title: "Append to a note", Set: mcp.Notes, Scopes: toolWrites, Effect: mcp.Adds,
		Description: "Adds text to the end of a note, or to the end of the section under a heading.",
	}, s.toolAppend)
}

type toolEditInput struct {
	toolNote
	Edits  []toolReplacement `json:"edits" required:"true" maxItems:"100" doc:"Applied in this order"`
	DryRun bool              `json:"dry_run" doc:"Change nothing, only return the diff"`
	toolRevision
}

type toolReplacement struct {
	Old string `json:"old_text" required:"true" trim:"false" doc:"Exact text, with enough context to be unique"`
	New string `json:"new_text" trim:"false" doc:"Replacement; empty to delete old_text"`
}

type editResult struct {
	NoteID   int64  `json:"note_id"`
	Revision int64  `json:"revision" doc:"Revision of the note after the edits"`
	Diff     string `json:"diff" doc:"What changed or would change, as a unified diff"`
	DryRun   bool   `json:"dry_run,omitempty" doc:"If true, nothing was changed"`
}

func (s *Service) toolEdit(ctx context.Context, who actor.Actor, in *toolEditInput) (editResult, error) {
	change := TextEdit{DryRun: in.DryRun}
	for _, e := range in.Edits {
		change.Replacements = append(change.Replacements, Replacement(e))
	}
	made, err := s.EditText(ctx, who, in.ref(), in.revisions(), problem.Clean(change))
	return editResult{made.NoteID, made.Revision, made.Diff, in.DryRun}, explainStale(err)
}

type toolAppendInput struct {
	toolNote
	Text    string `json:"text" required:"true" trim:"false" minLength:"1" doc:"Markdown"`
	Heading string `json:"heading" doc:"Text of a heading in the note; default: the end of the note"`
	toolRevision
}

func (s *Service) toolAppend(ctx context.Context, who actor.Actor, in *toolAppendInput) (editResult, error) {
	made, err := s.AppendText(ctx, who, in.ref(), in.revisions(), problem.Clean(Appendix{in.Text, in.Heading}))
	return editResult{NoteID: made.NoteID, Revision: made.Revision, Diff: made.Diff}, explainStale(err)
}
