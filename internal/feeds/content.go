package feeds

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/feeds/icalendar"
)

// content is the text of a calendar and what was read of it.
type content struct {
	text   []byte
	hash   string
	events []icalendar.Event
	report icalendar.Report
	err    error // icalendar.ErrNoCalendar, and no events
}

// large is from how many bytes on calendars are read one at a time.
const large = 1 << 20

func (s *Service) read(text []byte) *content {
	if len(text) > large {
		s.reading <- struct{}{}
		defer func() { <-s.reading }()
	}
	c := &content{text: text, hash: hashOf(text)}
	c.events, c.report, c.err = icalendar.Parse(text)
	return c
}

func hashOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// syncError is what the owner is told of the text, "" when it could be read.
func (c *content) syncError() string {
	if c.err != nil {
		return textNoCalendar
	}
	return ""
}

const textNoCalendar = "This is not a calendar in iCalendar format."

// bodyBytes is what the texts of a person's calendars take.
const bodyBytes = `(select coalesce(sum(length(b.body)), 0) from calendar_feed_bodies b
	join calendar_feeds f on f.id = b.feed_id where f.user_id = $1)`

// storeContent replaces what is kept of a feed's calendar, within the quota of its owner.
func (s *Service) storeContent(ctx context.Context, tx *database.Tx, owner, feedID int64, c *content) error {
	_, err := tx.ExecContext(ctx, `
		insert into calendar_feed_bodies (feed_id, parser_version, body_hash, body) values ($1, $2, $3, $4)
		on conflict (feed_id) do update set
			parser_version = excluded.parser_version, body_hash = excluded.body_hash, body = excluded.body`,
		feedID, icalendar.Version, c.hash, c.text)
	if err != nil {
		return fmt.Errorf("storing the text of a calendar: %w", err)
	}
	if err := s.Media.CheckQuota(ctx, tx, owner); err != nil {
		return err
	}
	return s.replaceEvents(ctx, tx, feedID, c.events)
}

// dropContent removes what is kept of a feed's calendar.
func dropContent(ctx context.Context, tx *database.Tx, feedID int64) error {
	for _, table := range []string{"calendar_feed_events", "calendar_feed_bodies"} {
		if _, err := tx.ExecContext(ctx, "delete from "+table+" where feed_id = $1", feedID); err != nil {
			return fmt.Errorf("removing the copy of a calendar: %w", err)
		}
	}
	return nil
}

// eventRecord is an event of a feed on its way into the table.
type eventRecord struct {
	Title      string              `json:"title"`
	StartsAt   database.RecordTime `json:"starts_at"`
	EndsAt     database.RecordTime `json:"ends_at"`
	IsAllDay   bool                `json:"is_all_day"`
	IsFloating bool                `json:"is_floating"`
	TimeZone   string              `json:"time_zone"`
	Recurrence string              `json:"recurrence"`
	LastEndsAt database.RecordTime `json:"last_ends_at"`
}

// replaceEvents writes all events with one statement.
func (s *Service) replaceEvents(ctx context.Context, tx *database.Tx, feedID int64, events []icalendar.Event) error {
	if _, err := tx.ExecContext(ctx, "delete from calendar_feed_events where feed_id = $1", feedID); err != nil {
		return fmt.Errorf("removing the events of a calendar: %w", err)
	}
	records := make([]eventRecord, 0, len(events))
	for _, e := range events {
		records = append(records, eventRecord{
			Title: e.Title, StartsAt: database.RecordTime(e.Start), EndsAt: database.RecordTime(e.End), IsAllDay: e.AllDay,
			IsFloating: e.Floating, TimeZone: e.Zone, Recurrence: e.Recurrence, LastEndsAt: database.RecordTime(e.LastEnd),
		})
	}
	list, err := database.JSON(records)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `
		insert into calendar_feed_events
			(feed_id, title, starts_at, ends_at, is_all_day, is_floating, time_zone, recurrence, last_ends_at)
		select cast($1 as bigint), title, starts_at, ends_at, is_all_day, is_floating, time_zone, recurrence, last_ends_at
		from `+
		s.DB.Records(2, "title text", "starts_at timestamptz", "ends_at timestamptz", "is_all_day boolean",
			"is_floating boolean", "time_zone text", "recurrence text", "last_ends_at timestamptz")+" r", feedID, list)
	if err != nil {
		return fmt.Errorf("storing the events of a calendar: %w", err)
	}
	return nil
}
