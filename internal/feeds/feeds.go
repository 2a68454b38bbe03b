package planner

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// Feed is a calendar of somebody else on the wire.
type Feed struct {
	ID          int64      `json:"id"`
	Title       string     `json:"title"`
	SourceKind  string     `json:"source_kind" doc:"I imported, S subscribed; tells nothing but what the app said"`
	SourceURL   *string    `json:"source_url"`
	IsEnabled   bool       `json:"is_enabled" doc:"Whether it is fetched and shown in the week"`
	CourseID    *int64     `json:"course_id"`
	LastSync    *rest.Time `json:"last_sync" doc:"When it was last fetched with success; null for imported text"`
	DateCreated rest.Time  `json:"date_created"`
	LastEdit    rest.Time  `json:"last_edit" doc:"Fetching does not change it"`
	SyncError   string     `json:"sync_error,omitempty" doc:"Why it can't be read at present; the copy before stays"`
}

// feed is a Feed as it is stored.
type feed struct {
	Feed
	IsImported   bool       // the owner gave the text: the address, if any, is not fetched
	ETag         string     `db:"etag"`
	LastModified string     // with ETag, what names the copy that was fetched
	NextFetchAt  *rest.Time // nil when there is nothing to fetch
	Failures     int64      // since the last success
}

const feedColumns = `id, title, source_kind, source_url, is_enabled, course_id, fetched_at as last_sync, created_at as date_created,
	updated_at as last_edit, last_error as sync_error, is_imported, etag, last_modified, next_fetch_at, failures`

// feedModel is what answers call a feed that is not found.
const feedModel = "CalendarFeed"

// fetchable reports whether the feed is kept up to date.
func (f *feed) fetchable() bool {
	return f.IsEnabled && !f.IsImported && f.SourceURL != nil && *f.SourceURL != ""
}

func (s *Service) registerFeeds(api *rest.API) {
	const all, one = "/api/v1/calendar-feeds/", "/api/v1/calendar-feeds/{id}/"
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: all, Tag: "planner", Access: rest.Account,
		Summary: "List one's calendars by title",
	}, s.listFeeds)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: all, Tag: "planner", Access: rest.Account, Status: http.StatusCreated,
		MaxJSONBytes: maxFeedRequest,
		Summary:      "Import a calendar as text, or subscribe to its address",
		Description: "An address is fetched in the background, soon after and then about every half hour while its owner uses the server. " +
			"Links that share a Google calendar become the address of its events. With raw_ical, the address is not fetched.",
	}, s.createFeed)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPatch, Path: one, Tag: "planner", Access: rest.Account,
		MaxJSONBytes: maxFeedRequest,
		Summary:      "Change a part of a calendar",
	}, s.changeFeed)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: one, Tag: "planner", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Remove a calendar with its events",
	}, s.deleteFeed)
}

func (s *Service) listFeeds(ctx context.Context, _ *struct{}) ([]Feed, error) {
	rows, err := database.All[feed](ctx, s.DB.Read(), "select "+feedColumns+" from calendar_feeds where user_id = $1 order by id limit $2",
		rest.CallerID(ctx), maxListed)
	if err != nil {
		return nil, fmt.Errorf("listing calendar feeds: %w", err)
	}
	list := make([]Feed, 0, len(rows))
	for _, row := range rows {
		list = append(list, row.Feed)
	}
	slices.SortStableFunc(list, func(a, b Feed) int { return cmp.Compare(a.Title, b.Title) })
	return list, nil
}

type feedInput struct {
	ID int64 `path:"id"`
}

func (s *Service) deleteFeed(ctx context.Context, in *feedInput) (rest.NoContent, error) {
	return rest.NoContent{}, s.DB.Write(ctx, func(tx *database.Tx) error {
		deleted, err := database.Exec(ctx, tx, "delete from calendar_feeds where id = $1 and user_id = $2", in.ID, rest.CallerID(ctx))
		if err != nil {
			return fmt.Errorf("deleting a calendar feed: %w", err)
		}
		if deleted == 0 {
			return rest.NotFound(feedModel)
		}
		return nil
	})
}
