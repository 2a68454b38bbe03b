package planner

import "github.com/trance-0/notechondria/internal/rest"

// EventJSON is an Event on the wire. The keys after completed_at are those of events that repeat: apps that do not know
// them see nothing new.
type EventJSON struct {
	ID               int64      `json:"id"`
	Title            string     `json:"title"`
	EventDate        string     `json:"event_date" doc:"UTC date of starts_at"`
	StartsAt         rest.Time  `json:"starts_at"`
	EndsAt           rest.Time  `json:"ends_at"`
	DifficultyWeight int64      `json:"difficulty_weight"`
	Description      string     `json:"description"`
	CourseID         *int64     `json:"course_id"`
	IsCompleted      bool       `json:"is_completed"`
	CompletedAt      *rest.Time `json:"completed_at"`
	RRule            string     `json:"rrule,omitempty" doc:"Recurrence rule (RFC 5545)"`
	TimeZone         string     `json:"time_zone,omitempty" doc:"Whose local time a repeating event keeps"`
	Occurrence       *rest.Time `json:"occurrence,omitempty" doc:"Start of an occurrence, to update it"`
}

// ToJSON writes an event as clients read it.
func ToJSON(e Event) EventJSON {
	return EventJSON{
		ID: e.ID, Title: e.Title, EventDate: e.Date(),
		StartsAt: rest.Time{Time: e.StartsAt}, EndsAt: rest.Time{Time: e.EndsAt},
		DifficultyWeight: e.Weight, Description: e.Description, CourseID: e.CourseID,
		IsCompleted: e.IsCompleted, CompletedAt: rest.OptionalTime(e.CompletedAt),
		RRule: e.Rule, TimeZone: e.TimeZone, Occurrence: rest.OptionalTime(e.Occurrence),
	}
}

// ListToJSON writes a list, which is never null.
func ListToJSON(events []Event) []EventJSON {
	list := make([]EventJSON, 0, len(events))
	for _, e := range events {
		list = append(list, ToJSON(e))
	}
	return list
}

// answer writes what a use case returns.
func answer(e Event, err error) (EventJSON, error) {
	if err != nil {
		return EventJSON{}, err
	}
	return ToJSON(e), nil
}
