// Package backup makes archives of the whole server, keeps and verifies them, and restores a server from one. It takes
// the tables from the database's catalogue, so that no feature can be forgotten; one list says what is left out. It
// must not know what rows mean: features derive again what they derive from them.
package backup

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/trance-0/notechondria/internal/blob"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/mail"
	"github.com/trance-0/notechondria/internal/media"
)

// Options are what backups depend on.
type Options struct {
	DB      *database.DB
	Queue   *jobs.Queue
	Log     *slog.Logger
	Media   *media.Service
	Program string // the version that runs
	Keys    Keys

	// Store is where archives are kept; nil for nowhere.
	Store blob.Store
	// FilesStay says that uploaded files are in the same bucket as archives, which then list them instead of copying them.
	FilesStay bool
	// Schedule is the time between two automatic backups; 0 for none.
	Schedule time.Duration
	// Lifetime is the time after which the provider deletes the database; 0 for never.
	Lifetime time.Duration
	// Mailer tells administrators of failures, at these addresses; nil without mail.
	Mailer         mail.Sender
	Administrators func(ctx context.Context) ([]string, error)
}

// Service is the backups of one server.
type Service struct {
	Options
	derivers []Deriver
}

// Deriver is a feature that derives tables from others. Archives do not contain derived tables.
type Deriver interface {
	// Invalidate runs after the rows of an archive were loaded, in their transaction, and at the schema of the archive,
	// which may be older. It makes sure that what is derived will be derived again, by Rebuild or later.
	Invalidate(ctx context.Context, tx *database.Tx) error
	// Rebuild does that at once.
	Rebuild(ctx context.Context) error
}

// New makes the service and registers its jobs.
func New(o Options, derivers ...Deriver) *Service {
	s := &Service{Options: o, derivers: derivers}
	s.register()
	if s.Store != nil && s.Schedule > 0 {
		o.Media.GuardedBy(s)
	}
	return s
}

// ErrNoStore is returned where archives can't be kept.
var ErrNoStore = errors.New("no place for backups is configured: set BACKUP_DIR or a bucket")

// Progress is told what is being done, how much of it is done, and how much there is; 0 when that is not known.
type Progress func(phase string, done, of int64)

func (p Progress) tell(phase string, done, of int64) {
	if p != nil {
		p(phase, done, of)
	}
}
