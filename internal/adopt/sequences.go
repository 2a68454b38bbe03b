package adopt

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// sequences are the tables of ours whose ids people know, and the old ones that the ids come from.
var sequences = []struct {
	ours string
	old  table
}{
	{"users", oldUsers}, {"sessions", oldSessions}, {"social_accounts", oldSocial}, {"invitations", oldInvitations},
	{"courses", oldCourses}, {"course_media", oldMedia}, {"course_operations", oldOperations}, {"notes", oldNotes},
	{"note_blocks", oldBlocks}, {"note_versions", oldVersions}, {"attachments", oldAttachments},
	{"planner_events", oldEvents},
	{"note_sessions", oldWork}, {"calendar_feeds", oldFeeds},
}

// moveSequence lets no id be given out that was given out before, here or there, be it to what is deleted by now.
func (r *run) moveSequence(ctx context.Context, ours string, old table) error {
	last, err := r.lastID(ctx, old)
	if err != nil {
		return err
	}
	if r.db.Engine() == database.PostgreSQL {
		_, err := r.tx.ExecContext(ctx, fmt.Sprintf(`select setval(pg_get_serial_sequence('%s', 'id'),
			greatest((select coalesce(max(id), 0) from %[1]s) + 1,
				nextval(pg_get_serial_sequence('%[1]s', 'id')), $1::bigint + 1), false)`,
			ours), last)
		if err != nil {
			return fmt.Errorf("moving the sequence of %s: %w", ours, err)
		}
		return nil
	}
	moved, err := database.Exec(ctx, r.tx, "update sqlite_sequence set seq = max(seq, $1) where name = $2", last, ours)
	if err == nil && moved == 0 {
		_, err = r.tx.ExecContext(ctx, "insert into sqlite_sequence (name, seq) values ($1, $2)", ours, last)
	}
	if err != nil {
		return fmt.Errorf("moving the sequence of %s: %w", ours, err)
	}
	return nil
}

// lastID is the largest id that the former system gave out, as far as its database tells.
func (r *run) lastID(ctx context.Context, old table) (last int64, err error) {
	t, ok := r.src.find(old)
	if !ok {
		return 0, nil
	}
	if last, err = r.src.largest(ctx, t.name); err != nil {
		return 0, err
	}
	var queries []string
	switch {
	case r.src.db.Engine() == database.PostgreSQL:
		queries = append(queries,
			fmt.Sprintf("select coalesce(pg_sequence_last_value(pg_get_serial_sequence('%s', 'id')), 0)", quote(t.name)))
	case r.src.has("sqlite_sequence"):
		queries = append(queries, fmt.Sprintf("select coalesce(max(seq), 0) from sqlite_sequence where name = '%s'", t.name))
	}
	for _, query := range queries {
		id, err := database.One[int64](ctx, r.src.q, query)
		if err != nil {
			return 0, fmt.Errorf("looking for the last id of %s: %w", t.name, err)
		}
		if id <= largestID {
			last = max(last, id)
		}
	}
	return last, nil
}
