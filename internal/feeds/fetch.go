package feeds

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/feeds/icalendar"
	"github.com/trance-0/notechondria/internal/outbound"
	"github.com/trance-0/notechondria/internal/problem"
)

const (
	activeFor    = 7 * 24 * time.Hour // after the last use of the server, its owner's feeds are fetched
	fetchLease   = 2 * time.Minute    // after which a feed whose process died is due again
	firstPause   = 2 * time.Minute    // after a failure; four times as long after each further one
	longestPause = 24 * time.Hour
	maxValidator = 512 // bytes of an ETag or a date that are kept
)

// dueFeed is a feed that this process is to fetch.
type dueFeed struct {
	ID           int64
	UserID       int64
	SourceURL    string
	ETag         string `db:"etag"`
	LastModified string
	NextFetchAt  time.Time // when the lease ends: it changes when somebody else changes or fetches the feed
	Failures     int
}

// fetched is what came of a fetch.
type fetched struct {
	feed     dueFeed
	response outbound.Response
	err      error
}

// claim takes feeds that are due, of owners that used the server lately, so that no other instance fetches them.
func (s *Service) claim(ctx context.Context, limit int) (due []dueFeed, err error) {
	now := database.Now()
	err = s.DB.Write(ctx, func(tx *database.Tx) error {
		due, err = database.All[dueFeed](ctx, tx, `
			update calendar_feeds set next_fetch_at = $2
			where next_fetch_at <= $1 and id in (
				select f.id from calendar_feeds f join users u on u.id = f.user_id
				where f.next_fetch_at <= $1 and `+accounts.OpenUser+` and (u.api_key_last_used_at > $3
					or exists (select 1 from sessions s where s.user_id = u.id and s.last_seen_at > $3))
				order by f.next_fetch_at limit $4)
			returning id, user_id, coalesce(source_url, '') as source_url, etag, last_modified, next_fetch_at, failures`,
			now, now.Add(fetchLease), now.Add(-activeFor), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for calendar feeds that are due: %w", err)
	}
	return due, nil
}

// fetch asks the server of a feed; it ends within the time of the client.
func (s *Service) fetch(ctx context.Context, f dueFeed) fetched {
	response, err := s.Outbound.Get(ctx, eventsAddress(f.SourceURL), outbound.Request{
		Accept: "text/calendar, text/plain;q=0.9, */*;q=0.1", UserAgent: "Notechondria (calendar feeds)",
		ETag: f.ETag, LastModified: f.LastModified, Limit: MaxBytes,
	})
	return fetched{f, response, err}
}

// keep stores what a fetch brought. A feed that was removed or changed meanwhile stays as it is.
func (s *Service) keep(ctx context.Context, got fetched) error {
	f, response, err := got.feed, got.response, got.err
	if ctx.Err() != nil { // the job has run out of time: the feed is fetched again
		return ctx.Err()
	}
	var fresh *content
	if err == nil && !response.NotModified {
		if fresh, err = s.readChanged(ctx, f.ID, response.Body); err != nil {
			return err
		}
		if fresh != nil {
			err = fresh.err
		}
	}
	if err != nil {
		return s.keepFailure(ctx, f, err)
	}
	if err := s.keepCopy(ctx, f, response, fresh); !problem.IsKind(err, problem.Refused) {
		return err
	}
	return s.keepFailure(ctx, f, errQuota)
}

// errQuota says that the owner keeps as much as a person may.
var errQuota = errors.New("the storage limit is exceeded")

// keepCopy stores what was read, if anything, and that it was fetched.
func (s *Service) keepCopy(ctx context.Context, f dueFeed, response outbound.Response, fresh *content) error {
	now := database.Now()
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		held, err := database.Exec(ctx, tx, `
			update calendar_feeds set
				fetched_at = $1, next_fetch_at = $2, failures = 0, last_error = '', etag = $3, last_modified = $4
			where id = $5 and next_fetch_at = $6`,
			now, now.Add(fetchInterval), validator(response.ETag), validator(response.LastModified), f.ID, f.NextFetchAt)
		if err != nil {
			return fmt.Errorf("storing the fetch of a calendar: %w", err)
		}
		if held == 0 || fresh == nil {
			return nil
		}
		if err := remark(ctx, tx, f.ID, fresh); err != nil {
			return err
		}
		return s.storeContent(ctx, tx, f.UserID, f.ID, fresh)
	})
}

// readChanged reads a text, unless it is the one that is stored already.
func (s *Service) readChanged(ctx context.Context, feedID int64, text []byte) (*content, error) {
	known, err := database.One[int](ctx, s.DB.Read(), `
		select count(*) from calendar_feed_bodies where feed_id = $1 and body_hash = $2 and parser_version = $3`,
		feedID, hashOf(text), icalendar.Version)
	if err != nil {
		return nil, fmt.Errorf("comparing a calendar: %w", err)
	}
	if known > 0 {
		return nil, nil
	}
	return s.read(text), nil
}

// remark stores what the owner is told of a copy.
func remark(ctx context.Context, tx *database.Tx, feedID int64, c *content) error {
	_, err := tx.ExecContext(ctx, `
		update calendar_feeds set remarks = $1, last_error = case when is_imported then $2 else last_error end where id = $3`,
		c.report.String(), c.syncError(), feedID)
	if err != nil {
		return fmt.Errorf("storing what could not be read of a calendar: %w", err)
	}
	return nil
}

// keepFailure leaves the copy that is there, tells the owner, and waits longer with each failure.
func (s *Service) keepFailure(ctx context.Context, f dueFeed, cause error) error {
	s.Log.LogAttrs(ctx, slog.LevelDebug, "a calendar feed could not be fetched",
		slog.Int64("feed", f.ID), slog.String("error", cause.Error()))
	pause := min(firstPause<<(2*min(f.Failures, 8)), longestPause)
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			update calendar_feeds set next_fetch_at = $1, failures = failures + 1, last_error = $2
			where id = $3 and next_fetch_at = $4`,
			database.Now().Add(pause), failureText(cause), f.ID, f.NextFetchAt)
		if err != nil {
			return fmt.Errorf("storing the failure of a calendar feed: %w", err)
		}
		return nil
	})
}

// failureText tells the owner of a feed what is wrong with it, and nothing of the server's network.
func failureText(err error) string {
	var status *outbound.StatusError
	switch {
	case errors.As(err, &status):
		return fmt.Sprintf("The calendar's server answered %d %s.", status.Code, http.StatusText(status.Code))
	case errors.Is(err, errQuota):
		return "The calendar was not stored: it would exceed your storage limit for files, pictures and calendars."
	case errors.Is(err, icalendar.ErrNoCalendar):
		return textNoCalendar
	case errors.Is(err, outbound.ErrRefused):
		return "The address must be a public http or https URL."
	case errors.Is(err, outbound.ErrTooLarge):
		return "The calendar is larger than " + problem.Bytes(MaxBytes) + "."
	}
	return "The calendar's server could not be reached."
}

// validator is an ETag or a date to send back; one that is too long, or no text, is not kept.
func validator(text string) string {
	if len(text) > maxValidator || !utf8.ValidString(text) {
		return ""
	}
	return text
}

// readAgain reads one copy that an older parser has read, and reports whether there was one.
func (s *Service) readAgain(ctx context.Context) (bool, error) {
	type oldCopy struct {
		FeedID        int64
		ParserVersion int
		Body          []byte
	}
	old, err := database.One[oldCopy](ctx, s.DB.Read(), `
		select feed_id, parser_version, body from calendar_feed_bodies where parser_version < $1 limit 1`, icalendar.Version)
	if errors.Is(err, database.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for calendars to read again: %w", err)
	}
	c := s.read(old.Body)
	return true, s.DB.Write(ctx, func(tx *database.Tx) error {
		same, err := database.Exec(ctx, tx, `
			update calendar_feed_bodies set parser_version = $1, body_hash = $2 where feed_id = $3 and parser_version = $4`,
			icalendar.Version, c.hash, old.FeedID, old.ParserVersion)
		if err != nil {
			return fmt.Errorf("marking a calendar as read: %w", err)
		}
		if same == 0 { // removed or replaced meanwhile
			return nil
		}
		if err := remark(ctx, tx, old.FeedID, c); err != nil {
			return err
		}
		return s.replaceEvents(ctx, tx, old.FeedID, c.events)
	})
}
