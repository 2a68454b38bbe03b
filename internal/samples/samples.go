// Package samples owns the courses that a server can bring along for newcomers: which there are, and which have been made.
// They are made once: what somebody has changed or deleted since then stays so, until an administrator asks for what is
// missing. Courses, notes and files themselves belong to the packages of those names.
package samples

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/trance-0/notechondria/internal/accounts"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/notes"
)

// Options are what samples depend on.
type Options struct {
	DB       *database.DB
	Accounts *accounts.Service
	Courses  *courses.Service
	Notes    *notes.Service
	Media    *media.Service
	Log      *slog.Logger

	Root string // folder with other courses than the program's own; "" for those
}

// Service is the samples of one server.
type Service struct{ Options }

// New makes the service.
func New(o Options) *Service { return &Service{o} }

// owner is the account whose the sample courses are. The server's own, and not an administrator's: those keep their lists,
// exports and copies to themselves.
const owner = "notechondria"

// Seed makes the samples that were never made, and brings those up to date that nobody has changed. It costs one query when
// there is nothing to do. What can be made is made: the error tells of the rest.
func (s *Service) Seed(ctx context.Context) error {
	_, err := s.seed(ctx, false)
	return err
}

// seed also makes deleted samples again when restore is set. It returns what was done, a line for each course.
func (s *Service) seed(ctx context.Context, restore bool) ([]string, error) {
	files, err := s.open()
	if err != nil {
		return nil, err
	}
	defer files.close()
	list, wrong := readCourses(files.FS)
	if wrong != nil {
		wrong = filesError{fmt.Errorf("reading sample courses from %s: %w", files.place, wrong)}
	}
	known, err := s.known(ctx, list)
	if err != nil {
		return nil, err
	}
	lines, problems := []string{}, []error{wrong}
	for i := len(list) - 1; i >= 0; i-- { // the first are to have the newest notes, which come first in lists
		c := list[i]
		if !restore && c.isCurrent(known) {
			continue
		}
		if len(c.notes) == 0 {
			s.Log.Warn("a sample course has no notes: nobody but its owner sees it", "course", c.name)
		}
		done, err := s.seedCourse(ctx, files.FS, c, restore)
		if err != nil {
			problems = append(problems, fmt.Errorf("making the sample course %q: %w", c.Title, err))
			continue
		}
		s.Log.Info("sample course", "title", c.Title, "done", done.String())
		lines = append(lines, c.Title+": "+done.String())
	}
	slices.Reverse(lines)
	return lines, errors.Join(problems...)
}

// filesError says what is wrong with the files of the samples, in words for whoever runs the server.
type filesError struct{ error }

func (e filesError) Unwrap() error { return e.error }
