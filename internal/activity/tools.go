package activity

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

// Tools adds the tools of activity, and a prompt.
func (s *Service) Tools(face *mcp.Face) {
	both := []string{mcp.ReadNotes, mcp.ReadPlanner}
	mcp.Add(face, mcp.Tool{
		Name: "get_heatmap", Title: "Get the heatmap", Set: mcp.Activity, Scopes: both,
		Description: "Returns how much the user wrote on each day of the last six months, and how much is planned for each " +
			"day of the next six. The result is long: for a certain week use get_activity_week.",
	}, s.toolHeatmap)
	mcp.Add(face, mcp.Tool{
		Name: "get_recent_activity", Title: "Get recent notes", Set: mcp.Activity, Scopes: []string{mcp.ReadNotes},
		Description: "Returns the user's ten most recently edited notes. Use it to learn what they are working on.",
	}, s.toolRecent)
	mcp.Add(face, mcp.Tool{
		Name: "get_activity_week", Title: "Get a week", Set: mcp.Activity, Scopes: both,
		Description: "Returns seven days with the user's events, work sessions and calendars, and upcoming deadlines. Use " +
			"it to plan, or to find free time.",
	}, s.toolWeek)
	mcp.Add(face, mcp.Tool{
		Name: "start_note_session", Title: "Start a work session", Set: mcp.Activity, Scopes: []string{mcp.WriteNotes},
		Effect:      mcp.Adds,
		Description: "Records that the user works on one of their notes, from now on or in the past (started_at, ended_at).",
	}, s.toolBegin)
	mcp.Add(face, mcp.Tool{
		Name: "update_note_session", Title: "Change a work session", Set: mcp.Activity, Scopes: []string{mcp.WriteNotes},
		Effect: mcp.Changes, Repeatable: true,
		Description: "Changes a work session, or ends it (ended_at).",
	}, s.toolUpdateSession)
	s.prompts(face)
}

type heatmapResult struct {
	Today      string     `json:"today"`
	Start      string     `json:"start_date"`
	End        string     `json:"end_date"`
	DaysBefore int        `json:"days_before"`
	DaysAfter  int        `json:"days_after"`
	Cells      []toolCell `json:"cells" doc:"One per day, in order"`
	MaxPast    int64      `json:"max_past_value"`
	MaxFuture  int64      `json:"max_future_value"`
}

type toolCell struct {
	Date        string `json:"date"`
	Kind        string `json:"kind" enum:"past,today,future"`
	PastValue   int64  `json:"past_value" doc:"0 to 4, from the number of new notes and the length of the longest"`
	FutureValue int64  `json:"future_value" doc:"Sum of the weights of the day's events"`
	Intensity   int64  `json:"intensity" doc:"0 to 4"`
	IsToday     bool   `json:"is_today"`
}

func (s *Service) toolHeatmap(ctx context.Context, who actor.Actor, in *toolZone) (heatmapResult, error) {
	zone, err := in.zone()
	if err != nil {
		return heatmapResult{}, err
	}
	h, err := s.Heatmap(ctx, who, zone)
	if err != nil {
		return heatmapResult{}, err
	}
	result := heatmapResult{
		Today: dateText(h.Today), Start: dateText(h.Start), End: dateText(h.End), DaysBefore: heatmapDays,
		DaysAfter: heatmapDays, Cells: make([]toolCell, 0, len(h.Cells)), MaxPast: h.MaxPast, MaxFuture: h.MaxFuture,
	}
	for _, c := range h.Cells {
		kind := c.kind(h.Today)
		result.Cells = append(result.Cells, toolCell{dateText(c.Date), kind, c.Past, c.Future, c.Intensity, kind == "today"})
	}
	return result, nil
}

type recentResult struct {
	Notes []notelist.ToolNote `json:"recent_notes"`
}

func (s *Service) toolRecent(ctx context.Context, who actor.Actor, _ *struct{}) (recentResult, error) {
	notes, err := s.RecentNotes(ctx, who)
	return recentResult{notelist.ListToTool(notes)}, err
}

// sessionResult is a Session in the result of a tool.
type sessionResult struct {
	ID       int64    `json:"session_id"`
	NoteID   int64    `json:"note_id"`
	CourseID *int64   `json:"course_id" doc:"Course of the note"`
	Title    string   `json:"title"`
	Summary  string   `json:"summary"`
	StartsAt mcp.Time `json:"starts_at"`
	EndsAt   mcp.Time `json:"ends_at" doc:"While the session has not ended: 15 minutes after its start"`
}

func toSessionResult(s Session, err error) (sessionResult, error) {
	return sessionResult{
		s.ID, s.NoteID, s.CourseID, s.Title, s.Summary, mcp.Time{Time: s.StartedAt}, mcp.Time{Time: s.EndsAt()},
	}, err
}

type toolBeginInput struct {
	NoteID    int64     `json:"note_id" required:"true"`
	Title     string    `json:"title" maxLength:"120" doc:"Defaults to the note's title"`
	Summary   string    `json:"summary" maxLength:"255" doc:"Defaults to the start of the note's description"`
	StartedAt *mcp.Time `json:"started_at" doc:"Defaults to now"`
	EndedAt   *mcp.Time `json:"ended_at" doc:"Omit if it has not ended"`
}

func (s *Service) toolBegin(ctx context.Context, who actor.Actor, in *toolBeginInput) (sessionResult, error) {
	return toSessionResult(s.BeginSession(ctx, who, SessionDraft{
		NoteID: in.NoteID, Title: in.Title, Summary: in.Summary, StartedAt: timeOf(in.StartedAt), EndedAt: timeOf(in.EndedAt),
	}))
}

func timeOf(t *mcp.Time) *time.Time {
	if t == nil {
		return nil
	}
	return &t.Time
}

type toolSessionInput struct {
	ID        int64                  `json:"session_id" required:"true"`
	Title     patch.Field[string]    `json:"title" maxLength:"120"`
	Summary   patch.Field[string]    `json:"summary" maxLength:"255"`
	StartedAt patch.Field[mcp.Time]  `json:"started_at"`
	EndedAt   patch.Field[*mcp.Time] `json:"ended_at" doc:"null reopens it"`
}

func (s *Service) toolUpdateSession(ctx context.Context, who actor.Actor, in *toolSessionInput) (sessionResult, error) {
	return toSessionResult(s.UpdateSession(ctx, who, in.ID, problem.Clean(SessionPatch{
		Title: in.Title, Summary: in.Summary,
		StartedAt: patch.Field[time.Time]{Value: in.StartedAt.Value.Time, Set: in.StartedAt.Set},
		EndedAt:   patch.Field[*time.Time]{Value: timeOf(in.EndedAt.Value), Set: in.EndedAt.Set},
	})))
}
