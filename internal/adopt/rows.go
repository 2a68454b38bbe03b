package adopt

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

const (
	noCourse = "its course is not there"
	noNote   = "its note is not there"
	noUser   = "its person is not there"
)

// adoptRows takes over a table whose rows never change once they are there: those that no earlier run has seen. make
// returns false for a row that is left out.
func adoptRows[T any](
	ctx context.Context, r *run, old table, into string, build func(t *Table, o row) (T, bool),
) error {
	f, ok := r.src.find(old)
	if !ok {
		return nil
	}
	t := r.report.table(f)
	return r.src.each(ctx, f, func(batch []row) error {
		if f.has("note_id") {
			authors, err := r.authorsOf(ctx, batch)
			if err != nil {
				return err
			}
			r.authors = authors
		}
		records := []T{}
		for _, o := range batch {
			t.Read++
			if r.before(old.names[0], o.int("id")) {
				t.Present++
				continue
			}
			r.mark(old.names[0], o.int("id"))
			if record, ok := build(t, o); ok {
				t.Kept++
				records = append(records, record)
			}
		}
		written, err := insertCounted(ctx, r, into, r.ifFree(), records)
		if passed := int64(len(records)) - written; err == nil && passed > 0 {
			t.Kept -= passed
			t.Skipped += passed
			t.remark("what is here in another row stays").Rows += passed
		}
		return err
	})
}

// ifFree is the end of an insert that, in a later run, passes over what is here in another row.
func (r *run) ifFree() string {
	if r.earlier == nil {
		return ""
	}
	return " on conflict do nothing"
}

// freeIDs keeps ids of the former system, but those that were given to something new here since an earlier run.
func (r *run) freeIDs(ctx context.Context, ours string) (func(id int64) int64, error) {
	if r.earlier == nil {
		return func(id int64) int64 { return id }, nil
	}
	next, err := database.One[int64](ctx, r.tx, "select coalesce(max(id), 0) from "+ours)
	if err != nil {
		return nil, fmt.Errorf("looking for free ids: %w", err)
	}
	top := next
	return func(id int64) int64 {
		if id > top && id > next {
			next = id
			return id
		}
		next++
		return next
	}, nil
}

// times are when a row was made and changed.
func (r *run) times(o row, t *Table) (created, edited database.RecordTime) {
	return r.timeOf(o, t, "date_created", "last_edit"), r.timeOf(o, t, "last_edit", "date_created")
}

// timeOf is the first time of some columns that can be read, and the time of the run where none can.
func (r *run) timeOf(o row, t *Table, columns ...string) database.RecordTime {
	for i, column := range columns {
		at, ok := o.time(column)
		if at != nil {
			return stamp(*at)
		}
		if i == 0 && !ok {
			t.note("unreadable timestamp: replaced by another one of the row or by the time of this run", o.int("id"))
		}
	}
	return stamp(r.now)
}
