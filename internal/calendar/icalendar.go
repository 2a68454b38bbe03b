package calendar

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"github.com/trance-0/notechondria/internal/planner"
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
			component.AddRrule(series.RRULE())
			for _, start := range e.Completed {
				addTime(&component.ComponentBase, ics.ComponentPropertyExdate, start, series.Zone)
			}
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
	addTime(&c.ComponentBase, ics.ComponentPropertyDtEnd, e.EndsAt, zone)
	return c
}

const (
	clockFormat = "20060102T150405"
	utcFormat   = clockFormat + "Z"
)

// addTime adds a time, told by the clock of the zone.
func addTime(c *ics.ComponentBase, property ics.ComponentProperty, t time.Time, zone *time.Location) {
	if zone == time.UTC {
		c.AddProperty(property, t.UTC().Format(utcFormat))
		return
	}
	c.AddProperty(property, t.In(zone).Format(clockFormat), ics.WithTZID(zone.String()))
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
