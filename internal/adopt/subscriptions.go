package adopt

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
)

type subscriptionRecord struct {
	UserID       int64                `json:"user_id"`
	CourseID     int64                `json:"course_id"`
	IsActive     bool                 `json:"is_active"`
	IsPrivate    bool                 `json:"is_private"`
	SubscribedAt database.RecordTime  `json:"subscribed_at"`
	LastOpenedAt *database.RecordTime `json:"last_opened_at"`
}

type subscriptionKey struct{ user, course int64 }

func (s subscriptionRecord) key() subscriptionKey { return subscriptionKey{s.UserID, s.CourseID} }

// subscriptionKind is that of subscriptions in adopted_rows. Our rows have no ids, so they are no kind like others.
const subscriptionKind = "course_subscriptions"

// adoptSubscriptions takes over who has subscribed to which course. What two profiles of one person have subscribed to
// is one subscription, active if one of them is. A later run takes over also those that changed there alone.
func (r *run) adoptSubscriptions(ctx context.Context) error {
	f, ok := r.src.find(oldSubscriptions)
	if !ok {
		return nil
	}
	t, seen := r.report.table(f), map[subscriptionKey]bool{}
	return r.src.each(ctx, f, func(batch []row) error { return r.subscriptions(ctx, t, batch, seen) })
}

func (r *run) subscriptions(ctx context.Context, t *Table, batch []row, seen map[subscriptionKey]bool) error {
	var records []subscriptionRecord
	var list []entity
	for _, o := range batch {
		t.Read++
		if s, ok := r.subscription(t, o); ok {
			records, list = append(records, s), append(list, entity{o.int("id"), stateOf(s)})
		}
	}
	before, err := r.adoptedBefore(ctx, subscriptionKind, list)
	if err != nil {
		return err
	}
	here, err := r.subscriptionsHere(ctx, records)
	if err != nil {
		return err
	}
	written, entities := records[:0:0], list[:0:0]
	w := subscriptionWriter{run: r, pending: map[subscriptionKey]bool{}}
	for i, s := range records {
		changed := false
		was, adopted := before[list[i].id]
		switch {
		case !r.before(oldSubscriptions.names[0], list[i].id) && seen[s.key()]:
			t.merge("another profile of the same person has subscribed to the same course", list[i].id)
		case !r.before(oldSubscriptions.names[0], list[i].id):
			t.Kept++
		case !adopted || was.OldState == list[i].state:
			t.Present++
			continue
		case here[s.key()] != was.NewState:
			t.skip(changedOnBothSides, list[i].id)
			continue
		default:
			t.Changed++
			changed = true
		}
		seen[s.key()] = true
		if err := w.add(ctx, s, changed); err != nil {
			return err
		}
		written, entities = append(written, s), append(entities, list[i])
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return r.rememberSubscriptions(ctx, written, entities)
}

// subscriptionWriter stores subscriptions by few statements, none of which may write a row twice.
type subscriptionWriter struct {
	*run
	merged, changed []subscriptionRecord
	pending         map[subscriptionKey]bool
}

// add stores a subscription that is merged into the one that is here, if any, or that changed there and replaces it.
func (w *subscriptionWriter) add(ctx context.Context, s subscriptionRecord, changed bool) error {
	if w.pending[s.key()] {
		if err := w.flush(ctx); err != nil {
			return err
		}
	}
	w.pending[s.key()] = true
	if changed {
		w.changed = append(w.changed, s)
	} else {
		w.merged = append(w.merged, s)
	}
	return nil
}

func (w *subscriptionWriter) flush(ctx context.Context) error {
	if err := insert(ctx, w.run, "course_subscriptions", mergeSubscription, w.merged); err != nil {
		return err
	}
	overwrite := overwriting[subscriptionRecord]("user_id", "course_id")
	if err := insert(ctx, w.run, "course_subscriptions", overwrite, w.changed); err != nil {
		return err
	}
	w.merged, w.changed = nil, nil
	clear(w.pending)
	return nil
}

const mergeSubscription = ` on conflict (user_id, course_id) do update set
	is_active = course_subscriptions.is_active or excluded.is_active,
	last_opened_at = coalesce(course_subscriptions.last_opened_at, excluded.last_opened_at)`

func (r *run) subscription(t *Table, o row) (s subscriptionRecord, ok bool) {
	id, user, course := o.int("id"), r.userByProfile(o), o.int("course_id")
	r.mark(oldSubscriptions.names[0], id)
	switch {
	case user != 0 && r.hasCourse(course):
	case r.before(oldSubscriptions.names[0], id):
		t.Present++
		return s, false
	case user == 0:
		t.skip(noUser, id)
		return s, false
	default:
		t.skip(noCourse, id)
		return s, false
	}
	opened := r.optionalTime(o, t, "last_opened_at")
	return subscriptionRecord{user, course, o.bool("is_active"), o.bool("is_private"),
		r.timeOf(o, t, "subscribed_at", "date_created"), optionalStamp(opened)}, true
}

// subscriptionsHere are the states of our rows of the people who have subscribed to something.
func (r *run) subscriptionsHere(
	ctx context.Context, records []subscriptionRecord,
) (map[subscriptionKey]int64, error) {
	users := make([]int64, 0, len(records))
	for _, s := range records {
		users = append(users, s.UserID)
	}
	type subscription struct {
		UserID, CourseID int64
		IsActive         bool
	}
	rows, err := database.All[subscription](ctx, r.tx,
		"select user_id, course_id, is_active from course_subscriptions where "+r.db.In("user_id", 1), database.List(users))
	if err != nil {
		return nil, fmt.Errorf("looking at subscriptions: %w", err)
	}
	states := make(map[subscriptionKey]int64, len(rows))
	for _, s := range rows {
		states[subscriptionKey{s.UserID, s.CourseID}] = hashOf(fmt.Sprint(s.IsActive))
	}
	return states, nil
}

func (r *run) rememberSubscriptions(ctx context.Context, records []subscriptionRecord, list []entity) error {
	here, err := r.subscriptionsHere(ctx, records)
	if err != nil {
		return err
	}
	remembered := make([]adoptedRecord, 0, len(list))
	for i, e := range list {
		remembered = append(remembered, adoptedRecord{subscriptionKind, e.id, e.state, here[records[i].key()]})
	}
	return insert(ctx, r, "adopted_rows", overwriting[adoptedRecord]("kind", "old_id"), remembered)
}
