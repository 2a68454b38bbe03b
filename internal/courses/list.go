package courses

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notelist"
)

// maxListed bounds every list of courses, and of the notes of one.
const maxListed = 1000

// Page is a part of a list.
type Page struct {
	Limit  int64 // 1 to 1000; 0 for as many as there may be
	Offset int64
}

func (p Page) bounds() (limit, offset int64) {
	if p.Limit == 0 {
		p.Limit = maxListed
	}
	return min(max(p.Limit, 1), maxListed), max(p.Offset, 0)
}

// List returns the courses that one may see, in their order.
func (s *Service) List(ctx context.Context, who actor.Actor, p Page) ([]Course, error) {
	return s.list(ctx, who, visible, p)
}

// Get returns a course that one may see.
func (s *Service) Get(ctx context.Context, who actor.Actor, id int64) (Course, error) {
	return s.get(ctx, who, id, visible)
}

// Notes returns the notes of a course that one may read, the newest edit first.
func (s *Service) Notes(ctx context.Context, who actor.Actor, id int64, p Page) ([]notelist.Note, error) {
	isMember, err := database.One[bool](ctx, s.DB.Read(),
		"select "+member+" from"+courseForViewer+" where c.id = $2 and "+visible, who.UserID, id)
	if errors.Is(err, database.ErrNotFound) {
		return nil, errNoCourse
	}
	if err != nil {
		return nil, fmt.Errorf("looking for a course: %w", err)
	}
	limit, offset := p.bounds()
	return notelist.InCourse(ctx, s.DB.Read(), id, who.UserID, isMember, limit, offset)
}

// row is a course with what is shown of its owner and of the viewer's subscription.
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
	LastOpenedAt    *time.Time
	IsMember        bool
}

// selectCourses reads rows for the viewer with the id of parameter $1.
const selectCourses = `
	select c.id, c.owner_id, o.username as owner_username, o.avatar_path as owner_avatar, c.client_course_id, c.slug,
		c.title, c.description, c.cover_path, c.icon, c.is_default, c.sort_order, s.last_opened_at,
		s.user_id is not null as is_subscribed,
		` + member + ` as is_member,
		(select count(*) from course_subscriptions x where x.course_id = c.id and x.is_active) as subscriber_count
	from` + courseForViewer + `
	left join users o on o.id = c.owner_id`

// listOrder is the order of every list of courses: the Inbox, courses in an order of their owner's, subscribed ones by
// their last use, the rest by title.
const listOrder = `
	order by case when c.is_default then 0 when c.sort_order <> 0 then 1 when s.user_id is not null then 2 else 3 end,
		case when c.is_default then 0 else c.sort_order end,
		case when c.is_default or c.sort_order <> 0 then null else coalesce(s.last_opened_at, s.subscribed_at) end desc,
		c.title_folded, c.id`

// list returns the courses for which condition holds.
func (s *Service) list(ctx context.Context, who actor.Actor, condition string, p Page) ([]Course, error) {
	limit, offset := p.bounds()
	rows, err := database.All[row](ctx, s.DB.Read(), selectCourses+" where "+condition+listOrder+" limit $2 offset $3",
		who.UserID, limit, offset)
	if err != nil {
		return nil, fmt.Errorf("listing courses: %w", err)
	}
	return s.complete(ctx, who, rows)
}

// get returns a course if condition holds for it.
func (s *Service) get(ctx context.Context, who actor.Actor, id int64, condition string) (Course, error) {
	r, err := database.One[row](ctx, s.DB.Read(), selectCourses+" where c.id = $2 and "+condition, who.UserID, id)
	if errors.Is(err, database.ErrNotFound) {
		return Course{}, errNoCourse
	}
	if err != nil {
		return Course{}, fmt.Errorf("reading a course: %w", err)
	}
	list, err := s.complete(ctx, who, []row{r})
	if err != nil {
		return Course{}, err
	}
	return list[0], nil
}

// complete adds the newest notes and the pictures of all courses, which are read at once.
func (s *Service) complete(ctx context.Context, who actor.Actor, rows []row) ([]Course, error) {
	ids := make([]int64, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	recent, err := s.recentNotes(ctx, who, rows)
	if err != nil {
		return nil, err
	}
	pictures, err := s.picturesOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	list := make([]Course, 0, len(rows))
	for _, r := range rows {
		list = append(list, Course{
			ID: r.ID, ClientID: r.ClientCourseID, Slug: r.Slug, Title: r.Title, Description: r.Description,
			CoverPath: r.CoverPath, Icon: r.Icon, IsDefault: r.IsDefault, SortOrder: r.SortOrder, Owner: r.owner(),
			SubscriberCount: r.SubscriberCount, IsSubscribed: r.IsSubscribed, LastOpenedAt: r.LastOpenedAt,
			RecentNotes: recent[r.ID], Pictures: pictures[r.ID],
		})
	}
	return list, nil
}

func (r row) owner() *accounts.Author {
	if r.OwnerID == nil || r.OwnerUsername == nil || r.OwnerAvatar == nil {
		return nil
	}
	return &accounts.Author{ID: *r.OwnerID, Username: *r.OwnerUsername, AvatarPath: *r.OwnerAvatar}
}

// recentNotes are the newest notes of courses that the viewer may read. If the viewer can't have private ones in a
// course, those of others are not looked at.
func (s *Service) recentNotes(ctx context.Context, who actor.Actor, rows []row) (map[int64][]notelist.Note, error) {
	var members, others []int64
	for _, r := range rows {
		if r.IsMember {
			members = append(members, r.ID)
		} else {
			others = append(others, r.ID)
		}
	}
	recent, err := notelist.RecentVisible(ctx, s.DB, members, who.UserID)
	if err != nil {
		return nil, err
	}
	public, err := notelist.RecentPublic(ctx, s.DB, others)
	if err != nil {
		return nil, err
	}
	maps.Copy(recent, public)
	return recent, nil
}
