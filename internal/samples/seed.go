package samples

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
)

// Seed creates samples that were never created, and updates those that nobody has changed. If there is nothing to do,
// it costs one query. It creates what it can; the error describes the rest.
func (s *Service) Seed(ctx context.Context) error {
	_, err := s.seed(ctx, false)
	return err
}

// Restored is the result of restoring.
type Restored struct {
	Log     []string         // a line for each sample course
	Courses []courses.Course // that the administrator now sees
}

// Restore is Seed for an administrator: it also recreates deleted samples. A FilesError means that some could not be
// read.
func (s *Service) Restore(ctx context.Context, who actor.Actor) (Restored, error) {
	if err := who.CheckOperator(); err != nil {
		return Restored{}, err
	}
	lines, err := s.seed(ctx, true)
	if err != nil {
		return Restored{}, err
	}
	list, err := s.Courses.List(ctx, who, courses.Page{})
	return Restored{Log: lines, Courses: list}, err
}

// lockName is the lock that lets one instance seed at a time.
const lockName = "samples"

// seed also recreates deleted samples if restore is set. It returns what was done, a line for each course.
func (s *Service) seed(ctx context.Context, restore bool) (lines []string, err error) {
	files, err := s.open()
	if err != nil {
		return nil, err
	}
	defer files.close()
	list, wrong := readCourses(files.FS)
	if wrong != nil {
		wrong = FilesError{fmt.Errorf("reading sample courses from %s: %w", files.place, wrong)}
	}
	if !restore {
		known, err := s.known(ctx, list)
		if err != nil || !slices.ContainsFunc(list, func(c course) bool { return !c.isCurrent(known) }) {
			return nil, errors.Join(err, wrong)
		}
	}
	err = s.DB.WithLock(ctx, lockName, func(ctx context.Context) (err error) {
		lines, err = s.seedAll(ctx, files.FS, list, restore)
		return err
	})
	return lines, errors.Join(wrong, err)
}

// seedAll seeds the courses that are not current.
func (s *Service) seedAll(ctx context.Context, files fs.FS, list []course, restore bool) ([]string, error) {
	known, err := s.known(ctx, list)
	if err != nil {
		return nil, err
	}
	lines, problems := []string{}, []error{}
	for _, c := range slices.Backward(list) { // the first courses must get the newest notes, which come first in lists
		if !restore && c.isCurrent(known) {
			continue
		}
		if len(c.notes) == 0 {
			s.Log.Warn("a sample course has no notes, so only its owner can see it", "course", c.name)
		}
		done, err := s.seedCourse(ctx, files, c, known, restore)
		if err != nil {
			problems = append(problems, fmt.Errorf("creating the sample course %q: %w", c.Title, err))
			continue
		}
		s.Log.Info("sample course", "title", c.Title, "done", done.String())
		lines = append(lines, c.Title+": "+done.String())
	}
	slices.Reverse(lines)
	return lines, errors.Join(problems...)
}
