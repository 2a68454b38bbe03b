package samples

import (
	"context"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/notes"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// seedNotes creates or updates the notes of a course.
func (w *seeding) seedNotes(ctx context.Context) error {
	var ids []int64
	for _, n := range w.course.notes {
		if id := w.known[n.name].NoteID; id != nil {
			ids = append(ids, *id)
		}
	}
	present, err := w.Notes.Locate(ctx, ids)
	if err != nil {
		return err
	}
	for _, n := range slices.Backward(w.course.notes) { // the first note must be the newest, which comes first in lists
		if err := w.seedNote(ctx, n, present); err != nil {
			return err
		}
	}
	return nil
}

// seedNote creates a note, restores it, or updates its text. Notes of a deleted course are not created.
func (w *seeding) seedNote(ctx context.Context, n note, present map[int64]notes.Location) error {
	row, known := w.known[n.name]
	latest := seeded{Name: n.name, NoteID: row.NoteID, ContentHash: n.hash()}
	var at notes.Location
	if row.NoteID != nil {
		at = present[*row.NoteID]
	}
	switch {
	case at.InBin && !w.restore:
		return nil // its text can't be read in the bin; this happens once somebody restores it
	case at.ID != 0:
		err := w.reviseNote(ctx, n, row, at)
		if problem.IsKind(err, problem.NotFound) {
			return nil // somebody deleted it meanwhile: the next start looks again
		}
		if err != nil {
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
	made, _, err := w.Notes.Create(ctx, w.asOwner(), problem.Clean(notes.Draft{
		Title: n.Title, Description: n.Description, Content: n.Content, CourseID: w.targetID(), IsPublic: true,
		EditorMode: "G", ClientID: clientID(n.name),
	}))
	w.done.made++
	return made.ID, err
}

// reviseNote updates the text of a note that nobody has changed. Restoring takes a note out of the recycle bin,
// including any changes to it, and puts it back into a course that had to be recreated.
func (w *seeding) reviseNote(ctx context.Context, n note, row seeded, at notes.Location) (err error) {
	who, ref := actor.ServerFor(at.AuthorID), notes.ByID(at.ID)
	var now notes.Note
	switch {
	case at.InBin:
		now, err = w.Notes.Restore(ctx, who, at.ID, problem.Clean(notes.Patch{
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
