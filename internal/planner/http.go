package planner

import (
	"context"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	allPath = "/api/v1/planner-events/"
	onePath = allPath + "{id}/"
)

// Register adds the operations of events.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: allPath, Tag: "planner", Access: rest.Account, Summary: "List your open events",
		Description: "Lists events that are not completed, by date and title. A repeating event is listed once, with its " +
			"first start; the week shows its occurrences.",
	}, s.handleList)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: allPath, Tag: "planner", Process: "Planner.Events/create", Access: rest.Account,
		Status: http.StatusCreated, Summary: "Create an event",
		Description: "rrule makes the event repeat: the value of an RFC 5545 RRULE with FREQ=DAILY or longer. If it is " +
			"null or empty, the event does not repeat. A repeating event keeps its local time in time_zone.",
	}, s.handleCreate)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPatch, Path: onePath, Tag: "planner", Process: "Planner.Events/update", Access: rest.Account,
		Summary: "Update an event, or complete one occurrence",
		Description: "event_date alone moves start and end by whole days. With occurrence, is_completed applies to that " +
			"occurrence only, and the occurrence is returned. Moving a repeating event also moves its completed occurrences.",
	}, s.handleUpdate)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: onePath, Tag: "planner", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Delete an event", Description: "Deletes the event with all its occurrences.",
	}, s.handleDelete)
}

func (s *Service) handleList(ctx context.Context, who actor.Actor, _ *struct{}) ([]EventJSON, error) {
	events, err := s.ListEvents(ctx, who, Listing{})
	return ListToJSON(events), err
}

// eventFields are what both operations take. Nulls count as absent, apart from those that say otherwise.
type eventFields struct {
	StartsAt rest.Optional[rest.Time] `json:"starts_at" nullable:"true" doc:"null: noon UTC on event_date"`
	EndsAt   rest.Optional[rest.Time] `json:"ends_at" nullable:"true" doc:"null, or before the start: an hour after it"`

	DifficultyWeight rest.Optional[int64]  `json:"difficulty_weight" nullable:"true" minimum:"1" maximum:"2147483647"`
	Description      rest.Optional[string] `json:"description" nullable:"true" blank:"true" maxLength:"255"`

	CourseID    rest.Optional[int64]     `json:"course_id" nullable:"true" doc:"null, 0 or negative: no course"`
	IsCompleted rest.Optional[bool]      `json:"is_completed" nullable:"true"`
	CompletedAt rest.Optional[rest.Time] `json:"completed_at" nullable:"true" doc:"For a completed event; null: now"`

	RRule    rest.Optional[string] `json:"rrule" nullable:"true" blank:"true" maxLength:"500" doc:"RRULE (RFC 5545)"`
	TimeZone rest.Optional[string] `json:"time_zone" nullable:"true" blank:"true" maxLength:"64" doc:"IANA; default UTC"`
}

type createBody struct {
	Title     string `json:"title" required:"true" maxLength:"120"`
	EventDate string `json:"event_date" required:"true" format:"date" doc:"Used if starts_at is omitted or null"`
	eventFields
}

func (b *createBody) draft(*problem.Fields) Draft {
	return Draft{
		Title: b.Title, Date: dateOf(b.EventDate),
		StartsAt: rest.TimePointer(b.StartsAt), EndsAt: rest.TimePointer(b.EndsAt),
		Weight: b.DifficultyWeight.Value, Description: b.Description.Value, CourseID: rest.OptionalID(b.CourseID),
		IsCompleted: b.IsCompleted.Value, CompletedAt: rest.TimePointer(b.CompletedAt),
		Rule: b.RRule.Value, TimeZone: b.TimeZone.Value,
	}
}

type createInput struct {
	Body rest.Deferred[createBody]
}

func (s *Service) handleCreate(ctx context.Context, who actor.Actor, in *createInput) (EventJSON, error) {
	return answer(s.CreateEvent(ctx, who, rest.Convert(in.Body, (*createBody).draft)))
}

// dateOf reads a date that rest has checked; nil for one that it has found wrong.
func dateOf(text string) *time.Time {
	date, err := time.Parse(rest.DateLayout, text)
	if err != nil {
		return nil
	}
	return &date
}

type eventInput struct {
	ID int64 `path:"id"`
}

type updateBody struct {
	Title     rest.Optional[string] `json:"title" maxLength:"120"`
	EventDate rest.Optional[string] `json:"event_date" format:"date" doc:"Used if starts_at is omitted"`
	eventFields
	Occurrence rest.Optional[rest.Time] `json:"occurrence" nullable:"true" doc:"Start of the occurrence to update"`
}

func (b *updateBody) patch(*problem.Fields) Patch {
	p := Patch{
		Title: b.Title.Patch(), StartsAt: rest.TimePatch(b.StartsAt), EndsAt: rest.TimePatch(b.EndsAt),
		Weight: b.DifficultyWeight.Patch(), Description: b.Description.ClearingPatch(),
		CourseID:    rest.IDPatch(b.CourseID),
		IsCompleted: b.IsCompleted.Patch(), CompletedAt: rest.TimePatch(b.CompletedAt),
		Rule: b.RRule.ClearingPatch(), TimeZone: b.TimeZone.ClearingPatch(),
	}
	if date := dateOf(b.EventDate.Value); date != nil {
		p.Date = patch.To(*date)
	}
	return p
}

// ofOccurrence reports whether the change is to one occurrence.
func (b *updateBody) ofOccurrence() bool { return b.Occurrence.Set }

// completion reads what completes one occurrence: nothing else can be changed of it.
func (b *updateBody) completion(problems *problem.Fields) Completion {
	switch {
	case b.Title.Present(), b.EventDate.Present(), b.StartsAt.Present(), b.EndsAt.Present(), b.DifficultyWeight.Present(),
		b.Description.Present(), b.CourseID.Present(), b.RRule.Present(), b.TimeZone.Present():
		problems.Add("occurrence", "For a single occurrence, only is_completed and completed_at can be changed.")
	case !b.IsCompleted.Set && !problems.Has("is_completed"):
		problems.Add("is_completed", "This field is required.")
	}
	return Completion{
		Occurrence: b.Occurrence.Value.Time, IsCompleted: b.IsCompleted.Value, CompletedAt: rest.TimePointer(b.CompletedAt),
	}
}

type updateInput struct {
	eventInput
	Body rest.Deferred[updateBody]
}

func (s *Service) handleUpdate(ctx context.Context, who actor.Actor, in *updateInput) (EventJSON, error) {
	if in.Body.Is((*updateBody).ofOccurrence) {
		return answer(s.CompleteOccurrence(ctx, who, in.ID, rest.Convert(in.Body, (*updateBody).completion)))
	}
	return answer(s.UpdateEvent(ctx, who, in.ID, rest.Convert(in.Body, (*updateBody).patch)))
}

func (s *Service) handleDelete(ctx context.Context, who actor.Actor, in *eventInput) (rest.NoContent, error) {
	return rest.NoContent{}, s.DeleteEvent(ctx, who, in.ID)
}
