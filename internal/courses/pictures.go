package courses

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/media"
	"github.com/trance-0/notechondria/internal/problem"
)

const (
	// MaxSource is the length, in characters, up to which the source of a picture is kept.
	MaxSource = 255
	// picturesPerCourse bounds the pictures that a course shows.
	picturesPerCourse = 50
)

func (p Picture) check() error {
	var problems problem.Fields
	problems.CheckText("title", p.Title, 0, MaxTitle)
	if p.Description != nil {
		problems.CheckText("description", *p.Description, 0, MaxDescription)
	}
	if p.Source != nil {
		problems.CheckText("source", *p.Source, 0, MaxSource)
	}
	return problems.Err()
}

// AddPicture adds a picture to a course of the caller, and chooses its place in the media store.
func (s *Service) AddPicture(ctx context.Context, who actor.Actor, courseID int64, p Picture, file media.Upload) error {
	if err := p.check(); err != nil {
		return err
	}
	return s.keepFile(ctx, who, courseID, file, func(tx *database.Tx, course target, path string) error {
		_, err := tx.ExecContext(ctx, `
			insert into course_media (course_id, title, description, source, image_path, created_at)
				values ($1, $2, $3, $4, $5, $6)`,
			course.ID, p.Title, p.Description, p.Source, path, database.Now())
		if err != nil {
			return fmt.Errorf("storing a picture of a course: %w", err)
		}
		return nil
	})
}

// SetCover sets the cover of a course of the caller, and removes the former one.
func (s *Service) SetCover(ctx context.Context, who actor.Actor, courseID int64, file media.Upload) error {
	return s.keepFile(ctx, who, courseID, file, func(tx *database.Tx, course target, path string) error {
		if _, err := tx.ExecContext(ctx, "update courses set cover_path = $1 where id = $2", path, course.ID); err != nil {
			return fmt.Errorf("storing the cover of a course: %w", err)
		}
		return s.Media.Remove(ctx, tx, course.CoverPath)
	})
}

func (s *Service) keepFile(ctx context.Context, who actor.Actor, courseID int64, file media.Upload,
	record func(tx *database.Tx, course target, path string) error,
) error {
	return s.Media.Save(ctx, file, func(tx *database.Tx, path string) error {
		course, err := lockOwn(ctx, tx, who, courseID, notChanged)
		if err != nil {
			return err
		}
		return record(tx, course, path)
	})
}

// picturesOf returns the pictures of each course, the oldest first.
func (s *Service) picturesOf(ctx context.Context, courseIDs []int64) (map[int64][]Picture, error) {
	pictures, err := database.All[Picture](ctx, s.DB.Read(), `
		select id, course_id, title, description, source, image_path from (
			select id, course_id, title, description, source, image_path,
				row_number() over (partition by course_id order by created_at, id) as place
			from course_media where `+s.DB.In("course_id", 1)+`) numbered
		where place <= $2 order by course_id, place`, database.List(courseIDs), picturesPerCourse)
	if err != nil {
		return nil, fmt.Errorf("reading the pictures of courses: %w", err)
	}
	byCourse := map[int64][]Picture{}
	for _, p := range pictures {
		byCourse[p.CourseID] = append(byCourse[p.CourseID], p)
	}
	return byCourse, nil
}
