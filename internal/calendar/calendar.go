// Package calendar publishes the planner of a person as an iCalendar document, under an address that is as good as a
// password: calendar programs can't sign in. It owns the keys of these addresses, and reads events through package
// planner.
package calendar

import (
	"github.com/trance-0/notechondria/internal/accounts/events"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/lastuse"
	"github.com/trance-0/notechondria/internal/planner"
)

// Options are what published calendars depend on.
type Options struct {
	DB        *database.DB
	Uses      *lastuse.Recorder
	Events    *events.Service
	Planner   *planner.Service
	PublicURL string // of this server, for the addresses of calendars; "" for the one that a client uses
}

// Service is the published calendars of one server.
type Service struct {
	Options
	uses *lastuse.Kind // of keys, by the id of their user
}

// New makes the service.
func New(o Options) *Service {
	return &Service{Options: o, uses: o.Uses.Kind("calendar_keys", "user_id", "last_used_at")}
}
