package courses

import (
	"context"
	"fmt"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// Media is a picture that belongs to a course.
type Media struct {
	ID          int64   `json:"id"`
	Title       string  `json:"title"`
	Description *string `json:"description"`
	Source      *string `json:"source"`
	ImageURL    string  `json:"image_url"`
}

// mediaPerCourse bounds the pictures that a course shows.
const mediaPerCourse = 50

// mediaByCourse returns the pictures of each course, the oldest first.
func (s *Service) mediaByCourse(ctx context.Context, courseIDs []int64) (map[int64][]Media, error) {
	type picture struct {
		ID          int64
		CourseID    int64
		Title       string
		Description *string
		Source      *string
		ImagePath   string
	}
	rows, err := database.All[picture](ctx, s.DB.Read(), `
		select id, course_id, title, description, source, image_path from (
			select id, course_id, title, description, source, image_path,
				row_number() over (partition by course_id order by created_at, id) as place
			from course_media where `+s.DB.In("course_id", 1)+`) numbered
		where place <= $2 order by course_id, place`, database.List(courseIDs), mediaPerCourse)
	if err != nil {
		return nil, fmt.Errorf("reading the media of courses: %w", err)
	}
	byCourse := map[int64][]Media{}
	for _, r := range rows {
		byCourse[r.CourseID] = append(byCourse[r.CourseID], Media{ID: r.ID, Title: r.Title, Description: r.Description,
			Source: r.Source, ImageURL: rest.ClientOf(ctx).MediaURL(r.ImagePath)})
	}
	return byCourse, nil
}
