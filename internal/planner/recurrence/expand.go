package recurrence

import (
	"slices"
	"time"
)

// Times are those of a clock here, in seconds since 1970 as if it showed UTC; days are counted from 1970, too.

const (
	daySeconds = 24 * 60 * 60
	cycleYears = 400 // after which the calendar repeats itself with all days of the week
	cycleDays  = 146_097
	maxYear    = 9999
	endOfTime  = 253_402_300_800 // the end of that year
	maxPeriods = 1_000_000       // hours, minutes or seconds without a match after which a rule is given up
)

// expansion is a rule on its way through the periods after its start.
type expansion struct {
	Rule        // explicit
	start int64 // nothing before it is given
	from  int64 // what is before it need not be given
	yield func(int64) bool
	clock []int64 // times of a day, or of a period shorter than a day, in order
}

// expand calls yield with the times of the rule from its start on, in order, until that returns false. Times before
// from may be left out. The search ends where nothing is found for 400 years.
func (r Rule) expand(start, from time.Time, yield func(int64) bool) {
	if r.freq == none {
		return
	}
	e := expansion{Rule: r.explicit(start), start: start.Unix(), yield: yield}
	e.from = max(e.start, from.Unix())
	e.clock = e.times()
	switch {
	case r.freq >= hourly:
		e.byClock()
	case r.freq == yearly:
		e.byYear(start)
	case r.freq == monthly:
		e.byMonth(start)
	default:
		e.byDay(start)
	}
}

// times are the times of a day that the rule names, or what it names below its period.
func (e *expansion) times() []int64 {
	hours, minutes, seconds := e.hours, e.minutes, e.seconds
	if e.freq >= hourly {
		hours = []int{0}
	}
	if e.freq >= minutely {
		minutes = []int{0}
	}
	if e.freq >= secondly {
		seconds = []int{0}
	}
	var list []int64
	for _, h := range hours {
		for _, m := range minutes {
			for _, s := range seconds {
				list = append(list, int64(h*3600+m*60+s))
			}
		}
	}
	return list
}

func (e *expansion) byYear(start time.Time) {
	year := start.Year()
	if len(e.weekNos) > 0 {
		year = e.weekYear(start)
	}
	// The weeks of a year may begin in the one before, and end in the one after.
	if ahead := time.Unix(e.from, 0).UTC().Year() - 1 - year; ahead > 0 {
		year += ahead / e.interval * e.interval
	}
	for found := year; year <= maxYear && year-found <= cycleYears; year += e.interval {
		days := e.daysOfYear(year)
		if len(days) > 0 {
			found = year
		}
		if !e.period(days) {
			return
		}
	}
}

func (e *expansion) byMonth(start time.Time) {
	at := time.Unix(e.from, 0).UTC()
	month := start.Year()*12 + int(start.Month()) - 1
	if ahead := at.Year()*12 + int(at.Month()) - 1 - month; ahead > 0 {
		month += ahead / e.interval * e.interval
	}
	for found := month; month/12 <= maxYear && month-found <= cycleYears*12; month += e.interval {
		days := e.daysOfMonth(nil, month/12, time.Month(month%12+1))
		if len(days) > 0 {
			found = month
		}
		if !e.period(days) {
			return
		}
	}
}

// byDay goes by days, or by weeks.
func (e *expansion) byDay(start time.Time) {
	day, length := dayNumber(start.Date()), int64(1)
	if e.freq == weekly {
		day -= int64((start.Weekday() - e.wkst + 7) % 7)
		length = 7
	}
	step := length * int64(e.interval)
	if ahead := floorDay(e.from) - day; ahead > 0 {
		day += ahead / step * step
	}
	last := dayNumber(maxYear, time.December, 31)
	days := make([]int64, 0, 7)
	for found := day; day <= last && day-found <= cycleDays; {
		days = days[:0]
		for d := day; d < day+length; d++ {
			if e.matches(d) {
				days = append(days, d)
			}
		}
		if len(days) > 0 {
			found = day
		}
		if !e.period(days) {
			return
		}
		next := day + step
		if len(days) == 0 {
			next = max(next, nextIn(day, step, e.monthAfter(day+length-1)-length+1))
		}
		day = next
	}
}

// monthAfter is when the month of a day ends that BYMONTH does not name, else the day.
func (e *expansion) monthAfter(day int64) int64 {
	year, month, _ := time.Unix(day*daySeconds, 0).UTC().Date()
	if len(e.months) == 0 || slices.Contains(e.months, int(month)) {
		return day
	}
	return dayNumber(year, month+1, 1)
}

// period gives the times of some days that belong together, in order.
func (e *expansion) period(days []int64) bool {
	if len(e.setPos) > 0 {
		return e.chosen(days, e.clock)
	}
	for _, day := range days {
		if (day+1)*daySeconds <= e.from {
			continue
		}
		for _, clock := range e.clock {
			if !e.give(day*daySeconds + clock) {
				return false
			}
		}
	}
	return true
}

// chosen gives those of the times of a period that BYSETPOS counts.
func (e *expansion) chosen(days, clock []int64) bool {
	total := len(days) * len(clock)
	var places []int
	for _, n := range e.setPos {
		place := n - 1
		if n < 0 {
			place = total + n
		}
		if place >= 0 && place < total {
			places = append(places, place)
		}
	}
	for _, place := range sorted(places) {
		if !e.give(days[place/len(clock)]*daySeconds + clock[place%len(clock)]) {
			return false
		}
	}
	return true
}

func (e *expansion) give(t int64) bool {
	switch {
	case t >= endOfTime:
		return false
	case t < e.start || t < e.from:
		return true
	}
	return e.yield(t)
}

// byClock goes by hours, minutes or seconds.
func (e *expansion) byClock() {
	unit := map[frequency]int64{hourly: 3600, minutely: 60, secondly: 1}[e.freq]
	step := unit * int64(e.interval)
	t := floorTo(e.start, unit)
	t = nextIn(t, step, floorTo(e.from, unit)-step+1)
	known, matches := int64(-1<<62), false
	for found, tries := t, 0; t-found <= cycleDays*daySeconds && tries < maxPeriods; tries++ {
		day := floorDay(t)
		if day != known {
			known, matches = day, e.matches(day)
		}
		second := t - day*daySeconds
		switch {
		case !matches:
			t = nextIn(t, step, (day+1)*daySeconds)
			continue
		case len(e.hours) > 0 && !slices.Contains(e.hours, int(second/3600)):
			t = nextIn(t, step, floorTo(t, 3600)+3600)
			continue
		case e.freq > hourly && len(e.minutes) > 0 && !slices.Contains(e.minutes, int(second/60%60)):
			t = nextIn(t, step, floorTo(t, 60)+60)
			continue
		case e.freq == secondly && len(e.seconds) > 0 && !slices.Contains(e.seconds, int(second%60)):
			t += step
			continue
		}
		found, tries = t, 0
		if !e.ofClock(t) {
			return
		}
		t += step
	}
}

// ofClock gives the times of an hour, a minute or a second.
func (e *expansion) ofClock(t int64) bool {
	if len(e.setPos) > 0 {
		times := make([]int64, len(e.clock))
		for i, clock := range e.clock {
			times[i] = t - floorDay(t)*daySeconds + clock
		}
		return e.chosen([]int64{floorDay(t)}, times)
	}
	for _, clock := range e.clock {
		if !e.give(t + clock) {
			return false
		}
	}
	return true
}

// nextIn is the first of t, t+step, t+2*step ... that is not before another time.
func nextIn(t, step, least int64) int64 {
	if least <= t {
		return t
	}
	return t + (least-t+step-1)/step*step
}

func floorTo(t, unit int64) int64 { return t - ((t%unit)+unit)%unit }

func floorDay(t int64) int64 { return floorTo(t, daySeconds) / daySeconds }

func dayNumber(year int, month time.Month, day int) int64 {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds
}
