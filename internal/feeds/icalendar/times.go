package icalendar

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// moment is a time of a calendar: a point in time, with the zone whose clock it was written by, or a whole day.
type moment struct {
	time.Time // in UTC; of a day its midnight
	day       bool
	zone      zone
}

var (
	errTime = errors.New("this is no date or time")
	utc     = zone{location: time.UTC}
	layouts = []string{"20060102T150405", "20060102T1504", "2006-01-02T15:04:05", "2006-01-02T15:04"}
	day     = []string{"20060102", "2006-01-02"}
	period  = regexp.MustCompile(`^([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,5})D)?` +
		`(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$`)
	earliest = time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(9999, time.December, 30, 0, 0, 0, 0, time.UTC)
)

// moment reads a date, or a date and time: with Z in UTC, else in the zone that the property names, else in that of the
// calendar.
func (z *zones) moment(p property) (moment, error) {
	text := strings.ToUpper(strings.TrimSpace(p.value))
	for _, layout := range day {
		if t, err := time.Parse(layout, text); err == nil {
			return inRange(moment{Time: t, day: true, zone: utc})
		}
	}
	where := utc
	clock, inUTC := strings.CutSuffix(text, "Z")
	if !inUTC {
		where = z.find(p.zone)
	}
	for _, layout := range layouts {
		if t, err := time.ParseInLocation(layout, clock, where.location); err == nil {
			return inRange(moment{Time: t.UTC(), zone: where})
		}
	}
	return moment{}, errTime
}

// inRange keeps out what the databases or the clients can't read.
func inRange(m moment) (moment, error) {
	if m.Before(earliest) || m.After(latest) {
		return moment{}, errTime
	}
	return m, nil
}

// span is the length of an event: days by the calendar, the rest by the clock.
type span struct {
	days  int
	clock time.Duration
}

func parseSpan(text string) (span, error) {
	parts := period.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(text)))
	if parts == nil || parts[1] == "-" {
		return span{}, errTime
	}
	number := func(i int) int { n, _ := strconv.Atoi(parts[i]); return n } // "" is 0
	return span{
		days:  7*number(2) + number(3),
		clock: time.Duration(number(4)*3600+number(5)*60+number(6)) * time.Second,
	}, nil
}

func (s span) after(m moment) time.Time {
	return m.In(m.zone.location).AddDate(0, 0, s.days).Add(s.clock).UTC()
}
