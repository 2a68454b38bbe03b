package recurrence

import (
	"iter"
	"slices"
	"strings"
	"time"
)

// Series is a first start that repeats by a rule. It keeps the clock time of the start in the zone when clocks change.
type Series struct {
	Rule   Rule
	Start  time.Time // the first occurrence, whether the rule names it or not; COUNT counts it
	Zone   *time.Location
	Clock  time.Time   // what the start is called, written as UTC, where that is a time which clocks skip; else zero
	More   []Rule      // further RRULEs
	Except []Rule      // EXRULE: rules that give starts which do not happen
	Extra  []time.Time // RDATE: further starts
	Skip   []time.Time // EXDATE: starts that do not happen
	Until  time.Time   // what Last returned, where it is known: occurrences need not be counted then. Zero otherwise
}

// maxExcepted bounds what is followed of a rule that takes starts away.
const maxExcepted = 100_000

// Between returns the starts at or after from and before to, in order: at most limit of them, and none that is more
// than four hundred years after the one before it.
func (s Series) Between(from, to time.Time, limit int) []time.Time {
	skipped := s.skipped(from, to)
	wanted := func(t time.Time) bool { return !t.Before(from) && t.Before(to) && !skipped[t.UnixMicro()] }
	var found []time.Time
	for _, rule := range s.rules() {
		number := 0
		for t := range s.starts(rule, from) {
			if (!t.Before(to) || number >= limit) && !changedBefore(t, s.Zone) {
				break
			}
			if wanted(t) {
				found, number = append(found, t), number+1
			}
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

func (s Series) skipped(from, to time.Time) map[int64]bool {
	skipped := make(map[int64]bool, len(s.Skip))
	for _, t := range s.Skip {
		skipped[t.UnixMicro()] = true
	}
	for _, rule := range s.Except {
		left := maxExcepted
		for t := range s.given(rule, from) {
			if left--; left < 0 || !t.Before(to.Add(longestChange)) {
				break
			}
			skipped[t.UnixMicro()] = true
		}
	}
	return skipped
}

// rules are those that give starts. Where there are none, the zero rule stands for the start alone.
func (s Series) rules() []Rule { return append([]Rule{s.Rule}, s.More...) }

// clock is what the start is called.
func (s Series) clock() time.Time {
	if !s.Clock.IsZero() {
		return s.Clock
	}
	return Clock(s.Start, s.Zone)
}

// Has reports whether t is a start of the series.
func (s Series) Has(t time.Time) bool {
	return len(s.Between(t, t.Add(time.Microsecond), 1)) == 1
}

// Last returns a time after which no occurrence starts: the last start of a rule with COUNT, UNTIL where a rule has it.
// A series without end is endless.
func (s Series) Last() (last time.Time, endless bool) {
	last = s.Start
	for _, rule := range s.rules() {
		end, endless := s.lastOf(rule)
		if endless {
			return time.Time{}, true
		}
		last = later(last, end)
	}
	for _, t := range s.Extra {
		last = later(last, t)
	}
	return last.UTC(), false
}

func (s Series) lastOf(rule Rule) (last time.Time, endless bool) {
	last = s.Start
	switch {
	case rule.count > 0:
		s.Until = time.Time{}
		for t := range s.starts(rule, s.Start) {
			last = t
		}
	case !rule.until.IsZero():
		last = rule.until
		if !rule.untilUTC {
			last = At(last, s.Zone)
		}
	default:
		for t := range s.starts(rule, s.Start) {
			if t.After(s.Start) {
				return time.Time{}, true
			}
		}
	}
	return last, false
}

// Moved returns the time that stands to another series as t does to this one: as long after the start, by the clock.
func (s Series) Moved(t time.Time, other Series) time.Time {
	shift := Clock(other.Start, other.Zone).Sub(Clock(s.Start, s.Zone))
	return At(Clock(t, s.Zone).Add(shift), other.Zone)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// starts yields the start, then the others that a rule gives, in order but for those that clocks skip. Those before
// from may be left out.
func (s Series) starts(rule Rule, from time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		if !yield(s.Start.UTC()) {
			return
		}
		for t := range s.given(rule, from) {
			if t.After(s.Start) && !yield(t) {
				return
			}
		}
	}
}

// given yields what a rule gives from the start on. The start itself counts for a rule that stands alone, and for one
// of several that names it.
func (s Series) given(rule Rule, from time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		start := s.clock()
		fraction := start.Sub(start.Truncate(time.Second)) // rules know seconds only
		start = start.Truncate(time.Second)
		early := Clock(from, s.Zone).Add(-longestChange)
		counting := rule.count > 0 && (s.Until.IsZero() || len(s.More) > 0)
		follow, count, ended := early, 0, false
		if counting {
			follow = start
			if len(s.More) == 0 {
				count = 1
			}
		}
		end := int64(endOfTime)
		if !rule.until.IsZero() && !rule.untilUTC {
			end = rule.until.Unix()
		}
		rule.expand(start, follow, func(clock int64) bool {
			if clock > end {
				return false
			}
			if counting && (clock > start.Unix() || len(s.More) > 0) {
				count++
			}
			ended = counting && count >= rule.count
			if counting && count > rule.count {
				return false
			}
			if !ended && clock < early.Unix() {
				return true
			}
			t := At(time.Unix(clock, 0).UTC().Add(fraction), s.Zone)
			if rule.untilUTC && t.After(rule.until) || !s.Until.IsZero() && t.After(s.Until) {
				return changedBefore(t, s.Zone) && !ended
			}
			return yield(t) && !ended
		})
	}
}

// RRULE is the rule for other programs. RFC 5545 wants UNTIL in UTC where the start has a zone, and programs differ in
// what they take from the start.
func (s Series) RRULE() string {
	text := s.Rule.text
	if !s.Rule.until.IsZero() && !s.Rule.untilUTC {
		text = replacePart(text, "UNTIL", At(s.Rule.until, s.Zone).Format(utcLayout))
	}
	if s.Rule.count > 0 && !s.Synchronized() {
		last, _ := s.Last()
		if len(s.Rule.hours) == 0 { // some programs compare by the clock of another season
			last = last.Add(2 * time.Hour)
		}
		text = replacePart(text, "COUNT", "")
		text += ";UNTIL=" + last.Format(utcLayout)
	}
	if explicit := s.Rule.explicit(s.clock()); len(s.Rule.weekNos) > 0 && len(explicit.days) > len(s.Rule.days) {
		text += ";BYDAY=" + dayNames[explicit.days[0].day]
	}
	return text
}

// Synchronized reports whether the rule itself gives the start of the series.
func (s Series) Synchronized() bool {
	start := s.clock().Truncate(time.Second)
	first := int64(0)
	s.Rule.expand(start, start, func(clock int64) bool { first = clock; return false })
	return first == start.Unix()
}

// replacePart gives a part of a rule another value, or leaves the part out.
func replacePart(text, name, value string) string {
	var parts []string
	for part := range strings.SplitSeq(text, ";") {
		if strings.HasPrefix(part, name+"=") {
			if value == "" {
				continue
			}
			part = name + "=" + value
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ";")
}

// ClockOf is what the rule calls a start of the series: what clocks show then, or the time that they skip and for
// which the start stands.
func (s Series) ClockOf(t time.Time) time.Time {
	shown := Clock(t, s.Zone)
	if t.Equal(s.Start) {
		return s.clock()
	}
	if !changedBefore(t, s.Zone) {
		return shown
	}
	start := s.clock()
	s.Rule.expand(start.Truncate(time.Second), shown.Add(-longestChange), func(clock int64) bool {
		called := time.Unix(clock, 0).UTC()
		if At(called, s.Zone).Equal(t.Truncate(time.Second)) {
			shown = called
			return false
		}
		return !called.After(shown)
	})
	return shown
}
