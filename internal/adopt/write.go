package adopt

import (
	"context"
	"fmt"
	"hash/fnv"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

// run is one adoption: what is read, what is written, and what is known of both.
type run struct {
	src     *source
	db      *database.DB // ours
	tx      *database.Tx
	now     time.Time
	report  *Report
	files   *files
	earlier *earlier // nil for the first adoption

	userOf  map[int64]int64 // by profile
	users   map[int64]bool
	courses map[int64]int64 // owner by course, 0 for nobody
	marks   map[string]int64
	authors map[int64]int64 // by note, of the rows that are being read

	gone map[string]map[int64]bool // by kind: see leave
}

// formerOwner is the user whose profile a row names, 0 for none.
func (r *run) formerOwner(o row) int64 {
	if o.isNull("creator_id") {
		return 0
	}
	return r.userOf[o.int("creator_id")]
}

// userByProfile is formerOwner, but 0 also for a user who is not here any more.
func (r *run) userByProfile(o row) int64 {
	user := r.formerOwner(o)
	if r.gone[userKind.name][user] {
		return 0
	}
	return user
}

// hasUser reports whether a user of the old database is here.
func (r *run) hasUser(id int64) bool { return r.users[id] && !r.gone[userKind.name][id] }

// hasCourse reports whether a course of the old database is here.
func (r *run) hasCourse(id int64) bool {
	_, known := r.courses[id]
	return known && !r.gone[courseKind.name][id]
}

// courseHere is the course with which a row is written: nil for one that is not here any more.
func (r *run) courseHere(course *int64, t *Table, id int64) *int64 {
	if course == nil || r.hasCourse(*course) {
		return course
	}
	t.note("its course was deleted here: it is in none", id)
	return nil
}

// mark remembers the largest id of an old table.
func (r *run) mark(table string, id int64) { r.marks[table] = max(r.marks[table], id) }

// before reports whether an earlier run has seen this row of a table whose rows never change.
func (r *run) before(table string, id int64) bool {
	return r.earlier != nil && id <= r.earlier.marks[table]
}

// insert writes records by one statement: T is a struct whose json tags are the columns. conflict is the end of the
// statement: what is done with rows that are there.
func insert[T any](ctx context.Context, r *run, table, conflict string, records []T) error {
	_, err := insertCounted(ctx, r, table, conflict, records)
	return err
}

// insertCounted is insert that returns how many rows were written.
func insertCounted[T any](ctx context.Context, r *run, table, conflict string, records []T) (int64, error) {
	if len(records) == 0 {
		return 0, nil
	}
	names, columns := columnsOf(reflect.TypeFor[T]())
	list, err := database.JSON(records)
	if err != nil {
		return 0, err
	}
	all := strings.Join(names, ", ")
	written, err := database.Exec(ctx, r.tx, fmt.Sprintf("insert into %s (%s) select %s from %s r where true%s", table,
		all, all, r.db.Records(1, columns...), conflict), list)
	if err != nil {
		return 0, fmt.Errorf("storing rows of %s: %w", table, err)
	}
	return written, nil
}

// overwriting is the end of an insert that overwrites rows with the same keys.
func overwriting[T any](keys ...string) string {
	names, _ := columnsOf(reflect.TypeFor[T]())
	changes := make([]string, 0, len(names))
	for _, name := range names {
		if !slices.Contains(keys, name) {
			changes = append(changes, name+" = excluded."+name)
		}
	}
	return fmt.Sprintf(" on conflict (%s) do update set %s", strings.Join(keys, ", "), strings.Join(changes, ", "))
}

// columnsOf are the names of the fields of a record, and the columns that Records expects.
func columnsOf(record reflect.Type) (names, columns []string) {
	for i := range record.NumField() {
		field := record.Field(i)
		if field.Anonymous {
			n, c := columnsOf(field.Type)
			names, columns = append(names, n...), append(columns, c...)
			continue
		}
		name, kind := field.Tag.Get("json"), field.Tag.Get("kind")
		if kind == "" {
			kind = kindOf(field.Type)
		}
		names, columns = append(names, name), append(columns, name+" "+kind)
	}
	return names, columns
}

func kindOf(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == reflect.TypeFor[database.RecordTime]():
		return "timestamptz"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() == reflect.Int:
		return "integer"
	case t.Kind() == reflect.Int64:
		return "bigint"
	}
	return "text"
}

// stateOf is a number that stands for what a record, or a row, holds.
func stateOf(record any) int64 {
	text, err := database.JSON([]any{record})
	if err != nil {
		return 0 // records can always be written
	}
	return hashOf(text)
}

func hashOf(texts ...string) int64 {
	h := fnv.New64a()
	for _, text := range texts {
		_, _ = h.Write([]byte(text)) // never fails
		_, _ = h.Write([]byte{0})
	}
	return int64(h.Sum64())
}
