package activity

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/planner"
)

const (
	frontCourses     = 6
	frontRecent      = 6
	frontRecommended = 12
	frontEvents      = 8
	recentActivity   = 10
)

// FrontPage is what the portal and the editor open with.
type FrontPage struct {
	DefaultCourse    *courses.Course // the caller's Inbox, else the first course; nil without courses
	Courses          []courses.Course
	RecentNotes      []notelist.Note
	RecommendedNotes []notelist.Note

	// For people who are signed in.
	Heatmap        *Heatmap
	UpcomingEvents []planner.Event
}

// FrontPage returns the front page as the caller sees it, with the days of a zone.
func (s *Service) FrontPage(ctx context.Context, who actor.Actor, zone *time.Location) (FrontPage, error) {
	shelf, err := s.Courses.List(ctx, who, courses.Page{Limit: frontCourses})
	if err != nil {
		return FrontPage{}, err
	}
	newest, err := notelist.Newest(ctx, s.DB.Read(), frontRecommended)
	if err != nil {
		return FrontPage{}, err
	}
	page := FrontPage{
		DefaultCourse: defaultOf(shelf, who), Courses: shelf,
		RecentNotes: newest[:min(len(newest), frontRecent)], RecommendedNotes: newest,
	}
	if who.Anonymous() {
		return page, nil
	}
	heatmap, err := s.Heatmap(ctx, who, zone)
	if err != nil {
		return FrontPage{}, err
	}
	upcoming, err := s.Planner.Upcoming(ctx, who, beginning(today(zone), zone))
	if err != nil {
		return FrontPage{}, err
	}
	planner.SortByDate(upcoming)
	page.Heatmap, page.UpcomingEvents = &heatmap, upcoming[:min(len(upcoming), frontEvents)]
	return page, nil
}

// defaultOf is the caller's own Inbox, else the first course. Somebody else's Inbox may be among them: the former
// system let people subscribe to it.
func defaultOf(shelf []courses.Course, who actor.Actor) *courses.Course {
	for i, c := range shelf {
		if c.IsDefault && c.Owner != nil && who.Is(c.Owner.ID) {
			return &shelf[i]
		}
	}
	if len(shelf) == 0 {
		return nil
	}
	return &shelf[0]
}

// RecentNotes returns the ten notes that the caller edited last; none to visitors.
func (s *Service) RecentNotes(ctx context.Context, who actor.Actor) ([]notelist.Note, error) {
	if who.Anonymous() {
		return nil, nil
	}
	return notelist.List(ctx, s.DB.Read(), notelist.Filter{Viewer: who.UserID, Scope: notelist.Own}, recentActivity, 0)
}
