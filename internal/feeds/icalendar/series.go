package icalendar

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// A series is stored as lines, most of which are rarely present:
//
//	RRULE:     a rule; there may be several
//	EXRULE:    a rule that excludes occurrences
//	EXDATE:    starts that do not happen, in UTC
//	DAYS:      how many calendar days an occurrence takes; the rest is exact time
//	START:     the start from which the rules count, in UTC, if it is not the first that is shown
//	CLOCK:     local time of that start, if clocks skip it
//	ZONE:      time zone of the rules, if it is another one
//	FROM:      the first start that is shown, according to the rules
//	TO:        the first that is no longer shown
//	SHIFT:     by how many seconds the local time is later than by the rules

// recurrence writes the lines of a stretch.
func (p stretch) recurrence(base recurrence.Series) string {
	var lines []string
	add := func(name, value string) { lines = append(lines, name+":"+value) }
	add("RRULE", base.Rule.String())
	for _, rule := range base.More {
		add("RRULE", rule.String())
	}
	for _, rule := range base.Except {
		add("EXRULE", rule.String())
	}
	if len(base.Skip) > 0 {
		add("EXDATE", utcList(base.Skip))
	}
	if p.length.days > 0 {
		add("DAYS", fmt.Sprintf("%d %d", p.length.days, p.length.clock/time.Second))
	}
	if shift := p.shift(); shift != 0 || !p.from.IsZero() || p.shown.zone.name != p.original.zone.name {
		add("START", base.Start.Format(utcLayout))
		add("ZONE", p.original.zone.name)
		if shift != 0 {
			add("SHIFT", strconv.FormatInt(int64(shift/time.Second), 10))
		}
	}
	if !base.Clock.IsZero() {
		add("CLOCK", base.Clock.Format(utcLayout))
	}
	if !p.from.IsZero() {
		add("FROM", p.from.Format(utcLayout))
	}
	if !p.to.IsZero() {
		add("TO", p.to.Format(utcLayout))
	}
	return strings.Join(lines, "\n")
}

func utcList(times []time.Time) string {
	texts := make([]string, len(times))
	for i, t := range times {
		texts[i] = t.UTC().Format(utcLayout)
	}
	return strings.Join(texts, ",")
}

// Occurrence is an event at one of its times. A whole day begins and ends at midnight UTC.
type Occurrence struct {
	Start, End time.Time
}

// Between returns at most limit occurrences that end after from and begin before to. Floating ones are in the reader's
// zone.
func (e Event) Between(from, to time.Time, reader *time.Location, limit int) ([]Occurrence, error) {
	if !e.Floating || e.AllDay {
		reader = nil
	}
	s, err := e.stored()
	if err != nil {
		return nil, err
	}
	var list []Occurrence
	for _, start := range s.starts(from, to, reader, limit) {
		o := Occurrence{start, s.end(start)}
		if reader != nil {
			o.Start, o.End = recurrence.At(o.Start, reader), recurrence.At(o.End, reader)
		}
		if o.Start.Before(to) && (o.End.After(from) || o.Start.Equal(from)) {
			list = append(list, o)
		}
	}
	return list[:min(len(list), limit)], nil
}

// storedSeries is a series as described by its lines.
type storedSeries struct {
	event    Event
	zone     *time.Location // of the times that are shown
	base     recurrence.Series
	from, to time.Time // zero for no limit
	shift    time.Duration
	shifted  bool // the base has a different start or zone
	days     int
	rest     time.Duration
}

func (e Event) stored() (s storedSeries, err error) {
	s.event = e
	if e.Recurrence == "" {
		s.zone = time.UTC
		return s, nil
	}
	if s.zone, err = Location(e.Zone); err != nil {
		return s, fmt.Errorf("looking up the time zone of a series: %w", err)
	}
	s.base = recurrence.Series{Start: e.Start, Zone: s.zone}
	for line := range strings.Lines(e.Recurrence) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if err := s.read(name, value); err != nil {
			return s, fmt.Errorf("reading a series: %w", err)
		}
	}
	return s, nil
}

// read parses one line.
func (s *storedSeries) read(name, value string) (err error) {
	var rule recurrence.Rule
	switch name {
	case "RRULE":
		if rule, _, err = recurrence.Read(value); s.base.Rule.String() == "" {
			s.base.Rule = rule
		} else {
			s.base.More = append(s.base.More, rule)
		}
	case "EXRULE":
		rule, _, err = recurrence.Read(value)
		s.base.Except = append(s.base.Except, rule)
	case "EXDATE":
		s.base.Skip, err = parseUTCList(value)
	case "DAYS":
		var seconds int64
		_, err = fmt.Sscan(value, &s.days, &seconds)
		s.rest = time.Duration(seconds) * time.Second
	case "START":
		s.shifted = true
		s.base.Start, err = time.Parse(utcLayout, value)
	case "CLOCK":
		s.base.Clock, err = time.Parse(utcLayout, value)
	case "ZONE":
		s.base.Zone, err = Location(value)
	case "FROM":
		s.from, err = time.Parse(utcLayout, value)
	case "TO":
		s.to, err = time.Parse(utcLayout, value)
	case "SHIFT":
		var seconds int64
		seconds, err = strconv.ParseInt(value, 10, 64)
		s.shift = time.Duration(seconds) * time.Second
	default:
		err = fmt.Errorf("%q is no line of a series", name)
	}
	return err
}

// starts are the shown starts of the occurrences that may be in range, at most a few more than limit.
func (s *storedSeries) starts(from, to time.Time, reader *time.Location, limit int) []time.Time {
	length := s.event.End.Sub(s.event.Start) + time.Duration(s.days)*2*time.Hour
	if s.event.Recurrence == "" {
		return []time.Time{s.event.Start}
	}
	from = from.Add(-length)
	if reader != nil {
		from, to = recurrence.Clock(from, reader).Add(-2*time.Hour), recurrence.Clock(to, reader).Add(2*time.Hour)
	}
	if s.shifted {
		from = recurrence.At(recurrence.Clock(from, s.zone).Add(-s.shift), s.base.Zone).Add(-2 * time.Hour)
		to = recurrence.At(recurrence.Clock(to, s.zone).Add(-s.shift), s.base.Zone).Add(2 * time.Hour)
	}
	if from.Before(s.from) {
		from = s.from
	}
	if !s.to.IsZero() && s.to.Before(to) {
		to = s.to
	}
	starts := s.base.Between(from, to, limit+200)
	if s.shifted {
		for i, start := range starts {
			starts[i] = recurrence.At(s.base.ClockOf(start).Add(s.shift), s.zone)
		}
		slices.SortFunc(starts, time.Time.Compare)
	}
	return starts
}

// end is when an occurrence that begins then ends.
func (s *storedSeries) end(start time.Time) time.Time {
	if s.days > 0 {
		clock := recurrence.Clock(start, s.zone)
		if !s.shifted {
			clock = s.base.ClockOf(start)
		}
		return recurrence.At(clock.AddDate(0, 0, s.days), s.zone).Add(s.rest)
	}
	return start.Add(s.event.End.Sub(s.event.Start))
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
