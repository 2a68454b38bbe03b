package activity

import (
	"context"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/mcp"
	"github.com/trance-0/notechondria/internal/planner"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
	"github.com/trance-0/notechondria/internal/problem"
)

type toolZone struct {
	TimeZone string `json:"time_zone" maxLength:"64" doc:"IANA time zone for day boundaries; default UTC"`
}

func (in toolZone) zone() (*time.Location, error) {
	zone, err := recurrence.Zone(in.TimeZone)
	if err != nil {
		return nil, problem.InvalidField("time_zone", "There is no such time zone.")
	}
	return zone, nil
}

type toolWeekInput struct {
	Start string `json:"start_date" format:"date" doc:"First of the seven days, YYYY-MM-DD; default today"`
	toolZone
}

type weekResult struct {
	Start     string         `json:"start_date"`
	Days      []toolDay      `json:"days"`
	Deadlines []toolDeadline `json:"deadlines" doc:"From today on, independent of the week; most urgent first"`
}

type toolDay struct {
	Date    string      `json:"date"`
	Entries []toolEntry `json:"events"`
}

// toolEntry is an Entry in the result of a tool.
type toolEntry struct {
	Kind       string    `json:"kind" enum:"plan,note_session,calendar" doc:"Planned event, work session, calendar event"`
	ID         int64     `json:"id" doc:"Id of the event, session or calendar"`
	Title      string    `json:"title"`
	StartsAt   mcp.Time  `json:"starts_at"`
	EndsAt     mcp.Time  `json:"ends_at"`
	CourseID   *int64    `json:"course_id"`
	Completed  bool      `json:"is_completed,omitempty"`
	Occurrence *mcp.Time `json:"occurrence,omitempty" doc:"For a repeating event: identifies this occurrence"`
	NoteID     int64     `json:"note_id,omitempty" doc:"Note of a session"`
	Summary    string    `json:"summary,omitempty"`
	Calendar   string    `json:"calendar_title,omitempty"`
}

type toolDeadline struct {
	planner.ToolEvent
	Urgency float64 `json:"urgency_score" doc:"Weight divided by the hours until the start"`
}

func (s *Service) toolWeek(ctx context.Context, who actor.Actor, in *toolWeekInput) (weekResult, error) {
	zone, err := in.zone()
	if err != nil {
		return weekResult{}, err
	}
	start, _ := parseDate(in.Start) // the zero time is today
	week, err := s.Week(ctx, who, start, zone)
	if err != nil {
		return weekResult{}, err
	}
	result := weekResult{
		Start: dateText(week.Start), Days: make([]toolDay, 0, weekDays),
		Deadlines: make([]toolDeadline, 0, len(week.Deadlines)),
	}
	for _, d := range week.Days {
		day := toolDay{dateText(d.Date), make([]toolEntry, 0, len(d.Entries))}
		for _, e := range d.Entries {
			day.Entries = append(day.Entries, toToolEntry(e))
		}
		result.Days = append(result.Days, day)
	}
	for _, d := range week.Deadlines {
		result.Deadlines = append(result.Deadlines, toolDeadline{planner.ToTool(d.Event), d.Urgency})
	}
	return result, nil
}

func toToolEntry(e Entry) toolEntry {
	switch {
	case e.Event != nil:
		return toolEntry{
			Kind: "plan", ID: e.Event.ID, Title: e.Event.Title, StartsAt: mcp.Time{Time: e.Event.StartsAt},
			EndsAt: mcp.Time{Time: e.Event.EndsAt}, CourseID: e.Event.CourseID, Completed: e.Event.IsCompleted,
			Occurrence: mcp.OptionalTime(e.Event.Occurrence), Summary: e.Event.Description,
		}
	case e.Session != nil:
		return toolEntry{
			Kind: "note_session", ID: e.Session.ID, Title: e.Session.Title, StartsAt: mcp.Time{Time: e.Session.StartedAt},
			EndsAt: mcp.Time{Time: e.Session.EndsAt()}, CourseID: e.Session.CourseID, NoteID: e.Session.NoteID,
			Summary: e.Session.Summary,
		}
	}
	o := e.Occurrence
	return toolEntry{
		Kind: "calendar", ID: o.FeedID, Title: o.Title, StartsAt: mcp.Time{Time: o.StartsAt},
		EndsAt: mcp.Time{Time: o.EndsAt}, CourseID: o.CourseID, Calendar: o.CalendarTitle,
	}
}
