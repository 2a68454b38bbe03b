package planner

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
	"github.com/trance-0/notechondria/internal/outbound"
	"github.com/trance-0/notechondria/internal/planner/icalendar"
	"github.com/trance-0/notechondria/internal/rest"
)

const (
	fetchInterval = 30 * time.Minute   // between two fetches of a feed
	activeFor     = 7 * 24 * time.Hour // after the last use of the server, its owner's feeds are fetched
	fetchLease    = 2 * time.Minute    // after which a feed whose process died is due again
	firstPause    = 2 * time.Minute    // after a failure; four times as long after each further one
	longestPause  = 24 * time.Hour
	maxValidator  = 512 // bytes of an ETag or a date that are kept
)

// dueFeed is a feed that this process is to fetch.
type dueFeed struct {
	ID           int64
	SourceURL    string
	ETag         string `db:"etag"`
	LastModified string
	NextFetchAt  rest.Time // when the lease ends: it changes when somebody else changes or fetches the feed
	Failures     int
}

// fetch asks the server of a feed; it ends within the time of the client.
func (s *Service) fetch(ctx context.Context, f dueFeed) fetched {
	response, err := s.Outbound.Get(ctx, feedAddress(f.SourceURL), outbound.Request{
		Accept: "text/calendar, text/plain;q=0.9, */*;q=0.1", UserAgent: "Notechondria (calendar feeds)",
		ETag: f.ETag, LastModified: f.LastModified, Limit: maxFeedBytes,
	})
	return fetched{f, response, err}
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
			returning id, coalesce(source_url, '') as source_url, etag, last_modified, next_fetch_at, failures`,
			now, now.Add(fetchLease), now.Add(-activeFor), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for calendar feeds that are due: %w", err)
	}
	return due, nil
}

// keep stores what a fetch brought. A feed that was removed or changed meanwhile stays as it is.
func (s *Service) keep(ctx context.Context, got fetched) error {
	f, response, err := got.feed, got.response, got.err
	if ctx.Err() != nil { // the job has run out of time: the feed is fetched again
		return ctx.Err()
	}
	var fresh *feedCopy
	if err == nil && !response.NotModified {
		if fresh, err = s.changed(ctx, f.ID, response.Body); err != nil {
			return err
		}
		if fresh != nil {
			err = fresh.err
		}
	}
	if err != nil {
		return s.keepFailure(ctx, f, err)
	}
	now := database.Now()
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		held, err := database.Exec(ctx, tx, `
			update calendar_feeds set fetched_at = $1, next_fetch_at = $2, failures = 0, last_error = '', etag = $3, last_modified = $4
			where id = $5 and next_fetch_at = $6`,
			now, now.Add(fetchInterval), validator(response.ETag), validator(response.LastModified), f.ID, f.NextFetchAt)
		if err != nil {
			return fmt.Errorf("noting the fetch of a calendar: %w", err)
		}
		if held == 0 || fresh == nil {
			return nil
		}
		return s.storeCopy(ctx, tx, f.ID, fresh)
	})
}

// changed reads a body, unless it is the one that is stored already.
func (s *Service) changed(ctx context.Context, feedID int64, body []byte) (*feedCopy, error) {
	known, err := database.One[int](ctx, s.DB.Read(), `
		select count(*) from calendar_feed_bodies where feed_id = $1 and body_hash = $2 and parser_version = $3`,
		feedID, hashOf(body), icalendar.Version)
	if err != nil {
		return nil, fmt.Errorf("comparing a calendar: %w", err)
	}
	if known > 0 {
		return nil, nil
	}
	return newFeedCopy(body), nil
}

// keepFailure leaves the copy that is there, tells the owner, and waits longer with each failure.
func (s *Service) keepFailure(ctx context.Context, f dueFeed, cause error) error {
	s.Log.LogAttrs(ctx, slog.LevelDebug, "a calendar feed could not be fetched", slog.Int64("feed", f.ID), slog.String("error", cause.Error()))
	pause := min(firstPause<<(2*min(f.Failures, 8)), longestPause)
	return s.DB.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			update calendar_feeds set next_fetch_at = $1, failures = failures + 1, last_error = $2 where id = $3 and next_fetch_at = $4`,
			database.Now().Add(pause), failureText(cause), f.ID, f.NextFetchAt)
		if err != nil {
			return fmt.Errorf("noting the failure of a calendar feed: %w", err)
		}
		return nil
	})
}

// failureText tells the owner of a feed what is wrong with it, and nothing of the server's network.
func failureText(err error) string {
	var status *outbound.StatusError
	switch {
	case errors.As(err, &status):
		return fmt.Sprintf("The server of the calendar answered %d %s.", status.Code, http.StatusText(status.Code))
	case errors.Is(err, icalendar.ErrNoCalendar):
		return textNoCalendar
	case errors.Is(err, outbound.ErrRefused):
		return "The address is not a public one of http or https."
	case errors.Is(err, outbound.ErrTooLarge):
		return "The calendar is larger than 5 MiB."
	}
	return "The server of the calendar could not be reached."
}

// validator is an ETag or a date to send back; one that is too long, or no text, is not kept.
func validator(text string) string {
	if len(text) > maxValidator || !utf8.ValidString(text) {
		return ""
	}
	return text
}
