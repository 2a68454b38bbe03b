package activity

import (
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// zoneInput is read by operations that show days.
type zoneInput struct {
	TimeZone string `query:"time_zone" doc:"IANA time zone for day boundaries; default UTC"`
}

// zone is UTC, too, for a name that is not known.
func (in zoneInput) zone() *time.Location {
	zone, err := recurrence.Zone(in.TimeZone)
	if err != nil {
		return time.UTC
	}
	return zone
}

// parseDate reads a date in the forms of ISO 8601 that the former system took, a time after it left aside: 2026-03-01,
// 20260301, 2026-W09-7, 2026W097, and weeks without a day for their Monday.
func parseDate(text string) (date time.Time, ok bool) {
	text, _, _ = strings.Cut(strings.Replace(strings.TrimSpace(text), " ", "T", 1), "T")
	for _, layout := range []string{time.DateOnly, "20060102"} {
		if date, err := time.Parse(layout, text); err == nil {
			return date, inCalendar(date)
		}
	}
	return parseWeekDate(strings.ReplaceAll(text, "-", ""))
}

// parseWeekDate reads 2026W09 and 2026W097.
func parseWeekDate(text string) (date time.Time, ok bool) {
	if len(text) == 7 {
		text += "1"
	}
	if len(text) != 8 || text[4] != 'W' {
		return time.Time{}, false
	}
	year, ok1 := number(text[:4])
	week, ok2 := number(text[5:7])
	day, ok3 := number(text[7:])
	if !ok1 || !ok2 || !ok3 || week < 1 || day < 1 || day > 7 {
		return time.Time{}, false
	}
	fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC) // is in the first week
	date = fourth.AddDate(0, 0, (week-1)*7+day-1-(int(fourth.Weekday())+6)%7)
	isoYear, isoWeek := date.ISOWeek()
	return date, isoYear == year && isoWeek == week && inCalendar(date)
}

func number(digits string) (n int, ok bool) {
	for _, d := range digits {
		if d < '0' || d > '9' {
			return 0, false
		}
		n = n*10 + int(d-'0')
	}
	return n, true
}
