// Package recurrence expands the repetition rules of calendars (RRULE of RFC 5545) between two points in time. It knows
// no database, no clock and no event, and its work is bounded whatever a rule says: rules come from strangers.
package recurrence

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Limits of a rule. None of them is met by calendars that people make.
const (
	MaxLength = 500    // of a rule's text
	MaxCount  = 10_000 // of COUNT
	maxPerDay = 24     // occurrences that BYHOUR, BYMINUTE and BYSECOND may make
)

// maxInterval keeps two occurrences within some twenty years.
var maxInterval = map[rrule.Frequency]int{rrule.DAILY: 1000, rrule.WEEKLY: 1000, rrule.MONTHLY: 240, rrule.YEARLY: 20}

// Rule is a checked rule.
type Rule struct {
	text     string
	option   rrule.ROption // without start, COUNT and UNTIL
	count    int           // 0 for none
	until    time.Time     // zero for none; a clock time of the series' zone, written as UTC, unless untilUTC
	untilUTC bool
}

// String is the rule as RRULE has it, in capitals and without a name in front.
func (r Rule) String() string { return r.text }

var ruleText = regexp.MustCompile(`^[A-Z0-9=;,+-]+$`)

// Parse checks a rule: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, and the other parts are those of RFC 5545 within the
// limits of this package. RRULE: in front, small letters and a final semicolon are accepted. Errors say what is wrong
// in words for the person who sent the rule.
func Parse(text string) (Rule, error) {
	text = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "RRULE:")
	text = strings.TrimSuffix(text, ";")
	if len(text) > MaxLength {
		return Rule{}, fmt.Errorf("a rule has at most %d characters", MaxLength)
	}
	if !ruleText.MatchString(text) {
		return Rule{}, errors.New("a rule looks like FREQ=WEEKLY;BYDAY=MO,FR")
	}
	parts, err := partsOf(text)
	if err != nil {
		return Rule{}, err
	}
	option, err := rrule.StrToROption(text)
	if errors.As(err, new(*strconv.NumError)) {
		return Rule{}, errors.New("a number of the rule can't be read, or is too large")
	}
	if err != nil {
		return Rule{}, err
	}
	if err := check(option, parts); err != nil {
		return Rule{}, err
	}
	r := Rule{text: text, count: option.Count, until: option.Until, untilUTC: strings.HasSuffix(parts["UNTIL"], "Z")}
	if len(parts["UNTIL"]) == len("20060102") { // the whole day
		r.until = r.until.Add(24*time.Hour - time.Second)
	}
	option.Count, option.Until = 0, time.Time{}
	r.option = *option
	return r, nil
}

func partsOf(text string) (map[string]string, error) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(text, ";") {
		name, value, _ := strings.Cut(part, "=")
		if _, twice := parts[name]; twice {
			return nil, fmt.Errorf("%s stands twice in the rule", name)
		}
		parts[name] = value
	}
	return parts, nil
}

// check adds to the library's own checks what RFC 5545 forbids or this package bounds; the library indexes out of
// range, or runs for ever, with some of it.
func check(o *rrule.ROption, parts map[string]string) error {
	has := func(name string) bool { _, ok := parts[name]; return ok }
	most, known := maxInterval[o.Freq]
	switch {
	case !known:
		return errors.New("FREQ has to be DAILY, WEEKLY, MONTHLY or YEARLY")
	case has("BYEASTER") || has("DTSTART"):
		return errors.New("BYEASTER and DTSTART are no parts of a rule")
	case has("INTERVAL") && (o.Interval < 1 || o.Interval > most):
		return fmt.Errorf("INTERVAL has to be between 1 and %d for %s", most, o.Freq)
	case has("COUNT") && (o.Count < 1 || o.Count > MaxCount):
		return fmt.Errorf("COUNT has to be between 1 and %d", MaxCount)
	case has("COUNT") && has("UNTIL"):
		return errors.New("a rule has COUNT or UNTIL, not both")
	case has("UNTIL") && (o.Until.Year() < 1 || o.Until.Year() > 9999):
		return errors.New("UNTIL is no date")
	case has("WKST") && o.Wkst.N() != 0:
		return errors.New("WKST is a day of the week")
	case has("BYMONTHDAY") && o.Freq == rrule.WEEKLY:
		return errors.New("BYMONTHDAY does not go with WEEKLY")
	case (has("BYYEARDAY") || has("BYWEEKNO")) && o.Freq != rrule.YEARLY:
		return errors.New("BYYEARDAY and BYWEEKNO go with YEARLY only")
	case max(len(o.Byhour), 1)*max(len(o.Byminute), 1)*max(len(o.Bysecond), 1) > maxPerDay:
		return fmt.Errorf("a rule gives at most %d times a day", maxPerDay)
	}
	if err := checkDays(o); err != nil {
		return err
	}
	_, err := rrule.NewRRule(*o) // checks the ranges of numbers
	return err
}

// checkDays checks the numbers in front of days of the week, as in -1FR.
func checkDays(o *rrule.ROption) error {
	for _, day := range o.Byweekday {
		n := max(day.N(), -day.N())
		switch {
		case n == 0:
		case o.Freq != rrule.MONTHLY && o.Freq != rrule.YEARLY || len(o.Byweekno) > 0:
			return errors.New("a number in BYDAY goes with MONTHLY, or with YEARLY without BYWEEKNO")
		case n > 5 && (o.Freq == rrule.MONTHLY || len(o.Bymonth) > 0):
			return errors.New("a month has at most five of a day of the week")
		}
	}
	return nil
}
