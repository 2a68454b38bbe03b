package notes

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Tools adds the tools, resources and prompts of notes.
func (s *Service) Tools(face *mcp.Face) {
	s.readingTools(face)
	s.writingTools(face)
	s.editingTools(face)
	s.binTools(face)
	s.versionTools(face)
	s.attachmentTools(face)
	s.resources(face)
	s.prompts(face)
}

func (s *Service) readingTools(face *mcp.Face) {
	mcp.Add(face, mcp.Tool{
		Name: "list_notes", Title: "List notes", Set: mcp.Notes, Scopes: toolReads,
		Description: "Lists the user's own notes without their text, page by page, most recently edited first. With query, " +
			"lists only notes with these words, best match first. Use it for an overview; search_notes also finds notes of " +
			"others.",
	}, s.toolList)
	mcp.Add(face, mcp.Tool{
		Name: "search_notes", Title: "Search notes", Set: mcp.Notes, Scopes: toolReads,
		Description: "Finds notes by words in title and text, best match first; typos are tolerated. Use it before you " +
			"create a note on a topic, and get_note to read a result.",
	}, s.toolSearch)
	mcp.Add(face, mcp.Tool{
		Name: "get_note", Title: "Read a note", Set: mcp.Notes, Scopes: toolReads,
		Description: "Returns a note with its text (Markdown). Read long notes in parts, with offset and limit in lines.",
	}, func(ctx context.Context, who actor.Actor, in *toolGetInput) (noteResult, error) {
		return s.toolGet(ctx, who, in.ref(), in.toolLines)
	})
	mcp.Add(face, mcp.Tool{
		Name: "get_note_by_uuid", Title: "Read a note by its UUID", Set: mcp.Notes, Scopes: toolReads,
		Description: "Like get_note, for a note known by its UUID, from a link or a note:// address.",
	}, func(ctx context.Context, who actor.Actor, in *toolUUIDInput) (noteResult, error) {
		return s.toolGet(ctx, who, ByUUID(in.UUID), in.toolLines)
	})
}

func (s *Service) writingTools(face *mcp.Face) {
	mcp.Add(face, mcp.Tool{
		Name: "create_note", Title: "Create a note", Set: mcp.Notes, Scopes: toolWrites, Effect: mcp.Adds,
		Description: "Creates a note, private unless is_public is true. First check with search_notes whether there is a " +
			"note to extend instead (append_to_note).",
	}, s.toolCreate)
	mcp.Add(face, mcp.Tool{
		Name: "update_note", Title: "Change a note", Set: mcp.Notes, Scopes: toolWrites, Effect: mcp.Changes,
		Repeatable: true,
		Description: "Changes title, description, course or visibility of a note, or replaces its whole text. Omitted " +
			"fields keep their values. To change parts of the text, use edit_note. The user can go back to an earlier version " +
			"(list_note_versions).",
	}, s.toolUpdate)
	mcp.Add(face, mcp.Tool{
		Name: "delete_note", Title: "Delete a note", Set: mcp.Notes, Scopes: toolWrites, Effect: mcp.Deletes,
		Description: "Moves a note to the recycle bin, from which restore_deleted_note can restore it for 30 days. Ask the " +
			"user first.",
	}, s.toolDelete)
}

type toolListInput struct {
	CourseID *int64 `json:"course_id" doc:"Only notes in this course"`
	Query    string `json:"query" doc:"Only notes that contain these words"`
	mcp.Page
}

type listResult struct {
	Total  int64               `json:"total" doc:"Number of notes on all pages"`
	Offset int64               `json:"offset"`
	Limit  int64               `json:"limit" doc:"At most 100"`
	Notes  []notelist.ToolNote `json:"notes"`
}

func (s *Service) toolList(ctx context.Context, who actor.Actor, in *toolListInput) (listResult, error) {
	listing := Listing{Scope: notelist.Own, Course: in.CourseID}
	listing.Limit, listing.Offset = in.Bounds(maxPage)
	list := s.List
	if in.Query != "" {
		list = func(ctx context.Context, who actor.Actor, l Listing) (Page, error) {
			return s.Search(ctx, who, in.Query, l)
		}
	}
	page, err := list(ctx, who, listing)
	return listResult{page.Total, page.Offset, page.Limit, notelist.ListToTool(page.Notes)}, err
}

type toolSearchInput struct {
	Query string `json:"query" required:"true" doc:"Search words"`
	Scope string `json:"scope" enum:"personal,all" doc:"personal (default), or all: public ones of others too"`
}

type searchResult struct {
	Query string              `json:"query"`
	Count int                 `json:"count" doc:"At most 50"`
	Notes []notelist.ToolNote `json:"notes"`
}

const maxFound = 50

func (s *Service) toolSearch(ctx context.Context, who actor.Actor, in *toolSearchInput) (searchResult, error) {
	if in.Query == "" {
		return searchResult{}, &mcp.Failure{Result: map[string]string{"error": "query is required"}}
	}
	listing := Listing{Scope: scopes[in.Scope], Limit: maxFound}
	page, err := s.Search(ctx, who, in.Query, listing)
	return searchResult{in.Query, len(page.Notes), notelist.ListToTool(page.Notes)}, err
}

type toolGetInput struct {
	toolNote
	toolLines
}

type toolUUIDInput struct {
	UUID string `json:"uuid" required:"true" minLength:"32" maxLength:"45"`
	toolLines
}

func (s *Service) toolGet(ctx context.Context, who actor.Actor, ref Ref, part toolLines) (noteResult, error) {
	result, err := toolAnswer(s.Get(ctx, who, ref))
	if err == nil && part.wanted() {
		result.Content, result.Lines = part.of(result.Content)
		result.Blocks = []toolBlock{}
	}
	return result, err
}

type toolCreateInput struct {
	Title       string `json:"title" required:"true" minLength:"1" maxLength:"100"`
	Content     string `json:"content" trim:"false" doc:"Markdown"`
	Description string `json:"description" maxLength:"600" doc:"One or two lines, shown in lists"`
	CourseID    *int64 `json:"course_id" doc:"Id of a course of the user, from list_courses; default none"`
	IsPublic    bool   `json:"is_public" doc:"Whether everyone can read it"`
	EditorMode  string `json:"editor_mode" enum:"G,B,P" doc:"Default: as in the user's profile"`
}

func (s *Service) toolCreate(ctx context.Context, who actor.Actor, in *toolCreateInput) (noteResult, error) {
	note, _, err := s.Create(ctx, who, problem.Clean(Draft{
		Title: in.Title, Content: in.Content, Description: in.Description, CourseID: mcp.OptionalID(in.CourseID),
		IsPublic: in.IsPublic, EditorMode: in.EditorMode,
	}))
	return toolAnswer(note, err)
}

type toolUpdateInput struct {
	toolNote
	Title       patch.Field[string]  `json:"title" minLength:"1" maxLength:"100"`
	Content     patch.Field[string]  `json:"content" trim:"false" doc:"Replaces the whole text; may be empty"`
	Description patch.Field[*string] `json:"description" maxLength:"600" doc:"One or two lines, shown in lists"`
	IsPublic    patch.Field[bool]    `json:"is_public" doc:"Whether everyone can read it"`
	CourseID    patch.Field[*int64]  `json:"course_id" doc:"null or 0 removes it from its course"`
	toolRevision
}

func (s *Service) toolUpdate(ctx context.Context, who actor.Actor, in *toolUpdateInput) (noteResult, error) {
	return toolAnswer(s.Update(ctx, who, in.ref(), in.revisions(), problem.Clean(Patch{
		Title: in.Title, Content: in.Content, Description: in.Description, IsPublic: in.IsPublic,
		CourseID: mcp.ChangedID(in.CourseID),
	})))
}

type deletedResult struct {
	Deleted bool  `json:"deleted"`
	ID      int64 `json:"note_id"`
}

func (s *Service) toolDelete(ctx context.Context, who actor.Actor, in *toolNote) (deletedResult, error) {
	return deletedResult{true, in.ID}, s.Delete(ctx, who, in.ref(), nil)
}
