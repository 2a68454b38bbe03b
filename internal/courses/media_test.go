package courses_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// medium adds a picture to a course.
func (s *site) medium(t *testing.T, course int64, title, path string) {
	t.Helper()
	s.Exec(t, "insert into course_media (course_id, title, image_path, created_at) values ($1, $2, $3, $4)",
		course, title, path, moment(t, "2026-01-01T00:00:00Z"))
}

func TestACourseShowsItsCoverAndMedia(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course, other := s.Course(t, s.Alice, "Algebra"), s.Course(t, s.Alice, "Botany")
		s.medium(t, course, "second", "")
		s.medium(t, course, "third", "course_media/größe 1.png")
		s.medium(t, other, "elsewhere", "")
		s.Exec(t, "insert into course_media (course_id, title, description, source, created_at) values ($1, 'first', 'A "+
			"picture', 'My camera', $2)",
			course, moment(t, "2025-12-31T00:00:00Z"))
		s.Exec(t, "update courses set cover_path = 'covers/a b.png' where id = $1", course)
		listed := s.list(t, s.Alice.Token)[1]
		for _, shown := range []any{listed, s.Call(t, "GET", byID(course), s.Alice.Token, nil).Want(t, 200).JSON} {
			apptest.WantFields(t, shown, object{"cover_image_url": s.URL + "/media/covers/a%20b.png"})
			media := shown.(object)["media"].([]any)
			if len(media) != 3 {
				t.Fatalf("the media are %v", media)
			}
			apptest.WantKeys(t, "a picture", media[0], "id", "title", "description", "source", "image_url")
			apptest.WantFields(t, media[0], object{"title": "first", "description": "A picture", "source": "My camera",
				"image_url": ""})
			apptest.WantFields(t, media[1], object{"title": "second", "description": nil, "source": nil, "image_url": ""})
			apptest.WantFields(t, media[2],
				object{"title": "third", "image_url": s.URL + "/media/course_media/gr%C3%B6%C3%9Fe%201.png"})
		}
	})
}

func TestACourseShowsAtMostFiftyPictures(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Algebra")
		s.Exec(t, fmt.Sprintf(`insert into course_media (course_id, title, created_at)
			with recursive n(i) as (select 1 union all select i + 1 from n where i < 60)
			select %d, 'picture', $1 from n`, course), moment(t, "2026-01-01T00:00:00Z"))
		media := s.Call(t, "GET", byID(course), s.Alice.Token, nil).Want(t, 200).Object()["media"].([]any)
		if len(media) != 50 {
			t.Errorf("%d pictures are shown", len(media))
		}
	})
}
