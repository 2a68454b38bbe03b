package planner

import (
	"fmt"
	"time"

	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
	"github.com/trance-0/notechondria/internal/problem"
)

// Patch is a change to a part of an event.
type Patch struct {
	Title       patch.Field[string]
	Date        patch.Field[time.Time]  // a midnight in UTC. Alone it moves start and end by whole days
	StartsAt    patch.Field[*time.Time] // nil for noon of the date
	EndsAt      patch.Field[*time.Time] // nil, and what is not after the start, for an hour after it
	Weight      patch.Field[int64]
	Description patch.Field[string]
	CourseID    patch.Field[*int64] // nil for none
	IsCompleted patch.Field[bool]
	CompletedAt patch.Field[*time.Time] // of a completed event; nil for now
	Rule        patch.Field[string]     // see Event; "" for no repetition
	TimeZone    patch.Field[string]     // IANA name; "" for UTC
}

func (p *Patch) check(problems *problem.Fields) error {
	if p.Title.Set {
		problems.CheckText("title", p.Title.Value, 1, MaxTitle)
	}
	problems.CheckText("description", p.Description.Value, 0, MaxDescription)
	if w := p.Weight; w.Set && !problems.Has("difficulty_weight") && (w.Value < 1 || w.Value > MaxWeight) {
		problems.Add("difficulty_weight", fmt.Sprintf("The weight is a number from 1 to %d.", MaxWeight))
	}
	if at := p.CompletedAt.Value; at != nil {
		problems.CheckTime("completed_at", *at)
	}
	if !problems.Has("time_zone") {
		if _, err := recurrence.Zone(p.TimeZone.Value); err != nil {
			problems.Add("time_zone", "Unknown time zone.")
		}
	}
	if p.Rule.Value != "" && !problems.Has("rrule") {
		rule, err := recurrence.Parse(p.Rule.Value)
		if err != nil {
			problems.Add("rrule", err.Error())
		}
		p.Rule.Value = rule.String()
	}
	return nil
}

// apply changes the event, and completes it as the former system did: an end after the start, a time of completion.
func (e *stored) apply(p Patch, now time.Time) error {
	e.Title = p.Title.Or(e.Title)
	e.Weight = p.Weight.Or(e.Weight)
	e.Description = p.Description.Or(e.Description)
	e.CourseID = p.CourseID.Or(e.CourseID)
	e.complete(p, now)
	e.repeat(p)
	if err := e.place(p); err != nil {
		return err
	}
	e.RecursUntil = e.end()
	return nil
}

func (e *stored) complete(p Patch, now time.Time) {
	e.IsCompleted = p.IsCompleted.Or(e.IsCompleted)
	e.CompletedAt = p.CompletedAt.Or(e.CompletedAt)
	switch {
	case !e.IsCompleted:
		e.CompletedAt = nil
	case e.CompletedAt == nil:
		e.CompletedAt = &now
	}
}

func (e *stored) repeat(p Patch) {
	e.Rule = p.Rule.Or(e.Rule)
	e.TimeZone = p.TimeZone.Or(e.TimeZone)
	switch {
	case e.Rule == "":
		e.TimeZone = ""
	case e.TimeZone == "":
		e.TimeZone = "UTC"
	}
}

// place works out when the event is: at noon where no time is known, for an hour where no end after the start is.
func (e *stored) place(p Patch) error {
	start, end := e.StartsAt.UTC(), e.EndsAt.UTC()
	date := p.Date.Or(start.Truncate(24 * time.Hour))
	switch {
	case p.StartsAt.Value != nil:
		start = p.StartsAt.Value.UTC()
	case p.StartsAt.Set:
		start = date.Add(12 * time.Hour)
	case p.Date.Set:
		start, end = e.movedTo(date)
	}
	switch {
	case p.EndsAt.Value != nil:
		end = p.EndsAt.Value.UTC()
	case p.EndsAt.Set:
		end = start
	}
	if !end.After(start) {
		end = start.Add(time.Hour)
	}
	if start.Year() < 1 || end.Year() > 9999 {
		return problem.InvalidField("starts_at", "The date is out of range.")
	}
	e.StartsAt, e.EndsAt = start, end
	return nil
}

// movedTo is start and end, moved by whole days to another date. What repeats keeps the clock time of its zone.
func (e *stored) movedTo(date time.Time) (start, end time.Time) {
	const day = 24 * 60 * 60
	days := int(date.Unix()/day - e.StartsAt.UTC().Truncate(day*time.Second).Unix()/day)
	zone := time.UTC
	if series, ok := e.Series(); ok {
		zone = series.Zone
	}
	return e.StartsAt.In(zone).AddDate(0, 0, days).UTC(), e.EndsAt.In(zone).AddDate(0, 0, days).UTC()
}
