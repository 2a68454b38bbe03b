package notes

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/problem"
)

func (s *Service) binTools(face *mcp.Face) {
	mcp.Add(face, mcp.Tool{
		Name: "list_deleted_notes", Title: "List deleted notes", Set: mcp.Notes, Scopes: toolReads,
		Description: "Lists the notes in the user's recycle bin, most recently deleted first. They stay there for 30 days.",
	}, s.toolListDeleted)
	mcp.Add(face, mcp.Tool{
		Name: "restore_deleted_note", Title: "Restore a deleted note", Set: mcp.Notes, Scopes: toolWrites, Effect: mcp.Adds,
		Description: "Restores a note from the recycle bin. It is private afterwards.",
	}, s.toolRestore)
	mcp.Add(face, mcp.Tool{
		Name: "empty_recycle_bin", Title: "Empty the recycle bin", Set: mcp.Notes, Scopes: toolWrites, Effect: mcp.Deletes,
		Repeatable: true,
		Description: "Permanently deletes all notes in the recycle bin; they can't be restored. Ask the user first, and " +
			"tell them how many there are (list_deleted_notes).",
	}, s.toolEmptyBin)
}

type toolDeletedNote struct {
	notelist.ToolNote
	DeletedAt mcp.Time `json:"deleted_at"`
}

type deletedNotesResult struct {
	Total  int               `json:"total" doc:"Number of notes on all pages; at most 1000"`
	Offset int64             `json:"offset"`
	Limit  int64             `json:"limit" doc:"At most 100"`
	Notes  []toolDeletedNote `json:"notes"`
}

func (s *Service) toolListDeleted(ctx context.Context, who actor.Actor, in *mcp.Page) (deletedNotesResult, error) {
	limit, offset := in.Bounds(maxPage)
	list, err := s.ListDeleted(ctx, who)
	result := deletedNotesResult{Total: len(list), Offset: offset, Limit: limit, Notes: []toolDeletedNote{}}
	from := min(offset, int64(len(list)))
	for _, n := range list[from:min(from+limit, int64(len(list)))] {
		result.Notes = append(result.Notes, toolDeletedNote{notelist.ToTool(n.Note), mcp.Time{Time: n.DeletedAt}})
	}
	return result, err
}

func (s *Service) toolRestore(ctx context.Context, who actor.Actor, in *toolNote) (noteResult, error) {
	return toolAnswer(s.Restore(ctx, who, in.ID, problem.Clean(Patch{})))
}

type emptiedResult struct {
	Count int `json:"deleted_count"`
}

func (s *Service) toolEmptyBin(ctx context.Context, who actor.Actor, _ *struct{}) (emptiedResult, error) {
	count, err := s.EmptyBin(ctx, who)
	return emptiedResult{count}, err
}
