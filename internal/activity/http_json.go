package activity

import (
	"context"

	"github.com/trance-0/notechondria/internal/courses"
	"github.com/trance-0/notechondria/internal/feeds"
	"github.com/trance-0/notechondria/internal/notelist"
	"github.com/trance-0/notechondria/internal/planner"
	"github.com/trance-0/notechondria/internal/rest"
)

// FrontPageJSON is a FrontPage on the wire.
type FrontPageJSON struct {
	DefaultCourse    *courses.CourseJSON        `json:"default_course"`
	CarouselCourses  []courses.CourseJSON       `json:"carousel_courses"`
	RecentNotes      []notelist.NoteSummaryJSON `json:"recent_notes"`
	RecommendedNotes []notelist.NoteSummaryJSON `json:"recommended_notes"`
	Collections      []courses.CourseJSON       `json:"collections"`
	Heatmap          *HeatmapJSON               `json:"heatmap,omitempty"`
	UpcomingEvents   *[]planner.EventJSON       `json:"upcoming_events,omitempty"`
}

func frontPageToJSON(ctx context.Context, p FrontPage) FrontPageJSON {
	shelf := courses.ListToJSON(ctx, p.Courses)
	wire := FrontPageJSON{
		CarouselCourses: shelf, Collections: shelf,
		RecentNotes: notelist.ListToJSON(ctx, p.RecentNotes), RecommendedNotes: notelist.ListToJSON(ctx, p.RecommendedNotes),
	}
	if p.DefaultCourse != nil {
		course := courses.ToJSON(ctx, *p.DefaultCourse)
		wire.DefaultCourse = &course
	}
	if p.Heatmap != nil {
		heatmap, events := heatmapToJSON(*p.Heatmap), planner.ListToJSON(p.UpcomingEvents)
		wire.Heatmap, wire.UpcomingEvents = &heatmap, &events
	}
	return wire
}

// HeatmapJSON is a Heatmap on the wire.
type HeatmapJSON struct {
	Today          string            `json:"today"`
	StartDate      string            `json:"start_date"`
	EndDate        string            `json:"end_date"`
	DaysBefore     int               `json:"days_before"`
	DaysAfter      int               `json:"days_after"`
	Cells          []HeatmapCellJSON `json:"cells" doc:"One per day, in order"`
	MaxPastValue   int64             `json:"max_past_value"`
	MaxFutureValue int64             `json:"max_future_value"`
}

// HeatmapCellJSON is a Cell on the wire.
type HeatmapCellJSON struct {
	Date        string `json:"date"`
	Kind        string `json:"kind" enum:"past,today,future"`
	PastValue   int64  `json:"past_value" doc:"0 to 4, from the number of new notes and the length of the longest"`
	FutureValue int64  `json:"future_value" doc:"Sum of the weights of the day's events"`
	Intensity   int64  `json:"intensity" doc:"0 to 4"`
	IsToday     bool   `json:"is_today"`
}

func heatmapToJSON(h Heatmap) HeatmapJSON {
	wire := HeatmapJSON{
		Today: dateText(h.Today), StartDate: dateText(h.Start), EndDate: dateText(h.End),
		DaysBefore: heatmapDays, DaysAfter: heatmapDays, Cells: make([]HeatmapCellJSON, 0, len(h.Cells)),
		MaxPastValue: h.MaxPast, MaxFutureValue: h.MaxFuture,
	}
	for _, c := range h.Cells {
		kind := c.kind(h.Today)
		wire.Cells = append(wire.Cells, HeatmapCellJSON{
			Date: dateText(c.Date), Kind: kind, PastValue: c.Past, FutureValue: c.Future, Intensity: c.Intensity,
			IsToday: kind == "today",
		})
	}
	return wire
}

// WeekJSON is a Week on the wire.
type WeekJSON struct {
	StartDate     string         `json:"start_date"`
	PreviousStart string         `json:"previous_week_start"`
	NextStart     string         `json:"next_week_start"`
	Days          []WeekDayJSON  `json:"days"`
	Deadlines     []DeadlineJSON `json:"deadlines" doc:"From today on, independent of the week; most urgent first"`
}

// WeekDayJSON is a Day on the wire.
type WeekDayJSON struct {
	Date   string `json:"date"`
	Events []any  `json:"events"`
}

// DeadlineJSON is a Deadline on the wire.
type DeadlineJSON struct {
	planner.EventJSON
	UrgencyScore float64 `json:"urgency_score" doc:"Weight divided by the hours until the start"`
}

func weekToJSON(w Week) WeekJSON {
	wire := WeekJSON{
		StartDate:     dateText(w.Start),
		PreviousStart: dateText(w.Start.AddDate(0, 0, -weekDays)), NextStart: dateText(w.Start.AddDate(0, 0, weekDays)),
		Days: make([]WeekDayJSON, 0, len(w.Days)), Deadlines: make([]DeadlineJSON, 0, len(w.Deadlines)),
	}
	for _, d := range w.Days {
		day := WeekDayJSON{Date: dateText(d.Date), Events: make([]any, 0, len(d.Entries))}
		for _, e := range d.Entries {
			day.Events = append(day.Events, entryToJSON(e))
		}
		wire.Days = append(wire.Days, day)
	}
	for _, d := range w.Deadlines {
		wire.Deadlines = append(wire.Deadlines, DeadlineJSON{EventJSON: planner.ToJSON(d.Event), UrgencyScore: d.Urgency})
	}
	return wire
}

func entryToJSON(e Entry) any {
	switch {
	case e.Event != nil:
		return eventEntry{EventJSON: planner.ToJSON(*e.Event), Kind: "plan", SourceID: e.Event.ID}
	case e.Session != nil:
		return sessionToJSON(*e.Session)
	default:
		return toFeedEntry(*e.Occurrence)
	}
}

// eventEntry is one's own event in a week.
type eventEntry struct {
	planner.EventJSON
	Kind     string `json:"kind"`
	SourceID int64  `json:"source_id"`
}

// feedEntry is an event of a feed in a week.
type feedEntry struct {
	Title         string    `json:"title"`
	Kind          string    `json:"kind"`
	CourseID      *int64    `json:"course_id"`
	SourceID      int64     `json:"source_id"`
	CalendarTitle string    `json:"calendar_title"`
	StartsAt      rest.Time `json:"starts_at"`
	EndsAt        rest.Time `json:"ends_at"`
}

func toFeedEntry(o feeds.Occurrence) feedEntry {
	return feedEntry{
		Title: o.Title, Kind: "calendar", CourseID: o.CourseID, SourceID: o.FeedID, CalendarTitle: o.CalendarTitle,
		StartsAt: rest.Time{Time: o.StartsAt}, EndsAt: rest.Time{Time: o.EndsAt},
	}
}

// NoteSessionJSON is a Session on the wire.
type NoteSessionJSON struct {
	ID       int64     `json:"id"`
	Title    string    `json:"title"`
	Kind     string    `json:"kind" enum:"note_session"`
	NoteID   int64     `json:"note_id"`
	CourseID *int64    `json:"course_id" doc:"Course of the note"`
	Summary  string    `json:"summary"`
	StartsAt rest.Time `json:"starts_at"`
	EndsAt   rest.Time `json:"ends_at" doc:"While the session has not ended: 15 minutes after its start"`
}

func sessionToJSON(s Session) NoteSessionJSON {
	return NoteSessionJSON{
		ID: s.ID, Title: s.Title, Kind: "note_session", NoteID: s.NoteID, CourseID: s.CourseID, Summary: s.Summary,
		StartsAt: rest.Time{Time: s.StartedAt}, EndsAt: rest.Time{Time: s.EndsAt()},
	}
}
