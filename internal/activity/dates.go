package activity

import "time"

// A date is a day of the calendar wherever one is, held as its midnight in UTC. When it begins depends on the zone.

// today is the date in a zone.
func today(zone *time.Location) time.Time { return dateOf(time.Now(), zone) }

// dateOf is the date of a point in time in a zone.
func dateOf(t time.Time, zone *time.Location) time.Time {
	year, month, day := t.In(zone).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// beginning is when a date begins in a zone.
func beginning(date time.Time, zone *time.Location) time.Time {
	year, month, day := date.Date()
	midnight := time.Date(year, month, day, 0, 0, 0, 0, zone)
	if midnight.Day() != day { // the clocks skip it: this is the day before, which lasts until they do
		_, midnight = midnight.ZoneBounds()
	}
	return midnight
}

// inCalendar leaves room for the weeks before and after in the years that can be stored.
func inCalendar(date time.Time) bool { return date.Year() >= 2 && date.Year() <= 9998 }

// dateText writes a date as 2026-03-01.
func dateText(date time.Time) string { return date.Format(time.DateOnly) }
