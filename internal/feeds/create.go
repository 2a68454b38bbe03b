package planner

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	maxFeedBytes   = 5 << 20          // of a calendar, imported or fetched
	maxFeedRequest = 2 * maxFeedBytes // JSON writes line breaks, and some programs other letters, with more bytes
	maxFeeds       = 100              // of a user: each is fetched again and again
)

// feedFields are what a client may write. Nulls count as absent, apart from course_id.
type feedFields struct {
	Title      rest.Optional[string] `json:"title" maxLength:"120"`
	SourceKind rest.Optional[string] `json:"source_kind" nullable:"true" enum:"I,S"`
	SourceURL  rest.Optional[string] `json:"source_url" nullable:"true" blank:"true" format:"uri" maxLength:"200"`
	RawICal    rest.Optional[string] `json:"raw_ical" nullable:"true" blank:"true" doc:"A calendar as text, up to 5 MiB"`
	CourseID   rest.Optional[int64]  `json:"course_id" nullable:"true" doc:"null, 0 and device-local (negative) ids mean none"`
	IsEnabled  rest.Optional[bool]   `json:"is_enabled" nullable:"true"`
}

// course is the id of the course to file in, 0 for none.
func (f *feedFields) course() int64 { return max(f.CourseID.Value, 0) }

// check adds what the rules of fields can't say.
func (f *feedFields) check(found *rest.Problems) {
	if len(f.RawICal.Value) > maxFeedBytes {
		found.Add("raw_ical", "Ensure this field has no more than 5 MiB.")
	}
}

// imported reads the text that was sent, nil when there is none.
func (f *feedFields) imported() *feedCopy {
	if f.RawICal.Value == "" {
		return nil
	}
	return newFeedCopy([]byte(f.RawICal.Value))
}

type createFeedInput struct {
	rest.Problems
	Body struct{ feedFields }
}

func (s *Service) createFeed(ctx context.Context, in *createFeedInput) (Feed, error) {
	fields := &in.Body.feedFields
	if !fields.Title.Set && !in.Has("title") && !in.Has(rest.NonField) {
		in.Add("title", "This field is required.")
	}
	fields.check(&in.Problems)
	if err := in.Err(); err != nil {
		return Feed{}, err
	}
	now := rest.Time{Time: database.Now()}
	f := feed{Feed: Feed{SourceKind: "I", SourceURL: new(""), IsEnabled: true, DateCreated: now}}
	fields.SourceURL.Value = feedAddress(fields.SourceURL.Value)
	text := fields.imported()
	err := s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if err := fields.checkFiling(ctx, tx); err != nil {
			return err
		}
		if err := f.insert(ctx, tx, rest.CallerID(ctx), now); err != nil {
			return err
		}
		return s.applyFeed(ctx, tx, &f, fields, text, now)
	})
	return f.Feed, err
}

type changeFeedInput struct {
	rest.Problems
	ID   int64 `path:"id"`
	Body struct{ feedFields }
}

func (s *Service) changeFeed(ctx context.Context, in *changeFeedInput) (Feed, error) {
	var f feed
	fields := &in.Body.feedFields
	fields.check(&in.Problems)
	var text *feedCopy
	if in.Err() == nil {
		text = fields.imported() // before the transaction, which others wait for
	}
	err := s.DB.Write(ctx, func(tx *database.Tx) (err error) {
		if f, err = ownFeed(ctx, tx, in.ID); err != nil {
			return err
		}
		if err := in.Err(); err != nil {
			return err
		}
		if err := fields.checkFiling(ctx, tx); err != nil {
			return err
		}
		return s.applyFeed(ctx, tx, &f, fields, text, rest.Time{Time: database.Now()})
	})
	return f.Feed, err
}

// ownFeed locks a feed of the caller for the rest of the transaction.
func ownFeed(ctx context.Context, tx *database.Tx, id int64) (feed, error) {
	f, err := database.One[feed](ctx, tx, "update calendar_feeds set id = id where id = $1 and user_id = $2 returning "+feedColumns,
		id, rest.CallerID(ctx))
	if errors.Is(err, database.ErrNotFound) {
		return feed{}, rest.NotFound(feedModel)
	}
	if err != nil {
		return feed{}, fmt.Errorf("reading a calendar feed: %w", err)
	}
	return f, nil
}

func (f *feedFields) checkFiling(ctx context.Context, tx *database.Tx) error {
	if f.course() == 0 {
		return nil
	}
	return courses.CheckFiling(ctx, tx, rest.CallerID(ctx), f.course())
}

// applyFeed changes a stored feed, and what is kept of the calendar, by what was sent. A feed that is to be fetched is due
// at once when it is new or has another address.
func (s *Service) applyFeed(ctx context.Context, tx *database.Tx, f *feed, fields *feedFields, text *feedCopy, now rest.Time) error {
	before := *f
	f.apply(fields)
	f.LastEdit = now
	switch {
	case text != nil:
		f.IsImported, f.SyncError = true, text.problem()
		f.forget()
		if err := s.storeCopy(ctx, tx, f.ID, text); err != nil {
			return err
		}
	case fields.RawICal.Set && before.IsImported, !f.IsImported && before.address() != "" && f.address() != before.address():
		f.IsImported, f.SyncError = false, ""
		f.forget()
		if err := dropCopy(ctx, tx, f.ID); err != nil {
			return err
		}
	}
	switch {
	case !f.fetchable():
		f.NextFetchAt = nil
	case f.NextFetchAt == nil:
		f.NextFetchAt = &now
		if f.LastSync != nil && f.LastSync.Add(fetchInterval).After(now.Time) {
			f.NextFetchAt = &rest.Time{Time: f.LastSync.Add(fetchInterval)}
		}
	}
	if err := f.update(ctx, tx); err != nil {
		return err
	}
	if f.NextFetchAt == nil || f.NextFetchAt.After(now.Time) {
		return nil
	}
	return s.Queue.Enqueue(ctx, tx, refreshJob, nil)
}

// apply changes the fields that were sent.
func (f *feed) apply(fields *feedFields) {
	f.Title = fields.Title.Or(f.Title)
	f.SourceKind = fields.SourceKind.Or(f.SourceKind)
	f.IsEnabled = fields.IsEnabled.Or(f.IsEnabled)
	if fields.SourceURL.Set {
		f.SourceURL = &fields.SourceURL.Value
	}
	if fields.CourseID.Present() {
		f.CourseID = nil
		if id := fields.course(); id != 0 {
			f.CourseID = &id
		}
	}
}

// address is where the calendar is fetched, "" for nowhere.
func (f *feed) address() string {
	if f.SourceURL == nil {
		return ""
	}
	return feedAddress(*f.SourceURL)
}

// forget drops what is known of fetches: it belongs to another calendar.
func (f *feed) forget() {
	f.ETag, f.LastModified, f.LastSync, f.NextFetchAt, f.Failures = "", "", nil, nil, 0
}

// insert makes the row that applyFeed fills, unless the user has too many.
func (f *feed) insert(ctx context.Context, tx *database.Tx, userID int64, now rest.Time) error {
	present, err := database.One[int](ctx, tx, "select count(*) from calendar_feeds where user_id = $1", userID)
	if err != nil {
		return fmt.Errorf("counting calendar feeds: %w", err)
	}
	if present >= maxFeeds {
		return rest.Refusal(http.StatusBadRequest, "Calendar not added", "Planner.Feeds/create", fmt.Sprintf("you have %d calendars already", present))
	}
	id, err := database.One[int64](ctx, tx, "insert into calendar_feeds (user_id, title, created_at, updated_at) values ($1, '', $2, $2) returning id",
		userID, now)
	if err != nil {
		return fmt.Errorf("storing a calendar feed: %w", err)
	}
	f.ID = id
	return nil
}

func (f *feed) update(ctx context.Context, tx *database.Tx) error {
	_, err := tx.ExecContext(ctx, `
		update calendar_feeds set title = $1, source_kind = $2, source_url = $3, is_enabled = $4, course_id = $5, fetched_at = $6,
			updated_at = $7, last_error = $8, is_imported = $9, etag = $10, last_modified = $11, next_fetch_at = $12, failures = $13
		where id = $14`,
		f.Title, f.SourceKind, f.SourceURL, f.IsEnabled, f.CourseID, f.LastSync, f.LastEdit, f.SyncError, f.IsImported, f.ETag,
		f.LastModified, f.NextFetchAt, f.Failures, f.ID)
	if err != nil {
		return fmt.Errorf("changing a calendar feed: %w", err)
	}
	return nil
}
