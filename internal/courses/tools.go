package courses

import (
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Tools adds the tools of courses.
func (s *Service) Tools(face *mcp.Face) {
	reads, writes := []string{mcp.ReadNotes}, []string{mcp.WriteNotes}
	mcp.Add(face, mcp.Tool{
		Name: "list_courses", Title: "List courses", Set: mcp.Courses, Scopes: reads,
		Description: "Lists the courses (folders of notes) that the user owns, subscribes to, or may see, Inbox first. " +
			"Use it to find the id of a course before you file something in it.",
	}, s.toolList)
	mcp.Add(face, mcp.Tool{
		Name: "get_course", Title: "Get a course", Set: mcp.Courses, Scopes: reads,
		Description: "Returns a course with its 20 most recently edited notes. list_course_notes returns all of them.",
	}, s.toolGet)
	mcp.Add(face, mcp.Tool{
		Name: "list_course_notes", Title: "List the notes of a course", Set: mcp.Courses, Scopes: reads,
		Description: "Lists the notes of a course that the user may read, page by page, most recently edited first.",
	}, s.toolNotes)
	mcp.Add(face, mcp.Tool{
		Name: "create_course", Title: "Create a course", Set: mcp.Courses, Scopes: writes, Effect: mcp.Adds,
		Description: "Creates a course to file notes in. The user must not have a course with the same title (list_courses).",
	}, s.toolCreate)
	mcp.Add(face, mcp.Tool{
		Name: "update_course", Title: "Change a course", Set: mcp.Courses, Scopes: writes, Effect: mcp.Changes,
		Repeatable: true,
		Description: "Changes title, description or icon of one of the user's own courses. Omitted fields keep their " +
			"values. The Inbox can't be renamed.",
	}, s.toolUpdate)
	mcp.Add(face, mcp.Tool{
		Name: "delete_course", Title: "Delete a course", Set: mcp.Courses, Scopes: writes, Effect: mcp.Deletes,
		Description: "Deletes one of the user's own courses. The user's notes in it move to their Inbox. Ask the user first.",
	}, s.toolDelete)
	mcp.Add(face, mcp.Tool{
		Name: "reorder_courses", Title: "Reorder courses", Set: mcp.Courses, Scopes: writes, Effect: mcp.Changes,
		Repeatable: true,
		Description: "Sorts the user's own courses in the given order. Ids of the Inbox and of other people's courses are " +
			"skipped.",
	}, s.toolReorder)
	mcp.Add(face, mcp.Tool{
		Name: "subscribe_course", Title: "Subscribe to a course", Set: mcp.Courses, Scopes: writes, Effect: mcp.Adds,
		Repeatable:  true,
		Description: "Subscribes the user to another person's course, so that they can file notes in it.",
	}, s.toolSubscribe)
	mcp.Add(face, mcp.Tool{
		Name: "unsubscribe_course", Title: "Unsubscribe from a course", Set: mcp.Courses, Scopes: writes, Effect: mcp.Deletes,
		Description: "Ends a subscription of the user. Their notes stay in the course.",
	}, s.toolUnsubscribe)
}

// courseResult is a Course in the result of a tool.
type courseResult struct {
	ID          int64  `json:"id"`
	Title       string `json:"title"`
	Slug        string `json:"slug"`
	Description string `json:"description"`
	Icon        *int64 `json:"icon" doc:"Code point of a Flutter icon"`
	IsDefault   bool   `json:"is_default" doc:"Whether it is its owner's Inbox"`
}

func toResult(c Course, err error) (courseResult, error) {
	return courseResult{
		ID: c.ID, Title: c.Title, Slug: c.Slug, Description: c.Description, Icon: c.Icon, IsDefault: c.IsDefault,
	}, err
}

type coursesResult struct {
	Courses []courseResult `json:"courses"`
	HasMore bool           `json:"has_more,omitempty" doc:"Whether there are more after these"`
}

func toListResult(list []Course, limit int64) coursesResult {
	list, more := mcp.CutPage(list, limit)
	result := coursesResult{Courses: make([]courseResult, 0, len(list)), HasMore: more}
	for _, c := range list {
		course, _ := toResult(c, nil)
		result.Courses = append(result.Courses, course)
	}
	return result
}

const toolPageMost = 200

type toolListInput struct {
	Limit  *int64 `json:"limit" doc:"1 to 999; default 999"`
	Offset int64  `json:"offset" doc:"How many to skip"`
}

func (s *Service) toolList(ctx context.Context, who actor.Actor, in *toolListInput) (coursesResult, error) {
	limit := int64(maxListed - 1) // one more is read
	if in.Limit != nil {
		limit = min(max(*in.Limit, 1), limit)
	}
	list, err := s.List(ctx, who, Page{Limit: limit + 1, Offset: in.Offset})
	return toListResult(list, limit), err
}

type toolCourse struct {
	ID int64 `json:"course_id" required:"true"`
}

type courseWithNotes struct {
	courseResult
	Notes []notelist.ToolNote `json:"notes" doc:"The most recently edited"`
}

const notesWithCourse = 20

func (s *Service) toolGet(ctx context.Context, who actor.Actor, in *toolCourse) (courseWithNotes, error) {
	course, err := toResult(s.Get(ctx, who, in.ID))
	if err != nil {
		return courseWithNotes{}, err
	}
	notes, err := s.Notes(ctx, who, in.ID, Page{Limit: notesWithCourse})
	return courseWithNotes{course, notelist.ListToTool(notes)}, err
}

type toolNotesInput struct {
	toolCourse
	mcp.Page
}

type courseNotesResult struct {
	CourseID int64               `json:"course_id"`
	Offset   int64               `json:"offset"`
	Limit    int64               `json:"limit"`
	HasMore  bool                `json:"has_more" doc:"Whether there are more after these"`
	Notes    []notelist.ToolNote `json:"notes"`
}

func (s *Service) toolNotes(ctx context.Context, who actor.Actor, in *toolNotesInput) (courseNotesResult, error) {
	limit, offset := in.Bounds(toolPageMost)
	notes, err := s.Notes(ctx, who, in.ID, Page{Limit: limit + 1, Offset: offset})
	notes, more := mcp.CutPage(notes, limit)
	return courseNotesResult{in.ID, offset, limit, more, notelist.ListToTool(notes)}, err
}

type toolCreateInput struct {
	Title       string `json:"title" required:"true" minLength:"1" maxLength:"120"`
	Description string `json:"description" maxLength:"100000"`
	Icon        *int64 `json:"icon" minimum:"0" maximum:"2147483647" doc:"Code point of a Flutter icon"`
}

func (s *Service) toolCreate(ctx context.Context, who actor.Actor, in *toolCreateInput) (courseResult, error) {
	course, _, err := s.Create(ctx, who, Draft{Title: in.Title, Description: in.Description, Icon: patch.To(in.Icon)})
	return toResult(course, err)
}

type toolUpdateInput struct {
	toolCourse
	Title       patch.Field[string] `json:"title" minLength:"1" maxLength:"120"`
	Description patch.Field[string] `json:"description" maxLength:"100000"`
	Icon        patch.Field[*int64] `json:"icon" minimum:"0" maximum:"2147483647" doc:"Code point in Flutter; null: none"`
}

func (s *Service) toolUpdate(ctx context.Context, who actor.Actor, in *toolUpdateInput) (courseResult, error) {
	change := problem.Clean(Patch{Title: in.Title, Description: in.Description, Icon: in.Icon})
	return toResult(s.Update(ctx, who, in.ID, change))
}

type deletedResult struct {
	Deleted bool  `json:"deleted"`
	Inbox   int64 `json:"notes_moved_to" doc:"Id of the user's Inbox"`
}

func (s *Service) toolDelete(ctx context.Context, who actor.Actor, in *toolCourse) (deletedResult, error) {
	inbox, err := s.Delete(ctx, who, in.ID)
	return deletedResult{true, inbox}, err
}

type toolReorderInput struct {
	IDs []int64 `json:"course_ids" required:"true" maxItems:"1000" doc:"Ids in the new order"`
}

func (s *Service) toolReorder(ctx context.Context, who actor.Actor, in *toolReorderInput) (coursesResult, error) {
	list, err := s.Reorder(ctx, who, distinct(in.IDs))
	return toListResult(list, maxListed), err
}

func distinct(ids []int64) []int64 {
	seen, list := map[int64]bool{}, []int64{}
	for _, id := range ids {
		if !seen[id] {
			list = append(list, id)
		}
		seen[id] = true
	}
	return list
}

type toolSubscribeInput struct {
	toolCourse
	Private bool `json:"private" doc:"Whether to hide it from others"`
}

func (s *Service) toolSubscribe(ctx context.Context, who actor.Actor, in *toolSubscribeInput) (courseResult, error) {
	return toResult(s.Subscribe(ctx, who, in.ID, in.Private))
}

type unsubscribedResult struct {
	Unsubscribed bool  `json:"unsubscribed"`
	CourseID     int64 `json:"course_id"`
}

func (s *Service) toolUnsubscribe(ctx context.Context, who actor.Actor, in *toolCourse) (unsubscribedResult, error) {
	_, err := s.Unsubscribe(ctx, who, in.ID)
	return unsubscribedResult{true, in.ID}, err
}
