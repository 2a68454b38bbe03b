package recurrence

import "time"

const (
	// longestChange is more than any zone ever moved its clocks at once: Samoa left out a whole day.
	longestChange = 25 * time.Hour
	// farthest is more than clocks of any zone differ from UTC.
	farthest = 19 * time.Hour
)

// Clock is what clocks in the zone show at t, written as UTC.
func Clock(t time.Time, zone *time.Location) time.Time {
	return t.UTC().Add(offsetAt(t, zone))
}

// At is the time at which clocks in the zone show what clock says, written as UTC. Of a time that they show twice it is
// the first one; a time that they skip is read as if they had not been changed yet (RFC 5545, 3.3.5).
func At(clock time.Time, zone *time.Location) time.Time {
	before, after := offsetAt(clock.Add(-farthest), zone), offsetAt(clock.Add(farthest), zone)
	first := clock.UTC().Add(-before)
	if before == after || offsetAt(first, zone) == before {
		return first
	}
	if last := clock.UTC().Add(-after); offsetAt(last, zone) == after {
		return last
	}
	return first
}

func offsetAt(t time.Time, zone *time.Location) time.Duration {
	_, offset := t.In(zone).Zone()
	return time.Duration(offset) * time.Second
}

// changedBefore reports whether clocks were put forward shortly before t: then a time that they skip may come after it.
func changedBefore(t time.Time, zone *time.Location) bool {
	return offsetAt(t, zone) != offsetAt(t.Add(-longestChange), zone)
}

// NextChange returns when clocks of a zone are changed next after t, and before another time. (time.Time.ZoneBounds
// alone does not tell: far in the future it gives ends of years, too, and on the last day of a leap year the past.)
func NextChange(t, until time.Time, zone *time.Location) (change time.Time, ok bool) {
	t = t.In(zone)
	for t.Before(until) {
		_, end := t.ZoneBounds()
		switch {
		case end.IsZero() || !end.Before(until):
			return time.Time{}, false
		case !end.After(t):
			t = t.Add(24 * time.Hour)
		case sameClock(end.Add(-time.Second), end):
			t = end
		default:
			return end, true
		}
	}
	return time.Time{}, false
}

// sameClock reports whether nothing is changed between two times.
func sameClock(a, b time.Time) bool {
	nameA, offsetA := a.Zone()
	nameB, offsetB := b.Zone()
	return nameA == nameB && offsetA == offsetB && a.IsDST() == b.IsDST()
}
