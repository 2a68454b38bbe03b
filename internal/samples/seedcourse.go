package samples

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// owner is the account that owns the sample courses. It is the server's own, not an administrator's, whose lists,
// exports and copies they would clutter.
const owner = "notechondria"

// seedCourse creates the missing parts of a course.
func (s *Service) seedCourse(
	ctx context.Context, files fs.FS, c course, known map[string]seeded, restore bool,
) (outcome, error) {
	w := &seeding{Service: s, course: c, known: known, restore: restore}
	if err := w.seedSelf(ctx); err != nil {
		return w.done, err
	}
	if err := w.seedNotes(ctx); err != nil {
		return w.done, err
	}
	w.skipPictures()
	if err := s.remember(ctx, w.latest); err != nil {
		return w.done, err
	}
	err := w.addPictures(ctx, files)
	return w.done, err
}

// seedSelf creates the course itself, or updates its texts.
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

// find returns a recorded course, or nil. A course without an owner counts as deleted, since there is nobody to act
// for.
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
	if problem.IsKind(err, problem.Refused) { // the account has a course of that title, recorded under another name
		made, err = w.ownCourse(ctx, who, c.Title)
	}
	w.target, w.isNew, w.done.course = &made, true, "made"
	return err
}

// account is the server acting for its own account, which is created if necessary.
func (w *seeding) account(ctx context.Context) (actor.Actor, error) {
	id, err := w.Accounts.EnsureSystemAccount(ctx, actor.Operator(), owner)
	return actor.ServerFor(id), err
}

// ownCourse returns the user's course of that title.
func (w *seeding) ownCourse(ctx context.Context, who actor.Actor, title string) (courses.Course, error) {
	list, err := w.Courses.List(ctx, who, courses.Page{})
	if err != nil {
		return courses.Course{}, err
	}
	at := slices.IndexFunc(list, func(c courses.Course) bool {
		return c.Owner != nil && who.Is(c.Owner.ID) && database.Fold(c.Title) == database.Fold(title)
	})
	if at < 0 {
		return courses.Course{}, fmt.Errorf("the title %q is taken, but the course was not found", title)
	}
	return list[at], nil
}

func (w *seeding) updateCourse(ctx context.Context) error {
	change := courses.Patch{Title: patch.To(w.course.Title), Description: patch.To(w.course.About)}
	updated, err := w.Courses.Update(ctx, w.asOwner(), w.target.ID, problem.Clean(change))
	if err != nil {
		return err
	}
	w.target, w.done.course = &updated, "updated"
	return nil
}
