package icalendar_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// generator makes calendars as programs write them, with all kinds of events whose names tell what is special about
// them.
type generator struct {
	*rand.Rand
	lines []string
	event int
}

// definitions are definitions of zones as in calendars. The first ones have well-known names, the others do not.
var definitions = map[string]string{
	"Europe/Berlin": yearly("Europe/Berlin", "+0100", "+0200", "3;BYDAY=-1SU", "T020000", "10;BYDAY=-1SU",
		"T030000"),
	"Europe/London": yearly("Europe/London", "+0000", "+0100", "3;BYDAY=-1SU", "T010000", "10;BYDAY=-1SU",
		"T020000"),
	"America/New_York": yearly("America/New_York", "-0500", "-0400", "3;BYDAY=2SU", "T020000", "11;BYDAY=1SU",
		"T020000"),
	"America/Los_Angeles": yearly("America/Los_Angeles", "-0800", "-0700", "3;BYDAY=2SU", "T020000", "11;BYDAY=1SU",
		"T020000"),
	"America/St_Johns": yearly("America/St_Johns", "-0330", "-0230", "3;BYDAY=2SU", "T020000", "11;BYDAY=1SU",
		"T020000"),
	"Australia/Sydney": yearly("Australia/Sydney", "+1000", "+1100", "10;BYDAY=1SU", "T020000", "4;BYDAY=1SU",
		"T030000"),
	"Australia/Lord_Howe": yearly("Australia/Lord_Howe", "+1030", "+1100", "10;BYDAY=1SU", "T020000", "4;BYDAY=1SU",
		"T020000"),
	"Pacific/Auckland": yearly("Pacific/Auckland", "+1200", "+1300", "9;BYDAY=-1SU", "T020000", "4;BYDAY=1SU",
		"T030000"),
	"Asia/Tokyo":     always("Asia/Tokyo", "+0900"),
	"Asia/Kathmandu": always("Asia/Kathmandu", "+0545"),
	"Our Zone":       yearly("Our Zone", "+0200", "+0300", "4;BYDAY=-1FR", "T000000", "9;BYDAY=2SA", "T230000"),
	"Half Past":      always("Half Past", "-0930"),
	"Listed": `BEGIN:VTIMEZONE
TZID:Listed
BEGIN:STANDARD
DTSTART:20231029T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RDATE:20241027T030000,20251026T030000
RDATE:20261025T030000,20271031T030000
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20230326T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RDATE:20240331T020000,20250330T020000,20260329T020000,20270328T020000
END:DAYLIGHT
END:VTIMEZONE`,
}

var zoneIDs = []string{
	"Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "America/St_Johns", "Australia/Sydney",
	"Australia/Lord_Howe", "Pacific/Auckland", "Asia/Tokyo", "Asia/Kathmandu", "Our Zone", "Half Past", "Listed",
}

func yearly(id, standard, daylight, begins, at, ends, atEnd string) string {
	return fmt.Sprintf(`BEGIN:VTIMEZONE
TZID:%[1]s
BEGIN:STANDARD
DTSTART:19701101%[7]s
TZOFFSETFROM:%[3]s
TZOFFSETTO:%[2]s
RRULE:FREQ=YEARLY;BYMONTH=%[6]s
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19700301%[5]s
TZOFFSETFROM:%[2]s
TZOFFSETTO:%[3]s
RRULE:FREQ=YEARLY;BYMONTH=%[4]s
END:DAYLIGHT
END:VTIMEZONE`, id, standard, daylight, begins, at, ends, atEnd)
}

func always(id, offset string) string {
	return fmt.Sprintf(`BEGIN:VTIMEZONE
TZID:%[1]s
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:%[2]s
TZOFFSETTO:%[2]s
END:STANDARD
END:VTIMEZONE`, id, offset)
}

func (g *generator) add(format string, args ...any) {
	g.lines = append(g.lines, fmt.Sprintf(format, args...))
}

func pick[T any](g *generator, list ...T) T { return list[g.IntN(len(list))] }

// calendar makes a calendar with a number of events.
func (g *generator) calendar(events int) string {
	g.lines = nil
	g.add("BEGIN:VCALENDAR")
	g.add("VERSION:2.0")
	g.add("PRODID:-//Notechondria//Tests//EN")
	for _, id := range zoneIDs {
		g.lines = append(g.lines, strings.Split(definitions[id], "\n")...)
	}
	for range events {
		g.event++
		g.one()
	}
	g.add("END:VCALENDAR")
	return strings.Join(g.lines, "\r\n") + "\r\n"
}

const (
	clockLayout = "20060102T150405"
	dayLayout   = "20060102"
)

// one makes an event, or a series with its changes.
func (g *generator) one() {
	start := time.Date(2024+g.IntN(3), time.Month(1+g.IntN(12)), 1+g.IntN(28), 0, 0, 0, 0, time.UTC)
	if g.IntN(3) == 0 { // in the days around clock changes
		start = pick(g, time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 4, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)).AddDate(0, 0,
			-g.IntN(15))
	}
	name, day := fmt.Sprintf("%d", g.event), g.IntN(5) == 0
	zone := pick(g, zoneIDs...)
	if g.IntN(6) == 0 {
		zone = pick(g, "Z", "")
	}
	if !day {
		if zone != "" {
			name += " in " + zone + ","
		}
		start = start.Add(pick(g, time.Duration(g.IntN(24*12))*5*time.Minute, 2*time.Hour+30*time.Minute, 2*time.Hour,
			90*time.Minute, 3*time.Hour))
	}
	g.add("BEGIN:VEVENT")
	g.add("UID:event-%d@example.org", g.event)
	g.add("DTSTAMP:20260101T000000Z")
	g.time("DTSTART", zone, start, day)
	length := time.Duration(1+g.IntN(30)) * 10 * time.Minute
	switch kind := g.IntN(4); {
	case day:
		length = time.Duration(1+g.IntN(3)) * 24 * time.Hour
		g.time("DTEND", zone, start.Add(length), true)
	case kind == 0:
		g.add("DURATION:PT%dM", length/time.Minute)
	case kind == 1 && g.IntN(4) == 0:
		g.add("DURATION:P1DT%dM", length/time.Minute)
		name += " days"
	default:
		g.time("DTEND", zone, start.Add(length), false)
	}
	var starts []time.Time
	if g.IntN(5) > 0 {
		starts = g.repetition(&name, zone, start, day)
	}
	g.add("SUMMARY:%s", name)
	g.add("END:VEVENT")
	if len(starts) == 0 || day && g.IntN(2) == 0 {
		return
	}
	taken := map[int]bool{}
	for range g.IntN(3) {
		i := g.IntN(len(starts))
		if taken[i] {
			continue
		}
		taken[i] = true
		g.changed(name, zone, starts[i], length, day)
	}
}

// changed moves an occurrence of a series, or cancels it.
func (g *generator) changed(name, zone string, original time.Time, length time.Duration, day bool) {
	g.add("BEGIN:VEVENT")
	g.add("UID:event-%d@example.org", g.event)
	g.add("DTSTAMP:20260101T000000Z")
	g.time("RECURRENCE-ID", zone, original, day)
	moved := original.Add(time.Duration(g.IntN(7)-3) * 24 * time.Hour)
	if !day {
		moved = moved.Add(time.Duration(g.IntN(36)) * 5 * time.Minute)
	}
	g.time("DTSTART", zone, moved, day)
	g.time("DTEND", zone, moved.Add(length), day)
	if g.IntN(4) == 0 {
		g.add("STATUS:CANCELLED")
	}
	g.add("SUMMARY:%s moved", name)
	g.add("END:VEVENT")
}

func (g *generator) time(property, zone string, t time.Time, day bool) {
	switch {
	case day:
		g.add("%s;VALUE=DATE:%s", property, t.Format(dayLayout))
	case zone == "Z":
		g.add("%s:%sZ", property, t.Format(clockLayout))
	case zone == "":
		g.add("%s:%s", property, t.Format(clockLayout))
	default:
		g.add("%s;TZID=%s:%s", property, zone, t.Format(clockLayout))
	}
}

// repetition adds a rule and single dates, and returns starts that the rule is known to produce.
func (g *generator) repetition(name *string, zone string, start time.Time, day bool) (starts []time.Time) {
	interval := pick(g, 1, 1, 1, 2, 3, 5)
	weekday := strings.ToUpper(start.Weekday().String()[:2])
	rule, step := "", time.Duration(0)
	switch pick(g, 0, 0, 1, 1, 2, 3) {
	case 0:
		rule, step = "FREQ=DAILY", 24*time.Hour
		if g.IntN(4) == 0 {
			rule, step = rule+";BYMONTH="+pick(g, "3,4", "10,11", "1,3,5,7,9,11"), 0
			*name += " unsynchronized"
		}
	case 1:
		rule, step = "FREQ=WEEKLY", 7*24*time.Hour
		if g.IntN(2) == 0 {
			rule, step = rule+";BYDAY="+pick(g, "MO,WE,FR", "SU,SA", "TU,TH", "MO,TU,WE,TH,FR")+pick(g, "", ";WKST=SU",
				";WKST=WE"), 0
			*name += " unsynchronized"
		} else if g.IntN(4) == 0 {
			rule += ";BYDAY=" + weekday
		}
	case 2:
		rule = "FREQ=MONTHLY" + pick(g, "", ";BYMONTHDAY="+fmt.Sprint(start.Day()),
			";BYDAY="+fmt.Sprint((start.Day()-1)/7+1)+weekday,
			";BYMONTHDAY=-1,15", ";BYDAY=-1FR", ";BYDAY=1MO,3MO", ";BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
			";BYDAY=SU;BYMONTHDAY=1,2,3,4,5,6,7",
			";BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,2")
		if strings.Contains(rule, ";") {
			*name += " unsynchronized"
		}
	case 3:
		rule = "FREQ=YEARLY" + pick(g, "", ";BYMONTH="+fmt.Sprint(int(start.Month())), ";BYMONTH=3,10;BYDAY=-1SU",
			";BYYEARDAY=1,100,-1",
			";BYWEEKNO=10,40;BYDAY=WE", ";BYDAY=5MO", ";BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8")
		if strings.Contains(rule, "BYDAY") || strings.Contains(rule, "BYYEARDAY") {
			*name += " unsynchronized"
		}
	}
	if interval > 1 {
		rule += fmt.Sprintf(";INTERVAL=%d", interval)
	}
	count := 1000
	switch g.IntN(3) {
	case 0:
		count = 2 + g.IntN(40)
		*name += " counted"
		rule += fmt.Sprintf(";COUNT=%d", count)
	case 1:
		rule += g.until(zone, start.AddDate(0, 0, 5+g.IntN(700)), day)
	}
	g.add("RRULE:%s", rule)
	for i := 1; step > 0 && i < min(count, 30); i++ {
		if at := start.Add(time.Duration(i*interval) * step); !strings.Contains(rule, "UNTIL") || i < 3 {
			starts = append(starts, at)
		}
	}
	if step == 0 || strings.Contains(rule, "UNTIL") {
		starts = nil
	}
	g.dates(zone, start, starts, day)
	return starts
}

// until is an end: a date for whole days, a time without zone for such times, otherwise in UTC.
func (g *generator) until(zone string, end time.Time, day bool) string {
	switch {
	case day:
		return ";UNTIL=" + end.Format(dayLayout)
	case zone == "":
		return ";UNTIL=" + end.Format(clockLayout)
	}
	return ";UNTIL=" + end.Format(clockLayout) + "Z"
}

// dates adds single dates to a series, and removes some.
func (g *generator) dates(zone string, start time.Time, starts []time.Time, day bool) {
	if len(starts) > 0 && g.IntN(2) == 0 {
		for range 1 + g.IntN(4) {
			g.time("EXDATE", zone, pick(g, starts...), day)
		}
	}
	if g.IntN(5) == 0 {
		extra := start.AddDate(0, 0, 1+g.IntN(90))
		if !day {
			extra = extra.Add(time.Duration(g.IntN(12)) * 7 * time.Minute)
		}
		g.time("RDATE", zone, extra, day)
	}
}
