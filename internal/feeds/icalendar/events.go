package icalendar

import (
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"
)

// defaultLength is that of an event whose calendar gives none.
const defaultLength = time.Hour

// maxLength bounds an event: what lasts longer is a mistake.
const maxLength = 100 * 366 * 24 * time.Hour

// reader turns the components of one calendar into events.
type reader struct {
	zones   *zones
	list    []*component
	changed map[string][]property // RECURRENCE-ID of the occurrences of a series that were changed, by UID
	budget  budget
}

func newReader(calendar *component) *reader {
	r := &reader{zones: newZones(calendar), changed: map[string][]property{}, budget: newBudget()}
	for _, c := range calendar.children {
		if c.name != "VEVENT" {
			continue
		}
		r.list = append(r.list, c)
		uid := c.value("UID")
		if p, is := c.last("RECURRENCE-ID"); is && len(r.changed[uid]) < maxDates {
			r.changed[uid] = append(r.changed[uid], p)
		}
	}
	return r
}

func (r *reader) events() []Event {
	list := []Event{}
	for _, c := range r.list {
		e, ok := r.event(c)
		if !ok {
			continue
		}
		if _, is := c.last("RECURRENCE-ID"); is {
			list = append(list, e.Event)
		} else {
			list = append(list, r.repeated(c, e)...)
		}
	}
	return list
}

// dated is an event with its start as it was written.
type dated struct {
	Event
	start moment
}

// event reads a component for itself: without its repetition. A cancelled event, or one without a good start and end,
// is none.
func (r *reader) event(c *component) (dated, bool) {
	start, sent := c.last("DTSTART")
	if !sent || strings.EqualFold(c.value("STATUS"), "CANCELLED") {
		return dated{}, false
	}
	from, err := r.zones.moment(start)
	if err != nil {
		return dated{}, false
	}
	to, err := r.end(c, from)
	if err != nil {
		return dated{}, false
	}
	e := Event{Title: title(c.value("SUMMARY")), Start: from.Time, End: to, AllDay: from.day, LastEnd: to}
	return dated{Event: e, start: from}, true
}

// end follows from DTEND or DURATION. Without either, or with an end that does not come after the start, it is the end
// of the day or an hour later; an event in no time at all is possible.
func (r *reader) end(c *component, start moment) (time.Time, error) {
	end := time.Time{}
	if p, sent := c.last("DTEND"); sent {
		m, err := r.zones.moment(p)
		if err != nil {
			return time.Time{}, err
		}
		end = m.Time
	} else if text := c.value("DURATION"); text != "" {
		length, err := parseSpan(text)
		if err != nil {
			return time.Time{}, err
		}
		end = length.after(start)
	}
	switch {
	case start.day && !end.After(start.Time):
		return start.AddDate(0, 0, 1), nil
	case end.Before(start.Time):
		return start.Add(defaultLength), nil
	case end.After(latest) || end.Sub(start.Time) > maxLength:
		return time.Time{}, errTime
	}
	return end, nil
}

// title is a summary in one line, cut to its limit.
func title(summary string) string {
	words := strings.FieldsFunc(ics.FromText(summary), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	})
	text := strings.Join(words, " ")
	if runes := []rune(text); len(runes) > MaxTitle {
		text = string(runes[:MaxTitle])
	}
	return text
}
