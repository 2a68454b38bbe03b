package planner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/icalendar"
)

// feedCopy is the text of a calendar and what was read of it.
type feedCopy struct {
	body   []byte
	hash   string
	events []icalendar.Event
	err    error // icalendar.ErrNoCalendar, and no events
}

func newFeedCopy(body []byte) *feedCopy {
	c := &feedCopy{body: body, hash: hashOf(body)}
	c.events, c.err = icalendar.Parse(body)
	return c
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// problem is what the owner is told of the text, "" when it could be read.
func (c *feedCopy) problem() string {
	if c.err != nil {
		return textNoCalendar
	}
	return ""
}

const textNoCalendar = "This is no calendar in the iCalendar format."

// storeCopy replaces the copy of a feed.
func (s *Service) storeCopy(ctx context.Context, tx *database.Tx, feedID int64, c *feedCopy) error {
	_, err := tx.ExecContext(ctx, `
		insert into calendar_feed_bodies (feed_id, parser_version, body_hash, body) values ($1, $2, $3, $4)
		on conflict (feed_id) do update set parser_version = excluded.parser_version, body_hash = excluded.body_hash, body = excluded.body`,
		feedID, icalendar.Version, c.hash, c.body)
	if err != nil {
		return fmt.Errorf("storing the text of a calendar: %w", err)
	}
	return s.replaceFeedEvents(ctx, tx, feedID, c.events)
}

// dropCopy removes the copy of a feed.
func dropCopy(ctx context.Context, tx *database.Tx, feedID int64) error {
	for _, table := range []string{"calendar_feed_events", "calendar_feed_bodies"} {
		if _, err := tx.ExecContext(ctx, "delete from "+table+" where feed_id = $1", feedID); err != nil {
			return fmt.Errorf("removing the copy of a calendar: %w", err)
		}
	}
	return nil
}

// feedEventRow is an event of a feed on its way into the table.
type feedEventRow struct {
	Title      string `json:"title"`
	StartsAt   string `json:"starts_at"`
	EndsAt     string `json:"ends_at"`
	IsAllDay   bool   `json:"is_all_day"`
	TimeZone   string `json:"time_zone"`
	Recurrence string `json:"recurrence"`
	LastEndsAt string `json:"last_ends_at"`
}

// insertFeedEvents reads all rows from one parameter, so that their number does not change the statement.
var insertFeedEvents = map[database.Engine]string{
	database.SQLite: `
		insert into calendar_feed_events (feed_id, title, starts_at, ends_at, is_all_day, time_zone, recurrence, last_ends_at)
		select $1, value ->> 'title', value ->> 'starts_at', value ->> 'ends_at', value ->> 'is_all_day', value ->> 'time_zone',
			value ->> 'recurrence', value ->> 'last_ends_at' from json_each($2)`,
	database.PostgreSQL: `
		insert into calendar_feed_events (feed_id, title, starts_at, ends_at, is_all_day, time_zone, recurrence, last_ends_at)
		select $1, title, starts_at, ends_at, is_all_day, time_zone, recurrence, last_ends_at
		from json_to_recordset(cast($2 as json)) as e (title text, starts_at timestamptz, ends_at timestamptz, is_all_day boolean,
			time_zone text, recurrence text, last_ends_at timestamptz)`,
}

func (s *Service) replaceFeedEvents(ctx context.Context, tx *database.Tx, feedID int64, events []icalendar.Event) error {
	if _, err := tx.ExecContext(ctx, "delete from calendar_feed_events where feed_id = $1", feedID); err != nil {
		return fmt.Errorf("removing the events of a calendar: %w", err)
	}
	rows := make([]feedEventRow, 0, len(events))
	for _, e := range events {
		rows = append(rows, feedEventRow{
			Title: e.Title, StartsAt: e.Start.Format(storedTime), EndsAt: e.End.Format(storedTime), IsAllDay: e.AllDay,
			TimeZone: e.Zone, Recurrence: e.Recurrence, LastEndsAt: e.LastEnd.Format(storedTime),
		})
	}
	list, err := json.Marshal(rows)
	if err != nil {
		return fmt.Errorf("writing the events of a calendar: %w", err)
	}
	if _, err := tx.ExecContext(ctx, insertFeedEvents[s.DB.Engine()], feedID, string(list)); err != nil {
		return fmt.Errorf("storing the events of a calendar: %w", err)
	}
	return nil
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
	c := newFeedCopy(old.Body)
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
		return s.replaceFeedEvents(ctx, tx, old.FeedID, c.events)
	})
}
