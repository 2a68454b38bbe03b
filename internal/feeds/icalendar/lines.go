package icalendar

import (
	"bytes"
	"slices"
	"strings"

	ics "github.com/arran4/golang-ical"
)

// Limits of lines: longer ones are left out, as if they were not there.
const (
	maxLine    = 64 << 10 // bytes, unfolded
	maxHead    = 512      // bytes of a name with its parameters: what the library does with them grows with the square
	maxNesting = 5        // components in each other; deeper ones are skipped
	maxRepeats = 200      // lines of one name in an event
)

// property is a line: its name in capitals, its parameters that matter, and its value as it stands.
type property struct {
	name  string
	zone  string // TZID
	value string
}

// component is a part of a calendar with the properties that matter here.
type component struct {
	name       string
	properties map[string][]property
	children   []*component
}

// last returns the value of a property that stands once; of several the last counts, as in the old system.
func (c *component) last(name string) (property, bool) {
	list := c.properties[name]
	if len(list) == 0 {
		return property{}, false
	}
	return list[len(list)-1], true
}

// value is that of last, "" when there is none.
func (c *component) value(name string) string {
	p, _ := c.last(name)
	return strings.TrimSpace(p.value)
}

// wanted are the properties that are kept, by component.
var wanted = map[string][]string{
	"VCALENDAR": {"X-WR-TIMEZONE", "TIMEZONE-ID"},
	"VEVENT":    {"UID", "SUMMARY", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS"},
	"VTIMEZONE": {"TZID", "X-LIC-LOCATION"},
	"STANDARD":  {"DTSTART", "TZOFFSETTO", "RRULE"},
	"DAYLIGHT":  {"DTSTART", "TZOFFSETTO", "RRULE"},
}

// readComponents returns the calendars of a text as one component, nil when there is none. Lines that are none are
// skipped, and so is an event in which the next one begins.
func readComponents(text []byte) *component {
	found := false
	root := &component{name: "VCALENDAR", properties: map[string][]property{}}
	path, skipped, events := []*component{root}, 0, 0
	lines := ics.NewCalendarStream(bytes.NewReader(text))
	for events <= maxComponents {
		line, err := lines.ReadLine()
		if line != nil {
			name, head, value := cut(string(*line))
			switch name {
			case "BEGIN":
				begun := strings.ToUpper(strings.TrimSpace(value))
				if begun == "VEVENT" {
					path, skipped, events = path[:1], 0, events+1
				}
				found = found || begun == "VEVENT" || begun == "VCALENDAR"
				path, skipped = begin(path, skipped, begun)
			case "END":
				path, skipped = end(path, skipped, strings.ToUpper(strings.TrimSpace(value)))
			default:
				if skipped == 0 {
					path[len(path)-1].add(name, head, value)
				}
			}
		}
		if err != nil { // the end of the text
			break
		}
	}
	if !found {
		return nil
	}
	return root
}

// begin enters a component; one that does not matter is skipped with all that is in it.
func begin(path []*component, skipped int, name string) ([]*component, int) {
	if _, known := wanted[name]; name == "VCALENDAR" {
		return path[:1], 0
	} else if !known || skipped > 0 || len(path) > maxNesting {
		return path, skipped + 1
	}
	return append(path, &component{name: name, properties: map[string][]property{}}), 0
}

// end leaves a component, which counts only when it ends.
func end(path []*component, skipped int, name string) ([]*component, int) {
	current := path[len(path)-1]
	switch {
	case len(path) > 1 && current.name == name:
		parent := path[len(path)-2]
		parent.children = append(parent.children, current)
		return path[:len(path)-1], 0
	case skipped > 0:
		return path, skipped - 1
	}
	return path, 0
}

// cut finds the name of a line and where its value begins: at the first colon outside quotes.
func cut(line string) (name, head, value string) {
	if len(line) > maxLine {
		return "", "", ""
	}
	quoted := false
	for i := range min(len(line), maxHead) {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				name, _, _ = strings.Cut(line[:i], ";")
				return strings.ToUpper(strings.TrimSpace(name)), line[:i], line[i+1:]
			}
		}
	}
	return "", "", ""
}

func (c *component) add(name, head, value string) {
	if !slices.Contains(wanted[c.name], name) || len(c.properties[name]) == maxRepeats {
		return
	}
	p := property{name: name, value: value}
	if strings.Contains(head, ";") {
		parsed, err := ics.ParseProperty(ics.ContentLine(head + ":"))
		if err != nil || parsed == nil {
			return
		}
		for key, values := range parsed.ICalParameters {
			if strings.EqualFold(key, "TZID") && len(values) > 0 {
				p.zone = values[0]
			}
		}
	}
	c.properties[name] = append(c.properties[name], p)
}
