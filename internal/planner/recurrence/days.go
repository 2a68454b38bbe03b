package recurrence

import (
	"slices"
	"time"
)

// daysOfYear are the days of a year that the rule names, in order. With BYWEEKNO the year is one of weeks.
func (r *Rule) daysOfYear(year int) (days []int64) {
	switch {
	case len(r.weekNos) > 0:
		return r.daysOfWeeks(year)
	case len(r.yearDays) > 0:
		return r.daysByNumber(year)
	}
	for month := time.January; month <= time.December; month++ {
		if len(r.months) == 0 || slices.Contains(r.months, int(month)) {
			days = r.daysOfMonth(days, year, month)
		}
	}
	return days
}

// daysOfMonth appends the days of a month that the rule names.
func (r *Rule) daysOfMonth(days []int64, year int, month time.Month) []int64 {
	if len(r.months) > 0 && !slices.Contains(r.months, int(month)) {
		return days
	}
	first := dayNumber(year, month, 1)
	d := date{number: first, year: year, month: month, day: 1, weekday: weekdayOf(first)}
	d.monthLength = int(dayNumber(year, month+1, 1) - first)
	d.yearStart, d.nextYear = dayNumber(year, time.January, 1), dayNumber(year+1, time.January, 1)
	for ; d.day <= d.monthLength; d.day++ {
		if r.fits(&d) {
			days = append(days, d.number)
		}
		d.number, d.weekday = d.number+1, (d.weekday+1)%7
	}
	return days
}

// daysByNumber are the days that BYYEARDAY counts.
func (r *Rule) daysByNumber(year int) (days []int64) {
	first, next := dayNumber(year, time.January, 1), dayNumber(year+1, time.January, 1)
	for _, n := range r.yearDays {
		day := first + int64(n) - 1
		if n < 0 {
			day = next + int64(n)
		}
		if day >= first && day < next && r.matches(day) {
			days = append(days, day)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// daysOfWeeks are the days in the weeks of a year. The first week of a year is the first that has four days in it; so
// some of its days may be in the year before, and some days of the last one in the year after.
func (r *Rule) daysOfWeeks(year int) (days []int64) {
	first, next := r.firstWeek(year), r.firstWeek(year+1)
	weeks := int((next - first) / 7)
	numbers := make([]int, 0, len(r.weekNos))
	for _, n := range r.weekNos {
		if n < 0 {
			n += weeks + 1
		}
		if n >= 1 && n <= weeks {
			numbers = append(numbers, n)
		}
	}
	for _, n := range sorted(numbers) {
		week := first + int64(n-1)*7
		for day := week; day < week+7; day++ {
			if r.matches(day) {
				days = append(days, day)
			}
		}
	}
	return days
}

// firstWeek is the day on which the first week of a year begins.
func (r *Rule) firstWeek(year int) int64 {
	fourth := dayNumber(year, time.January, 4)
	return fourth - int64((weekdayOf(fourth)-r.wkst+7)%7)
}

// weekYear is the year to whose weeks a day belongs.
func (r *Rule) weekYear(t time.Time) int {
	day, year := dayNumber(t.Date()), t.Year()
	switch {
	case day < r.firstWeek(year):
		return year - 1
	case day >= r.firstWeek(year+1):
		return year + 1
	}
	return year
}

func weekdayOf(day int64) time.Weekday { return time.Weekday(((day+4)%7 + 7) % 7) }

// date is a day with what rules ask of it.
type date struct {
	number              int64
	year                int
	month               time.Month
	day, monthLength    int
	weekday             time.Weekday
	yearStart, nextYear int64
}

// matches reports whether a day is among those that the rule names.
func (r *Rule) matches(number int64) bool {
	if len(r.months)+len(r.monthDays)+len(r.yearDays) == 0 && !slices.ContainsFunc(r.days, weekday.counted) {
		return r.fitsWeekday(&date{weekday: weekdayOf(number)})
	}
	d := date{number: number, weekday: weekdayOf(number)}
	d.year, d.month, d.day = time.Unix(number*daySeconds, 0).UTC().Date()
	if len(r.months) > 0 && !slices.Contains(r.months, int(d.month)) {
		return false
	}
	d.monthLength = time.Date(d.year, d.month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	d.yearStart, d.nextYear = dayNumber(d.year, time.January, 1), dayNumber(d.year+1, time.January, 1)
	return r.fits(&d)
}

func (w weekday) counted() bool { return w.n != 0 }

// fits is matches without the month.
func (r *Rule) fits(d *date) bool {
	if len(r.monthDays) > 0 && !has(r.monthDays, d.day, d.monthLength) {
		return false
	}
	if len(r.yearDays) > 0 && !has(r.yearDays, int(d.number-d.yearStart)+1, int(d.nextYear-d.yearStart)) {
		return false
	}
	return r.fitsWeekday(d)
}

// has reports whether a list has the number of a day, from the beginning or from the end.
func has(list []int, number, length int) bool {
	return slices.Contains(list, number) || slices.Contains(list, number-length-1)
}

// fitsWeekday looks at BYDAY. Its numbers count in the month, or in the year where the rule names no months.
func (r *Rule) fitsWeekday(d *date) bool {
	if len(r.days) == 0 {
		return true
	}
	place, length := d.day-1, d.monthLength
	if r.freq == yearly && len(r.months) == 0 {
		place, length = int(d.number-d.yearStart), int(d.nextYear-d.yearStart)
	}
	for _, w := range r.days {
		if w.day == d.weekday && (w.n == 0 || w.n == place/7+1 || w.n == -((length-place-1)/7+1)) {
			return true
		}
	}
	return false
}
