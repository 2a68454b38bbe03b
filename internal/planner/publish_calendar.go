package planner

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-ical"

	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
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
	calendar := ical.NewCalendar()
	setText(calendar.Props, ical.PropVersion, "2.0")
	setText(calendar.Props, ical.PropProductID, "-//Notechondria//Planner//EN")
	setText(calendar.Props, ical.PropCalendarScale, "GREGORIAN")
	setText(calendar.Props, ical.PropMethod, "PUBLISH")
	setText(calendar.Props, "X-WR-CALNAME", "Notechondria")
	setRaw(calendar.Props, "X-PUBLISHED-TTL", "PT1H")
	setRaw(calendar.Props, ical.PropRefreshInterval, "PT1H").SetValueType(ical.ValueDuration)

	zones := newZones(now)
	for i := range events {
		e := &events[i]
		series, repeats := e.series()
		if !repeats {
			series = recurrence.Series{Zone: time.UTC}
		}
		component := e.component(series.Zone)
		if repeats {
			zones.add(series.Zone, series.Start)
			repeat(component, series, skipped[e.ID])
		}
		calendar.Children = append(calendar.Children, component)
	}
	// A calendar must have a component: one of an empty planner has the zone of its times.
	calendar.Children = append(zones.components(), calendar.Children...)

	var text bytes.Buffer
	if err := ical.NewEncoder(&text).Encode(calendar); err != nil {
		return nil, fmt.Errorf("writing a calendar: %w", err)
	}
	return fold(text.Bytes()), nil
}

func (e *shownEvent) component(zone *time.Location) *ical.Component {
	c := ical.NewComponent(ical.CompEvent)
	setText(c.Props, ical.PropUID, fmt.Sprintf("event-%d-%d@notechondria", e.ID, e.CreatedAt.UnixMicro()))
	setText(c.Props, ical.PropSummary, e.Title)
	if e.Description != "" {
		setText(c.Props, ical.PropDescription, e.Description)
	}
	c.Props.SetDateTime(ical.PropDateTimeStart, e.StartsAt.In(zone))
	c.Props.SetDateTime(ical.PropDateTimeEnd, e.EndsAt.In(zone))
	c.Props.SetDateTime(ical.PropDateTimeStamp, e.UpdatedAt.UTC())
	c.Props.SetDateTime(ical.PropLastModified, e.UpdatedAt.UTC())
	c.Props.SetDateTime(ical.PropCreated, e.CreatedAt.UTC())
	return c
}

// repeat adds the rule, and leaves out the occurrences that are done.
func repeat(c *ical.Component, series recurrence.Series, done []time.Time) {
	setRaw(c.Props, ical.PropRecurrenceRule, series.RRULE())
	slices.SortFunc(done, time.Time.Compare)
	for _, start := range done {
		skip := ical.NewProp(ical.PropExceptionDates)
		skip.SetDateTime(start.In(series.Zone))
		c.Props.Add(skip)
	}
}

// setText sets a text. Of control characters, which calendars can't hold, line breaks are kept.
func setText(props ical.Props, name, text string) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	props.SetText(name, strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return ' '
		}
		return r
	}, text))
}

func setRaw(props ical.Props, name, value string) *ical.Prop {
	prop := ical.NewProp(name)
	prop.Value = value
	props.Set(prop)
	return prop
}

// lineLength is how many bytes a line may have, without its end.
const lineLength = 75

// fold breaks long lines as RFC 5545 asks for: the library writes them whole. Characters stay whole.
func fold(text []byte) []byte {
	var folded bytes.Buffer
	for line := range bytes.Lines(text) {
		length := 0
		for len(line) > 0 {
			_, size := utf8.DecodeRune(line)
			if length+size > lineLength && line[0] != '\r' && line[0] != '\n' {
				folded.WriteString("\r\n ")
				length = 1
			}
			folded.Write(line[:size])
			line, length = line[size:], length+size
		}
	}
	return folded.Bytes()
}
