package icalendar

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// maxDates bounds the single dates of a series: further ones (RDATE), and those that do not happen (EXDATE).
const maxDates = 1000

// budget bounds the work on the series of one calendar.
type budget struct {
	dates   int // single dates that are still read
	counted int // occurrences of rules with COUNT that are still followed
	until   time.Time
}

func newBudget() budget {
	return budget{dates: 100_000, counted: 100_000, until: time.Now().Add(time.Second)}
}

// follow reports whether a rule that gives that many occurrences, 0 for no known number, may be followed.
func (b *budget) follow(count int) bool {
	b.counted -= count
	return b.counted >= 0 && time.Now().Before(b.until)
}

func (b *budget) readDate() bool {
	b.dates--
	return b.dates >= 0
}

// repeated returns the event and its repetition: as a rule where there is one, and an event of its own for each further
// date. A rule that can't be followed leaves the event once.
func (r *reader) repeated(c *component, e dated) []Event {
	skip := r.skipped(c, e.start)
	list := []Event{}
	if series, ok := r.series(c, e, skip); ok {
		list = append(list, series)
	} else if !contains(skip, e.Start) {
		list = append(list, e.Event)
	}
	for _, start := range r.dates(c.properties["RDATE"], e.start) {
		if other := e.at(start); !start.Equal(e.Start) && !contains(skip, start) && !other.End.After(latest) {
			list = append(list, other)
		}
	}
	return list
}

func contains(list []time.Time, t time.Time) bool { return slices.ContainsFunc(list, t.Equal) }

// at is the event, once, at another time.
func (e dated) at(start time.Time) Event {
	other := e.Event
	other.Start, other.End = start, start.Add(e.End.Sub(e.Start))
	other.LastEnd = other.End
	return other
}

// skipped are the occurrences that do not happen: left out by the series, or changed into events of their own.
func (r *reader) skipped(c *component, start moment) []time.Time {
	list := slices.Clone(c.properties["EXDATE"])
	if uid := c.value("UID"); uid != "" {
		list = append(list, r.changed[uid]...)
	}
	return r.dates(list, start)
}

// dates reads lists of times that belong to a series.
func (r *reader) dates(list []property, start moment) []time.Time {
	var times []time.Time
	for _, p := range list {
		for text := range strings.SplitSeq(p.value, ",") {
			if len(times) == maxDates || !r.budget.readDate() {
				return times
			}
			text, _, _ = strings.Cut(text, "/") // a period: only its start counts
			if m, err := r.zones.moment(property{value: text, zone: p.zone}); err == nil {
				times = append(times, m.like(start))
			}
		}
	}
	return times
}

// like is the time in a series that begins so: a date alone means the occurrence of that day, and a time in a series of
// whole days its date.
func (m moment) like(start moment) time.Time {
	switch {
	case m.day && !start.day:
		clock := start.In(start.zone.location)
		hour, minute, second := clock.Clock()
		return time.Date(m.Year(), m.Month(), m.Day(), hour, minute, second, 0, start.zone.location).UTC()
	case start.day && !m.day:
		year, month, day := m.In(m.zone.location).Date()
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	return m.Time
}

var countPart = regexp.MustCompile(`COUNT=\d+`)

// series makes a series of an event that repeats by a rule.
func (r *reader) series(c *component, e dated, skip []time.Time) (Event, bool) {
	rule, err := recurrence.Parse(c.value("RRULE"))
	if err != nil {
		return Event{}, false
	}
	counted := countPart.FindString(rule.String())
	count, _ := strconv.Atoi(strings.TrimPrefix(counted, "COUNT=")) // "" is 0
	if !r.budget.follow(count) {
		return Event{}, false
	}
	last, endless := recurrence.Series{Rule: rule, Start: e.Start, Zone: e.start.zone.location}.Last()
	if !endless && !last.After(e.Start) { // it never repeats
		return Event{}, false
	}
	series := e.Event
	series.Zone, series.LastEnd, series.Recurrence = e.start.zone.name, Forever, "RRULE:"+rule.String()
	if end := last.Add(e.End.Sub(e.Start)); !endless && end.Before(Forever) {
		series.LastEnd = end
	}
	if len(skip) > 0 {
		series.Recurrence += "\nEXDATE:" + utcList(skip)
	}
	return series, true
}

const utcLayout = "20060102T150405Z"

func utcList(times []time.Time) string {
	texts := make([]string, len(times))
	for i, t := range times {
		texts[i] = t.UTC().Format(utcLayout)
	}
	return strings.Join(texts, ",")
}

// Between returns when the occurrences begin that are not over at from and begin before to: at most limit of them.
func (e Event) Between(from, to time.Time, limit int) ([]time.Time, error) {
	length := e.End.Sub(e.Start)
	happens := func(start time.Time) bool {
		return start.Before(to) && (start.Add(length).After(from) || start.Equal(from))
	}
	if e.Recurrence == "" {
		if happens(e.Start) && limit > 0 {
			return []time.Time{e.Start}, nil
		}
		return nil, nil
	}
	series, err := e.series()
	if err != nil {
		return nil, err
	}
	starts := series.Between(from.Add(-length), to, limit+1) // the first may be over at from
	starts = slices.DeleteFunc(starts, func(start time.Time) bool { return !happens(start) })
	return starts[:min(len(starts), limit)], nil
}

func (e Event) series() (recurrence.Series, error) {
	zone, err := Location(e.Zone)
	if err != nil {
		return recurrence.Series{}, fmt.Errorf("looking up the time zone of a series: %w", err)
	}
	s := recurrence.Series{Start: e.Start, Zone: zone}
	if e.LastEnd.Before(Forever) {
		s.Until = e.LastEnd.Add(-e.End.Sub(e.Start))
	}
	for line := range strings.Lines(e.Recurrence) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "EXDATE" {
			s.Skip, err = parseUTCList(value)
		} else {
			s.Rule, err = recurrence.Parse(value)
		}
		if err != nil {
			return recurrence.Series{}, fmt.Errorf("reading a series: %w", err)
		}
	}
	return s, nil
}

func parseUTCList(text string) ([]time.Time, error) {
	var list []time.Time
	for part := range strings.SplitSeq(text, ",") {
		t, err := time.Parse(utcLayout, part)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}
