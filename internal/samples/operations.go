package samples

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the operation of samples.
func (s *Service) Register(api *rest.API) {
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/admin/template-courses/restore/", Tag: "courses", Access: rest.Staff,
		Summary: "Restore the sample courses",
		Description: "Makes sample courses and notes that are missing, also deleted ones, and takes sample notes out of the recycle bin. " +
			"What somebody has changed stays as it is.",
	}, s.restore)
}

type restored struct {
	Message string               `json:"message"`
	Log     string               `json:"log" doc:"What was done, one line a course"`
	Courses []courses.CourseJSON `json:"courses"`
}

// maxListed bounds the courses in the answer.
const maxListed = 1000

func (s *Service) restore(ctx context.Context, _ *struct{}) (restored, error) {
	lines, err := s.seed(ctx, true)
	if wrong := (filesError{}); errors.As(err, &wrong) {
		s.Log.ErrorContext(ctx, "restoring the sample courses", "error", err)
		return restored{}, rest.Refusal(http.StatusInternalServerError, "Sample courses not restored", "Courses.Samples/restore", wrong.Error())
	}
	if err != nil {
		return restored{}, err
	}
	list, err := s.Courses.LegacyList(ctx, maxListed, 0)
	return restored{Message: "The sample courses are there.", Log: strings.Join(lines, "\n"), Courses: list}, err
}
