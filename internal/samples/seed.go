package samples

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// owner is the account whose the sample courses are. The server's own, and not an administrator's: those keep their lists,
// exports and copies to themselves.
const owner = "notechondria"

// seeding is the work on one course.
//
// Each step is a use case with a transaction of its own, and what was done is remembered after all of them. A process that
// dies in between has everything done again: the client ids of courses and notes make that change what is there already.
type seeding struct {
	*Service
	course  course
	known   map[string]seeded
	restore bool // what was deleted is made again

	target *courses.Course // nil when it was deleted
	isNew  bool            // it was not remembered
	latest []seeded        // to be remembered
	done   outcome
}

// seedCourse makes what is missing of a course.
func (s *Service) seedCourse(ctx context.Context, files fs.FS, c course, known map[string]seeded, restore bool) (outcome, error) {
	w := &seeding{Service: s, course: c, known: known, restore: restore}
	if err := w.seedSelf(ctx); err != nil {
		return w.done, err
	}
	if err := w.seedNotes(ctx); err != nil {
		return w.done, err
	}
	w.passOverPictures()
	if err := s.remember(ctx, w.latest); err != nil {
		return w.done, err
	}
	err := w.addPictures(ctx, files)
	return w.done, err
}

// seedSelf makes the course itself, or brings its texts up to date.
func (w *seeding) seedSelf(ctx context.Context) (err error) {
	c, row := w.course, w.known[w.course.name]
	if w.target, err = w.find(ctx, row.CourseID); err != nil {
		return err
	}
	switch {
	case w.target == nil && (row.ContentHash == "" || w.restore):
		err = w.makeCourse(ctx)
	case w.target != nil && row.ContentHash != c.hash() && row.ContentHash == hash(w.target.Title, w.target.Description):
		err = w.updateCourse(ctx)
	}
	w.latest = append(w.latest, seeded{Name: c.name, CourseID: w.targetID(), ContentHash: c.hash()})
	return err
}

// find returns a course that was remembered, nil when there is none. One that is nobody's counts as deleted: there is no
// name to act in.
func (w *seeding) find(ctx context.Context, id *int64) (*courses.Course, error) {
	if id == nil {
		return nil, nil
	}
	owner, err := w.Courses.OwnerOf(ctx, *id)
	if problem.IsKind(err, problem.NotFound) || err == nil && owner == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c, err := w.Courses.Get(ctx, actor.ServerFor(owner), *id)
	if err != nil || c.Owner == nil {
		return nil, err
	}
	return &c, nil
}

func (w *seeding) makeCourse(ctx context.Context) error {
	who, err := w.account(ctx)
	if err != nil {
		return err
	}
	c := w.course
	made, _, err := w.Courses.Create(ctx, who, courses.Draft{
		Title: c.Title, Description: c.About, Slug: c.Slug, ClientID: clientID(c.name),
	})
	if problem.IsKind(err, problem.Refused) { // the account has one of that title, which it was under another name
		made, err = w.ownCourse(ctx, who, c.Title)
	}
	w.target, w.isNew, w.done.course = &made, true, "made"
	return err
}

// account is the server itself in the name of its own account, which is made when there is none.
func (w *seeding) account(ctx context.Context) (who actor.Actor, err error) {
	err = w.DB.Write(ctx, func(tx *database.Tx) error {
		id, err := accounts.ServerAccount(ctx, tx, owner)
		who = actor.ServerFor(id)
		return err
	})
	return who, err
}

// ownCourse returns somebody's course of that title.
func (w *seeding) ownCourse(ctx context.Context, who actor.Actor, title string) (courses.Course, error) {
	list, err := w.Courses.List(ctx, who, courses.Page{})
	if err != nil {
		return courses.Course{}, err
	}
	at := slices.IndexFunc(list, func(c courses.Course) bool {
		return c.Owner != nil && who.Is(c.Owner.ID) && database.Fold(c.Title) == database.Fold(title)
	})
	if at < 0 {
		return courses.Course{}, fmt.Errorf("the course %q is taken, and not there", title)
	}
	return list[at], nil
}

func (w *seeding) updateCourse(ctx context.Context) error {
	change := courses.Patch{Title: patch.To(w.course.Title), Description: patch.To(w.course.About)}
	updated, err := w.Courses.Update(ctx, w.inOwnersName(), w.target.ID, problem.Clean(change))
	if err != nil {
		return err
	}
	w.target, w.done.course = &updated, "brought up to date"
	return nil
}

// inOwnersName is the server itself, acting for the owner of the course.
func (w *seeding) inOwnersName() actor.Actor { return actor.ServerFor(w.target.Owner.ID) }

// targetID is nil for a deleted course.
func (w *seeding) targetID() *int64 {
	if w.target == nil {
		return nil
	}
	return &w.target.ID
}

func (w *seeding) seedNotes(ctx context.Context) error {
	var ids []int64
	for _, n := range w.course.notes {
		if id := w.known[n.name].NoteID; id != nil {
			ids = append(ids, *id)
		}
	}
	present, err := w.Notes.HoldersOf(ctx, ids)
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(w.course.notes) { // the first is to be the newest, which comes first in lists
		if err := w.seedNote(ctx, n, present); err != nil {
			return err
		}
	}
	return nil
}

// seedNote makes a note, restores it, or brings its text up to date. Notes of a deleted course are not made.
func (w *seeding) seedNote(ctx context.Context, n note, present map[int64]notes.Held) error {
	row, known := w.known[n.name]
	latest := seeded{Name: n.name, NoteID: row.NoteID, ContentHash: n.hash()}
	var held notes.Held
	if row.NoteID != nil {
		held = present[*row.NoteID]
	}
	switch {
	case held.InBin && !w.restore:
		return nil // what it says can't be looked at: it is, when somebody takes it out
	case held.ID != 0:
		if err := w.reviseNote(ctx, n, row, held); err != nil {
			return err
		}
	case w.target != nil && (!known || w.restore):
		id, err := w.makeNote(ctx, n)
		if err != nil {
			return err
		}
		latest.NoteID = &id
	}
	w.latest = append(w.latest, latest)
	return nil
}

func (w *seeding) makeNote(ctx context.Context, n note) (id int64, err error) {
	made, _, err := w.Notes.Create(ctx, w.inOwnersName(), problem.Clean(notes.Draft{
		Title: n.Title, Description: n.Description, Content: n.Content, CourseID: w.targetID(), IsPublic: true, EditorMode: "G",
		ClientID: clientID(n.name),
	}))
	w.done.made++
	return made.ID, err
}

// reviseNote gives a note that nobody has changed the text of the sample. Restoring takes it out of the recycle bin, with
// what somebody may have changed in it, and puts it back into a course that had to be made again.
func (w *seeding) reviseNote(ctx context.Context, n note, row seeded, held notes.Held) (err error) {
	who, ref := actor.ServerFor(held.AuthorID), notes.ByID(held.ID)
	var now notes.Note
	switch {
	case held.InBin:
		now, err = w.Notes.Restore(ctx, who, held.ID, problem.Clean(notes.Patch{
			IsPublic: patch.To(true), CourseID: patch.To(w.targetID()),
		}))
		w.done.restored++
	case w.restore && w.isNew:
		now, err = w.Notes.Update(ctx, who, ref, nil, problem.Clean(notes.Patch{CourseID: patch.To(w.targetID())}))
		w.done.restored++
	case row.ContentHash != n.hash():
		now, err = w.Notes.Get(ctx, who, ref)
	}
	if err != nil || row.ContentHash == n.hash() || row.ContentHash != hashOf(now) {
		return err
	}
	w.done.changed++
	_, err = w.Notes.Update(ctx, who, ref, nil, problem.Clean(notes.Patch{
		Title: patch.To(n.Title), Description: patch.To(&n.Description), Content: patch.To(n.Content),
	}))
	return err
}
