package activity

import (
	"context"
	"net/http"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
	"github.com/trance-0/notechondria/internal/rest"
)

// Register adds the operations of activity.
func (s *Service) Register(api *rest.API) {
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/front-page/", Tag: "activity", Summary: "Get the front page",
		Description: "Returns what the portal and the editor show first. heatmap and upcoming_events are included if you " +
			"are signed in.",
	}, s.handleFrontPage)
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/activity/", Tag: "activity", Summary: "List your recently edited notes",
		Description: "Returns at most ten notes; none without credentials.",
	}, s.handleRecentNotes)
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/activity/week/", Tag: "activity", Access: rest.Account, Summary: "Get a week",
		Description: "Returns seven days with your events, work sessions and calendar feeds, and upcoming deadlines. " +
			"Further fields of an event depend on its kind: plan, note_session or calendar.",
	}, s.handleWeek)
	rest.Handle(api, rest.Operation{
		Method: http.MethodGet, Path: "/api/v1/heatmap/", Tag: "activity", Access: rest.Account, Summary: "Get your heatmap",
		Description: "Returns how much you wrote on each day of the last six months, and what is planned for the next six. " +
			"Events are counted by day in time_zone, writing by day in UTC.",
	}, s.handleHeatmap)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPost, Path: "/api/v1/note-sessions/", Tag: "activity", Process: "Planner.Sessions/create",
		Access: rest.Account, Status: http.StatusCreated, Summary: "Start a work session on a note",
		Description: "The note must be your own.",
	}, s.handleBeginSession)
	rest.Handle(api, rest.Operation{
		Method: http.MethodPatch, Path: "/api/v1/note-sessions/{id}/", Tag: "activity", Process: "Planner.Sessions/update",
		Access: rest.Account, Summary: "Update or end a work session",
		Description: "Works only while its note is not in the recycle bin.",
	}, s.handleUpdateSession)
}

func (s *Service) handleFrontPage(ctx context.Context, who actor.Actor, in *zoneInput) (FrontPageJSON, error) {
	page, err := s.FrontPage(ctx, who, in.zone())
	if err != nil {
		return FrontPageJSON{}, err
	}
	return frontPageToJSON(ctx, page), nil
}

func (s *Service) handleRecentNotes(
	ctx context.Context, who actor.Actor, _ *struct{},
) ([]notelist.NoteSummaryJSON, error) {
	notes, err := s.RecentNotes(ctx, who)
	return notelist.ListToJSON(ctx, notes), err
}

type weekInput struct {
	zoneInput
	StartDate string `query:"start_date" doc:"Default today, also if it is not a date"`
}

func (s *Service) handleWeek(ctx context.Context, who actor.Actor, in *weekInput) (WeekJSON, error) {
	start, ok := parseDate(in.StartDate)
	if !ok {
		start = time.Time{}
	}
	week, err := s.Week(ctx, who, start, in.zone())
	return weekToJSON(week), err
}

func (s *Service) handleHeatmap(ctx context.Context, who actor.Actor, in *zoneInput) (HeatmapJSON, error) {
	heatmap, err := s.Heatmap(ctx, who, in.zone())
	return heatmapToJSON(heatmap), err
}

type beginInput struct {
	Body struct {
		NoteID    int64                    `json:"note_id" required:"true"`
		Title     string                   `json:"title" blank:"true" maxLength:"120" doc:"Defaults to the note's title"`
		Summary   string                   `json:"summary" blank:"true" maxLength:"255" doc:"Default: from the description"`
		StartedAt rest.Optional[rest.Time] `json:"started_at" nullable:"true" doc:"Defaults to now"`
		EndedAt   rest.Optional[rest.Time] `json:"ended_at" nullable:"true"`
	}
}

func (s *Service) handleBeginSession(ctx context.Context, who actor.Actor, in *beginInput) (NoteSessionJSON, error) {
	b := &in.Body
	session, err := s.BeginSession(ctx, who, SessionDraft{
		NoteID: b.NoteID, Title: b.Title, Summary: b.Summary,
		StartedAt: rest.TimePointer(b.StartedAt), EndedAt: rest.TimePointer(b.EndedAt),
	})
	return sessionToJSON(session), err
}

type sessionBody struct {
	Title     rest.Optional[string]    `json:"title" blank:"true" maxLength:"120"`
	Summary   rest.Optional[string]    `json:"summary" blank:"true" maxLength:"255"`
	StartedAt rest.Optional[rest.Time] `json:"started_at"`
	EndedAt   rest.Optional[rest.Time] `json:"ended_at" nullable:"true" doc:"null reopens the session"`
}

type sessionInput struct {
	ID   int64 `path:"id"`
	Body rest.Deferred[sessionBody]
}

func (s *Service) handleUpdateSession(ctx context.Context, who actor.Actor, in *sessionInput) (NoteSessionJSON, error) {
	change := rest.Convert(in.Body, func(b *sessionBody, _ *problem.Fields) SessionPatch {
		return SessionPatch{
			Title: b.Title.Patch(), Summary: b.Summary.Patch(), EndedAt: rest.TimePatch(b.EndedAt),
			StartedAt: patch.Field[time.Time]{Value: b.StartedAt.Value.Time, Set: b.StartedAt.Set},
		}
	})
	session, err := s.UpdateSession(ctx, who, in.ID, change)
	return sessionToJSON(session), err
}
