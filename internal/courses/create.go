package courses

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Draft is a course to be made.
type Draft struct {
	Title       string
	Description string
	ClientID    string // what the app calls it; "" for nothing
	// Code point of a Flutter icon; a course that is there keeps its own unless this is set.
	Icon patch.Field[*int64]
	Slug string // what the slug is made of, where that is not the title
}

func (d Draft) check() error {
	var problems problem.Fields
	problems.CheckText("title", d.Title, 1, MaxTitle)
	problems.CheckText("description", d.Description, 0, MaxDescription)
	problems.CheckText("client_course_id", d.ClientID, 0, MaxClientID)
	checkIcon(&problems, d.Icon)
	return problems.Err()
}

func checkIcon(problems *problem.Fields, icon patch.Field[*int64]) {
	if n := icon.Value; n != nil && (*n < 0 || *n > MaxIcon) {
		problems.Add("icon", "Unknown icon.")
	}
}

// uniqueIndexes can be violated by a concurrent request.
var uniqueIndexes = []string{"courses_slug_key", "courses_client_course_id_key", "courses_title_folded_key",
	"courses_owner_id_default_key"}

// write runs f in a transaction, and again where a request beside it took what f had found free; retry says so.
func (s *Service) write(ctx context.Context, f func(tx *database.Tx, retry bool) error) error {
	return s.DB.WriteAgain(ctx, uniqueIndexes, func(tx *database.Tx, try int) error { return f(tx, try > 0) })
}

// Create makes a course. If the caller has one with this client id, that one is changed instead; if the title is that
// of their Inbox, it is returned as it is. Another course of theirs with that title is a problem.
func (s *Service) Create(ctx context.Context, who actor.Actor, d Draft) (c Course, created bool, err error) {
	if err := d.check(); err != nil {
		return Course{}, false, err
	}
	var id int64
	err = s.write(ctx, func(tx *database.Tx, retry bool) (err error) {
		id, created, err = upsert(ctx, tx, who.UserID, d, retry)
		return err
	})
	if err != nil {
		return Course{}, false, err
	}
	c, err = s.Get(ctx, who, id)
	return c, created, err
}

// upsert follows the order of the former system: an own course of that title comes before one of that client id.
func upsert(
	ctx context.Context, tx *database.Tx, owner int64, d Draft, retry bool,
) (id int64, created bool, err error) {
	folded := database.Fold(d.Title)
	existing, duplicate, err := sameCourse(ctx, tx, owner, d.ClientID, folded)
	if err != nil {
		return 0, false, err
	}
	switch {
	case duplicate != nil && folded == inboxTitle:
		return duplicate.ID, false, nil
	case duplicate != nil:
		return 0, false, titleTaken(notSaved, d.Title)
	case existing != nil && existing.TitleFolded == inboxTitle && folded != inboxTitle:
		return 0, false, inboxStays(notSaved)
	case existing != nil:
		return existing.ID, false, overwrite(ctx, tx, existing.ID, texts{d.Title, d.Description}, d.Icon)
	}
	n := newCourse{owner: owner, title: d.Title, description: d.Description, icon: d.Icon.Value,
		isDefault: folded == inboxTitle, slugBase: slugOf(d.Title), retry: retry}
	if d.Slug != "" {
		n.slugBase = slugOf(d.Slug)
	}
	if d.ClientID != "" {
		n.clientID = &d.ClientID
	}
	id, err = insert(ctx, tx, n)
	return id, err == nil, err
}

// sameCourse returns the owner's course of that client id, and another one of that title, nil for none, and locks them.
// "" names none, though adopted courses may have it. Both are read at once: a course that another request makes in
// between must not be taken for a duplicate of itself.
func sameCourse(
	ctx context.Context, tx *database.Tx, owner int64, clientID, titleFolded string,
) (existing, duplicate *match, err error) {
	found, err := database.All[match](ctx, tx, `
		select c.id, c.title, c.title_folded, coalesce(c.client_course_id = nullif($2, ''), false) as by_client_id
		from courses c where c.owner_id = $1 and (c.client_course_id = nullif($2, '') or c.title_folded = $3)
			order by c.id limit 2`+tx.Locking(toRename),
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
	// Adopted courses may have had one title from the start.
	if existing != nil && database.Fold(existing.Title) == titleFolded {
		duplicate = nil
	}
	return existing, duplicate, nil
}

type match struct {
	ID          int64
	Title       string
	TitleFolded string
	ByClientID  bool
}

type texts struct{ title, description string }

// overwrite changes what the apps edit.
func overwrite(ctx context.Context, tx *database.Tx, id int64, t texts, icon patch.Field[*int64]) error {
	_, err := tx.ExecContext(ctx, `
		update courses set title = $1, title_folded = case when title = $1 then title_folded else $2 end, description = $3,
			icon = case when $4 then cast($5 as bigint) else icon end, updated_at = $6
		where id = $7`,
		t.title, database.Fold(t.title), t.description, icon.Set, icon.Value, database.Now(), id)
	if err != nil {
		return fmt.Errorf("changing a course: %w", err)
	}
	return nil
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
		insert into courses (owner_id, client_course_id, slug, title, title_folded, description, icon, is_default,
			created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7,
			$8 and not exists (select 1 from courses where owner_id = $1 and is_default), $9, $9) returning id`,
		n.owner, n.clientID, slug, n.title, database.Fold(n.title), n.description, n.icon, n.isDefault, database.Now())
	if err != nil {
		return 0, fmt.Errorf("storing a course: %w", err)
	}
	return id, nil
}
