package courses

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// The locks that a transaction takes on the course c that it found. Whoever refers to a course keeps it from being
// deleted meanwhile; whoever deletes it waits for those, and they then find it gone. A course is locked before its
// subscriptions are, and before notes are moved in or out.
const (
	toRefer  = "for key share of c"
	toRename = "for no key update of c" // lets others refer to it
	toDelete = "for update of c"
)

// exists is a 404 unless there is a course for which condition, one on viewed, holds for the caller. locking is "" or ends
// the query.
func exists(ctx context.Context, q database.Querier, id int64, condition, locking string) error {
	return existsFor(ctx, q, rest.CallerID(ctx), id, condition, locking)
}

func existsFor(ctx context.Context, q database.Querier, userID, id int64, condition, locking string) error {
	_, err := database.One[int64](ctx, q, "select c.id from"+viewed+" where c.id = $2 and "+condition+locking, userID, id)
	if errors.Is(err, database.ErrNotFound) {
		return errNoCourse()
	}
	if err != nil {
		return fmt.Errorf("looking for a course: %w", err)
	}
	return nil
}

// CheckFiling returns a 404 unless the user may file things in the course: as its owner or a subscriber. The course can't
// be deleted before tx ends.
func CheckFiling(ctx context.Context, tx *database.Tx, userID, courseID int64) error {
	return existsFor(ctx, tx, userID, courseID, "("+own+" or s.user_id is not null)", tx.Locking(toRefer))
}

// target is what changing or deleting a course needs to know of it.
type target struct {
	ID          int64
	OwnerID     *int64
	Title       string
	TitleFolded string
	Description string
	IsDefault   bool
}

// isInbox goes by the title, as in the old system, and by the mark of the course that notes without another go to.
func (t target) isInbox() bool { return t.IsDefault || t.TitleFolded == inboxTitle }

// lockOwn locks a course for the rest of the transaction: 404 when the caller can't see it, 403 when it is not theirs.
func lockOwn(ctx context.Context, tx *database.Tx, id int64, locking string, o operation) (target, error) {
	t, err := database.One[target](ctx, tx, "select c.id, c.owner_id, c.title, c.title_folded, c.description, c.is_default from"+viewed+
		" where c.id = $2 and "+visible+tx.Locking(locking), rest.CallerID(ctx), id)
	switch {
	case errors.Is(err, database.ErrNotFound):
		return target{}, errNoCourse()
	case err != nil:
		return target{}, fmt.Errorf("locking a course: %w", err)
	case t.OwnerID == nil || *t.OwnerID != rest.CallerID(ctx):
		return target{}, o.refuse(http.StatusForbidden, "it belongs to somebody else")
	}
	return t, nil
}

// operation words the refusals of what somebody wants to do with a course.
type operation struct{ name, consequence string }

var (
	creating   = operation{"create", "Course not saved"}
	updating   = operation{"update", "Course not changed"}
	deleting   = operation{"delete", "Course not deleted"}
	reordering = operation{"reorder", "Courses not reordered"}
)

func (o operation) refuse(status int, cause string) error {
	return rest.Refusal(status, o.consequence, "Notes.Courses/"+o.name, cause)
}

func (o operation) titleTaken(title string) error {
	return o.refuse(http.StatusBadRequest, fmt.Sprintf("you have a course named %q already", title))
}

func (o operation) inboxStays() error {
	return o.refuse(http.StatusBadRequest, "the Inbox keeps its name and can't be removed")
}
