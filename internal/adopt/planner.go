package adopt

import (
	"context"
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

var (
	oldEvents = table{[]string{"planner_plannerevent", "notes_plannerevent"},
		[]string{"id", "title", "event_date", "difficulty_weight",
			"description", "date_created", "last_edit", "course_id", "creator_id", "ends_at", "starts_at", "completed_at",
			"is_completed",
			"recurrence_freq", "recurrence_interval", "recurrence_end_date", "recurrence_count"}}
	oldWork = table{[]string{"notes_noteactivitysession"},
		[]string{"id", "title", "summary", "started_at", "ended_at", "date_created",
			"last_edit", "creator_id", "note_id"}}
	oldActivity = table{[]string{"planner_heatmapactivity", "notes_heatmapactivity"},
		[]string{"id", "activity_type", "activity_date",
			"word_count", "date_created", "creator_id", "note_id"}}
)

type eventRecord struct {
	ID               int64                `json:"id"`
	UserID           int64                `json:"user_id"`
	CourseID         *int64               `json:"course_id"`
	Title            string               `json:"title"`
	EventDate        string               `json:"event_date" kind:"date"`
	StartsAt         database.RecordTime  `json:"starts_at"`
	EndsAt           database.RecordTime  `json:"ends_at"`
	DifficultyWeight int                  `json:"difficulty_weight"`
	Description      string               `json:"description"`
	IsCompleted      bool                 `json:"is_completed"`
	CompletedAt      *database.RecordTime `json:"completed_at"`
	RRule            string               `json:"rrule"`
	TimeZone         string               `json:"time_zone"`
	RecursUntil      *database.RecordTime `json:"recurs_until"`
	CreatedAt        database.RecordTime  `json:"created_at"`
	UpdatedAt        database.RecordTime  `json:"updated_at"`
}

func (r *run) adoptEvents(ctx context.Context) error {
	f, ok := r.src.find(oldEvents)
	if !ok {
		return nil
	}
	t := r.report.table(f)
	return r.src.each(ctx, f, func(batch []row) error {
		records := make([]eventRecord, 0, len(batch))
		for _, o := range batch {
			t.Read++
			if r.userByProfile(o) == 0 {
				t.skip(noUser, o.int("id"))
				continue
			}
			records = append(records, r.event(o, t))
		}
		return write(ctx, r, eventKind, t, records, func(e eventRecord) int64 { return e.ID }, func(e *eventRecord) {
			e.CourseID = r.courseHere(e.CourseID, t, e.ID)
		})
	})
}

// event gives an event the start and the end with which it was shown where it had none.
func (r *run) event(o row, t *Table) eventRecord {
	id := o.int("id")
	created, edited := r.times(o, t)
	starts, okStart := o.time("starts_at")
	ends, okEnd := o.time("ends_at")
	completed, okCompleted := o.time("completed_at")
	if !okStart || !okEnd || !okCompleted {
		t.note("unreadable timestamp: replaced by another one of the row or by the time of this run", id)
	}
	date, ok := o.time("event_date")
	if starts != nil && date != nil && date.Format(time.DateOnly) != starts.Format(time.DateOnly) {
		t.note("its date is not the day of its start: the start counts", id)
	}
	if starts == nil {
		day := time.Time(created)
		switch {
		case date != nil:
			day = *date
		case !ok:
			t.note("unreadable timestamp: replaced by another one of the row or by the time of this run", id)
		}
		starts = new(time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, time.UTC))
	}
	if ends == nil {
		ends = new(within(starts.Add(time.Hour)))
	}
	e := eventRecord{
		ID: id, UserID: r.userByProfile(o), CourseID: r.course(o, t), Title: o.text("title"),
		StartsAt: stamp(*starts), EndsAt: stamp(*ends), EventDate: starts.UTC().Format(time.DateOnly),
		DifficultyWeight: r.amount(o, t, "difficulty_weight"), Description: o.text("description"),
		IsCompleted: o.bool("is_completed"),
		CompletedAt: optionalStamp(completed), CreatedAt: created, UpdatedAt: edited,
	}
	r.repeat(&e, o, t, *starts, ends.Sub(*starts))
	return e
}

// course is the course that a row names, nil where it is not there.
func (r *run) course(o row, t *Table) *int64 {
	course := o.ref("course_id")
	if course == nil {
		return nil
	}
	if _, ok := r.courses[*course]; !ok {
		t.note("its course is not there: it is in none", o.int("id"))
		return nil
	}
	return course
}

// repeat turns the columns of later versions into a rule.
func (r *run) repeat(e *eventRecord, o row, t *Table, starts time.Time, length time.Duration) {
	frequency := map[string]string{"D": "DAILY", "W": "WEEKLY", "M": "MONTHLY", "Y": "YEARLY"}[o.text("recurrence_freq")]
	if frequency == "" {
		return
	}
	text := "FREQ=" + frequency
	if n := o.int("recurrence_interval"); n > 1 {
		text += fmt.Sprintf(";INTERVAL=%d", n)
	}
	last := r.optionalTime(o, t, "recurrence_end_date")
	count := o.int("recurrence_count")
	if last != nil {
		text += ";UNTIL=" + last.Format("20060102") + "T235959Z"
		if count > 0 {
			t.note("its repetition has an end and a number: the end counts", e.ID)
		}
	} else if count > 0 {
		text += fmt.Sprintf(";COUNT=%d", count)
	}
	rule, err := recurrence.Parse(text)
	if err != nil {
		t.note("its repetition can't be followed: it is a single event", e.ID)
		return
	}
	e.RRule, e.TimeZone = rule.String(), "UTC"
	end, endless := recurrence.Series{Rule: rule, Start: starts, Zone: time.UTC}.Last()
	if end = end.Add(length); !endless && end.Year() <= 9999 {
		e.RecursUntil = new(stamp(end))
	}
}

type workRecord struct {
	ID        int64                `json:"id"`
	UserID    int64                `json:"user_id"`
	NoteID    int64                `json:"note_id"`
	Title     string               `json:"title"`
	Summary   string               `json:"summary"`
	StartedAt database.RecordTime  `json:"started_at"`
	EndedAt   *database.RecordTime `json:"ended_at"`
	CreatedAt database.RecordTime  `json:"created_at"`
	UpdatedAt database.RecordTime  `json:"updated_at"`
}

// adoptWork takes over sessions of work.
func (r *run) adoptWork(ctx context.Context) error {
	f, ok := r.src.find(oldWork)
	if !ok {
		return nil
	}
	t := r.report.table(f)
	return r.src.each(ctx, f, func(batch []row) error {
		authors, err := r.authorsOf(ctx, batch)
		if err != nil {
			return err
		}
		records := make([]workRecord, 0, len(batch))
		for _, o := range batch {
			t.Read++
			id, user := o.int("id"), r.userByProfile(o)
			switch {
			case user == 0:
				t.skip(noUser, id)
				continue
			case authors[o.int("note_id")] == 0:
				t.skip(noNote, id)
				continue
			}
			created, edited := r.times(o, t)
			ended := r.optionalTime(o, t, "ended_at")
			records = append(records, workRecord{id, user, o.int("note_id"), o.text("title"), o.text("summary"),
				r.timeOf(o, t, "started_at", "date_created"), optionalStamp(ended), created, edited})
		}
		return write(ctx, r, workKind, t, records, func(w workRecord) int64 { return w.ID }, nil)
	})
}

type activityRecord struct {
	UserID       int64               `json:"user_id"`
	NoteID       int64               `json:"note_id"`
	Kind         string              `json:"kind"`
	ActivityDate string              `json:"activity_date" kind:"date"`
	WordCount    int                 `json:"word_count"`
	Events       int                 `json:"events"`
	CreatedAt    database.RecordTime `json:"created_at"`
}

type activityKey struct {
	note      int64
	date, how string
}

const sameDay = "one of several of a person, a note, a day and a kind: they are counted together, with the most words"

// adoptActivity merges the rows of each save: one for a person, a note, a day and a kind, with the most words of them,
// by which the former system graded a day. The kind of somebody who is not the author of the note names them.
func (r *run) adoptActivity(ctx context.Context) error {
	f, ok := r.src.find(oldActivity)
	if !ok {
		return nil
	}
	t := r.report.table(f)
	const name = "planner_heatmapactivity"
	return r.src.each(ctx, f, func(batch []row) error {
		authors, err := r.authorsOf(ctx, batch)
		if err != nil {
			return err
		}
		list, at := []activityRecord{}, map[activityKey]int{}
		for _, o := range batch {
			t.Read++
			id := o.int("id")
			if r.before(name, id) {
				t.Present++
				continue
			}
			r.mark(name, id)
			a, ok := r.activity(o, t, authors)
			if !ok {
				continue
			}
			key := activityKey{a.NoteID, a.ActivityDate, a.Kind}
			if i, ok := at[key]; ok {
				t.merge(sameDay, id)
				list[i].Events++
				list[i].WordCount = max(list[i].WordCount, a.WordCount)
				continue
			}
			t.Kept++
			at[key] = len(list)
			list = append(list, a)
		}
		return insert(ctx, r, "note_activity", ` on conflict (note_id, activity_date, kind) do update set
			events = note_activity.events + excluded.events, word_count = case
				when note_activity.word_count > excluded.word_count then note_activity.word_count
				else excluded.word_count end`, list)
	})
}

func (r *run) activity(o row, t *Table, authors map[int64]int64) (a activityRecord, ok bool) {
	id, user := o.int("id"), r.userByProfile(o)
	date, _ := o.time("activity_date")
	created, _ := r.times(o, t)
	switch {
	case user == 0:
		t.skip(noUser, id)
		return a, false
	case authors[o.int("note_id")] == 0:
		t.skip(noNote, id)
		return a, false
	case date == nil:
		t.note("unreadable timestamp: replaced by another one of the row or by the time of this run", id)
		date = new(time.Time(created))
	}
	kind := o.text("activity_type")
	if kind != "C" && kind != "E" {
		t.note("an activity of no known kind: an edit", id)
		kind = "E"
	}
	if user != authors[o.int("note_id")] {
		kind = fmt.Sprintf("%s:%d", kind, user)
	}
	return activityRecord{UserID: user, NoteID: o.int("note_id"), Kind: kind, ActivityDate: date.Format(time.DateOnly),
		WordCount: max(r.amount(o, t, "word_count"), 0), Events: 1, CreatedAt: created}, true
}
