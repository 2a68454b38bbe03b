package feeds

import (
	"cmp"
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	allPath = "/api/v1/calendar-feeds/"
	onePath = allPath + "{id}/"

	// maxJSONBytes is of a request: JSON writes line breaks, and some programs other letters, with more bytes.
	maxJSONBytes = 2 * MaxBytes
)

// Register adds the operations of feeds.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: allPath, Tag: "planner", Access: rest.Account, Summary: "List your calendar feeds",
		Description: "Lists your calendar feeds by title.",
	}, s.handleList)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: allPath, Tag: "planner", Process: "Planner.Feeds/create", Access: rest.Account,
		Status: http.StatusCreated, MaxJSONBytes: maxJSONBytes,
		Summary: "Import a calendar, or subscribe to one",
		Description: "Takes a calendar as text (raw_ical) or by its URL, which is fetched in the background: soon, and " +
			"again about every half hour while you use the server. With raw_ical, the URL is not fetched. Google Calendar " +
			"sharing links are replaced by the URL of the calendar's events.",
	}, s.handleCreate)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPatch, Path: onePath, Tag: "planner", Process: "Planner.Feeds/update", Access: rest.Account,
		MaxJSONBytes: maxJSONBytes, Summary: "Update a calendar feed",
	}, s.handleUpdate)
	rest.Handle(api, rest.Operation{
		Method: http.MethodDelete, Path: onePath, Tag: "planner", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Delete a calendar feed", Description: "Deletes the feed and its events.",
	}, s.handleDelete)
}

func (s *Service) handleList(ctx context.Context, who actor.Actor, _ *struct{}) ([]CalendarFeedJSON, error) {
	feeds, err := s.List(ctx, who)
	return listToJSON(feeds), err
}

// feedFields are what both operations take. Nulls count as absent, apart from course_id.
type feedFields struct {
	SourceKind rest.Optional[string] `json:"source_kind" nullable:"true" enum:"I,S"`
	SourceURL  rest.Optional[string] `json:"source_url" nullable:"true" blank:"true" maxLength:"2000" doc:"Or webcal"`
	RawICal    rest.Optional[string] `json:"raw_ical" nullable:"true" blank:"true" doc:"Calendar as text, up to 20 MiB"`
	CourseID   rest.Optional[int64]  `json:"course_id" nullable:"true" doc:"null, 0 or negative: no course"`
	IsEnabled  rest.Optional[bool]   `json:"is_enabled" nullable:"true"`
}

type createBody struct {
	Title string `json:"title" required:"true" maxLength:"120"`
	feedFields
}

type createInput struct {
	Body rest.Deferred[createBody]
}

func (s *Service) handleCreate(ctx context.Context, who actor.Actor, in *createInput) (CalendarFeedJSON, error) {
	draft := rest.Convert(in.Body, func(b *createBody, _ *problem.Fields) Draft {
		return Draft{
			Title: b.Title, SourceKind: b.SourceKind.Value, SourceURL: b.SourceURL.Value, Text: b.RawICal.Value,
			CourseID: rest.OptionalID(b.CourseID), Disabled: !b.IsEnabled.Or(true),
		}
	})
	return answer(s.Create(ctx, who, draft))
}

type feedInput struct {
	ID int64 `path:"id"`
}

type updateBody struct {
	Title rest.Optional[string] `json:"title" maxLength:"120"`
	feedFields
}

type updateInput struct {
	feedInput
	Body rest.Deferred[updateBody]
}

func (s *Service) handleUpdate(ctx context.Context, who actor.Actor, in *updateInput) (CalendarFeedJSON, error) {
	change := rest.Convert(in.Body, func(b *updateBody, _ *problem.Fields) Patch {
		return Patch{
			Title: b.Title.Patch(), SourceKind: b.SourceKind.Patch(), SourceURL: b.SourceURL.Patch(), Text: b.RawICal.Patch(),
			CourseID: rest.IDPatch(b.CourseID), IsEnabled: b.IsEnabled.Patch(),
		}
	})
	return answer(s.Update(ctx, who, in.ID, change))
}

func (s *Service) handleDelete(ctx context.Context, who actor.Actor, in *feedInput) (rest.NoContent, error) {
	return rest.NoContent{}, s.Delete(ctx, who, in.ID)
}

// CalendarFeedJSON is a Feed on the wire.
type CalendarFeedJSON struct {
	ID          int64      `json:"id"`
	Title       string     `json:"title"`
	SourceKind  string     `json:"source_kind" enum:"I,S" doc:"I (imported) or S (subscribed), as sent by the app"`
	SourceURL   *string    `json:"source_url"`
	IsEnabled   bool       `json:"is_enabled" doc:"Whether it is fetched, and shown in the week"`
	CourseID    *int64     `json:"course_id"`
	LastSync    *rest.Time `json:"last_sync" doc:"Last successful fetch; null for imported text"`
	DateCreated rest.Time  `json:"date_created"`
	LastEdit    rest.Time  `json:"last_edit" doc:"Last change by the user, not by fetching"`
	SyncError   string     `json:"sync_error,omitempty" doc:"Why it can't be read at the moment, or what was left out"`
}

func toJSON(f Feed) CalendarFeedJSON {
	return CalendarFeedJSON{
		ID: f.ID, Title: f.Title, SourceKind: f.SourceKind, SourceURL: f.SourceURL, IsEnabled: f.IsEnabled,
		CourseID: f.CourseID, LastSync: rest.OptionalTime(f.LastSync), DateCreated: rest.Time{Time: f.CreatedAt},
		LastEdit: rest.Time{Time: f.UpdatedAt}, SyncError: cmp.Or(f.SyncError, f.Remarks),
	}
}

func listToJSON(feeds []Feed) []CalendarFeedJSON {
	list := make([]CalendarFeedJSON, 0, len(feeds))
	for _, f := range feeds {
		list = append(list, toJSON(f))
	}
	return list
}

// answer writes what a use case returns.
func answer(f Feed, err error) (CalendarFeedJSON, error) {
	if err != nil {
		return CalendarFeedJSON{}, err
	}
	return toJSON(f), nil
}
