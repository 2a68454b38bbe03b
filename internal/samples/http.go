package samples

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the operation of samples.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/admin/template-courses/restore/", Tag: "courses",
		Process: "Courses.Samples/restore", Access: rest.Staff, Summary: "Restore the sample courses",
		Description: "Creates missing sample courses and notes, including deleted ones, and restores sample notes from the " +
			"recycle bin. Changed ones stay as they are.",
	}, s.handleRestore)
}

type restoredSamplesJSON struct {
	Message string               `json:"message"`
	Log     string               `json:"log" doc:"What was done, one line per course"`
	Courses []courses.CourseJSON `json:"courses"`
}

// handleRestore tells an administrator which files are wrong, with a 500 as in the former system.
func (s *Service) handleRestore(ctx context.Context, who actor.Actor, _ *struct{}) (restoredSamplesJSON, error) {
	done, err := s.Restore(ctx, who)
	if wrong := (FilesError{}); errors.As(err, &wrong) {
		s.Log.ErrorContext(ctx, "restoring the sample courses", "error", err)
		return restoredSamplesJSON{}, rest.Detail(http.StatusInternalServerError,
			"Sample courses not restored: "+wrong.Error())
	}
	return restoredSamplesJSON{
		Message: "The sample courses are there.", Log: strings.Join(done.Log, "\n"),
		Courses: courses.ListToJSON(ctx, done.Courses),
	}, err
}
