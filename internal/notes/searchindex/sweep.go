package searchindex

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes/search"
)

const (
	sweepInterval = time.Hour
	sweepTime     = 10 * time.Second // of one job; a further one follows
	sweepNotes    = 1000             // that are looked for at once
	mergePages    = 100              // of the index that are written to a transaction
)

// sweepAndGoOn is the job.
func (x *Index) sweepAndGoOn(ctx context.Context) error {
	finished, err := x.sweep(ctx)
	if err != nil || finished {
		return err
	}
	return x.db.Write(ctx, func(tx *database.Tx) error { return x.queue.Enqueue(ctx, tx, sweepKind, nil) })
}

// Complete indexes all notes that are missing, and returns when none is.
func (x *Index) Complete(ctx context.Context) error {
	if err := x.indexWaiting(ctx, future()); err != nil {
		return err
	}
	for {
		finished, err := x.sweep(ctx)
		if err != nil || finished {
			return err
		}
	}
}

// staleNotes compares times for the sake of servers that know no index. The newest notes come first.
const staleNotes = `
	select n.id from notes n left join note_search s on s.note_id = n.id
	where case
		when n.deleted_at is null then s.version is null or s.version < $1 or s.updated_at <> n.updated_at
		else s.note_id is not null end
	order by n.updated_at desc, n.id desc limit $2`

// sweep is finished when nothing is left to do, and not when its time is over.
func (x *Index) sweep(ctx context.Context) (finished bool, err error) {
	start := time.Now()
	for more := true; more; {
		stale, err := database.All[int64](ctx, x.db.Read(), staleNotes, search.Version, sweepNotes)
		if err != nil {
			return false, fmt.Errorf("looking for notes to index: %w", err)
		}
		for ids := range slices.Chunk(stale, batch) {
			if time.Since(start) > sweepTime {
				return false, nil
			}
			if err := x.sweepBatch(ctx, ids); err != nil {
				return false, err
			}
		}
		more = len(stale) == sweepNotes
	}
	return x.mergeIndex(ctx, start)
}

// sweepBatch is a transaction: others write in between. It leaves out notes that are being written, which their writers
// index.
func (x *Index) sweepBatch(ctx context.Context, ids []int64) error {
	return x.db.Write(ctx, func(tx *database.Tx) error {
		free := ids
		if x.db.Engine() == database.PostgreSQL { // SQLite has one writer
			var err error
			free, err = database.All[int64](ctx, tx,
				"select id from notes where "+x.db.In("id", 1)+" order by id for update skip locked", database.List(ids))
			if err != nil {
				return fmt.Errorf("locking notes to index: %w", err)
			}
		}
		notes, err := x.read(ctx, tx, free)
		if err != nil {
			return err
		}
		if len(notes) < len(free) {
			_, err := tx.ExecContext(ctx, "delete from note_search where "+x.db.In("note_id", 1)+
				" and exists (select 1 from notes where id = note_id and deleted_at is not null)", database.List(free))
			if err != nil {
				return fmt.Errorf("removing notes from the search index: %w", err)
			}
		}
		return x.store(ctx, tx, notes...)
	})
}

// settle has PostgreSQL sort what was indexed since the last time into its index, where the list of it, which every
// search reads, does not get long. It is for the owner of the index to do; left alone, PostgreSQL does it later.
func (x *Index) settle(ctx context.Context) error {
	if x.db.Engine() != database.PostgreSQL {
		return nil
	}
	err := x.db.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `
			select gin_clean_pending_list(c.oid) from pg_class c
			where c.oid = to_regclass('note_search_document_idx') and pg_has_role(c.relowner, 'usage')`)
		return err
	})
	if err != nil {
		return fmt.Errorf("sorting notes into the search index: %w", err)
	}
	return nil
}

// mergeIndex joins the parts that SQLite's index consists of: each transaction leaves one, and each search looks into
// all of them.
func (x *Index) mergeIndex(ctx context.Context, start time.Time) (finished bool, err error) {
	if x.db.Engine() != database.SQLite {
		return true, x.settle(ctx)
	}
	for time.Since(start) < sweepTime {
		written := int64(0)
		err := x.db.Write(ctx, func(tx *database.Tx) error {
			before, err := database.One[int64](ctx, tx, "select total_changes()")
			if err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, "insert into note_terms (note_terms, rank) values ('merge', $1)", mergePages)
			if err != nil {
				return err
			}
			after, err := database.One[int64](ctx, tx, "select total_changes()")
			written = after - before
			return err
		})
		if err != nil {
			return false, fmt.Errorf("merging the search index: %w", err)
		}
		if written < 2 { // as SQLite's documentation says: nothing was left to merge
			return true, nil
		}
	}
	return false, nil
}
