package recurrence

import (
	"iter"
	"regexp"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// Series is a first start that repeats by a rule. It keeps the clock time of the start in the zone when clocks change.
type Series struct {
	Rule  Rule
	Start time.Time // the first occurrence, whether the rule names it or not; COUNT counts it
	Zone  *time.Location
	Extra []time.Time // RDATE: further starts
	Skip  []time.Time // EXDATE: starts that do not happen
	Until time.Time   // what Last returned, where it is known: occurrences need not be counted then. Zero otherwise
}

// Between returns the starts at or after from and before to, in order: at most limit of them, and none that is more
// than a hundred years after the one before it.
func (s Series) Between(from, to time.Time, limit int) []time.Time {
	skipped := make(map[int64]bool, len(s.Skip))
	for _, t := range s.Skip {
		skipped[t.UnixMicro()] = true
	}
	wanted := func(t time.Time) bool { return !t.Before(from) && t.Before(to) && !skipped[t.UnixMicro()] }
	var found []time.Time
	for t := range s.starts(from) {
		if !t.Before(to) || len(found) == limit {
			break
		}
		if wanted(t) {
			found = append(found, t)
		}
	}
	for _, t := range s.Extra {
		if wanted(t) {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, time.Time.Compare)
	found = slices.CompactFunc(found, time.Time.Equal)
	return found[:min(len(found), limit)]
}

// Has reports whether t is a start of the series.
func (s Series) Has(t time.Time) bool {
	return len(s.Between(t, t.Add(time.Microsecond), 1)) == 1
}

// Last returns a time after which no occurrence starts: the last start of a rule with COUNT, UNTIL where a rule has it.
// A series without end is endless.
func (s Series) Last() (last time.Time, endless bool) {
	last = s.Start
	switch {
	case s.Rule.count > 0:
		for t := range s.starts(s.Start) {
			last = t
		}
	case !s.Rule.until.IsZero():
		last = s.Rule.until
		if !s.Rule.untilUTC {
			last = inZone(last, s.Zone)
		}
	default:
		for t := range s.starts(s.Start) {
			if t.After(s.Start) {
				return time.Time{}, true
			}
		}
	}
	for _, t := range s.Extra {
		last = later(last, t)
	}
	return later(last, s.Start).UTC(), false
}

// RRULE is the rule for a calendar in which the start has a zone: RFC 5545 wants UNTIL in UTC there.
func (s Series) RRULE() string {
	if s.Rule.until.IsZero() || s.Rule.untilUTC {
		return s.Rule.text
	}
	until := inZone(s.Rule.until, s.Zone).UTC().Format(rrule.DateTimeFormat)
	return untilPart.ReplaceAllString(s.Rule.text, "UNTIL="+until)
}

var untilPart = regexp.MustCompile(`UNTIL=[^;]*`)

// Moved returns the time that stands to another series as t does to this one: as long after the start, by the clock.
func (s Series) Moved(t time.Time, other Series) time.Time {
	shift := clock(other.Start, other.Zone).Sub(clock(s.Start, s.Zone))
	return inZone(clock(t, s.Zone).Add(shift), other.Zone).UTC()
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// starts yields the start, then the others that the rule gives, in order. Those before from may be left out.
func (s Series) starts(from time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		if !yield(s.Start.UTC()) {
			return
		}
		start := clock(s.Start, s.Zone)
		fraction := start.Sub(start.Truncate(time.Second)) // the library knows seconds only
		start = start.Truncate(time.Second)
		counting := s.Rule.count > 0 && s.Until.IsZero()
		option := s.Rule.explicit(start)
		if !counting {
			option.Dtstart = forward(option, clock(from, s.Zone))
		}
		years := inLastCycle(&option)
		rule, err := rrule.NewRRule(option)
		if err != nil { // a rule that was not made by Parse
			return
		}
		next, previous, count := rule.Iterator(), start, 1
		for t, ok := next(); ok && !(counting && count == s.Rule.count); t, ok = next() {
			t = addYears(t, -years)
			if s.Rule.after(t, s.Zone) {
				return
			}
			if !t.After(previous) { // the start itself, or a time that BYHOUR names twice
				continue
			}
			previous, count = t, count+1
			at := inZone(t.Add(fraction), s.Zone).UTC()
			if !s.Until.IsZero() && at.After(s.Until) || !yield(at) {
				return
			}
		}
	}
}

// after reports whether a clock time of the zone is past UNTIL.
func (r Rule) after(t time.Time, zone *time.Location) bool {
	switch {
	case r.until.IsZero():
		return false
	case r.untilUTC:
		return inZone(t, zone).After(r.until)
	}
	return t.After(r.until)
}

// cycle is how many years it takes the calendar to repeat itself with all days of the week.
const cycle = 400

const (
	lastYear = 9999 // at which the library gives up
	reach    = 100  // years that it looks ahead at least; at most a cycle more
)

// inLastCycle moves the start of a rule by some cycles, and returns by how many years. The library looks for the next
// match up to the year 9999, however long that takes: so it is asked about years that leave it some hundreds at most.
func inLastCycle(o *rrule.ROption) (years int) {
	years = max(lastYear-reach-o.Dtstart.Year(), 0) / cycle * cycle
	o.Dtstart = addYears(o.Dtstart, years)
	return years
}

// explicit is the rule for the library, with everything that it takes from the start: a later start must not change it.
func (r Rule) explicit(start time.Time) rrule.ROption {
	o := r.option
	o.Dtstart = start
	o.Interval = max(o.Interval, 1)
	if len(o.Byweekno) == 0 && len(o.Byyearday) == 0 && len(o.Bymonthday) == 0 && len(o.Byweekday) == 0 {
		switch o.Freq {
		case rrule.YEARLY:
			if len(o.Bymonth) == 0 {
				o.Bymonth = []int{int(start.Month())}
			}
			o.Bymonthday = []int{start.Day()}
		case rrule.MONTHLY:
			o.Bymonthday = []int{start.Day()}
		case rrule.WEEKLY:
			o.Byweekday = []rrule.Weekday{weekdays[start.Weekday()]}
		}
	}
	if len(o.Byhour) == 0 {
		o.Byhour = []int{start.Hour()}
	}
	if len(o.Byminute) == 0 {
		o.Byminute = []int{start.Minute()}
	}
	if len(o.Bysecond) == 0 {
		o.Bysecond = []int{start.Second()}
	}
	return o
}

var weekdays = map[time.Weekday]rrule.Weekday{
	time.Monday: rrule.MO, time.Tuesday: rrule.TU, time.Wednesday: rrule.WE, time.Thursday: rrule.TH,
	time.Friday: rrule.FR, time.Saturday: rrule.SA, time.Sunday: rrule.SU,
}

// forward returns the beginning of a day at least one day, week, month or year before from, whole intervals after the
// start; the start itself when from is not later than that.
func forward(o rrule.ROption, from time.Time) time.Time {
	start := o.Dtstart
	year, month, day := start.Date()
	days := int((from.Unix() - start.Unix()) / (24 * 60 * 60))
	intervals := func(passed int) int { return (passed - 1) / o.Interval * o.Interval }
	var moved int
	switch o.Freq {
	case rrule.DAILY:
		moved = intervals(days)
		day += moved
	case rrule.WEEKLY:
		moved = intervals(days / 7)
		day += 7 * moved
	case rrule.MONTHLY:
		moved = intervals((from.Year()-year)*12 + int(from.Month()-month))
		month, day = month+time.Month(moved), 1
	case rrule.YEARLY:
		moved = intervals(from.Year() - year)
		year, month, day = year+moved, time.January, 1
	}
	if moved <= 0 {
		return start
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// clock is what clocks in the zone show at t, written as UTC.
func clock(t time.Time, zone *time.Location) time.Time { return inZone(t.In(zone), time.UTC) }

// inZone is the time at which clocks in the zone show what t says: the first one, where they show it twice.
func inZone(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	found := time.Date(year, month, day, hour, minute, second, t.Nanosecond(), zone)
	change, _ := found.ZoneBounds()
	if change.IsZero() {
		return found
	}
	_, before := change.Add(-time.Second).Zone()
	_, now := found.Zone()
	if first := found.Add(time.Duration(now-before) * time.Second); now < before && first.Before(change) {
		return first
	}
	return found
}

func addYears(t time.Time, years int) time.Time {
	return time.Date(t.Year()+years, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
