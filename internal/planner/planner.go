// Package planner owns what the planner app shows: events and their recurrence, calendar feeds, the published calendar,
// activity and the front page. It reads notes and courses through their packages, and must not change them.
package planner

import (
	"log/slog"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/lastuse"
	"github.com/trance-0/notechondria/internal/outbound"
	"github.com/trance-0/notechondria/internal/rest"
)

// Options are what the planner depends on.
type Options struct {
	DB    *database.DB
	Queue *jobs.Queue
	Log   *slog.Logger

	Uses      *lastuse.Recorder
	Courses   *courses.Service
	Outbound  *outbound.Client // fetches calendar feeds
	PublicURL string           // of this server, for addresses of calendars; "" for the one that a client uses
}

// Service is the planner of one server.
type Service struct {
	Options
	refresher refresher
	uses      *lastuse.Kind // of calendar keys
}

// New makes the service and registers its jobs.
func New(o Options) *Service {
	s := &Service{Options: o, refresher: refresher{asked: make(chan struct{}, 1)}}
	s.uses = o.Uses.Kind("calendar_keys", "user_id", "last_used_at")
	s.Queue.Every(lookInterval, refreshJob, s.refreshFeeds)
	return s
}

// Register adds the planner's operations.
func (s *Service) Register(api *rest.API) {
	s.registerEvents(api)
	s.registerPublishing(api)
	s.registerFeeds(api)
	s.registerSessions(api)
	s.registerHeatmap(api)
	s.registerWeek(api)
	s.registerFrontPage(api)
}
