// Package courses owns courses, which the apps also call categories and folders: who sees which, their order, the Inbox
// of each user, and subscriptions. Notes filed in a course belong to package notes; courses only show the newest.
package courses

import (
	"context"
	"errors"
	"fmt"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notesummary"
	"github.com/trance-0/notechondria/internal/rest"
)

// Service is the courses of one server.
type Service struct {
	db *database.DB
}

// New makes the service.
func New(db *database.DB) *Service { return &Service{db: db} }

// Course is a course on the wire.
type Course struct {
	ID              int64                 `json:"id"`
	ClientCourseID  *string               `json:"client_course_id"`
	Slug            string                `json:"slug"`
	Title           string                `json:"title"`
	Description     string                `json:"description"`
	CoverImageURL   string                `json:"cover_image_url"`
	Icon            *int64                `json:"icon" doc:"Code point of a Flutter icon"`
	IsDefault       bool                  `json:"is_default" doc:"The Inbox of its owner"`
	SortOrder       int64                 `json:"sort_order"`
	Owner           *accounts.Author      `json:"owner"`
	SubscriberCount int64                 `json:"subscriber_count"`
	IsSubscribed    bool                  `json:"is_subscribed"`
	LastOpenedAt    *rest.Time            `json:"last_opened_at"`
	RecentNotes     []notesummary.Summary `json:"recent_notes"`
	Media           []Media               `json:"media"`
}

// Media is a picture that belongs to a course.
type Media struct {
	ID          int64   `json:"id"`
	Title       string  `json:"title"`
	Description *string `json:"description"`
	Source      *string `json:"source"`
	ImageURL    string  `json:"image_url"`
}

// row is a course with what its wire form needs of its owner and of the viewer's subscription.
type row struct {
	ID              int64
	OwnerID         *int64
	OwnerUsername   *string
	OwnerAvatar     *string
	ClientCourseID  *string
	Slug            string
	Title           string
	Description     string
	CoverPath       string
	Icon            *int64
	IsDefault       bool
	SortOrder       int64
	SubscriberCount int64
	IsSubscribed    bool
	LastOpenedAt    *rest.Time
}

// selectCourses reads rows for the viewer with the id of parameter $1.
const selectCourses = `
	select c.id, c.owner_id, o.username as owner_username, o.avatar_path as owner_avatar, c.client_course_id, c.slug, c.title,
		c.description, c.cover_path, c.icon, c.is_default, c.sort_order, s.user_id is not null as is_subscribed, s.last_opened_at,
		(select count(*) from course_subscriptions x where x.course_id = c.id and x.is_active) as subscriber_count
	from courses c
	left join users o on o.id = c.owner_id
	left join course_subscriptions s on s.course_id = c.id and s.user_id = $1 and s.is_active`

// visible is the condition that the viewer may see course c: as its owner, as a subscriber, or because it is no Inbox
// and holds a public note.
const visible = `(c.owner_id = $1 or s.user_id is not null or not c.is_default and exists (
		select 1 from notes p where p.course_id = c.id and p.is_public and p.deleted_at is null))`

// listOrder is the order of every list of courses: the Inbox, courses in an order of the user's own, subscribed ones by
// their last use, the rest by title.
const listOrder = `
	order by case when c.is_default then 0 when c.sort_order <> 0 then 1 when s.user_id is not null then 2 else 3 end,
		case when c.is_default then 0 else c.sort_order end,
		case when c.is_default or c.sort_order <> 0 then null else coalesce(s.last_opened_at, s.subscribed_at) end desc,
		c.title_folded, c.id`

// maxListed bounds every list of courses.
const maxListed = 1000

// find returns a course that the viewer may see.
func find(ctx context.Context, q database.Querier, viewer, id int64) (row, error) {
	r, err := database.One[row](ctx, q, selectCourses+" where c.id = $2 and "+visible, viewer, id)
	if errors.Is(err, database.ErrNotFound) {
		return row{}, rest.NotFound("Course")
	}
	if err != nil {
		return row{}, fmt.Errorf("reading a course: %w", err)
	}
	return r, nil
}

// CheckFiling returns a 404 unless the user may file things in the course: as its owner or a subscriber.
func CheckFiling(ctx context.Context, q database.Querier, userID, courseID int64) error {
	_, err := database.One[int64](ctx, q, `
		select c.id from courses c
		left join course_subscriptions s on s.course_id = c.id and s.user_id = $1 and s.is_active
		where c.id = $2 and (c.owner_id = $1 or s.user_id is not null)`, userID, courseID)
	if errors.Is(err, database.ErrNotFound) {
		return rest.NotFound("Course")
	}
	if err != nil {
		return fmt.Errorf("checking where to file: %w", err)
	}
	return nil
}

// payload makes the wire form of a list, with the notes of all courses read at once.
func (s *Service) payload(ctx context.Context, rows []row) ([]Course, error) {
	ids := make([]int64, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	recent, err := notesummary.RecentByCourse(ctx, s.db, ids, rest.CallerID(ctx))
	if err != nil {
		return nil, err
	}
	list := make([]Course, 0, len(rows))
	for _, r := range rows {
		course := Course{
			ID: r.ID, ClientCourseID: r.ClientCourseID, Slug: r.Slug, Title: r.Title, Description: r.Description,
			CoverImageURL: rest.ClientOf(ctx).MediaURL(r.CoverPath), Icon: r.Icon,
			IsDefault: r.IsDefault, SortOrder: r.SortOrder, SubscriberCount: r.SubscriberCount, IsSubscribed: r.IsSubscribed,
			LastOpenedAt: r.LastOpenedAt, RecentNotes: recent[r.ID], Media: []Media{},
		}
		if course.RecentNotes == nil {
			course.RecentNotes = []notesummary.Summary{}
		}
		if r.OwnerID != nil && r.OwnerUsername != nil && r.OwnerAvatar != nil {
			owner := accounts.NewAuthor(ctx, *r.OwnerID, *r.OwnerUsername, *r.OwnerAvatar)
			course.Owner = &owner
		}
		list = append(list, course)
	}
	return list, nil
}

func (s *Service) payloadOf(ctx context.Context, id int64) (Course, error) {
	r, err := find(ctx, s.db.Read(), rest.CallerID(ctx), id)
	if err != nil {
		return Course{}, err
	}
	list, err := s.payload(ctx, []row{r})
	if err != nil {
		return Course{}, err
	}
	return list[0], nil
}
