// Package samples owns the courses that a server can bring along for newcomers: which there are, and which have been
// made. They are made once: what somebody has changed or deleted since then stays so, until an administrator asks for
// what is missing. Courses, notes and files themselves belong to the packages of those names, whose use cases are what
// makes them here, in their owners' names.
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

	Root string // folder with other courses than the program's own; "" for those
}

// Service is the samples of one server.
type Service struct{ Options }

// New makes the service.
func New(o Options) *Service { return &Service{o} }

// FilesError says what is wrong with the files of the samples, in words for whoever runs the server.
type FilesError struct{ error }

func (e FilesError) Unwrap() error { return e.error }
