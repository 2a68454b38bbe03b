// Package courses owns courses, which the apps also call categories and folders: who sees which, their order, the Inbox
// of each user, subscriptions, and the log of what was done with them. Notes filed in a course belong to package notes:
// courses show them, and say where they go when a course is deleted.
package courses

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/notesummary"
	"github.com/trance-0/notechondria/internal/rest"
)

// Options are what courses depend on.
type Options struct {
	DB    *database.DB
	Queue *jobs.Queue
	Media *media.Service
}

// Service is the courses of one server.
type Service struct{ Options }

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{Options: o}
	o.Queue.Every(24*time.Hour, "courses.purge", s.purge)
	o.Media.Names("courses", "cover_path")
	o.Media.Names("course_media", "image_path")
	return s
}

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
	IsMember        bool
}

// viewed is a course c with the active subscription s, if any, of the viewer with the id of parameter $1.
const viewed = ` courses c
	left join course_subscriptions s on s.course_id = c.id and s.user_id = $1 and s.is_active`

// selectCourses reads rows for the viewer with the id of parameter $1.
const selectCourses = `
	select c.id, c.owner_id, o.username as owner_username, o.avatar_path as owner_avatar, c.client_course_id, c.slug, c.title,
		c.description, c.cover_path, c.icon, c.is_default, c.sort_order, s.user_id is not null as is_subscribed, s.last_opened_at,
		` + member + ` as is_member, (select count(*) from course_subscriptions x where x.course_id = c.id and x.is_active) as subscriber_count
	from` + viewed + `
	left join users o on o.id = c.owner_id`

// The conditions on the course c of viewed that say what it is to the viewer, and whether it is shown.
const (
	// visible: as its owner, as a subscriber, or because it is no Inbox and holds a public note.
	visible = `(c.owner_id = $1 or s.user_id is not null or not c.is_default and c.title_folded <> '` + inboxTitle + `' and exists (
		select 1 from notes n where n.course_id = c.id and ` + notesummary.Public + `))`
	// member: they may have private notes in it, as its owner, or since they have subscribed, be it long ago.
	member = `(coalesce(c.owner_id = $1, false) or exists (
		select 1 from course_subscriptions m where m.course_id = c.id and m.user_id = $1))`
	own       = "c.owner_id = $1"
	whichever = "true" // for those who could see it a moment ago
)

// listOrder is the order of every list of courses: the Inbox, courses in an order of their owner's, subscribed ones by
// their last use, the rest by title.
const listOrder = `
	order by case when c.is_default then 0 when c.sort_order <> 0 then 1 when s.user_id is not null then 2 else 3 end,
		case when c.is_default then 0 else c.sort_order end,
		case when c.is_default or c.sort_order <> 0 then null else coalesce(s.last_opened_at, s.subscribed_at) end desc,
		c.title_folded, c.id`

// maxListed bounds every list of courses, and of the notes of one.
const maxListed = 1000

// List returns courses that the caller may see, in their order, from number offset on and limit at most.
func (s *Service) List(ctx context.Context, limit, offset int64) ([]Course, error) {
	return s.list(ctx, visible, limit, offset)
}

func (s *Service) list(ctx context.Context, condition string, limit, offset int64) ([]Course, error) {
	rows, err := database.All[row](ctx, s.DB.Read(), selectCourses+" where "+condition+listOrder+" limit $2 offset $3",
		rest.CallerID(ctx), limit, offset)
	if err != nil {
		return nil, fmt.Errorf("listing courses: %w", err)
	}
	return s.payload(ctx, rows)
}

// show reads a course for an answer to the caller, if condition holds.
func (s *Service) show(ctx context.Context, id int64, condition string) (Course, error) {
	r, err := database.One[row](ctx, s.DB.Read(), selectCourses+" where c.id = $2 and "+condition, rest.CallerID(ctx), id)
	if errors.Is(err, database.ErrNotFound) {
		return Course{}, errNoCourse()
	}
	if err != nil {
		return Course{}, fmt.Errorf("reading a course: %w", err)
	}
	list, err := s.payload(ctx, []row{r})
	if err != nil {
		return Course{}, err
	}
	return list[0], nil
}

func errNoCourse() error { return rest.NotFound("Course") }

// payload makes the wire form of a list, with the notes and the media of all courses read at once.
func (s *Service) payload(ctx context.Context, rows []row) ([]Course, error) {
	ids := make([]int64, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	recent, err := s.recentNotes(ctx, rows)
	if err != nil {
		return nil, err
	}
	pictures, err := s.mediaByCourse(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]Course, 0, len(rows))
	for _, r := range rows {
		course := Course{
			ID: r.ID, ClientCourseID: r.ClientCourseID, Slug: r.Slug, Title: r.Title, Description: r.Description,
			CoverImageURL: rest.ClientOf(ctx).MediaURL(r.CoverPath), Icon: r.Icon, IsDefault: r.IsDefault, SortOrder: r.SortOrder,
			SubscriberCount: r.SubscriberCount, IsSubscribed: r.IsSubscribed, LastOpenedAt: r.LastOpenedAt,
			RecentNotes: recent[r.ID], Media: pictures[r.ID],
		}
		if course.RecentNotes == nil {
			course.RecentNotes = []notesummary.Summary{}
		}
		if course.Media == nil {
			course.Media = []Media{}
		}
		if r.OwnerID != nil && r.OwnerUsername != nil && r.OwnerAvatar != nil {
			owner := accounts.NewAuthor(ctx, *r.OwnerID, *r.OwnerUsername, *r.OwnerAvatar)
			course.Owner = &owner
		}
		list = append(list, course)
	}
	return list, nil
}

// recentNotes are the newest notes of courses that the caller may read. Where they can't have private ones, those of others
// are not looked at.
func (s *Service) recentNotes(ctx context.Context, rows []row) (map[int64][]notesummary.Summary, error) {
	var members, others []int64
	for _, r := range rows {
		if r.IsMember {
			members = append(members, r.ID)
		} else {
			others = append(others, r.ID)
		}
	}
	recent, err := notesummary.RecentVisible(ctx, s.DB, members, rest.CallerID(ctx))
	if err != nil {
		return nil, err
	}
	public, err := notesummary.RecentPublic(ctx, s.DB, others)
	if err != nil {
		return nil, err
	}
	maps.Copy(recent, public)
	return recent, nil
}
