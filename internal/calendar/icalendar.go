package planner

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/rest"
)

// firstShown is the first day of a published planner: about a year ago. It moves by months, so that calendar programs
// need not read everything each day.
func firstShown(now time.Time) time.Time {
	return time.Date(now.Year()-1, now.Month(), 1, 0, 0, 0, 0, time.UTC)
}

// shownEvent is an event with what a calendar says of it.
type shownEvent struct {
	event
	CreatedAt rest.Time
	UpdatedAt rest.Time
}

// calendar writes a user's planner as iCalendar: what is not completed, 1,000 events at most, the latest.
func (s *Service) calendar(ctx context.Context, userID int64, now time.Time) ([]byte, error) {
	from := firstShown(now)
	events, err := database.All[shownEvent](ctx, s.DB.Read(), "select "+eventColumns+`, created_at, updated_at from planner_events
		where user_id = $1 and not is_completed
			and (event_date >= $2 or rrule <> '' and (recurs_until is null or recurs_until >= $3))
		order by rrule <> '' desc, event_date desc, id desc limit $4`, userID, from.Format(time.DateOnly), rest.Time{Time: from}, maxListed)
	if err != nil {
		return nil, fmt.Errorf("reading the events to publish: %w", err)
	}
	done, err := completions(ctx, s.DB.Read(), Span{UserID: userID, From: from, To: endOfTime})
	if err != nil {
		return nil, err
	}
	skipped := map[int64][]time.Time{}
	for key := range done {
		skipped[key.event] = append(skipped[key.event], time.UnixMicro(key.start))
	}
	return write(events, skipped, now)
}

func write(events []shownEvent, skipped map[int64][]time.Time, now time.Time) ([]byte, error) {
	calendar := ics.NewCalendar()
	calendar.SetProductId("-//Notechondria//Planner//EN")
	calendar.SetCalscale("GREGORIAN")
	calendar.SetMethod(ics.MethodPublish)
	calendar.SetXWRCalName("Notechondria")
	calendar.SetXPublishedTTL("PT1H")
	calendar.SetRefreshInterval("PT1H")

	zones := newZones(now)
	components := make([]ics.Component, 0, len(events))
	for i := range events {
		e := &events[i]
		series, repeats := e.series()
		if !repeats {
			series.Zone = time.UTC
		}
		component := e.component(series.Zone)
		if repeats {
			zones.add(series.Zone, series.Start)
			component.AddRrule(series.RRULE())
			leaveOut(component, skipped[e.ID], series.Zone)
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

func (e *shownEvent) component(zone *time.Location) *ics.VEvent {
	c := ics.NewEvent(fmt.Sprintf("event-%d-%d@notechondria", e.ID, e.CreatedAt.UnixMicro()))
	c.SetDtStampTime(e.UpdatedAt.Time)
	c.SetCreatedTime(e.CreatedAt.Time)
	c.SetModifiedAt(e.UpdatedAt.Time)
	c.SetSummary(plainText(e.Title))
	if e.Description != "" {
		c.SetDescription(plainText(e.Description))
	}
	addTime(&c.ComponentBase, ics.ComponentPropertyDtStart, e.StartsAt.Time, zone)
	addTime(&c.ComponentBase, ics.ComponentPropertyDtEnd, e.EndsAt.Time, zone)
	return c
}

// leaveOut takes the occurrences that are done out of a series.
func leaveOut(c *ics.VEvent, done []time.Time, zone *time.Location) {
	slices.SortFunc(done, time.Time.Compare) // the same planner is the same text each time
	for _, start := range done {
		addTime(&c.ComponentBase, ics.ComponentPropertyExdate, start, zone)
	}
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
