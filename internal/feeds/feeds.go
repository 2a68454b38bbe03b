// Package feeds owns the calendars of others that people show beside their own events: imported as text, or subscribed
// to by address. An address is fetched by a job, never by a request; what was read stays until something newer comes.
package feeds

import (
	"log/slog"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/outbound"
	"github.com/trance-0/notechondria/internal/problem"
)

// Options are what feeds depend on.
type Options struct {
	DB       *database.DB
	Queue    *jobs.Queue
	Media    *media.Service // counts what people keep
	Log      *slog.Logger
	Outbound *outbound.Client // fetches the addresses
}

// Service is the feeds of one server.
type Service struct {
	Options
	refresher refresher
	reading   chan struct{} // holds one while a large calendar is read, which takes several times its size
}

// The most that a feed takes, in characters (code points) unless said otherwise.
const (
	MaxTitle   = 120
	MaxAddress = 2000
	MaxBytes   = 20 << 20 // of a calendar, imported or fetched
	MaxFeeds   = 100      // of a user: each is fetched again and again
)

// refreshJob fetches what is due. Its name is older than this package, and stays: during a deploy the queue holds jobs
// of both versions.
const refreshJob = "planner.refresh_feeds"

// fetchInterval is the time between two fetches of a feed.
const fetchInterval = 30 * time.Minute

// maxListed bounds the list of feeds, and that of occurrences.
const maxListed = 1000

// The kinds of feeds. They tell nothing but what the app said.
const (
	Imported   = "I"
	Subscribed = "S"
)

// Feed is a calendar of somebody else.
type Feed struct {
	ID         int64
	Title      string
	SourceKind string     // Imported or Subscribed
	SourceURL  *string    // the address; "" or nil for none
	IsEnabled  bool       // whether it is fetched, and shown in the week
	CourseID   *int64     // nil for none
	LastSync   *time.Time `db:"fetched_at"` // when it was last fetched with success; nil for imported text
	CreatedAt  time.Time
	UpdatedAt  time.Time // fetching does not change it
	SyncError  string    `db:"last_error"` // why it can't be read at present; the copy before stays
	Remarks    string    // what of the copy was left out, clipped or guessed
}

// errNoFeed says that there is no such feed, or that it is somebody else's.
var errNoFeed = problem.NoSuch("CalendarFeed")
