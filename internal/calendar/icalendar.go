package calendar

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"github.com/trance-0/notechondria/internal/planner"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// write writes events as iCalendar.
func write(events []planner.Exported, now time.Time) ([]byte, error) {
	calendar := ics.NewCalendar()
	calendar.SetProductId("-//Notechondria//Planner//EN")
	calendar.SetCalscale("GREGORIAN")
	calendar.SetMethod(ics.MethodPublish)
	calendar.SetXWRCalName("Notechondria")
	calendar.SetXPublishedTTL("PT1H")
	calendar.SetRefreshInterval("PT1H")

	zones := newZones(now)
	components := make([]ics.Component, 0, len(events))
	for _, e := range events {
		series, repeats := e.Series()
		if !repeats {
			series.Zone = time.UTC
		}
		component := toComponent(e, series.Zone)
		if repeats {
			zones.add(series.Zone, series.Start)
			addRepetition(&component.ComponentBase, series, e.Completed)
		}
		components = append(components, component)
	}
	calendar.Components = append(zones.components(), components...)

	var text bytes.Buffer
	if err := calendar.SerializeTo(&text, ics.WithNewLineWindows); err != nil {
		return nil, fmt.Errorf("writing a calendar: %w", err)
	}
	return text.Bytes(), nil
}

// toComponent is an event, or the first occurrence of a series, by the clock of a zone.
func toComponent(e planner.Exported, zone *time.Location) *ics.VEvent {
	c := ics.NewEvent(fmt.Sprintf("event-%d-%d@notechondria", e.ID, e.CreatedAt.UnixMicro()))
	c.SetDtStampTime(e.UpdatedAt)
	c.SetCreatedTime(e.CreatedAt)
	c.SetModifiedAt(e.UpdatedAt)
	c.SetSummary(plainText(e.Title))
	if e.Description != "" {
		c.SetDescription(plainText(e.Description))
	}
	addTime(&c.ComponentBase, ics.ComponentPropertyDtStart, e.StartsAt, zone)
	// Programs keep the time between the two: it counts from what they take the start for.
	read := recurrence.At(recurrence.Clock(e.StartsAt, zone), zone)
	addInstant(&c.ComponentBase, ics.ComponentPropertyDtEnd, read.Add(e.EndsAt.Sub(e.StartsAt)), zone)
	return c
}

// addRepetition adds the rule of a series, and which of its starts are completed. The first start is an occurrence,
// though the rule may not give it; and it may be the second of times that clocks show twice, of which programs take the
// first.
func addRepetition(c *ics.ComponentBase, series recurrence.Series, completed []time.Time) {
	c.AddRrule(series.RRULE())
	open := true
	for _, start := range completed {
		open = open && !start.Equal(series.Start)
		addClock(c, ics.ComponentPropertyExdate, series.ClockOf(start), series.Zone)
	}
	clock := recurrence.Clock(series.Start, series.Zone)
	switch read := recurrence.At(clock, series.Zone); {
	case !series.Synchronized():
		addClock(c, ics.ComponentPropertyRdate, clock, series.Zone) // also where EXDATE has it, which ical.js forgets else
	case open && !read.Equal(series.Start):
		addClock(c, ics.ComponentPropertyExdate, clock, series.Zone)
		c.AddProperty(ics.ComponentPropertyRdate, series.Start.UTC().Format(utcFormat))
	}
}

// addTime adds a time, told by the clock of the zone.
func addTime(c *ics.ComponentBase, property ics.ComponentProperty, t time.Time, zone *time.Location) {
	addClock(c, property, recurrence.Clock(t, zone), zone)
}

// addInstant adds a time, told by the clock of the zone unless that shows it for another time.
func addInstant(c *ics.ComponentBase, property ics.ComponentProperty, t time.Time, zone *time.Location) {
	clock := recurrence.Clock(t, zone)
	if !recurrence.At(clock, zone).Equal(t) {
		clock, zone = t, time.UTC
	}
	addClock(c, property, clock, zone)
}

// addClock adds what clocks of the zone show.
func addClock(c *ics.ComponentBase, property ics.ComponentProperty, clock time.Time, zone *time.Location) {
	if zone == time.UTC {
		c.AddProperty(property, clock.UTC().Format(utcFormat))
		return
	}
	c.AddProperty(property, clock.UTC().Format(clockFormat), ics.WithTZID(zone.String()))
}

// plainText leaves out the control characters that calendars can't hold; line breaks stay.
func plainText(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, text)
}
