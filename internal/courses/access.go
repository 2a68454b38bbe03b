package courses

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/problem"
)

// courseForViewer is a course c with the active subscription s, if any, of the viewer with the id of parameter $1.
const courseForViewer = ` courses c
	left join course_subscriptions s on s.course_id = c.id and s.user_id = $1 and s.is_active`

// visible is the condition that the viewer sees the course c of courseForViewer: as its owner, as a subscriber, or
// because it is no Inbox and holds a note that everybody sees there.
var visible = `(c.owner_id = $1 or s.user_id is not null
	or not c.is_default and c.title_folded <> '` + inboxTitle + `' and exists (
		select 1 from notes n where n.course_id = c.id and ` + notelist.ShownToAll("c") + `))`

// Further conditions on the course c of courseForViewer.
const (
	// member: they may have private notes in it, as its owner, or since they have subscribed, be it long ago.
	member = `(coalesce(c.owner_id = $1, false) or exists (
		select 1 from course_subscriptions m where m.course_id = c.id and m.user_id = $1))`
	own       = "c.owner_id = $1"
	anyCourse = "true" // for those who could see it a moment ago
)

// errNoCourse says that there is no such course, or none that this viewer may see.
var errNoCourse = problem.NoSuch("Course")

// The locks that a transaction takes on the course c that it found. A reference keeps the course from being deleted;
// deletion waits for references, and later ones find the course gone. Notes are locked before the course they are in or
// go to, and the course before its subscriptions.
const (
	toRefer  = "for key share of c"
	toRename = "for no key update of c" // lets others refer to it
	toDelete = "for update of c"
)

// lockIf locks a course for which the condition, one on courseForViewer, holds for the user; otherwise the course
// counts as missing.
func lockIf(ctx context.Context, tx *database.Tx, userID, id int64, condition, lock string) error {
	_, err := database.One[int64](ctx, tx,
		"select c.id from"+courseForViewer+" where c.id = $2 and "+condition+tx.Locking(lock), userID, id)
	if errors.Is(err, database.ErrNotFound) {
		return errNoCourse
	}
	if err != nil {
		return fmt.Errorf("locking a course: %w", err)
	}
	return nil
}

// CheckFiling refuses a course in which the user may not file things: only its owner and subscribers may. The course
// can't be deleted before tx ends. nil, for no course, is fine.
func CheckFiling(ctx context.Context, tx *database.Tx, userID int64, courseID *int64) error {
	if courseID == nil {
		return nil
	}
	return lockIf(ctx, tx, userID, *courseID, "("+own+" or s.user_id is not null)", toRefer)
}

// Refer keeps a course from being deleted before tx ends, for what the server itself files in it.
func Refer(ctx context.Context, tx *database.Tx, courseID int64) error {
	return lockIf(ctx, tx, 0, courseID, anyCourse, toRefer)
}

// OwnerOf returns the id of the owner of a course, in whose name the server can act on it, or 0 if nobody owns it.
func (s *Service) OwnerOf(ctx context.Context, courseID int64) (int64, error) {
	owner, err := database.One[int64](ctx, s.DB.Read(),
		"select coalesce(owner_id, 0) from courses where id = $1", courseID)
	if errors.Is(err, database.ErrNotFound) {
		return 0, errNoCourse
	}
	if err != nil {
		return 0, fmt.Errorf("looking whose course it is: %w", err)
	}
	return owner, nil
}

// target is what changing or deleting a course needs to know of it.
type target struct {
	ID          int64
	OwnerID     *int64
	Title       string
	TitleFolded string
	Description string
	CoverPath   string
	IsDefault   bool
}

// isInbox goes by the title, as in the former system, and by the mark of the course that notes without another go to.
func (t target) isInbox() bool { return t.IsDefault || t.TitleFolded == inboxTitle }

// lockOwn locks a course of the caller for the rest of the transaction. A course that the caller can't see counts as
// missing; outcome words the refusal when somebody else owns it.
func lockOwn(ctx context.Context, tx *database.Tx, who actor.Actor, id int64, outcome string) (target, error) {
	t, err := database.One[target](ctx, tx,
		"select c.id, c.owner_id, c.title, c.title_folded, c.description, c.cover_path, c.is_default from"+
			courseForViewer+" where c.id = $2 and "+visible+tx.Locking(toRename), who.UserID, id)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return target{}, errNoCourse
	case err != nil:
		return target{}, fmt.Errorf("locking a course: %w", err)
	case t.OwnerID == nil || !who.Is(*t.OwnerID):
		return target{}, problem.Deny(outcome, belongsToOthers)
	}
	return t, nil
}

// What did not happen, in refusals.
const (
	notSaved   = "Course not saved"
	notChanged = "Course not changed"
	notDeleted = "Course not deleted"
)

const belongsToOthers = "it belongs to somebody else"

func titleTaken(outcome, title string) error {
	return problem.Refuse(outcome, fmt.Sprintf("you already have a course named %q", title))
}

func inboxStays(outcome string) error {
	return problem.Refuse(outcome, "the Inbox can't be renamed or deleted")
}
