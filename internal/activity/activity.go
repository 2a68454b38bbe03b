// Package activity shows what people have done and what comes: the week, the heatmap, the front page, the notes edited
// last. It owns sessions of work on notes. Everything else it reads through planner, feeds, courses and notelist, or
// from the tables of package notes, which it must not write.
package activity

import (
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/feeds"
	"github.com/trance-0/notechondria/internal/planner"
)

// Options are what activity depends on.
type Options struct {
	DB      *database.DB
	Courses *courses.Service
	Planner *planner.Service
	Feeds   *feeds.Service
}

// Service is the activity on one server.
type Service struct {
	Options
}

// New makes the service.
func New(o Options) *Service { return &Service{o} }
