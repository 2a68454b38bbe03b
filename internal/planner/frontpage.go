package planner

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerFrontPage(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/front-page/", Tag: "activity",
		Summary:     "What the portal and the editor open with",
		Description: "heatmap and upcoming_events are there for people who are signed in.",
	}, s.frontPage)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/activity/", Tag: "activity", Summary: "The ten notes that one edited last",
	}, s.activity)
}

// FrontPage is the first page of the apps.
type FrontPage struct {
	DefaultCourse    *courses.CourseJSON  `json:"default_course"`
	CarouselCourses  []courses.CourseJSON `json:"carousel_courses"`
	RecentNotes      []notelist.NoteJSON  `json:"recent_notes"`
	RecommendedNotes []notelist.NoteJSON  `json:"recommended_notes"`
	Collections      []courses.CourseJSON `json:"collections"`
	Heatmap          *Heatmap             `json:"heatmap,omitempty"`
	UpcomingEvents   *[]Event             `json:"upcoming_events,omitempty"`
}

const (
	frontCourses     = 6
	frontRecent      = 6
	frontRecommended = 12
	frontEvents      = 8
	recentActivity   = 10
)

func (s *Service) frontPage(ctx context.Context, in *zoneInput) (FrontPage, error) {
	caller := rest.CallerID(ctx)
	seen, err := s.Courses.List(ctx, actor.Actor{UserID: caller}, courses.Page{Limit: frontCourses})
	if err != nil {
		return FrontPage{}, err
	}
	recommended, err := notelist.Newest(ctx, s.DB.Read(), frontRecommended)
	if err != nil {
		return FrontPage{}, err
	}
	shelf, newest := courses.ListToJSON(ctx, seen), notelist.ListToJSON(ctx, recommended)
	page := FrontPage{
		DefaultCourse: defaultOf(shelf, caller), CarouselCourses: shelf, Collections: shelf,
		RecentNotes: newest[:min(len(newest), frontRecent)], RecommendedNotes: newest,
	}
	if caller == 0 {
		return page, nil
	}
	zone := in.zone()
	heatmap, err := s.heatmap(ctx, zone)
	if err != nil {
		return FrontPage{}, err
	}
	upcoming, err := Upcoming(ctx, s.DB.Read(), caller, beginning(today(zone), zone))
	if err != nil {
		return FrontPage{}, err
	}
	slices.SortStableFunc(upcoming, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.EventDate, b.EventDate), cmp.Compare(a.Title, b.Title))
	})
	upcoming = upcoming[:min(len(upcoming), frontEvents)]
	page.Heatmap, page.UpcomingEvents = &heatmap, &upcoming
	return page, nil
}

// defaultOf is one's own Inbox, else the first course. Who subscribed to the Inbox of somebody else sees that one as well.
func defaultOf(shelf []courses.CourseJSON, caller int64) *courses.CourseJSON {
	for i := range shelf {
		if shelf[i].IsDefault && shelf[i].Owner != nil && shelf[i].Owner.ID == caller {
			return &shelf[i]
		}
	}
	if len(shelf) == 0 {
		return nil
	}
	return &shelf[0]
}

func (s *Service) activity(ctx context.Context, _ *struct{}) ([]notelist.NoteJSON, error) {
	if rest.CallerID(ctx) == 0 {
		return []notelist.NoteJSON{}, nil
	}
	list, err := notelist.List(ctx, s.DB.Read(), notelist.Filter{Viewer: rest.CallerID(ctx)}, recentActivity, 0)
	return notelist.ListToJSON(ctx, list), err
}
