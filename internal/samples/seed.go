package samples

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes"
)

// seeding is the work on one course in a transaction.
type seeding struct {
	*Service
	tx      *database.Tx
	owner   int64 // the account whose the samples are
	course  course
	known   map[string]seeded
	restore bool // what was deleted is made again

	target courses.ServerCourse // its id is 0 when the course was deleted
	isNew  bool                 // the course was made now
	done   outcome
}

// outcome counts what was done.
type outcome struct {
	course string // what happened to the course itself, "" for nothing

	made, changed, restored, pictures int
}

// String is in words what was done.
func (o outcome) String() string {
	var parts []string
	if o.course != "" {
		parts = append(parts, "course "+o.course)
	}
	count := func(number int, what, done string) {
		switch number {
		case 0:
		case 1:
			parts = append(parts, "1 "+what+" "+done)
		default:
			parts = append(parts, fmt.Sprintf("%d %ss %s", number, what, done))
		}
	}
	count(o.made, "note", "made")
	count(o.restored, "note", "restored")
	count(o.changed, "note", "brought up to date")
	count(o.pictures, "picture", "added")
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}

// seedTries bounds how often a course is begun again because another request took its slug.
const seedTries = 3

// seedCourse makes what is missing of a course. Of several instances one does so, the others wait and find it done.
func (s *Service) seedCourse(ctx context.Context, files fs.FS, c course, restore bool) (outcome, error) {
	owner, err := s.Accounts.EnsureSystemAccount(ctx, actor.Operator(), owner)
	if err != nil {
		return outcome{}, err
	}
	var work *seeding
	for range seedTries {
		err = s.DB.Write(ctx, func(tx *database.Tx) error {
			work = &seeding{Service: s, tx: tx, owner: owner, course: c, restore: restore}
			return work.run(ctx)
		})
		if !database.IsUnique(err, "courses") {
			break
		}
	}
	if err != nil {
		return outcome{}, err
	}
	work.done.pictures, err = s.addPictures(ctx, files, work)
	return work.done, err
}

// run locks notes before the course, as all requests do.
func (w *seeding) run(ctx context.Context) (err error) {
	if w.known, err = w.lock(ctx, w.tx, w.course); err != nil {
		return err
	}
	var ids []int64
	for _, n := range w.course.notes {
		if id := w.known[n.name].NoteID; id != nil {
			ids = append(ids, *id)
		}
	}
	present, err := w.Notes.LockServerNotes(ctx, w.tx, ids)
	if err != nil {
		return err
	}
	if err := w.seedSelf(ctx); err != nil {
		return err
	}
	for i := len(w.course.notes) - 1; i >= 0; i-- { // the first is to be the newest, which comes first in lists
		if err := w.seedNote(ctx, w.course.notes[i], present); err != nil {
			return err
		}
	}
	return w.passOverPictures(ctx)
}

// seedSelf makes the course itself, or brings its texts up to date.
func (w *seeding) seedSelf(ctx context.Context) (err error) {
	c, row := w.course, w.known[w.course.name]
	if row.CourseID != nil {
		w.target, err = courses.LockServerCourse(ctx, w.tx, *row.CourseID)
		if err != nil && !errors.Is(err, database.ErrNotFound) {
			return err
		}
	}
	switch {
	case w.target.ID == 0 && (row.ContentHash == "" || w.restore):
		if err := w.makeCourse(ctx); err != nil {
			return err
		}
	case w.target.ID != 0 && row.ContentHash != c.hash() && row.ContentHash == hash(w.target.Title, w.target.Description):
		w.target.Title, w.target.Description = c.Title, c.About
		if err := courses.SaveServerCourse(ctx, w.tx, w.target); err != nil {
			return err
		}
		w.done.course = "brought up to date"
	}
	return remember(ctx, w.tx, seeded{Name: c.name, CourseID: w.targetID(), ContentHash: c.hash()})
}

func (w *seeding) makeCourse(ctx context.Context) error {
	var err error
	w.target, err = courses.AddServerCourse(ctx, w.tx, w.owner, w.course.Slug, w.course.Title, w.course.About)
	w.isNew, w.done.course = true, "made"
	return err
}

// targetID is nil for a deleted course.
func (w *seeding) targetID() *int64 {
	if w.target.ID == 0 {
		return nil
	}
	return &w.target.ID
}

// seedNote makes a note, restores it, or brings its text up to date. Notes of a deleted course are not made.
func (w *seeding) seedNote(ctx context.Context, n note, present map[int64]notes.ServerNote) error {
	row, known := w.known[n.name]
	var now notes.ServerNote
	there := false
	if row.NoteID != nil {
		now, there = present[*row.NoteID]
	}
	latest := seeded{Name: n.name, NoteID: row.NoteID, ContentHash: hashNote(n.Text)}
	var err error
	switch {
	case there:
		err = w.reviseNote(ctx, n, row, now)
	case w.target.ID != 0 && (!known || w.restore):
		latest.NoteID, err = w.makeNote(ctx, n)
	}
	if err != nil || latest == row {
		return err
	}
	return remember(ctx, w.tx, latest)
}

func (w *seeding) makeNote(ctx context.Context, n note) (*int64, error) {
	author := w.target.OwnerID
	if author == nil {
		author = &w.owner
	}
	w.done.made++
	id, err := w.Notes.AddServerNote(ctx, w.tx, *author, w.target.ID, n.Text)
	return &id, err
}

// reviseNote gives a note that nobody has changed the text of the sample. Restoring takes it out of the recycle bin, as it
// is, and puts it back into a course that had to be made again.
func (w *seeding) reviseNote(ctx context.Context, n note, row seeded, now notes.ServerNote) error {
	latest := hashNote(n.Text)
	outdated := row.ContentHash != latest && row.ContentHash == hashNote(now.Text)
	astray := w.restore && (now.InBin || w.isNew)
	if outdated {
		now.Text = n.Text
		w.done.changed++
	}
	if astray {
		now.InBin, now.CourseID = false, w.targetID()
		w.done.restored++
	}
	if !outdated && !astray {
		return nil
	}
	return w.Notes.SaveServerNote(ctx, w.tx, now)
}

// hash stands for the texts of a course.
func (c course) hash() string { return hash(c.Title, c.About) }

func hashNote(t notes.Text) string { return hash(t.Title, t.Description, t.Content) }
