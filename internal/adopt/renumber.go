package adopt

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
)

// largestID is the largest id that a row keeps: apps read numbers as floating-point ones, which are exact up to it, and
// the next rows need ids beyond those that are there.
const largestID = 1<<53 - 1

// renumbering are the rows of an old table that get other ids: no request names an id below 1.
type renumbering struct {
	ids map[int64]int64 // by the old ones
	old map[int64]int64 // the reverse
}

// references are the columns that name rows of tables that can be renumbered.
var references = map[string]table{
	"user_id": oldUsers, "course_id": oldCourses, "note_id": oldNotes, "in_note": oldNotes, "source_note_id": oldNotes,
}

// renumber gives other ids to rows whose ids are below 1 or beyond largestID, and to those that the former system has
// given since to others than those that got them here. A later run gives the same ones.
func (r *run) renumber(ctx context.Context) error {
	for _, sequence := range sequences {
		f, ok := r.src.find(sequence.old)
		if !ok {
			continue
		}
		n, err := r.renumbered(ctx, f, sequence.old.names[0]+" ")
		if err != nil {
			return err
		}
		if n != nil {
			r.src.renumbered[f.name] = n
		}
	}
	for column, t := range references {
		if f, ok := r.src.find(t); ok {
			r.src.referred[column] = f.name
		}
	}
	return nil
}

// renumbered are the rows of a table that get other ids, nil for none. prefix begins the names under which marks hold
// them.
func (r *run) renumbered(ctx context.Context, f found, prefix string) (*renumbering, error) {
	n := &renumbering{ids: map[int64]int64{}, old: map[int64]int64{}}
	before, last := map[int64]int64{}, int64(0)
	for name, id := range r.marks {
		if text, ok := strings.CutPrefix(name, prefix); ok {
			old, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("reading what an earlier adoption has left: %w", err)
			}
			before[old], n.old[id], last = id, old, max(last, id)
		}
	}
	id := f.column("id")
	query := fmt.Sprintf("select %s from %s where %[1]s < 1 or %[1]s > %[3]d or %[4]s order by %[1]s", id, quote(f.name),
		int64(largestID), r.src.db.In(id, 1))
	odd, err := database.All[int64](ctx, r.src.q, query, database.List(slices.Collect(maps.Values(before))))
	if err != nil {
		return nil, fmt.Errorf("looking for ids of %s that can't be kept: %w", f.name, err)
	}
	if len(odd)+len(before) == 0 {
		return nil, nil
	}
	there, err := r.src.largest(ctx, f.name)
	if err != nil {
		return nil, err
	}
	last = max(last, there)
	for _, old := range odd {
		id, known := before[old]
		if !known {
			last++
			id = last
			r.marks[prefix+strconv.FormatInt(old, 10)] = id
		}
		n.ids[old], n.old[id] = id, old
	}
	return n, nil
}

// largest is the largest id of a table that its rows keep or get.
func (s *source) largest(ctx context.Context, table string) (int64, error) {
	last, err := database.One[int64](ctx, s.q, fmt.Sprintf("select coalesce(max(id), 0) from %s where id between 1 and %d",
		quote(table), int64(largestID)))
	if err != nil {
		return 0, fmt.Errorf("looking for the largest id of %s: %w", table, err)
	}
	if n := s.renumbered[table]; n != nil {
		for id := range n.old {
			last = max(last, id)
		}
	}
	return last, nil
}

// rename gives a row its other id, and has it refer to others by theirs. What nobody had before somebody got it
// here refers to nothing.
func (s *source) rename(t found, r *row) {
	for column, i := range t.index {
		name := s.referred[column]
		if column == "id" {
			name = t.name
		}
		n := s.renumbered[name]
		id, ok := r.number(column)
		if n == nil || !ok {
			continue
		}
		if other, renumbered := n.ids[id]; renumbered {
			r.values[i].String = strconv.FormatInt(other, 10)
		} else if _, given := n.old[id]; given {
			r.values[i].String = "0"
		}
	}
}

// oldIDs are the ids that rows have in the old table.
func (s *source) oldIDs(table string, ids []int64) []int64 {
	n := s.renumbered[table]
	if n == nil {
		return ids
	}
	list := make([]int64, 0, len(ids))
	for _, id := range ids {
		if old, renumbered := n.old[id]; renumbered {
			id = old
		}
		list = append(list, id)
	}
	return list
}

// newID is the id that a row has here.
func (s *source) newID(table string, id int64) int64 {
	if n := s.renumbered[table]; n != nil {
		if other, renumbered := n.ids[id]; renumbered {
			return other
		}
	}
	return id
}

// reportRenumbered reports which rows got other ids.
func (r *run) reportRenumbered() {
	for _, t := range r.report.Tables {
		n := r.src.renumbered[t.Name]
		if n == nil {
			continue
		}
		for _, old := range slices.Sorted(maps.Keys(n.ids)) {
			t.note("its id can't be kept: it gets another one", fmt.Sprintf("%d: %d", old, n.ids[old]))
		}
	}
}
