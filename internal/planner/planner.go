// Package planner owns the events of people: single ones, and series that repeat by a rule. Occurrences of a series are
// worked out when somebody looks at them; only what was completed of them is stored.
package planner

import (
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
	"github.com/trance-0/notechondria/internal/problem"
)

// Options are what the planner depends on.
type Options struct {
	DB *database.DB
}

// Service is the planner of one server.
type Service struct {
	Options
}

// New makes the service.
func New(o Options) *Service { return &Service{o} }

// The most that an event takes, in characters (code points) unless said otherwise.
const (
	MaxTitle       = 120
	MaxDescription = 255
	MaxRule        = recurrence.MaxLength
	MaxTimeZone    = recurrence.MaxZoneLength
	MaxWeight      = 1<<31 - 1 // its greatest value; the least is 1
)

// maxListed bounds every list of events.
const maxListed = 1000

// MaxSeries is how many open events of a person may repeat: each is followed whenever a week is shown.
const MaxSeries = 1000

// maxFollowing is for how long the series of a person are followed for one answer.
const maxFollowing = 500 * time.Millisecond

// Event is an event of somebody's, or one occurrence of an event that repeats.
type Event struct {
	ID          int64
	Title       string
	StartsAt    time.Time
	EndsAt      time.Time
	Weight      int64 `db:"difficulty_weight"`
	Description string
	CourseID    *int64 // nil for none
	IsCompleted bool
	CompletedAt *time.Time
	Rule        string     `db:"rrule"` // how it repeats, as the value of RRULE in RFC 5545; "" for not at all
	TimeZone    string     // whose clock time an event that repeats keeps; "" of one that does not
	Occurrence  *time.Time `db:"-"` // of one occurrence its start, which names it
}

// Date is the day on which the event starts in UTC, as 2026-03-01: lists are sorted by it.
func (e Event) Date() string { return e.StartsAt.UTC().Format(time.DateOnly) }

func (e Event) duration() time.Duration { return e.EndsAt.Sub(e.StartsAt) }

// Series is how the event repeats; ok is false for one that does not.
func (e Event) Series() (series recurrence.Series, ok bool) {
	if e.Rule == "" {
		return series, false
	}
	rule, err := recurrence.Parse(e.Rule)
	if err != nil { // stored by a version that took more
		return series, false
	}
	zone, err := recurrence.Zone(e.TimeZone)
	if err != nil { // a zone that has been given up
		zone = time.UTC
	}
	return recurrence.Series{Rule: rule, Start: e.StartsAt, Zone: zone}, true
}

// errNoEvent says that there is no such event, or that it is somebody else's.
var errNoEvent = problem.NoSuch("PlannerEvent")
