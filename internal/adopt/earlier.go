package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/database"
)

// earlier is what former runs have left.
type earlier struct {
	marks map[string]int64 // the largest ids of the old tables whose rows never change
	at    time.Time        // of the first one
}

// findEarlier returns nil before the first adoption.
func findEarlier(ctx context.Context, q database.Querier) (*earlier, error) {
	last, err := database.One[struct {
		Marks string
		First time.Time
	}](ctx, q, `select a.marks, f.adopted_at as first from adoptions a, adoptions f
		where a.id = (select max(id) from adoptions) and f.id = (select min(id) from adoptions)`)
	if errors.Is(err, database.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for an earlier adoption: %w", err)
	}
	e := &earlier{at: last.First}
	if err := json.Unmarshal([]byte(last.Marks), &e.marks); err != nil {
		return nil, fmt.Errorf("reading what an earlier adoption has left: %w", err)
	}
	return e, nil
}

// kind is a kind of rows that people change, here as well as there.
type kind struct {
	name  string // in adopted_rows, and of our table
	state string // what of a row changes when somebody changes it here
}

// The kinds of rows that are followed from run to run.
var (
	userKind = kind{"users",
		"username, email, first_name, last_name, motto, social_link, mcp_skill_md, app_settings, avatar_path, " +
			"api_key_hash, is_active, is_staff, is_superuser, disabled_at, editor_mode, theme_preset, theme_mode, api_base_url"}
	courseKind = kind{"courses", "title, description, cover_path, icon, is_default, sort_order, updated_at"}
	noteKind   = kind{"notes", "revision, updated_at, deleted_at, course_id"}
	eventKind  = kind{"planner_events", "updated_at, is_completed"}
	feedKind   = kind{"calendar_feeds", "updated_at"}
	workKind   = kind{"note_sessions", "updated_at"}
)

// entity is a row of a kind as it would be written.
type entity struct {
	id    int64
	state int64
}

// choose returns which rows are to be written: those that are new, and those that were changed there and not here. The
// others are counted in t.
func (r *run) choose(ctx context.Context, k kind, t *Table, list []entity) (map[int64]bool, error) {
	chosen := make(map[int64]bool, len(list))
	if r.earlier == nil {
		for _, e := range list {
			chosen[e.id] = true
		}
		t.Kept += int64(len(list))
		return chosen, nil
	}
	before, err := r.adoptedBefore(ctx, k.name, list)
	if err != nil {
		return nil, err
	}
	here, err := r.states(ctx, k, idsOf(list))
	if err != nil {
		return nil, err
	}
	for _, e := range list {
		was, adopted := before[e.id]
		now, present := here[e.id]
		if adopted != present {
			r.leave(k, e.id)
		}
		switch {
		case adopted && was.OldState == e.state:
			t.Present++
		case !adopted && !present:
			t.Kept++
			t.New++
			chosen[e.id] = true
		case !adopted:
			t.skip(idGivenHere, e.id)
		case !present:
			t.skip(deletedHere, e.id)
		case now != was.NewState:
			t.skip(changedOnBothSides, e.id)
		default:
			t.Changed++
			chosen[e.id] = true
		}
	}
	return chosen, nil
}

// What both sides did with a row.
const (
	changedOnBothSides = "changed there and here: what is here stays"
	deletedHere        = "changed there, but deleted here"
	idGivenHere        = "its id was given to something new here"
)

func idsOf(list []entity) []int64 {
	ids := make([]int64, 0, len(list))
	for _, e := range list {
		ids = append(ids, e.id)
	}
	return ids
}

// adopted is how a row was on both sides when it was adopted last.
type adopted struct{ OldID, OldState, NewState int64 }

// adoptedBefore are those of some rows that earlier runs have adopted.
func (r *run) adoptedBefore(ctx context.Context, kind string, list []entity) (map[int64]adopted, error) {
	rows, err := database.All[adopted](ctx, r.tx,
		"select old_id, old_state, new_state from adopted_rows where kind = $1 and "+r.db.In("old_id", 2), kind,
		database.List(idsOf(list)))
	if err != nil {
		return nil, fmt.Errorf("looking at what was adopted before: %w", err)
	}
	before := make(map[int64]adopted, len(rows))
	for _, row := range rows {
		before[row.OldID] = row
	}
	return before, nil
}

// leave remembers an old row that was deleted here, or whose id was given to something new here: rows that refer to it
// must not refer to what is here.
func (r *run) leave(k kind, id int64) {
	if r.gone[k.name] == nil {
		r.gone[k.name] = map[int64]bool{}
	}
	r.gone[k.name][id] = true
}

// states are those of our rows.
func (r *run) states(ctx context.Context, k kind, ids []int64) (map[int64]int64, error) {
	own := &source{db: r.db, q: r.tx}
	t := found{name: k.name, index: map[string]int{"id": 0}, wanted: []string{"id"}, actual: []string{"id"}}
	for _, column := range strings.Split(k.state, ", ") {
		t.index[column] = len(t.wanted)
		t.wanted, t.actual = append(t.wanted, column), append(t.actual, column)
	}
	rows, err := own.all(ctx, t, "id", ids)
	if err != nil {
		return nil, err
	}
	states := make(map[int64]int64, len(rows))
	for _, row := range rows {
		texts := make([]string, 0, len(row.values))
		for _, v := range row.values {
			texts = append(texts, v.String)
		}
		states[row.int("id")] = hashOf(texts...)
	}
	return states, nil
}

// remember stores how the rows that were written are on both sides.
func (r *run) remember(ctx context.Context, k kind, list []entity) error {
	here, err := r.states(ctx, k, idsOf(list))
	if err != nil {
		return err
	}
	records := make([]adoptedRecord, 0, len(list))
	for _, e := range list {
		records = append(records, adoptedRecord{k.name, e.id, e.state, here[e.id]})
	}
	return insert(ctx, r, "adopted_rows", overwriting[adoptedRecord]("kind", "old_id"), records)
}

type adoptedRecord struct {
	Kind     string `json:"kind"`
	OldID    int64  `json:"old_id"`
	OldState int64  `json:"old_state"`
	NewState int64  `json:"new_state"`
}

// write stores the chosen ones of some records of a kind, and remembers them. It gives each of them to prepare before,
// if there is one: what that changes is no change of the former system.
func write[T any](
	ctx context.Context, r *run, k kind, t *Table, records []T, id func(T) int64, prepare func(*T),
) error {
	list := make([]entity, 0, len(records))
	for _, record := range records {
		list = append(list, entity{id(record), stateOf(record)})
	}
	_, err := writeAs(ctx, r, k, t, records, list, prepare)
	return err
}

// writeAs is write with states of the caller's own. It returns the ids that were chosen.
func writeAs[T any](
	ctx context.Context, r *run, k kind, t *Table, records []T, list []entity, prepare func(*T),
) (map[int64]bool, error) {
	chosen, err := r.choose(ctx, k, t, list)
	if err != nil {
		return nil, err
	}
	kept, entities := records[:0:0], list[:0:0]
	for i, e := range list {
		if chosen[e.id] {
			kept, entities = append(kept, records[i]), append(entities, e)
			if prepare != nil {
				prepare(&kept[len(kept)-1])
			}
		}
	}
	if err := insert(ctx, r, k.name, overwriting[T]("id"), kept); err != nil {
		return nil, err
	}
	return chosen, r.remember(ctx, k, entities)
}
