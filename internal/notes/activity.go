package notes

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

// activity is what an author did with a note on a day: the heatmap is drawn from it.
type activity string

const (
	activityCreated activity = "C"
	activityEdited  activity = "E"
)

// record stores an activity of today (in UTC), once a day for a note: saving every few seconds adds no rows. The words
// are those after the last time. A note without words is none.
func record(ctx context.Context, tx *database.Tx, kind activity, authorID, noteID int64, words int) error {
	if words == 0 {
		return nil
	}
	now := database.Now()
	_, err := tx.ExecContext(ctx, `
		insert into note_activity (user_id, note_id, kind, activity_date, word_count, created_at)
		values ($1, $2, $3, $4, $5, $6)
		on conflict (note_id, activity_date, kind) do update set
			word_count = excluded.word_count, events = note_activity.events + 1`,
		authorID, noteID, kind, now.Format(time.DateOnly), words, now)
	if err != nil {
		return fmt.Errorf("recording an activity: %w", err)
	}
	return nil
}
