package icalendar

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

const (
	definedUntil = 2100 // the year up to which the changes of a definition are listed
	maxChanges   = 600  // of a definition; the newest are kept
)

// observance is one half of a definition: standard or daylight saving time.
type observance struct {
	daylight bool
	from, to int         // offsets in seconds east of Greenwich; from applies before it begins
	onsets   []time.Time // when it begins, in the local time before the change, written as UTC
	endless  bool        // more onsets follow
}

// change is a clock change of a zone.
type change struct {
	at       int64 // in seconds since 1970
	offset   int
	daylight bool
}

// defined turns a VTIMEZONE into the list of its clock changes.
func defined(definition *component) (zone, bool) {
	halves := observances(definition)
	var changes []change
	for _, half := range halves {
		for _, onset := range half.onsets {
			changes = append(changes, change{onset.Unix() - int64(half.from), half.to, half.daylight})
		}
	}
	if len(changes) == 0 {
		return zone{}, false
	}
	slices.SortStableFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	first := halves[0].from
	for _, half := range halves {
		if half.onsets[0].Unix()-int64(half.from) == changes[0].at {
			first = half.from
		}
	}
	d := describedZone{first: first, changes: changes}
	d.findLastingRules(halves)
	d.shorten()
	name := d.String()
	location, err := d.location(name)
	if err != nil {
		return zone{}, false
	}
	return zone{name: name, location: location}, true
}

// observances are the readable halves.
func observances(definition *component) (list []observance) {
	for _, c := range definition.children {
		to, err := parseOffset(c.value("TZOFFSETTO"))
		if err != nil {
			continue
		}
		half := observance{daylight: c.name == "DAYLIGHT", from: to, to: to}
		if from, err := parseOffset(c.value("TZOFFSETFROM")); err == nil {
			half.from = from
		}
		half.begin(c)
		if len(half.onsets) > 0 {
			list = append(list, half)
		}
	}
	// One without its previous offset follows the others.
	for i := range list {
		if list[i].from != list[i].to {
			continue
		}
		for _, other := range list {
			if other.daylight != list[i].daylight {
				list[i].from = other.to
			}
		}
	}
	return list
}

// begin computes when a half begins.
func (o *observance) begin(c *component) {
	start, err := parseTime(c.value("DTSTART"))
	if err != nil {
		return
	}
	inClock := func(w written) time.Time {
		if w.zoned {
			return w.clock.Add(time.Duration(o.from-w.east) * time.Second)
		}
		return w.clock
	}
	o.onsets = []time.Time{inClock(start)}
	end := time.Date(definedUntil, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, p := range c.all("RRULE") {
		byClock := func(w written) string { return inClock(w).Format(clockLayout) }
		rule, _, err := recurrence.Read(withUntil(p.value, byClock))
		if err != nil || rule.BelowDay() {
			continue
		}
		series := recurrence.Series{Rule: rule, Start: o.onsets[0], Zone: time.UTC}
		found := series.Between(series.Start, end, 2*maxChanges)
		o.onsets = append(o.onsets, found...)
		o.endless = o.endless || rule.Endless()
	}
	for _, p := range c.all("RDATE") {
		for text := range strings.SplitSeq(p.value, ",") {
			text, _, _ = strings.Cut(text, "/")
			if w, err := parseTime(text); err == nil && len(o.onsets) < 4*maxChanges {
				o.onsets = append(o.onsets, inClock(w))
			}
		}
	}
	slices.SortFunc(o.onsets, time.Time.Compare)
	o.onsets = slices.CompactFunc(o.onsets, time.Time.Equal)
}

var offsetText = pattern.New(`^(?:utc|gmt)?([+-]?) ?(\d{1,2})(?:[:.]?(\d{2}))?(?:[:.]?(\d{2}))?$`)

var errOffset = errors.New("this is no offset from UTC")

// parseOffset reads +0100, +01:00, 0100, -1 and +013045 as seconds east of Greenwich.
func parseOffset(text string) (int, error) {
	parts := offsetText().FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if parts == nil {
		return 0, errOffset
	}
	number := func(i int) int { n, _ := strconv.Atoi(parts[i]); return n } // "" is 0
	seconds := number(2)*3600 + number(3)*60 + number(4)
	if number(3) > 59 || number(4) > 59 || seconds > 18*3600 {
		return 0, errOffset
	}
	if parts[1] == "-" {
		seconds = -seconds
	}
	return seconds, nil
}

// findLastingRules returns the rules for clock changes from some year on, in POSIX notation, if the last two halves
// never end and such rules can express their changes.
func (d *describedZone) findLastingRules(halves []observance) {
	var standard, daylight *observance
	for i := range halves {
		half := &halves[i]
		switch {
		case !half.endless:
		case half.daylight && daylight == nil:
			daylight = half
		case !half.daylight && standard == nil:
			standard = half
		default: // several at the same time
			return
		}
	}
	if standard == nil || daylight == nil || standard.from != daylight.to || daylight.from != standard.to {
		return
	}
	start, ok1 := daylight.yearly()
	end, ok2 := standard.yearly()
	if !ok1 || !ok2 {
		return
	}
	// The rules apply as soon as both halves have begun.
	begun := max(daylight.onsets[0].Unix()-int64(daylight.from), standard.onsets[0].Unix()-int64(standard.from))
	for i := range halves { // there must be no other change then
		half := &halves[i]
		if half != standard && half != daylight && half.onsets[len(half.onsets)-1].Unix()-int64(half.from) > begun {
			return
		}
	}
	d.changes = slices.DeleteFunc(d.changes, func(c change) bool { return c.at > begun })
	d.rules = "<S>" + posixOffset(standard.to) + "<D>" + posixOffset(daylight.to) + "," + start + "," + end
	if len(halves) == 2 { // nothing else is known about the years before
		d.changes = nil
	}
}

// yearly is when a half begins each year, like M3.5.0/02:00:00.
func (o *observance) yearly() (rule string, ok bool) {
	onsets := o.onsets[1:] // the first one need not follow the rule
	if len(onsets) < 3 {
		return "", false
	}
	one := onsets[0]
	week, last := (one.Day()-1)/7+1, true
	for i, t := range onsets {
		if t.Year() != one.Year()+i || t.Month() != one.Month() || t.Weekday() != one.Weekday() ||
			t.Sub(t.Truncate(24*time.Hour)) != one.Sub(one.Truncate(24*time.Hour)) {
			return "", false
		}
		last = last && t.AddDate(0, 0, 7).Month() != t.Month()
		if (t.Day()-1)/7+1 != week {
			week = 0
		}
	}
	switch {
	case last:
		week = 5
	case week == 0 || week == 5:
		return "", false
	}
	return fmt.Sprintf("M%d.%d.%d/%s", one.Month(), week, one.Weekday(), one.Format(time.TimeOnly)), true
}

// shorten keeps only the newest changes.
func (d *describedZone) shorten() {
	d.changes = slices.CompactFunc(d.changes, func(a, b change) bool {
		return a.offset == b.offset && a.daylight == b.daylight
	})
	if extra := len(d.changes) - maxChanges; extra > 0 {
		d.first = d.changes[extra-1].offset
		d.changes = d.changes[extra:]
	}
}
