package invitations

import (
	"context"
	"net/http"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the operation of invitations.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/auth/validate-invitation/", Tag: "auth", Summary: "Validate an invitation",
		Description: "Also tells whether registration requires an invitation. The code is not used up. " +
			"A malformed code is reported as not valid.",
	}, s.handleValidate)
}

type validateInput struct {
	Body rest.Deferred[validateBody]
}

type validateBody struct {
	InvitationCode string `json:"invitation_code" blank:"true" nullable:"true" maxLength:"255"`
}

type invitationAnswerJSON struct {
	Required bool `json:"required" doc:"Registration requires an invitation"`
	Valid    bool `json:"valid"`
}

// handleValidate takes a code that no invitation can have for no code.
func (s *Service) handleValidate(
	ctx context.Context, who actor.Actor, in *validateInput,
) (invitationAnswerJSON, error) {
	odd := false
	code := rest.Convert(in.Body, func(b *validateBody, problems *problem.Fields) string {
		odd = problems.Has("invitation_code")
		return b.InvitationCode
	})
	if odd {
		code = problem.Clean("")
	}
	answer, err := s.Validate(ctx, who, code)
	return invitationAnswerJSON(answer), err
}
