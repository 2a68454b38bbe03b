package feeds

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
)

// stored is a Feed with what the table keeps beside it.
type stored struct {
	Feed
	IsImported   bool       // the owner gave the text: the address, if any, is not fetched
	ETag         string     `db:"etag"`
	LastModified string     // with ETag, what names the copy that was fetched
	NextFetchAt  *time.Time // nil when there is nothing to fetch
	Failures     int64      // since the last success
}

const columns = `id, title, source_kind, source_url, is_enabled, course_id, fetched_at, created_at, updated_at,
	last_error, remarks, is_imported, etag, last_modified, next_fetch_at, failures`

// address is where the calendar is fetched, "" for nowhere.
func (f *stored) address() string {
	if f.SourceURL == nil {
		return ""
	}
	return eventsAddress(*f.SourceURL)
}

// fetchable reports whether the feed is kept up to date.
func (f *stored) fetchable() bool {
	return f.IsEnabled && !f.IsImported && f.SourceURL != nil && *f.SourceURL != ""
}

// forget drops what is known of fetches: it belongs to another calendar.
func (f *stored) forget() {
	f.ETag, f.LastModified, f.LastSync, f.NextFetchAt, f.Failures = "", "", nil, nil, 0
	f.Remarks = ""
}

// lockOwn locks a feed of the caller for the rest of the transaction.
func lockOwn(ctx context.Context, tx *database.Tx, who actor.Actor, id int64) (stored, error) {
	f, err := database.One[stored](ctx, tx,
		"update calendar_feeds set id = id where id = $1 and user_id = $2 returning "+columns, id, who.UserID)
	if errors.Is(err, database.ErrNotFound) {
		return stored{}, errNoFeed
	}
	if err != nil {
		return stored{}, fmt.Errorf("locking a calendar feed: %w", err)
	}
	return f, nil
}

// insert makes an empty row, which update fills.
func (f *stored) insert(ctx context.Context, tx *database.Tx, userID int64) error {
	id, err := database.One[int64](ctx, tx,
		"insert into calendar_feeds (user_id, title, created_at, updated_at) values ($1, '', $2, $2) returning id",
		userID, f.CreatedAt)
	if err != nil {
		return fmt.Errorf("storing a calendar feed: %w", err)
	}
	f.ID = id
	return nil
}

func (f *stored) update(ctx context.Context, tx *database.Tx) error {
	_, err := tx.ExecContext(ctx, `
		update calendar_feeds set title = $1, source_kind = $2, source_url = $3, is_enabled = $4, course_id = $5,
			fetched_at = $6, updated_at = $7, last_error = $8, is_imported = $9, etag = $10, last_modified = $11,
			next_fetch_at = $12, failures = $13, remarks = $14
		where id = $15`,
		f.Title, f.SourceKind, f.SourceURL, f.IsEnabled, f.CourseID, f.LastSync, f.UpdatedAt, f.SyncError, f.IsImported,
		f.ETag, f.LastModified, f.NextFetchAt, f.Failures, f.Remarks, f.ID)
	if err != nil {
		return fmt.Errorf("changing a calendar feed: %w", err)
	}
	return nil
}
