package feeds

import (
	"cmp"
	"context"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Tools adds the tools of feeds.
func (s *Service) Tools(face *mcp.Face) {
	reads, writes := []string{mcp.ReadPlanner}, []string{mcp.WritePlanner}
	mcp.Add(face, mcp.Tool{
		Name: "list_calendar_feeds", Title: "List calendars", Set: mcp.Calendars, Scopes: reads,
		Description: "Lists the external calendars shown in the user's week, and why one can't be read at the moment.",
	}, s.toolList)
	mcp.Add(face, mcp.Tool{
		Name: "create_calendar_feed", Title: "Add a calendar", Set: mcp.Calendars, Scopes: writes, Effect: mcp.Adds,
		OpenWorld: true,
		Description: "Adds a calendar to the user's week: subscribed by URL (source_url), which is fetched in the " +
			"background, or imported as iCalendar text (raw_ical).",
	}, s.toolCreate)
	mcp.Add(face, mcp.Tool{
		Name: "update_calendar_feed", Title: "Change a calendar", Set: mcp.Calendars, Scopes: writes, Effect: mcp.Changes,
		Repeatable: true, OpenWorld: true,
		Description: "Renames a calendar, changes its source, files it in a course, or hides it. Omitted fields keep their " +
			"values.",
	}, s.toolUpdate)
	mcp.Add(face, mcp.Tool{
		Name: "delete_calendar_feed", Title: "Remove a calendar", Set: mcp.Calendars, Scopes: writes, Effect: mcp.Deletes,
		Description: "Removes a calendar and its events from the user's week. Ask the user first.",
	}, s.toolDelete)
}

// feedResult is a Feed in the result of a tool.
type feedResult struct {
	ID         int64     `json:"id"`
	Title      string    `json:"title"`
	SourceKind string    `json:"source_kind" doc:"I (imported) or S (subscribed)"`
	SourceURL  string    `json:"source_url"`
	IsEnabled  bool      `json:"is_enabled" doc:"Whether it is fetched, and shown in the week"`
	CourseID   *int64    `json:"course_id"`
	LastSync   *mcp.Time `json:"last_sync" doc:"Last successful fetch"`
	SyncError  string    `json:"sync_error,omitempty" doc:"Why it can't be read at the moment, or what was left out"`
}

func toResult(f Feed, err error) (feedResult, error) {
	result := feedResult{
		ID: f.ID, Title: f.Title, SourceKind: f.SourceKind, IsEnabled: f.IsEnabled, CourseID: f.CourseID,
		LastSync: mcp.OptionalTime(f.LastSync), SyncError: cmp.Or(f.SyncError, f.Remarks),
	}
	if f.SourceURL != nil {
		result.SourceURL = *f.SourceURL
	}
	return result, err
}

type feedsResult struct {
	Feeds []feedResult `json:"feeds"`
}

func (s *Service) toolList(ctx context.Context, who actor.Actor, _ *struct{}) (feedsResult, error) {
	feeds, err := s.List(ctx, who)
	result := feedsResult{Feeds: make([]feedResult, 0, len(feeds))}
	for _, f := range feeds {
		feed, _ := toResult(f, nil)
		result.Feeds = append(result.Feeds, feed)
	}
	return result, err
}

type toolCreateInput struct {
	Title    string `json:"title" required:"true" minLength:"1" maxLength:"120"`
	URL      string `json:"source_url" maxLength:"2000" doc:"URL of an iCalendar file (http, https or webcal)"`
	Text     string `json:"raw_ical" trim:"false" doc:"Calendar as iCalendar text; the URL is then not fetched"`
	CourseID *int64 `json:"course_id" doc:"Id of a course of the user, from list_courses"`
}

func (s *Service) toolCreate(ctx context.Context, who actor.Actor, in *toolCreateInput) (feedResult, error) {
	kind := Imported
	if in.Text == "" {
		kind = Subscribed
	}
	return toResult(s.Create(ctx, who, problem.Clean(Draft{
		Title: in.Title, SourceKind: kind, SourceURL: in.URL, Text: in.Text, CourseID: mcp.OptionalID(in.CourseID),
	})))
}

type toolFeed struct {
	ID int64 `json:"feed_id" required:"true"`
}

type toolUpdateInput struct {
	toolFeed
	Title     patch.Field[string] `json:"title" minLength:"1" maxLength:"120"`
	URL       patch.Field[string] `json:"source_url" maxLength:"2000" doc:"URL of an iCalendar file"`
	CourseID  patch.Field[*int64] `json:"course_id" doc:"null or 0: no course"`
	IsEnabled patch.Field[bool]   `json:"is_enabled" doc:"If false, it is neither fetched nor shown"`
}

func (s *Service) toolUpdate(ctx context.Context, who actor.Actor, in *toolUpdateInput) (feedResult, error) {
	return toResult(s.Update(ctx, who, in.ID, problem.Clean(Patch{
		Title: in.Title, SourceURL: in.URL, IsEnabled: in.IsEnabled,
		CourseID: mcp.ChangedID(in.CourseID),
	})))
}

type deletedResult struct {
	Deleted bool  `json:"deleted"`
	ID      int64 `json:"feed_id"`
}

func (s *Service) toolDelete(ctx context.Context, who actor.Actor, in *toolFeed) (deletedResult, error) {
	return deletedResult{true, in.ID}, s.Delete(ctx, who, in.ID)
}
