package icalendar

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/trance-0/notechondria/internal/formats"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

const (
	defaultLength = time.Hour                  // of an event without an end
	maxLength     = 100 * 366 * 24 * time.Hour // of an event; anything longer is a mistake
)

// reader turns the components of one text into events.
type reader struct {
	zones  []*zones // by the number of the calendar
	text   *content
	budget budget
	report Report
}

func newReader(text *content) *reader {
	r := &reader{text: text, budget: newBudget()}
	finder := newZoneFinder(text, &r.budget, &r.report)
	for _, calendar := range text.calendars {
		r.zones = append(r.zones, finder.zonesOf(calendar))
	}
	return r
}

// entry is an event, a task with a deadline, or a changed occurrence of either, as read.
type entry struct {
	*component
	zones     *zones
	err       error // why it is unreadable: it has no start
	cancelled bool
	title     string
	start     moment // from which it repeats
	shown     moment // the start that is shown: for a task, its deadline
	end       time.Time
	length    span // if DURATION contains days
	clipped   []string

	version
	original  moment // of a changed occurrence, its former start
	following bool   // it also applies to later occurrences
}

// read reads an event on its own, without its repetition.
func (r *reader) read(c *component) *entry {
	e := &entry{component: c, zones: r.zones[c.calendar], version: versionOf(c)}
	e.title = title(c.value("SUMMARY"))
	e.cancelled = e.isOff() || strings.EqualFold(r.text.calendars[c.calendar].value("METHOD"), "CANCEL")
	otherwise := e.startZone()
	start, due := e.all("DTSTART"), e.all("DUE")
	if c.name == "VTODO" && len(start) == 0 {
		start = due
	}
	if len(start) == 0 {
		e.err = errTime
		return e
	}
	written := start[len(start)-1]
	if e.start, e.err = e.zones.moment(written, otherwise); e.err != nil && !e.readDay(written) {
		return e
	}
	e.shown = e.start
	if c.name == "VTODO" {
		e.readDeadline()
	} else {
		e.readEnd()
	}
	return e
}

// readDay treats a start with an unreadable time as a whole day.
func (e *entry) readDay(p property) bool {
	if p.value, _, _ = strings.Cut(strings.ToUpper(p.value), "T"); p.value == "" {
		return false
	}
	start, err := e.zones.moment(p, utc)
	if err != nil {
		return false
	}
	e.clip("a time of the day")
	e.start, e.err = start, nil
	return true
}

// isOff reports whether an event does not take place, or a task is done.
func (e *entry) isOff() bool {
	switch status := strings.ToUpper(e.value("STATUS")); {
	case status == "CANCELLED" || status == "CANCELED":
		return true
	case e.name == "VTODO":
		return status == "COMPLETED" || e.value("COMPLETED") != "" || e.value("PERCENT-COMPLETE") == "100"
	}
	return false
}

// startZone is the zone of a start that names none: that of the end, else that of the calendar.
func (e *entry) startZone() zone {
	for _, name := range []string{"DTEND", "DUE"} {
		p, sent := e.last(name)
		if !sent {
			continue
		}
		if found, known := e.zones.find(p.zone); known {
			return found
		}
		if w, err := parseTime(p.value); err == nil && w.zoned {
			return fixed(w.east)
		}
	}
	return e.zones.own
}

// otherwise is the zone for times of the event that name none.
func (e *entry) otherwise() zone {
	if e.start.day {
		return e.zones.own
	}
	return e.start.zone
}

// like converts a time to the form of the series' starts: a date alone means the occurrence on that day, and in a
// series of whole days only the date of a time counts.
func (e *entry) like(m moment) moment {
	switch start := e.start; {
	case m.day && !start.day:
		return start.zone.read(m.clock.Add(start.clock.Sub(start.clock.Truncate(24 * time.Hour))))
	case start.day && !m.day:
		day := m.clock
		if m.zone.name == "" && !m.zone.floating {
			day = recurrence.Clock(m.at, e.zones.own.location)
		}
		day = day.Truncate(24 * time.Hour)
		return moment{at: day, clock: day, day: true, zone: utc}
	case start.zone.floating && !m.zone.floating:
		return moment{at: m.clock, clock: m.clock, zone: floating}
	case !start.day:
		m.clock, m.zone = recurrence.Clock(m.at, start.zone.location), start.zone
	}
	return m
}

// readEnd finds the end in DTEND or DURATION. Without either, or if the end is not after the start, the event ends with
// the day or an hour later; an event may also have no duration.
func (e *entry) readEnd() {
	end, given := e.givenEnd()
	switch {
	case e.start.day && (!given || !end.After(e.start.at)):
		end = e.start.at.AddDate(0, 0, 1)
	case !given:
		end = e.start.at.Add(defaultLength)
	case end.Before(e.start.at):
		e.clip("an end before the start")
		end = e.start.at.Add(defaultLength)
	}
	if end.Sub(e.start.at) > maxLength {
		e.clip("an end that is too far away")
		end = e.start.at.Add(maxLength)
	}
	if end.After(latest) {
		end = latest
	}
	e.end = end
}

// clip records an unreadable part of the event.
func (e *entry) clip(part string) {
	if !slices.Contains(e.clipped, part) {
		e.clipped = append(e.clipped, part)
	}
}

func (e *entry) givenEnd() (end time.Time, given bool) {
	if p, sent := e.last("DTEND"); sent && strings.TrimSpace(p.value) != "" {
		m, err := e.zones.moment(p, e.otherwise())
		if err == nil {
			return e.endOf(m), true
		}
		e.clip("an end that is no date")
	}
	if text := e.value("DURATION"); text != "" {
		length, err := parseSpan(text)
		if err == nil {
			if length.days > 0 && !e.start.day {
				e.length = length
			}
			return length.after(e.start), true
		}
		e.clip("a length that can't be read")
	}
	return time.Time{}, false
}

// endOf converts an end to the form of the start: a day that contains it is over then, and a date means its midnight.
func (e *entry) endOf(m moment) time.Time {
	switch {
	case e.start.day && !m.day:
		day := e.like(m).at
		if m.clock.After(m.clock.Truncate(24 * time.Hour)) {
			day = day.AddDate(0, 0, 1)
		}
		return day
	case m.day && !e.start.day:
		return e.start.zone.read(m.clock).at
	case e.start.zone.floating && !m.zone.floating && !e.start.day:
		return m.clock
	case m.at.Before(e.start.at) && m.clock.After(e.start.clock) && m.zone.name == e.start.zone.name:
		// Clocks skip the start.
		return e.start.at.Add(m.clock.Sub(e.start.clock))
	}
	return m.at
}

// readDeadline finds when a task is due. A task has no duration.
func (e *entry) readDeadline() {
	due, err := moment{}, errTime
	if p, sent := e.last("DUE"); sent {
		due, err = e.zones.moment(p, e.otherwise())
	} else if length, wrong := parseSpan(e.value("DURATION")); wrong == nil {
		at := length.after(e.start)
		due, err = e.start, nil
		due.at, due.clock = at, recurrence.Clock(at, e.start.zone.location)
	}
	if err != nil {
		e.clip("a deadline that is no date")
		due = e.start
	}
	e.shown, e.end = due, due.at
	if due.day {
		e.end = due.at.AddDate(0, 0, 1)
	}
}

// isMeant reports whether a component is shown: tasks without a deadline are not.
func isMeant(c *component) bool {
	switch c.name {
	case "VEVENT":
		return true
	case "VTODO":
		return c.value("DUE") != "" || c.value("DTSTART") != "" && c.value("DURATION") != ""
	}
	return false
}

// event is the entry as a single event.
func (e *entry) event() Event {
	return Event{
		Title: e.title, Start: e.shown.at, End: e.end, AllDay: e.shown.day, Floating: e.shown.zone.floating, LastEnd: e.end,
	}
}

// lasting is the duration of an entry if it begins at another time.
func (e *entry) endFrom(start moment) time.Time {
	if e.length.days > 0 {
		return e.length.after(start)
	}
	return start.at.Add(e.end.Sub(e.shown.at))
}

// title is the summary on one line, cut to the limit.
func title(summary string) string {
	words := strings.FieldsFunc(plainText(summary), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	})
	return formats.Truncate(strings.Join(words, " "), MaxTitle)
}

// version determines which of several texts of an event is the newest.
type version struct {
	sequence        int
	stamp, modified time.Time
}

func versionOf(c *component) (v version) {
	v.sequence, _ = strconv.Atoi(c.value("SEQUENCE")) // 0 for none
	for name, at := range map[string]*time.Time{"DTSTAMP": &v.stamp, "LAST-MODIFIED": &v.modified} {
		if w, err := parseTime(c.value(name)); err == nil {
			*at = w.clock
		}
	}
	return v
}

func (v version) compare(other version) int {
	switch {
	case v.sequence != other.sequence:
		return cmp.Compare(v.sequence, other.sequence)
	case !v.stamp.Equal(other.stamp):
		return v.stamp.Compare(other.stamp)
	}
	return v.modified.Compare(other.modified)
}
