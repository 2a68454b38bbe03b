package planner

import (
	"context"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Tools adds the tools of events.
func (s *Service) Tools(face *mcp.Face) {
	reads, writes := []string{mcp.ReadPlanner}, []string{mcp.WritePlanner}
	mcp.Add(face, mcp.Tool{
		Name: "list_events", Title: "List events", Set: mcp.Planner, Scopes: reads,
		Description: "Lists the user's events and deadlines by date. A repeating event is listed once, with its first " +
			"start; get_activity_week shows what happens in a certain week.",
	}, s.toolList)
	mcp.Add(face, mcp.Tool{
		Name: "create_event", Title: "Create an event", Set: mcp.Planner, Scopes: writes, Effect: mcp.Adds,
		Description: "Creates an event or a deadline in the user's planner. First check with list_events whether it " +
			"already exists.",
	}, s.toolCreate)
	mcp.Add(face, mcp.Tool{
		Name: "update_event", Title: "Change an event", Set: mcp.Planner, Scopes: writes, Effect: mcp.Changes,
		Repeatable: true,
		Description: "Changes an event, moves it, or marks it as completed. Omitted fields keep their values. event_date " +
			"alone moves it by whole days. For a repeating event, this changes all occurrences: use complete_occurrence for " +
			"one.",
	}, s.toolUpdate)
	mcp.Add(face, mcp.Tool{
		Name: "complete_occurrence", Title: "Complete an occurrence", Set: mcp.Planner, Scopes: writes, Effect: mcp.Changes,
		Repeatable: true,
		Description: "Marks one occurrence of a repeating event as completed, or as open again. get_activity_week shows " +
			"occurrences.",
	}, s.toolComplete)
	mcp.Add(face, mcp.Tool{
		Name: "delete_event", Title: "Delete an event", Set: mcp.Planner, Scopes: writes, Effect: mcp.Deletes,
		Description: "Permanently deletes an event with all its occurrences. Ask the user first. To mark something as " +
			"done, use update_event.",
	}, s.toolDelete)
}

// ToolEvent is an Event in the result of a tool.
type ToolEvent struct {
	ID          int64     `json:"id"`
	Title       string    `json:"title"`
	EventDate   string    `json:"event_date" doc:"UTC date of starts_at"`
	StartsAt    mcp.Time  `json:"starts_at"`
	EndsAt      mcp.Time  `json:"ends_at"`
	Weight      int64     `json:"difficulty_weight" doc:"How much work it is; usually 1 to 4"`
	Description string    `json:"description"`
	CourseID    *int64    `json:"course_id"`
	IsCompleted bool      `json:"is_completed"`
	Rule        string    `json:"rrule,omitempty" doc:"Recurrence rule (RFC 5545)"`
	TimeZone    string    `json:"time_zone,omitempty" doc:"Time zone in which it keeps its local time"`
	Occurrence  *mcp.Time `json:"occurrence,omitempty" doc:"For an occurrence: its start, which identifies it"`
}

// ToTool writes an event as programs read it.
func ToTool(e Event) ToolEvent {
	return ToolEvent{
		ID: e.ID, Title: e.Title, EventDate: e.Date(), StartsAt: mcp.Time{Time: e.StartsAt}, EndsAt: mcp.Time{Time: e.EndsAt},
		Weight: e.Weight, Description: e.Description, CourseID: e.CourseID, IsCompleted: e.IsCompleted,
		Rule: e.Rule, TimeZone: e.TimeZone, Occurrence: mcp.OptionalTime(e.Occurrence),
	}
}

func toResult(e Event, err error) (ToolEvent, error) { return ToTool(e), err }

type toolListInput struct {
	Completed bool `json:"include_completed" doc:"Whether to include completed events"`
	mcp.Page
}

const toolPageMost = 200

type eventsResult struct {
	Events  []ToolEvent `json:"events"`
	HasMore bool        `json:"has_more,omitempty" doc:"Whether there are more after these"`
}

func (s *Service) toolList(ctx context.Context, who actor.Actor, in *toolListInput) (eventsResult, error) {
	limit, offset := in.Bounds(toolPageMost)
	events, err := s.ListEvents(ctx, who, Listing{Completed: in.Completed, Limit: limit + 1, Offset: offset})
	events, more := mcp.CutPage(events, limit)
	result := eventsResult{Events: make([]ToolEvent, 0, len(events)), HasMore: more}
	for _, e := range events {
		result.Events = append(result.Events, ToTool(e))
	}
	return result, err
}

// toolTimes are what tools take of when an event is. Clock times are those of the date, in UTC.
type toolTimes struct {
	StartsAt patch.Field[*string] `json:"starts_at" doc:"2026-03-01T09:00:00Z, or 09:00 (UTC) on event_date; default noon"`
	EndsAt   patch.Field[*string] `json:"ends_at" doc:"Same format as starts_at; default one hour after the start"`
}

// read returns the times. date is the one of clock times.
func (t toolTimes) read(date string, problems *problem.Fields) (starts, ends patch.Field[*time.Time]) {
	return readTime("starts_at", t.StartsAt, date, problems), readTime("ends_at", t.EndsAt, date, problems)
}

func readTime(name string, sent patch.Field[*string], date string, problems *problem.Fields) patch.Field[*time.Time] {
	if sent.Value == nil || *sent.Value == "" {
		return patch.Field[*time.Time]{Set: sent.Set}
	}
	text := *sent.Value
	if isClock(text) {
		if date == "" {
			problems.Add(name, "A clock time needs event_date beside it.")
			return patch.Field[*time.Time]{}
		}
		text = date + "T" + text
	}
	t, ok := mcp.ParseTime(text)
	if !ok {
		problems.Add(name, "It must be a time like 2026-03-01T09:00:00Z, or 09:00.")
		return patch.Field[*time.Time]{}
	}
	return patch.To(&t)
}

// isClock reports whether a text begins like 9:00 or 09:00.
func isClock(text string) bool {
	at := strings.IndexByte(text, ':')
	return at == 1 || at == 2
}

type toolCreateInput struct {
	Title string `json:"title" required:"true" minLength:"1" maxLength:"120"`
	Date  string `json:"event_date" required:"true" format:"date" doc:"YYYY-MM-DD"`
	toolTimes
	Weight      *int64 `json:"difficulty_weight" minimum:"1" maximum:"4" doc:"How much work it is; default 1"`
	Description string `json:"description" maxLength:"255"`
	CourseID    *int64 `json:"course_id" doc:"Id of a course of the user, from list_courses"`
	Rule        string `json:"rrule" maxLength:"500" doc:"Makes it repeat: an RFC 5545 rule such as FREQ=WEEKLY;BYDAY=MO"`
	TimeZone    string `json:"time_zone" maxLength:"64" doc:"IANA time zone of a repeating event; default UTC"`
}

func (s *Service) toolCreate(ctx context.Context, who actor.Actor, in *toolCreateInput) (ToolEvent, error) {
	var problems problem.Fields
	starts, ends := in.read(in.Date, &problems)
	date, _ := mcp.ParseTime(in.Date) // it has been checked
	draft := Draft{
		Title: in.Title, Date: &date, StartsAt: starts.Value, EndsAt: ends.Value, Description: in.Description,
		CourseID: mcp.OptionalID(in.CourseID), Rule: in.Rule, TimeZone: in.TimeZone,
	}
	if in.Weight != nil {
		draft.Weight = *in.Weight
	}
	return toResult(s.CreateEvent(ctx, who, problem.Found(draft, problems)))
}

type toolEvent struct {
	ID int64 `json:"event_id" required:"true"`
}

type toolUpdateInput struct {
	toolEvent
	Title patch.Field[string] `json:"title" minLength:"1" maxLength:"120"`
	Date  string              `json:"event_date" format:"date" doc:"YYYY-MM-DD"`
	toolTimes
	Weight      patch.Field[int64]  `json:"difficulty_weight" minimum:"1" maximum:"4" doc:"How much work it is"`
	Description patch.Field[string] `json:"description" maxLength:"255"`
	CourseID    patch.Field[*int64] `json:"course_id" doc:"null or 0: no course"`
	Completed   patch.Field[bool]   `json:"is_completed"`
	Rule        patch.Field[string] `json:"rrule" maxLength:"500" doc:"RFC 5545 rule; empty for no repetition"`
	TimeZone    patch.Field[string] `json:"time_zone" maxLength:"64" doc:"IANA time zone of a repeating event"`
}

func (s *Service) toolUpdate(ctx context.Context, who actor.Actor, in *toolUpdateInput) (ToolEvent, error) {
	var problems problem.Fields
	starts, ends := in.read(in.Date, &problems)
	change := Patch{
		Title: in.Title, StartsAt: starts, EndsAt: ends, Weight: in.Weight, Description: in.Description,
		CourseID: mcp.ChangedID(in.CourseID), IsCompleted: in.Completed, Rule: in.Rule, TimeZone: in.TimeZone,
	}
	if date, ok := mcp.ParseTime(in.Date); ok && in.Date != "" {
		change.Date = patch.To(date)
	}
	return toResult(s.UpdateEvent(ctx, who, in.ID, problem.Found(change, problems)))
}

type toolCompleteInput struct {
	toolEvent
	Occurrence mcp.Time `json:"occurrence" required:"true" doc:"Start of the occurrence"`
	Completed  *bool    `json:"is_completed" doc:"false reopens it; default true"`
}

func (s *Service) toolComplete(ctx context.Context, who actor.Actor, in *toolCompleteInput) (ToolEvent, error) {
	completed := in.Completed == nil || *in.Completed
	return toResult(s.CompleteOccurrence(ctx, who, in.ID,
		problem.Clean(Completion{Occurrence: in.Occurrence.Time, IsCompleted: completed})))
}

type deletedResult struct {
	Deleted bool  `json:"deleted"`
	ID      int64 `json:"event_id"`
}

func (s *Service) toolDelete(ctx context.Context, who actor.Actor, in *toolEvent) (deletedResult, error) {
	return deletedResult{true, in.ID}, s.DeleteEvent(ctx, who, in.ID)
}
