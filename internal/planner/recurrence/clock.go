package recurrence

import "time"

// longestChange is more than any zone ever moved its clocks at once: Samoa left out a whole day.
const longestChange = 25 * time.Hour

// Clock is what clocks in the zone show at t, written as UTC.
func Clock(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// At is the time at which clocks in the zone show what clock says, written as UTC. Of a time that they show twice it is
// the first one; a time that they skip is read as if they had not been changed yet (RFC 5545, 3.3.5).
func At(clock time.Time, zone *time.Location) time.Time {
	if zone == time.UTC {
		return clock
	}
	t := clock.Add(-longestChange).In(zone)
	_, end := t.ZoneBounds()
	for {
		_, offset := t.Zone()
		read := clock.Add(-time.Duration(offset) * time.Second)
		if end.IsZero() || read.Before(end) {
			return read.UTC()
		}
		// The clocks have been changed before they show it, or it is skipped: then it is past the change by the old
		// offset, and before it by the new one.
		_, next := end.Zone()
		if clock.Add(-time.Duration(next) * time.Second).Before(end) {
			return read.UTC()
		}
		t = end
		_, end = t.ZoneBounds()
	}
}
