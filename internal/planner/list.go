package planner

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
	"github.com/trance-0/notechondria/internal/rest"
)

// Event is a planner event on the wire. The keys after completed_at are those of events that repeat: apps that do not
// know them get to see nothing new.
type Event struct {
	ID               int64      `json:"id"`
	Title            string     `json:"title"`
	EventDate        string     `json:"event_date" db:"-" doc:"UTC date of starts_at"`
	StartsAt         rest.Time  `json:"starts_at"`
	EndsAt           rest.Time  `json:"ends_at"`
	DifficultyWeight int64      `json:"difficulty_weight"`
	Description      string     `json:"description"`
	CourseID         *int64     `json:"course_id"`
	IsCompleted      bool       `json:"is_completed"`
	CompletedAt      *rest.Time `json:"completed_at"`
	RRule            string     `json:"rrule,omitempty" db:"rrule" doc:"How the event repeats, as in RFC 5545"`
	TimeZone         string     `json:"time_zone,omitempty" doc:"Whose clock time an event that repeats keeps"`
	Occurrence       *rest.Time `json:"occurrence,omitempty" db:"-" doc:"Of one occurrence: what names it in a change"`
}

// event is an Event as it is stored.
type event struct {
	Event
	RecursUntil *rest.Time // end of the last occurrence, nil for none
}

const eventColumns = `id, title, starts_at, ends_at, difficulty_weight, description, course_id, is_completed, completed_at,
	rrule, time_zone, recurs_until`

// maxListed bounds every list of the planner.
const maxListed = 1000

// payload is the wire form of a stored event.
func (e *event) payload() Event {
	p := e.Event
	p.EventDate = p.StartsAt.UTC().Format(time.DateOnly)
	return p
}

func (e *event) duration() time.Duration { return e.EndsAt.Sub(e.StartsAt.Time) }

// series is how the event repeats; ok is false when it happens once.
func (e *event) series() (series recurrence.Series, ok bool) {
	if e.RRule == "" {
		return series, false
	}
	rule, err := recurrence.Parse(e.RRule)
	if err != nil { // stored by a version that took more
		return series, false
	}
	zone, err := recurrence.Zone(e.TimeZone)
	if err != nil { // a zone that has been given up
		zone = time.UTC
	}
	series = recurrence.Series{Rule: rule, Start: e.StartsAt.Time, Zone: zone}
	if e.RecursUntil != nil {
		series.Until = e.RecursUntil.Add(-e.duration())
	}
	return series, true
}

// at is the occurrence of the event that starts then, done at that time unless it is nil.
func (e *event) at(start time.Time, done *rest.Time) Event {
	occurrence := *e
	occurrence.StartsAt, occurrence.EndsAt = rest.Time{Time: start}, rest.Time{Time: start.Add(e.duration())}
	occurrence.Occurrence = &rest.Time{Time: start}
	if !e.IsCompleted {
		occurrence.IsCompleted, occurrence.CompletedAt = done != nil, done
	}
	return occurrence.payload()
}

func (s *Service) registerEvents(api *rest.API) {
	const all, one = "/api/v1/planner-events/", "/api/v1/planner-events/{id}/"
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodGet, Path: all, Tag: "planner", Access: rest.Account,
		Summary:     "List one's events that are not completed, by date and title",
		Description: "An event that repeats stands in it once, with its first start; the week shows its occurrences.",
	}, s.listEvents)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPost, Path: all, Tag: "planner", Access: rest.Account, Status: http.StatusCreated,
		Summary: "Make an event",
	}, s.createEvent)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodPatch, Path: one, Tag: "planner", Access: rest.Account,
		Summary: "Change a part of an event, or complete one occurrence",
		Description: "event_date alone moves start and end by whole days. With occurrence, is_completed counts for that occurrence " +
			"alone, and the answer is the occurrence. Moving an event that repeats moves what is known of its occurrences.",
	}, s.changeEvent)
	rest.LegacyHandle(api, rest.Operation{
		Method: http.MethodDelete, Path: one, Tag: "planner", Access: rest.Account, Status: http.StatusNoContent,
		Summary: "Delete an event, with all its occurrences",
	}, s.deleteEvent)
}

func (s *Service) listEvents(ctx context.Context, _ *struct{}) ([]Event, error) {
	rows, err := database.All[event](ctx, s.DB.Read(), "select "+eventColumns+` from planner_events
		where user_id = $1 and not is_completed order by event_date, id limit $2`, rest.CallerID(ctx), maxListed)
	if err != nil {
		return nil, fmt.Errorf("listing events: %w", err)
	}
	list := make([]Event, 0, len(rows))
	for _, row := range rows {
		list = append(list, row.payload())
	}
	slices.SortStableFunc(list, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.EventDate, b.EventDate), cmp.Compare(a.Title, b.Title))
	})
	return list, nil
}

type eventInput struct {
	ID int64 `path:"id"`
}

func (s *Service) deleteEvent(ctx context.Context, in *eventInput) (rest.NoContent, error) {
	return rest.NoContent{}, s.DB.Write(ctx, func(tx *database.Tx) error {
		deleted, err := database.Exec(ctx, tx, "delete from planner_events where id = $1 and user_id = $2", in.ID, rest.CallerID(ctx))
		if err != nil {
			return fmt.Errorf("deleting an event: %w", err)
		}
		if deleted == 0 {
			return rest.NotFound(eventModel)
		}
		return nil
	})
}

// eventModel is what answers call an event that is not found.
const eventModel = "PlannerEvent"
