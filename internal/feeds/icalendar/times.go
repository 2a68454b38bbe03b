package icalendar

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// moment is a time in a calendar: a point in time with the local time of its zone, or a whole day.
type moment struct {
	at    time.Time // in UTC; for a day, and for a time without zone, the local time
	clock time.Time // local time, written as UTC
	day   bool
	zone  zone
}

var (
	errTime  = errors.New("this is no date or time")
	earliest = time.Date(1, time.January, 2, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(9999, time.December, 30, 0, 0, 0, 0, time.UTC)
)

// written is a date, or a date and time, as written in a text.
type written struct {
	clock time.Time // written as UTC
	day   bool      // without a time
	zoned bool      // with Z, or with an offset from UTC
	east  int       // that offset in seconds
}

// parseTime reads a date, or a date and time, in the basic or the extended format; parts of the time may be missing,
// and an offset from UTC may replace Z.
func parseTime(text string) (w written, err error) {
	rest := strings.ToUpper(strings.TrimSpace(text))
	year, rest, ok1 := digits(rest, 4)
	rest, dashed := strings.CutPrefix(rest, "-")
	month, rest, ok2 := digits(rest, 2)
	if dashed {
		rest, dashed = strings.CutPrefix(rest, "-")
		ok2 = ok2 && dashed
	}
	day, rest, ok3 := digits(rest, 2)
	if !ok1 || !ok2 || !ok3 {
		return written{}, errTime
	}
	w.clock = time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if w.clock.Day() != day || int(w.clock.Month()) != month {
		return written{}, errTime
	}
	if rest == "" {
		w.day = true
		return w, nil
	}
	if rest[0] != 'T' && rest[0] != ' ' {
		return written{}, errTime
	}
	seconds, rest, ok := parseClock(rest[1:])
	if !ok {
		return written{}, errTime
	}
	w.clock = w.clock.Add(time.Duration(seconds) * time.Second)
	rest = strings.TrimSpace(rest)
	switch {
	case rest == "":
	case rest == "Z":
		w.zoned = true
	default:
		w.zoned = true
		if w.east, err = parseOffset(rest); err != nil || rest[0] != '+' && rest[0] != '-' {
			return written{}, errTime
		}
	}
	return w, nil
}

// parseClock reads 09, 0930, 093000, 09:30:00 and 09:30:00.5 as seconds since midnight, up to the end of the day.
func parseClock(text string) (seconds int, rest string, ok bool) {
	limits, unit := [3]int{24, 59, 60}, 3600
	for i, limit := range limits {
		part, after, found := digits(text, 2)
		if !found || part > limit {
			return 0, "", false
		}
		seconds += min(part, 59) * unit // a leap second becomes the one before
		text, unit = after, unit/60
		if i == len(limits)-1 || text == "" || text[0] != ':' && (text[0] < '0' || text[0] > '9') {
			break
		}
		text = strings.TrimPrefix(text, ":")
	}
	if fraction, found := strings.CutPrefix(text, "."); found {
		text = strings.TrimLeft(fraction, "0123456789")
	}
	return seconds, text, seconds <= 24*3600
}

// digits reads a number with that many digits at the beginning of a text.
func digits(text string, count int) (number int, rest string, ok bool) {
	if len(text) < count {
		return 0, text, false
	}
	for i := range count {
		if text[i] < '0' || text[i] > '9' {
			return 0, text, false
		}
		number = number*10 + int(text[i]-'0')
	}
	return number, text[count:], true
}

// moment reads a time. If it names no zone, or an unknown one, the zone otherwise applies.
func (z *zones) moment(p property, otherwise zone) (moment, error) {
	w, err := parseTime(p.value)
	if err != nil {
		return moment{}, err
	}
	where := utc
	switch {
	case w.day, p.kind == "DATE" && w.clock.Equal(w.clock.Truncate(24*time.Hour)): // some programs write its midnight
		return inRange(moment{at: w.clock, clock: w.clock, day: true, zone: utc})
	case w.zoned && w.east != 0:
		where = fixed(w.east)
	case !w.zoned:
		where = otherwise
		if own, known := z.find(p.zone); known {
			where = own
		}
	}
	return inRange(where.read(w.clock))
}

// read is the moment of a local time in the zone.
func (where zone) read(clock time.Time) moment {
	if where.literal != nil { // an abbreviation, of the zone or of one of its seasons
		at := clock.Add(-time.Duration(*where.literal) * time.Second)
		if !recurrence.At(clock, where.location).Equal(at) {
			where = fixed(*where.literal)
		}
	}
	return moment{at: recurrence.At(clock, where.location), clock: clock, zone: where}
}

// inRange excludes times that the databases or the clients can't read.
func inRange(m moment) (moment, error) {
	if m.at.Before(earliest) || m.at.After(latest) {
		return moment{}, errTime
	}
	return m, nil
}

// span is a duration: calendar days, plus exact time.
type span struct {
	days  int
	clock time.Duration
}

var period = pattern.New(`^([+-]?)P(?:(\d{1,4})W)?(?:(\d{1,5})D)?` +
	`(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)

func parseSpan(text string) (span, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	parts := period().FindStringSubmatch(text)
	if parts == nil || parts[1] == "-" || !strings.ContainsAny(text, "0123456789") {
		return span{}, errTime
	}
	number := func(i int) int { n, _ := strconv.Atoi(parts[i]); return n } // "" is 0
	return span{
		days:  7*number(2) + number(3),
		clock: time.Duration(number(4)*3600+number(5)*60+number(6)) * time.Second,
	}, nil
}

// after is the end of a span that begins then.
func (s span) after(m moment) time.Time {
	if s.days == 0 {
		return m.at.Add(s.clock)
	}
	return recurrence.At(m.clock.AddDate(0, 0, s.days), m.zone.location).Add(s.clock)
}
