// Package recurrence expands the repetition rules of calendars (RRULE of RFC 5545) between two points in time. It knows
// no database, no clock and no event, and its work is bounded whatever a rule says: rules come from strangers.
package recurrence

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of a rule that a person sends. None of them is met by calendars that people make.
const (
	MaxLength = 500    // of a rule's text
	MaxCount  = 10_000 // of COUNT
	maxPerDay = 24     // occurrences that BYHOUR, BYMINUTE and BYSECOND may make
)

// Limits of a rule that Read takes from a calendar.
const (
	maxReadLength = 10_000
	maxReadPerDay = 24 * 60
	maxInterval   = 1_000_000
)

// frequency is the period of a rule.
type frequency int

const (
	none frequency = iota
	yearly
	monthly
	weekly
	daily
	hourly
	minutely
	secondly
)

var frequencies = []string{"", "YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY", "SECONDLY"}

func (f frequency) String() string { return frequencies[f] }

// longestInterval keeps two occurrences of a rule that a person sends within some twenty years.
func (f frequency) longestInterval() int {
	switch f {
	case monthly:
		return 240
	case yearly:
		return 20
	}
	return 1000
}

// weekday is a day of the week, or the nth of a month or a year, counted from its end when n is negative.
type weekday struct {
	n   int // 0 for each of them
	day time.Weekday
}

// Rule is a checked rule. The zero Rule gives nothing.
type Rule struct {
	text     string
	freq     frequency
	interval int
	count    int       // 0 for none
	until    time.Time // zero for none; a clock time of the series' zone, written as UTC, unless untilUTC
	untilUTC bool
	wkst     time.Weekday

	setPos    []int
	months    []int
	weekNos   []int
	yearDays  []int
	monthDays []int
	days      []weekday
	hours     []int
	minutes   []int
	seconds   []int
}

// String is the rule as RRULE has it, in capitals and without a name in front.
func (r Rule) String() string { return r.text }

// Parse checks a rule that a person sends: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, and the other parts are those of
// RFC 5545 within the limits of this package. RRULE: in front, small letters and a final semicolon are accepted. Errors
// say what is wrong in words for that person.
func Parse(text string) (Rule, error) {
	text = plain(text)
	if len(text) > MaxLength {
		return Rule{}, fmt.Errorf("a rule has at most %d characters", MaxLength)
	}
	if strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=;,+-") != "" || !strings.Contains(text, "=") {
		return Rule{}, errors.New("a rule looks like FREQ=WEEKLY;BYDAY=MO,FR")
	}
	rd := reading{parts: map[string]string{}}
	r := rd.rule(text)
	if len(rd.wrong) > 0 {
		return Rule{}, rd.wrong[0]
	}
	if err := r.check(rd.parts); err != nil {
		return Rule{}, err
	}
	r.text = text
	return r, nil
}

func plain(text string) string {
	text = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "RRULE:")
	return strings.TrimSuffix(text, ";")
}

// Read takes what can be read of a rule in somebody's calendar: all frequencies, and both COUNT and UNTIL. Parts and
// numbers that can't be read, or that are out of bounds, are left out, which whole tells. Without a frequency there is
// no rule.
func Read(text string) (r Rule, whole bool, err error) {
	text = plain(text)
	if len(text) > maxReadLength {
		return Rule{}, false, errors.New("the rule is too long")
	}
	rd := reading{parts: map[string]string{}, lenient: true}
	r = rd.rule(text)
	if r.freq == none {
		return Rule{}, false, errors.New("the rule has no frequency")
	}
	rd.clip(&r)
	r.text = r.format()
	return r, len(rd.wrong) == 0, nil
}

// InWholeDays is the rule of a series of whole days: times of the day do not count in it.
func (r Rule) InWholeDays() Rule {
	r.hours, r.minutes, r.seconds = nil, nil, nil
	r.text = r.format()
	return r
}

// check holds a rule to what RFC 5545 forbids and this package bounds.
func (r Rule) check(parts map[string]string) error {
	has := func(name string) bool { _, ok := parts[name]; return ok }
	most := r.freq.longestInterval()
	switch {
	case r.freq == none || r.freq > daily:
		return errors.New("FREQ has to be DAILY, WEEKLY, MONTHLY or YEARLY")
	case r.interval < 1 || r.interval > most:
		return fmt.Errorf("INTERVAL has to be between 1 and %d for %s", most, r.freq)
	case has("COUNT") && (r.count < 1 || r.count > MaxCount):
		return fmt.Errorf("COUNT has to be between 1 and %d", MaxCount)
	case has("COUNT") && has("UNTIL"):
		return errors.New("a rule has COUNT or UNTIL, not both")
	case has("BYMONTHDAY") && r.freq == weekly:
		return errors.New("BYMONTHDAY does not go with WEEKLY")
	case (has("BYYEARDAY") || has("BYWEEKNO")) && r.freq != yearly:
		return errors.New("BYYEARDAY and BYWEEKNO go with YEARLY only")
	case max(len(r.hours), 1)*max(len(r.minutes), 1)*max(len(r.seconds), 1) > maxPerDay:
		return fmt.Errorf("a rule gives at most %d times a day", maxPerDay)
	}
	for _, day := range r.days {
		n := max(day.n, -day.n)
		switch {
		case n == 0:
		case r.freq != monthly && r.freq != yearly || has("BYWEEKNO"):
			return errors.New("a number in BYDAY goes with MONTHLY, or with YEARLY without BYWEEKNO")
		case n > 5 && (r.freq == monthly || has("BYMONTH")):
			return errors.New("a month has at most five of a day of the week")
		}
	}
	return nil
}

// explicit is the rule with everything that it takes from the start.
func (r Rule) explicit(start time.Time) Rule {
	if len(r.weekNos) == 0 && len(r.yearDays) == 0 && len(r.monthDays) == 0 && len(r.days) == 0 {
		switch r.freq {
		case yearly:
			if len(r.months) == 0 {
				r.months = []int{int(start.Month())}
			}
			r.monthDays = []int{start.Day()}
		case monthly:
			r.monthDays = []int{start.Day()}
		case weekly:
			r.days = []weekday{{0, start.Weekday()}}
		}
	}
	if len(r.weekNos) > 0 && len(r.yearDays) == 0 && len(r.monthDays) == 0 && len(r.days) == 0 {
		r.days = []weekday{{0, start.Weekday()}}
	}
	if len(r.hours) == 0 && r.freq < hourly {
		r.hours = []int{start.Hour()}
	}
	if len(r.minutes) == 0 && r.freq < minutely {
		r.minutes = []int{start.Minute()}
	}
	if len(r.seconds) == 0 && r.freq < secondly {
		r.seconds = []int{start.Second()}
	}
	return r
}

// narrows reports whether a part chooses among the times of a period: only of these can BYSETPOS count some.
func (r Rule) narrows() bool {
	return len(r.months)+len(r.weekNos)+len(r.yearDays)+len(r.monthDays)+len(r.days)+
		len(r.hours)+len(r.minutes)+len(r.seconds) > 0
}

func sorted(list []int) []int {
	list = slices.Clone(list)
	slices.Sort(list)
	return slices.Compact(list)
}
