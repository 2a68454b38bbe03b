package adopt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

var oldFeeds = table{[]string{"planner_calendarfeed", "notes_calendarfeed"},
	[]string{"id", "title", "source_kind", "source_url",
		"is_enabled", "last_sync", "date_created", "last_edit", "course_id", "creator_id", "raw_ical"}}

type feedRecord struct {
	ID          int64                `json:"id"`
	UserID      int64                `json:"user_id"`
	CourseID    *int64               `json:"course_id"`
	Title       string               `json:"title"`
	SourceKind  string               `json:"source_kind"`
	SourceURL   *string              `json:"source_url"`
	IsEnabled   bool                 `json:"is_enabled"`
	IsImported  bool                 `json:"is_imported"`
	FetchedAt   *database.RecordTime `json:"fetched_at"`
	NextFetchAt *database.RecordTime `json:"next_fetch_at"`
	CreatedAt   database.RecordTime  `json:"created_at"`
	UpdatedAt   database.RecordTime  `json:"updated_at"`
}

// adoptFeeds takes over calendars of others. Their texts are read by the job that reads copies again, and addresses are
// fetched by the job that fetches them.
func (r *run) adoptFeeds(ctx context.Context) error {
	f, ok := r.src.find(oldFeeds)
	if !ok {
		return nil
	}
	t := r.report.table(f)
	return r.src.each(ctx, f, func(batch []row) error {
		records := make([]feedRecord, 0, len(batch))
		list := make([]entity, 0, len(batch))
		texts := map[int64]string{}
		for _, o := range batch {
			t.Read++
			if r.userByProfile(o) == 0 {
				t.skip(noUser, o.int("id"))
				continue
			}
			feed := r.feed(o, t)
			texts[feed.ID] = o.text("raw_ical")
			records = append(records, feed)
			list = append(list, entity{feed.ID, stateOf([]any{feed, texts[feed.ID]})})
		}
		chosen, err := writeAs(ctx, r, feedKind, t, records, list, func(f *feedRecord) {
			f.CourseID = r.courseHere(f.CourseID, t, f.ID)
		})
		if err != nil {
			return err
		}
		for id := range chosen {
			if err := r.feedText(ctx, id, texts[id]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *run) feed(o row, t *Table) feedRecord {
	created, edited := r.times(o, t)
	synced := r.optionalTime(o, t, "last_sync")
	f := feedRecord{
		ID: o.int("id"), UserID: r.userByProfile(o), CourseID: r.course(o, t), Title: o.text("title"),
		SourceKind: o.text("source_kind"),
		SourceURL:  o.optional("source_url"), IsEnabled: o.bool("is_enabled"), IsImported: o.text("raw_ical") != "",
		FetchedAt: optionalStamp(synced), CreatedAt: created, UpdatedAt: edited,
	}
	if f.IsEnabled && !f.IsImported && f.SourceURL != nil && *f.SourceURL != "" {
		f.NextFetchAt = new(stamp(r.now))
	}
	return f
}

// feedText stores the text of a feed as one that an older parser has read.
func (r *run) feedText(ctx context.Context, id int64, text string) error {
	if text == "" {
		return nil
	}
	hash := sha256.Sum256([]byte(text))
	_, err := r.tx.ExecContext(ctx, `
		insert into calendar_feed_bodies (feed_id, parser_version, body_hash, body) values ($1, 0, $2, $3)
		on conflict (feed_id) do update set parser_version = 0, body_hash = excluded.body_hash, body = excluded.body`,
		id, hex.EncodeToString(hash[:]), []byte(text))
	if err != nil {
		return fmt.Errorf("storing the text of a calendar: %w", err)
	}
	return nil
}
