package courses

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

type createInput struct {
	Body struct {
		Title          string                `json:"title" required:"true" maxLength:"120"`
		Description    rest.Optional[string] `json:"description" nullable:"true" blank:"true" maxLength:"100000"`
		ClientCourseID rest.Optional[string] `json:"client_course_id" nullable:"true" blank:"true" maxLength:"64" doc:"The app's own name of the course"`
		Icon           rest.Optional[int64]  `json:"icon" nullable:"true" minimum:"0" maximum:"2147483647"`
	}
}

// inboxTitle is the title, folded, that makes a course the Inbox of its owner.
const inboxTitle = "inbox"

// uniqueIndexes are those that a request beside another one can run into.
var uniqueIndexes = []string{"courses_slug_key", "courses_client_course_id_key", "courses_title_folded_key", "courses_owner_id_default_key"}

// write runs f in a transaction, and again where a request beside it took what f had found free; retry says so.
func (s *Service) write(ctx context.Context, f func(tx *database.Tx, retry bool) error) (err error) {
	return s.DB.WriteAgain(ctx, uniqueIndexes, func(tx *database.Tx, try int) error { return f(tx, try > 0) })
}

func (s *Service) create(ctx context.Context, in *createInput) (rest.Reply[Course], error) {
	var id int64
	var created bool
	err := s.write(ctx, func(tx *database.Tx, retry bool) (err error) {
		id, created, err = upsert(ctx, tx, rest.CallerID(ctx), in, retry)
		return err
	})
	if err != nil {
		return rest.Reply[Course]{}, err
	}
	reply := rest.Reply[Course]{Status: http.StatusOK}
	if created {
		reply.Status = http.StatusCreated
	}
	reply.Body, err = s.show(ctx, id, visible)
	return reply, err
}

// upsert follows the order of the old system: an own course of that title comes before one of that client id.
func upsert(ctx context.Context, tx *database.Tx, owner int64, in *createInput, retry bool) (id int64, created bool, err error) {
	b := &in.Body
	folded := database.Fold(b.Title)
	existing, duplicate, err := sameCourse(ctx, tx, owner, b.ClientCourseID.Value, folded)
	if err != nil {
		return 0, false, err
	}
	switch {
	case duplicate != nil && folded == inboxTitle:
		return duplicate.ID, false, nil
	case duplicate != nil:
		return 0, false, creating.titleTaken(b.Title)
	case existing != nil && existing.TitleFolded == inboxTitle && folded != inboxTitle:
		return 0, false, creating.inboxStays()
	case existing != nil:
		return existing.ID, false, overwrite(ctx, tx, existing.ID, b.Title, b.Description.Value, b.Icon)
	}
	var clientID *string
	if b.ClientCourseID.Value != "" {
		clientID = &b.ClientCourseID.Value
	}
	id, err = insert(ctx, tx, newCourse{owner: owner, clientID: clientID, title: b.Title, description: b.Description.Value,
		icon: optionalNumber(b.Icon), isDefault: folded == inboxTitle, slugBase: slugOf(b.Title), retry: retry})
	return id, err == nil, err
}

// sameCourse returns the owner's course of that client id, and another one of that title, nil for none, and locks them.
// Both are read at once: a course that another request makes in between must not be taken for a duplicate of itself.
func sameCourse(ctx context.Context, tx *database.Tx, owner int64, clientID, titleFolded string) (existing, duplicate *match, err error) {
	found, err := database.All[match](ctx, tx, `
		select c.id, c.title_folded, coalesce(c.client_course_id = $2, false) as by_client_id from courses c
		where c.owner_id = $1 and (c.client_course_id = $2 or c.title_folded = $3) order by c.id limit 2`+tx.Locking(toRename),
		owner, clientID, titleFolded)
	if err != nil {
		return nil, nil, fmt.Errorf("looking for a course: %w", err)
	}
	for i, m := range found {
		if m.ByClientID {
			existing = &found[i]
		} else {
			duplicate = &found[i]
		}
	}
	return existing, duplicate, nil
}

type match struct {
	ID          int64
	TitleFolded string
	ByClientID  bool
}

// overwrite changes what the apps edit. An icon that was not sent stays.
func overwrite(ctx context.Context, tx *database.Tx, id int64, title, description string, icon rest.Optional[int64]) error {
	_, err := tx.ExecContext(ctx, `
		update courses set title = $1, title_folded = $2, description = $3,
			icon = case when $4 then cast($5 as bigint) else icon end, updated_at = $6
		where id = $7`,
		title, database.Fold(title), description, icon.Present(), optionalNumber(icon), database.Now(), id)
	if err != nil {
		return fmt.Errorf("changing a course: %w", err)
	}
	return nil
}

func optionalNumber(o rest.Optional[int64]) *int64 {
	if !o.Set {
		return nil
	}
	return &o.Value
}

type newCourse struct {
	owner       int64
	clientID    *string
	title       string
	description string
	icon        *int64
	isDefault   bool
	slugBase    string
	retry       bool // a request beside this one took the last slug
}

func insert(ctx context.Context, tx *database.Tx, n newCourse) (int64, error) {
	slug, err := freeSlug(ctx, tx, n.slugBase, n.retry)
	if err != nil {
		return 0, err
	}
	id, err := database.One[int64](ctx, tx, `
		insert into courses (owner_id, client_course_id, slug, title, title_folded, description, icon, is_default, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) returning id`,
		n.owner, n.clientID, slug, n.title, database.Fold(n.title), n.description, n.icon, n.isDefault, database.Now())
	if err != nil {
		return 0, fmt.Errorf("storing a course: %w", err)
	}
	return id, nil
}

// EnsureInbox returns the id of the user's Inbox, and makes it when there is none.
func EnsureInbox(ctx context.Context, tx *database.Tx, userID int64) (int64, error) {
	id, err := database.One[int64](ctx, tx, `
		select id from courses where owner_id = $1 and (is_default or title_folded = $2) order by is_default desc limit 1`, userID, inboxTitle)
	if err == nil {
		return id, nil
	}
	if !errors.Is(err, database.ErrNotFound) {
		return 0, fmt.Errorf("looking for an Inbox: %w", err)
	}
	return insert(ctx, tx, newCourse{owner: userID, title: "Inbox", description: "Default category", isDefault: true,
		slugBase: fmt.Sprintf("inbox-%d", userID)})
}
