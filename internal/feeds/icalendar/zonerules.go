package icalendar

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// defined makes a zone of a VTIMEZONE: its latest offsets and rules, in the notation of POSIX's TZ variable. What held
// in former years is left out.
func defined(definition *component) (zone, bool) {
	standard, ok := latestObservance(definition, "STANDARD")
	if !ok {
		if standard, ok = latestObservance(definition, "DAYLIGHT"); !ok {
			return zone{}, false
		}
	}
	rules := "<S>" + posixOffset(standard.offset)
	daylight, ok := latestObservance(definition, "DAYLIGHT")
	if ok && daylight.rule != "" && standard.rule != "" {
		rules += "<D>" + posixOffset(daylight.offset) + "," + daylight.rule + "," + standard.rule
	}
	location, err := rulesLocation(rules)
	if err != nil {
		return zone{}, false
	}
	return zone{name: rules, location: location}, true
}

// observance is standard or daylight saving time of a zone.
type observance struct {
	offset int    // seconds east of Greenwich
	rule   string // when it begins each year, as M3.5.0/2; "" when it does not begin any more
}

func latestObservance(definition *component, kind string) (latest observance, ok bool) {
	begun := ""
	for _, c := range definition.children {
		start := c.value("DTSTART")
		offset, err := parseOffset(c.value("TZOFFSETTO"))
		if c.name != kind || err != nil || start < begun {
			continue
		}
		begun, ok = start, true
		latest = observance{offset: offset, rule: posixRule(c.value("RRULE"), start)}
	}
	return latest, ok
}

var offsetText = regexp.MustCompile(`^([+-])(\d{2})(\d{2})(\d{2})?$`)

// parseOffset reads +0100 as 3600.
func parseOffset(text string) (int, error) {
	parts := offsetText.FindStringSubmatch(text)
	if parts == nil {
		return 0, errTime
	}
	number := func(i int) int { n, _ := strconv.Atoi(parts[i]); return n } // "" is 0
	seconds := number(2)*3600 + number(3)*60 + number(4)
	if seconds > 24*3600 {
		return 0, errTime
	}
	if parts[1] == "-" {
		seconds = -seconds
	}
	return seconds, nil
}

var (
	yearlyDay  = regexp.MustCompile(`^([+-]?\d)(SU|MO|TU|WE|TH|FR|SA)$`)
	startClock = regexp.MustCompile(`^\d{8}T(\d{2})(\d{2})(\d{2})`)
)

// posixRule turns FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU into M3.5.0/02:00:00; "" when the rule is another one, or over.
func posixRule(rule, start string) string {
	parts := map[string]string{}
	for part := range strings.SplitSeq(strings.ToUpper(rule), ";") {
		name, value, _ := strings.Cut(part, "=")
		parts[name] = value
	}
	month, err := strconv.Atoi(parts["BYMONTH"])
	day, clock := yearlyDay.FindStringSubmatch(parts["BYDAY"]), startClock.FindStringSubmatch(start)
	if err != nil || day == nil || clock == nil {
		return ""
	}
	if parts["FREQ"] != "YEARLY" || parts["UNTIL"] != "" || parts["COUNT"] != "" {
		return ""
	}
	week, _ := strconv.Atoi(day[1])
	switch {
	case week == -1:
		week = 5 // the last one
	case week < 1 || week > 4:
		return ""
	}
	weekday := strings.Index("SUMOTUWETHFRSA", day[2]) / 2
	return fmt.Sprintf("M%d.%d.%d/%s:%s:%s", month, week, weekday, clock[1], clock[2], clock[3])
}

// posixOffset is the offset as POSIX has it: positive west of Greenwich.
func posixOffset(seconds int) string {
	sign := "-"
	if seconds < 0 {
		sign, seconds = "", -seconds
	}
	return fmt.Sprintf("%s%02d:%02d:%02d", sign, seconds/3600, seconds/60%60, seconds%60)
}

// rulesLocation makes a zone of rules, through the file format of zones (RFC 8536): one zone that no time is in, and
// the rules for everything after it.
func rulesLocation(rules string) (*time.Location, error) {
	if len(rules) > 100 || strings.ContainsAny(rules, "\n\x00") {
		return nil, errTime
	}
	header := func(kinds, letters uint32) []byte {
		data := append([]byte("TZif2"), make([]byte, 15)...)
		for _, count := range []uint32{0, 0, 0, 0, kinds, letters} {
			data = binary.BigEndian.AppendUint32(data, count)
		}
		return data
	}
	file := append(header(0, 0), header(1, 2)...)
	file = append(file, make([]byte, 6)...) // the zone: no offset, not daylight saving time, the first name
	file = append(file, "-\x00\n"+rules+"\n"...)
	location, err := time.LoadLocationFromTZData(rules, file)
	if err != nil {
		return nil, fmt.Errorf("reading the rules of a time zone: %w", err)
	}
	return location, nil
}
