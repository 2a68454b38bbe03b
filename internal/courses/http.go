package courses

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the operations of courses.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{Method: http.MethodGet, Path: allPath, Tag: "courses",
		Summary: "List courses"}, s.handleList)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: allPath, Tag: "courses", Process: "Notes.Courses/create", Access: rest.Account,
		Status: http.StatusCreated, Other: []int{http.StatusOK}, Summary: "Create a course",
		Description: "Sending the same client_course_id again updates that course; the title Inbox returns the existing " +
			"Inbox (both 200).",
	}, s.handleCreate)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: allPath + "reorder/", Tag: "courses", Process: "Notes.Courses/reorder",
		Access: rest.Account, Summary: "Reorder your courses",
		Description: "Skips ids of other people's courses, of the Inbox, and unknown or malformed ids. " +
			"Returns your own courses.",
	}, s.handleReorder)
	rest.Handle(api, rest.Operation{Method: http.MethodGet, Path: onePath, Tag: "courses",
		Summary: "Get a course"}, s.handleGet)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPatch, Path: onePath, Tag: "courses", Process: "Notes.Courses/update", Access: rest.Account,
		Summary: "Update a course",
	}, s.handleUpdate)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: onePath, Tag: "courses", Process: "Notes.Courses/delete", Access: rest.Account,
		Status: http.StatusNoContent, Summary: "Delete a course", Description: "Moves your notes in it to your Inbox.",
	}, s.handleDelete)
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: onePath + "notes/", Tag: "courses", Summary: "List the notes of a course",
		Description: "Lists the notes you may read, most recently edited first.",
	}, s.handleNotes)
	s.registerSubscriptions(api)
	s.registerSubscribers(api)
}

func (s *Service) registerSubscriptions(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: onePath + "subscribe/", Tag: "courses", Access: rest.Account,
		Summary: "Subscribe to a course",
	}, func(ctx context.Context, who actor.Actor, in *courseInput) (CourseJSON, error) {
		return answer(ctx)(s.Subscribe(ctx, who, in.ID, false))
	})
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: onePath + "subscribe-private/", Tag: "courses", Access: rest.Account,
		Summary:     "Subscribe to a course privately",
		Description: "Nobody else can see the subscription. Subscribing normally later does not change that.",
	}, func(ctx context.Context, who actor.Actor, in *courseInput) (CourseJSON, error) {
		return answer(ctx)(s.Subscribe(ctx, who, in.ID, true))
	})
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: onePath + "subscribe/", Tag: "courses", Access: rest.Account,
		Summary: "Unsubscribe from a course", Description: "Your notes stay in the course.",
	}, func(ctx context.Context, who actor.Actor, in *courseInput) (CourseJSON, error) {
		return answer(ctx)(s.Unsubscribe(ctx, who, in.ID))
	})
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: onePath + "open/", Tag: "courses", Access: rest.Account, Summary: "Record a visit",
		Description: "Records that you opened a course you subscribe to. Lists sort by last visit.",
	}, func(ctx context.Context, who actor.Actor, in *courseInput) (CourseJSON, error) {
		return answer(ctx)(s.RecordVisit(ctx, who, in.ID))
	})
}

type listInput struct{ pageInput }

func (s *Service) handleList(ctx context.Context, who actor.Actor, in *listInput) ([]CourseJSON, error) {
	list, err := s.List(ctx, who, in.page())
	return ListToJSON(ctx, list), err
}

func (s *Service) handleGet(ctx context.Context, who actor.Actor, in *courseInput) (CourseJSON, error) {
	return answer(ctx)(s.Get(ctx, who, in.ID))
}

type notesInput struct {
	courseInput
	pageInput
}

func (s *Service) handleNotes(
	ctx context.Context, who actor.Actor, in *notesInput,
) ([]notelist.NoteSummaryJSON, error) {
	notes, err := s.Notes(ctx, who, in.ID, in.page())
	return notelist.ListToJSON(ctx, notes), err
}

type createInput struct {
	Body struct {
		Title       string                `json:"title" required:"true" maxLength:"120"`
		Description rest.Optional[string] `json:"description" nullable:"true" blank:"true" maxLength:"100000"`
		ClientID    rest.Optional[string] `json:"client_course_id" nullable:"true" blank:"true" maxLength:"64"`
		Icon        rest.Optional[int64]  `json:"icon" nullable:"true" minimum:"0" maximum:"2147483647"`
	}
}

func (s *Service) handleCreate(ctx context.Context, who actor.Actor, in *createInput) (rest.Reply[CourseJSON], error) {
	b := &in.Body
	course, created, err := s.Create(ctx, who, Draft{
		Title: b.Title, Description: b.Description.Value, ClientID: b.ClientID.Value, Icon: b.Icon.NullablePatch(),
	})
	reply := rest.Reply[CourseJSON]{Body: ToJSON(ctx, course)}
	if !created {
		reply.Status = http.StatusOK
	}
	return reply, err
}

type updateInput struct {
	courseInput
	Body rest.Deferred[updateBody]
}

type updateBody struct {
	Title       rest.Optional[string] `json:"title" maxLength:"120"`
	Description rest.Optional[string] `json:"description" nullable:"true" blank:"true" maxLength:"100000"`
	ClientID    rest.Optional[string] `json:"client_course_id" nullable:"true" blank:"true" maxLength:"64" doc:"Ignored"`
	Icon        rest.Optional[int64]  `json:"icon" nullable:"true" minimum:"0" maximum:"2147483647"`
}

func (s *Service) handleUpdate(ctx context.Context, who actor.Actor, in *updateInput) (CourseJSON, error) {
	change := rest.Convert(in.Body, func(b *updateBody, _ *problem.Fields) Patch {
		return Patch{
			Title: b.Title.Patch(), Description: b.Description.ClearingPatch(), Icon: b.Icon.NullablePatch(),
		}
	})
	return answer(ctx)(s.Update(ctx, who, in.ID, change))
}

func (s *Service) handleDelete(ctx context.Context, who actor.Actor, in *courseInput) (rest.NoContent, error) {
	_, err := s.Delete(ctx, who, in.ID)
	return rest.NoContent{}, err
}

type reorderInput struct {
	Body struct {
		// Any JSON: what is no list has an answer of its own.
		CourseIDs rest.Optional[json.RawMessage] `json:"course_ids" nullable:"true" doc:"Ids in the new order"`
	}
}

func (s *Service) handleReorder(ctx context.Context, who actor.Actor, in *reorderInput) ([]CourseJSON, error) {
	var items []json.RawMessage
	if !in.Body.CourseIDs.Set || json.Unmarshal(in.Body.CourseIDs.Value, &items) != nil {
		return nil, problem.Refuse("Courses not reordered", "course_ids must be a list of ids")
	}
	list, err := s.Reorder(ctx, who, wholeNumbers(items))
	return ListToJSON(ctx, list), err
}

// wholeNumbers reads numbers, cut to whole ones, and texts that hold a whole one, each once. It skips everything else.
func wholeNumbers(items []json.RawMessage) []int64 {
	numbers, seen := []int64{}, map[int64]bool{}
	for _, item := range items {
		n, ok := wholeNumber(item)
		if !ok || seen[n] {
			continue
		}
		seen[n] = true
		numbers = append(numbers, n)
	}
	return numbers
}

func wholeNumber(item json.RawMessage) (int64, bool) {
	var text string
	if json.Unmarshal(item, &text) == nil {
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		return n, err == nil
	}
	if n, err := strconv.ParseInt(string(item), 10, 64); err == nil {
		return n, true
	}
	fraction, err := strconv.ParseFloat(string(item), 64)
	return int64(fraction), err == nil && math.Abs(fraction) < math.MaxInt32
}
