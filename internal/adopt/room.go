package adopt

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

// What the new tables take in proportion to the old ones, in hundredths: with their indexes, and the search index that
// is made afterwards. SQLite writes all of it twice, since it is one transaction.
const (
	growthPostgreSQL = 250
	growthSQLite     = 350
	leastRoom        = 8 << 20
)

// RoomError says that there is too little room.
type RoomError struct{ Room }

// Error says how much there is, and how much is needed.
func (e *RoomError) Error() string {
	return fmt.Sprintf("too little room to adopt the old database: its tables take %s, the new ones need about %s "+
		"beside them, and %s are free",
		size(e.Old), size(e.Needed), size(e.Available))
}

// checkRoom refuses where the database would not hold both.
func (o Options) checkRoom(ctx context.Context, report *Report) error {
	from := o.From
	if from == nil {
		from = o.DB
	}
	old, err := oldSize(ctx, from)
	if err != nil {
		return err
	}
	growth := int64(growthPostgreSQL)
	if o.DB.Engine() == database.SQLite {
		growth = growthSQLite
	}
	room := Room{Old: old, Needed: max(old*growth/100, leastRoom)}
	if adopted, err := o.adoptedBefore(ctx); err == nil && adopted {
		room.Needed = leastRoom // what was taken over has its room
	}
	report.Room = &room
	if o.Free == nil {
		return nil
	}
	free, known := o.Free()
	if !known {
		return nil
	}
	room.Available = free
	if free < room.Needed {
		return &RoomError{room}
	}
	return nil
}

// oldSize is what the old tables take, in bytes, without indexes.
func oldSize(ctx context.Context, db *database.DB) (int64, error) {
	query := "select p.page_count * s.page_size from pragma_page_count p, pragma_page_size s"
	args := []any{}
	if db.Engine() == database.PostgreSQL {
		query = `select coalesce(sum(pg_table_size(c.oid)), 0)::bigint from pg_class c
			where c.relkind = 'r' and c.relnamespace = (select oid from pg_namespace where nspname = current_schema()) and ` +
			db.InTexts("c.relname::text", 1)
		args = append(args, database.Texts(OldTables))
	}
	bytes, err := database.One[int64](ctx, db.Read(), query, args...)
	if err != nil {
		return 0, fmt.Errorf("measuring the old tables: %w", err)
	}
	return bytes, nil
}
