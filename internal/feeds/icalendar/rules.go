package icalendar

import (
	"fmt"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/pattern"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

const (
	dateLayout  = "20060102"
	clockLayout = "20060102T150405"
	utcLayout   = clockLayout + "Z"
)

// withUntil rewrites the UNTIL of a rule, if it is readable.
func withUntil(rule string, form func(written) string) string {
	parts := strings.Split(rule, ";")
	for i, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "UNTIL") {
			continue
		}
		if w, err := parseTime(value); err == nil {
			parts[i] = "UNTIL=" + form(w)
		}
	}
	return strings.Join(parts, ";")
}

// rule reads the rule of a series. For whole days, UNTIL is a date in the calendar's zone, and times are ignored.
func (z *zones) rule(text string, start moment) (rule recurrence.Rule, whole bool, err error) {
	text = fromVCalendar(text)
	text = withUntil(text, func(w written) string {
		switch {
		case start.day && w.zoned:
			return recurrence.Clock(w.clock.Add(-time.Duration(w.east)*time.Second), z.own.location).Format(dateLayout)
		case start.day, w.day:
			return w.clock.Format(dateLayout)
		case w.zoned && !start.zone.floating:
			return w.clock.Add(-time.Duration(w.east) * time.Second).Format(utcLayout)
		}
		return w.clock.Format(clockLayout)
	})
	if rule, whole, err = recurrence.Read(text); err != nil || !start.day {
		return rule, whole, err
	}
	if rule.BelowDay() {
		return recurrence.Rule{}, false, fmt.Errorf("%s is no rule of whole days", rule)
	}
	return rule.InWholeDays(), whole, nil
}

var oldFrequency = pattern.New(`^(D|W|MP|MD|YM|YD)(\d{1,4})$`)

// fromVCalendar turns a rule of vCalendar 1.0, like W1 MO WE #10, into one of RFC 5545.
func fromVCalendar(text string) string {
	words := strings.Fields(strings.ToUpper(text))
	if len(words) == 0 {
		return text
	}
	kind := oldFrequency().FindStringSubmatch(words[0])
	if kind == nil {
		return text
	}
	frequency := map[string]string{
		"D": "DAILY", "W": "WEEKLY", "MP": "MONTHLY", "MD": "MONTHLY", "YM": "YEARLY", "YD": "YEARLY",
	}[kind[1]]
	list := map[string]string{"W": "BYDAY", "MP": "BYDAY", "MD": "BYMONTHDAY", "YM": "BYMONTH", "YD": "BYYEARDAY"}[kind[1]]
	rule := "FREQ=" + frequency + ";INTERVAL=" + kind[2]
	end, place := ";COUNT=2", ""
	var values []string
	for _, word := range words[1:] {
		sign := strings.TrimRight(word, "+-")
		switch {
		case word == "#0":
			end = ""
		case word[0] == '#':
			end = ";COUNT=" + word[1:]
		case len(word) >= len(dateLayout):
			end = ";UNTIL=" + word
		case kind[1] == "MP" && sign != word:
			place = strings.TrimPrefix(word[len(sign):]+sign, "+")
		case word == "LD":
			values = append(values, "-1")
		default:
			values = append(values, place+word[len(sign):]+sign)
		}
	}
	if len(values) > 0 {
		rule += ";" + list + "=" + strings.Join(values, ",")
	}
	return rule + end
}
