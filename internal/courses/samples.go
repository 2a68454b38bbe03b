package courses

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/rest"
)

func (s *Service) registerSamples(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/admin/template-courses/restore/", Tag: "courses", Access: rest.Staff,
		Summary:     "Restore the sample courses",
		Description: "This version brings none along: it changes nothing, and says so.",
	}, s.restoreSamples)
}

type restoredSamples struct {
	Message string   `json:"message"`
	Log     string   `json:"log" doc:"What was done, one line a step"`
	Courses []Course `json:"courses"`
}

func (s *Service) restoreSamples(ctx context.Context, _ *struct{}) (restoredSamples, error) {
	list, err := s.List(ctx, maxListed, 0)
	if err != nil {
		return restoredSamples{}, err
	}
	return restoredSamples{Message: "Nothing was restored: this server has no sample courses.", Courses: list}, nil
}
