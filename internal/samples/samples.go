// Package samples owns the sample courses for newcomers: which ones exist, and which have been created. They are
// created once: changes and deletions are kept until an administrator restores what is missing. Courses, notes and
// files themselves belong to the packages of those names; samples are created through their use cases, in their owners'
// names.
package samples

import (
	"log/slog"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/notes"
)

// Options are what samples depend on.
type Options struct {
	DB       *database.DB
	Accounts *accounts.Service
	Courses  *courses.Service
	Notes    *notes.Service
	Log      *slog.Logger

	Root string // folder with courses to use instead of the built-in ones, or ""
}

// Service is the samples of one server.
type Service struct{ Options }

// New makes the service.
func New(o Options) *Service { return &Service{o} }

// FilesError says what is wrong with the sample files, for the operator of the server.
type FilesError struct{ error }

func (e FilesError) Unwrap() error { return e.error }
