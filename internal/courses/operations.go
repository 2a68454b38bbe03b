package courses

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the operations of courses.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/courses/", Tag: "courses",
		Summary: "List the courses that one may see",
	}, s.list)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/courses/", Tag: "courses", Access: rest.Account, Status: http.StatusCreated,
		Summary:     "Make a course",
		Description: "The same client_course_id again changes that course; the title Inbox returns the Inbox that is there (both 200).",
	}, s.create)
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/courses/{id}/", Tag: "courses",
		Summary: "Read a course",
	}, s.read)
}

func (s *Service) list(ctx context.Context, _ *struct{}) ([]Course, error) {
	rows, err := database.All[row](ctx, s.db.Read(), selectCourses+" where "+visible+listOrder+fmt.Sprintf(" limit %d", maxListed), rest.CallerID(ctx))
	if err != nil {
		return nil, fmt.Errorf("listing courses: %w", err)
	}
	return s.payload(ctx, rows)
}

type courseInput struct {
	ID int64 `path:"id"`
}

func (s *Service) read(ctx context.Context, in *courseInput) (Course, error) {
	return s.payloadOf(ctx, in.ID)
}

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

// createTries bounds how often a request is begun again because another one made the same course, or took its slug.
const createTries = 3

func (s *Service) create(ctx context.Context, in *createInput) (rest.Reply[Course], error) {
	var id int64
	var created bool
	var err error
	for try := range createTries {
		err = s.db.Write(ctx, func(tx *database.Tx) (err error) {
			id, created, err = upsert(ctx, tx, rest.CallerID(ctx), in, try > 0)
			return err
		})
		if !database.IsUnique(err, "courses") {
			break
		}
	}
	if err != nil {
		return rest.Reply[Course]{}, err
	}
	reply := rest.Reply[Course]{Status: http.StatusOK}
	if created {
		reply.Status = http.StatusCreated
	}
	reply.Body, err = s.payloadOf(ctx, id)
	return reply, err
}

// upsert follows the order of the old system: an own course of that title comes before one of that client id.
func upsert(ctx context.Context, tx *database.Tx, owner int64, in *createInput, retry bool) (id int64, created bool, err error) {
	b := &in.Body
	existing, duplicate, err := sameCourse(ctx, tx, owner, b.ClientCourseID.Value, database.Fold(b.Title))
	if err != nil {
		return 0, false, err
	}
	switch {
	case duplicate != 0 && database.Fold(b.Title) == inboxTitle:
		return duplicate, false, nil
	case duplicate != 0:
		return 0, false, rest.Refusal(http.StatusBadRequest, "Course not saved", "Notes.Courses/create",
			fmt.Sprintf("you have a course named %q already", b.Title))
	case existing != 0:
		return existing, false, overwrite(ctx, tx, existing, in)
	}
	var clientID *string
	if b.ClientCourseID.Value != "" {
		clientID = &b.ClientCourseID.Value
	}
	id, err = insert(ctx, tx, newCourse{owner: owner, clientID: clientID, title: b.Title, description: b.Description.Value,
		icon: optionalNumber(b.Icon), isDefault: database.Fold(b.Title) == inboxTitle, slugBase: slugOf(b.Title), retry: retry})
	return id, err == nil, err
}

// sameCourse returns the ids, 0 for none, of the owner's course of that client id, and of another one of that title. Both
// are read at once: a course that another request makes in between must not be taken for a duplicate of itself.
func sameCourse(ctx context.Context, q database.Querier, owner int64, clientID, titleFolded string) (existing, duplicate int64, err error) {
	type match struct {
		ID         int64
		ByClientID bool
	}
	found, err := database.All[match](ctx, q, `
		select id, coalesce(client_course_id = $2, false) as by_client_id from courses
		where owner_id = $1 and (client_course_id = $2 or title_folded = $3) limit 2`, owner, clientID, titleFolded)
	if err != nil {
		return 0, 0, fmt.Errorf("looking for a course: %w", err)
	}
	for _, m := range found {
		if m.ByClientID {
			existing = m.ID
		} else {
			duplicate = m.ID
		}
	}
	return existing, duplicate, nil
}

// ownCourse returns the id of the owner's course for which condition holds, 0 for none.
func ownCourse(ctx context.Context, q database.Querier, condition string, owner int64, value string) (int64, error) {
	id, err := database.One[int64](ctx, q, "select id from courses where owner_id = $1 and "+condition, owner, value)
	if errors.Is(err, database.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("looking for a course: %w", err)
	}
	return id, nil
}

func overwrite(ctx context.Context, tx *database.Tx, id int64, in *createInput) error {
	b := &in.Body
	_, err := tx.ExecContext(ctx, `
		update courses set title = $1, title_folded = $2, description = $3,
			icon = case when $4 then cast($5 as bigint) else icon end, updated_at = $6
		where id = $7`,
		b.Title, database.Fold(b.Title), b.Description.Value, b.Icon.Present(), optionalNumber(b.Icon), database.Now(), id)
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
	id, err := ownCourse(ctx, tx, "(is_default or title_folded = $2)", userID, inboxTitle)
	if err != nil || id != 0 {
		return id, err
	}
	return insert(ctx, tx, newCourse{owner: userID, title: "Inbox", description: "Default category", isDefault: true,
		slugBase: fmt.Sprintf("inbox-%d", userID)})
}

// numberedSlugs is how many courses of one title get -2, -3 … before the others get something random: finding a free one
// must not cost more with every course of that title on the server.
const numberedSlugs = 20

// freeSlug returns a slug that no course has. retry says that the last one was taken by a request beside this one.
func freeSlug(ctx context.Context, q database.Querier, base string, retry bool) (string, error) {
	random := base + "-" + strings.ToLower(rand.Text()[:8])
	if retry {
		return random, nil
	}
	type taken struct{ Slug string }
	rows, err := database.All[taken](ctx, q, `
		select slug from courses where slug = $1 or slug > $2 and slug < $3 order by length(slug), slug limit $4`,
		base, base+"-", base+".", numberedSlugs) // '.' follows '-': the numbered ones lie between
	if err != nil {
		return "", fmt.Errorf("looking for a free slug: %w", err)
	}
	used := map[string]bool{}
	for _, r := range rows {
		used[r.Slug] = true
	}
	if !used[base] {
		return base, nil
	}
	for n := 2; n < numberedSlugs; n++ {
		if slug := fmt.Sprintf("%s-%d", base, n); !used[slug] {
			return slug, nil
		}
	}
	return random, nil
}
