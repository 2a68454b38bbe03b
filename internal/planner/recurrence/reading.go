package recurrence

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reading reads the text of a rule.
type reading struct {
	parts   map[string]string // as they stand, by name
	wrong   []error           // what can't be read
	lenient bool              // unknown parts of programs are passed over, and numbers within a list one by one
}

func (rd *reading) fail(format string, args ...any) {
	rd.wrong = append(rd.wrong, fmt.Errorf(format, args...))
}

// rule reads all parts that it can.
func (rd *reading) rule(text string) Rule {
	r := Rule{interval: 1, wkst: time.Monday}
	for part := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if rd.lenient && (name == "" || value == "" || strings.HasPrefix(name, "X-")) {
			continue
		}
		if _, twice := rd.parts[name]; twice {
			rd.fail("%s stands twice in the rule", name)
			continue
		}
		rd.parts[name] = value
		rd.part(&r, name, value)
	}
	return r
}

func (rd *reading) part(r *Rule, name, value string) {
	switch name {
	case "FREQ":
		if i := slices.Index(frequencies, value); i > 0 {
			r.freq = frequency(i)
		}
	case "INTERVAL":
		r.interval = rd.number(name, value, 1)
	case "COUNT":
		r.count = rd.number(name, value, 0)
	case "UNTIL":
		rd.until(r, value)
	case "WKST":
		if day, ok := dayOf(value); ok && day.n == 0 {
			r.wkst = day.day
		} else {
			rd.fail("WKST is a day of the week")
		}
	case "BYDAY":
		r.days = rd.days(value)
	case "BYSETPOS":
		r.setPos = rd.numbers(name, value, 1, 366, true)
	case "BYMONTH":
		r.months = rd.numbers(name, value, 1, 12, false)
	case "BYWEEKNO":
		r.weekNos = rd.numbers(name, value, 1, 53, true)
	case "BYYEARDAY":
		r.yearDays = rd.numbers(name, value, 1, 366, true)
	case "BYMONTHDAY":
		r.monthDays = rd.numbers(name, value, 1, 31, true)
	case "BYHOUR":
		r.hours = rd.numbers(name, value, 0, 23, false)
	case "BYMINUTE":
		r.minutes = rd.numbers(name, value, 0, 59, false)
	case "BYSECOND":
		r.seconds = rd.numbers(name, value, 0, 59, false)
	default:
		rd.fail("%s is no part of a rule", name)
	}
}

var errNumber = errors.New("a number of the rule can't be read, or is too large")

// number reads one number, or instead of one that is none.
func (rd *reading) number(name, value string, instead int) int {
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		rd.wrong = append(rd.wrong, errNumber)
		return instead
	case rd.lenient && n < 1:
		rd.fail("%s is at least 1", name)
		return instead
	}
	return n
}

// numbers reads a list of numbers, which may also count from the end where negative ones can. The result is sorted.
func (rd *reading) numbers(name, value string, least, most int, negative bool) []int {
	var list []int
	for text := range strings.SplitSeq(value, ",") {
		text = strings.TrimSpace(text)
		n, err := strconv.Atoi(text)
		size := n
		if negative && n < 0 {
			size = -n
		}
		switch {
		case rd.lenient && text == "":
		case rd.lenient && name == "BYSECOND" && n == 60: // a leap second
			list = append(list, 59)
		case err != nil:
			rd.wrong = append(rd.wrong, errNumber)
		case size < least || size > most:
			rd.fail("%s has numbers from %d to %d", name, least, most)
		default:
			list = append(list, n)
		}
	}
	return sorted(list)
}

func (rd *reading) days(value string) []weekday {
	var list []weekday
	for text := range strings.SplitSeq(value, ",") {
		text = strings.TrimSpace(text)
		if rd.lenient && text == "" {
			continue
		}
		if day, ok := dayOf(text); !ok {
			rd.fail("BYDAY has days like MO, or 2FR")
		} else if !slices.Contains(list, day) {
			list = append(list, day)
		}
	}
	return list
}

var dayNames = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// dayOf reads MO, +1MO and -1MO.
func dayOf(text string) (day weekday, ok bool) {
	if len(text) < 2 {
		return weekday{}, false
	}
	i := slices.Index(dayNames, text[len(text)-2:])
	day.day = time.Weekday(i)
	if number := text[:len(text)-2]; number != "" {
		var err error
		day.n, err = strconv.Atoi(number)
		if err != nil || day.n == 0 || day.n > 53 || day.n < -53 {
			return weekday{}, false
		}
	}
	return day, i >= 0
}

const (
	dateLayout  = "20060102"
	clockLayout = "20060102T150405"
	utcLayout   = clockLayout + "Z"
)

// until reads UNTIL. A day means the whole of it.
func (rd *reading) until(r *Rule, value string) {
	if t, err := time.Parse(dateLayout, value); err == nil {
		r.until = t.Add(24*time.Hour - time.Second)
	} else if t, err := time.Parse(clockLayout, strings.TrimSuffix(value, "Z")); err == nil {
		r.until, r.untilUTC = t, strings.HasSuffix(value, "Z")
	}
	if r.until.Year() < 1 || r.until.IsZero() {
		r.until = time.Time{}
		rd.fail("UNTIL is no date")
	}
}

// clip leaves out of a rule what would make it endless work, or does not go with its frequency.
func (rd *reading) clip(r *Rule) {
	if r.count > MaxCount { // it stands for a series without end
		r.count = 0
		rd.fail("COUNT is too large")
	}
	if r.interval > maxInterval {
		r.interval = maxInterval
		rd.fail("INTERVAL is too large")
	}
	if r.freq > yearly && len(r.weekNos) > 0 {
		r.weekNos = nil
		rd.fail("BYWEEKNO goes with YEARLY only")
	}
	if r.freq == monthly && len(r.yearDays) > 0 {
		r.yearDays = nil
		rd.fail("BYYEARDAY does not go with MONTHLY")
	}
	if r.freq > monthly || len(r.weekNos) > 0 {
		for i := range r.days {
			r.days[i].n = 0
		}
	}
	if times := max(len(r.hours), 1) * max(len(r.minutes), 1) * max(len(r.seconds), 1); times > maxReadPerDay {
		r.seconds = r.seconds[:min(len(r.seconds), 1)]
		rd.fail("the rule gives too many times a day")
	}
	if !r.narrows() {
		r.setPos = nil
	}
}

// format writes a rule.
func (r Rule) format() string {
	parts := []string{"FREQ=" + r.freq.String()}
	add := func(name, value string) { parts = append(parts, name+"="+value) }
	if r.interval > 1 {
		add("INTERVAL", strconv.Itoa(r.interval))
	}
	if r.count > 0 {
		add("COUNT", strconv.Itoa(r.count))
	}
	switch {
	case r.until.IsZero():
	case r.untilUTC:
		add("UNTIL", r.until.Format(utcLayout))
	default:
		add("UNTIL", r.until.Format(clockLayout))
	}
	if r.wkst != time.Monday {
		add("WKST", dayNames[r.wkst])
	}
	for _, list := range []struct {
		name   string
		values []int
	}{
		{"BYMONTH", r.months}, {"BYWEEKNO", r.weekNos}, {"BYYEARDAY", r.yearDays}, {"BYMONTHDAY", r.monthDays},
		{"BYHOUR", r.hours}, {"BYMINUTE", r.minutes}, {"BYSECOND", r.seconds}, {"BYSETPOS", r.setPos},
	} {
		if len(list.values) > 0 {
			texts := make([]string, 0, len(list.values))
			for _, n := range list.values {
				texts = append(texts, strconv.Itoa(n))
			}
			add(list.name, strings.Join(texts, ","))
		}
	}
	if len(r.days) > 0 {
		texts := make([]string, 0, len(r.days))
		for _, day := range r.days {
			number := ""
			if day.n != 0 {
				number = strconv.Itoa(day.n)
			}
			texts = append(texts, number+dayNames[day.day])
		}
		add("BYDAY", strings.Join(texts, ","))
	}
	return strings.Join(parts, ";")
}
