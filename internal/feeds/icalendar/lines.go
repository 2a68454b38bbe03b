package icalendar

import (
	"bytes"
	"slices"
	"strings"
)

// Limits for lines and components: anything beyond them is ignored.
const (
	maxHead    = 4096 // bytes of a name with its parameters
	maxNesting = 5    // nested components
	maxPlain   = 100  // lines of a component without dates
	maxDated   = 100_000
)

const (
	maxComponents = 50_000  // events in a text that are read
	maxCalendars  = 1_000   // calendars in a text that are distinguished
	maxParts      = 200_000 // of definitions of time zones
)

// property is a line: its name in capitals, its parameters that matter, and its value.
type property struct {
	name   string
	zone   string // TZID
	kind   string // VALUE, in capitals
	within string // RANGE, in capitals
	value  string
}

// component is a part of a calendar, with its relevant properties.
type component struct {
	name     string
	calendar int // the number of the VCALENDAR that it is in
	lines    []property
	plain    int // how many of them contain no dates
	children []*component
}

// all returns the lines with a name, in order.
func (c *component) all(name string) (list []property) {
	for _, p := range c.lines {
		if p.name == name {
			list = append(list, p)
		}
	}
	return list
}

// last returns a property that should occur once; of several the last counts, as in the former system.
func (c *component) last(name string) (property, bool) {
	for _, p := range slices.Backward(c.lines) {
		if p.name == name {
			return p, true
		}
	}
	return property{}, false
}

// value is the value of last, or "".
func (c *component) value(name string) string {
	p, _ := c.last(name)
	return strings.TrimSpace(p.value)
}

// wanted are the properties that components keep.
func wanted(component string) []string {
	switch component {
	case "VCALENDAR":
		return []string{"X-WR-TIMEZONE", "TIMEZONE-ID", "TZ", "METHOD"}
	case "VEVENT", "VTODO":
		return []string{
			"UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "SUMMARY", "DTSTART", "DTEND", "DUE", "DURATION", "RRULE",
			"EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "COMPLETED", "PERCENT-COMPLETE",
		}
	case "VTIMEZONE":
		return []string{"TZID", "X-LIC-LOCATION"}
	case "STANDARD", "DAYLIGHT":
		return []string{"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"}
	}
	return nil
}

// isDated reports whether a property contains dates.
func isDated(name string) bool {
	switch name {
	case "DTSTART", "DTEND", "DUE", "RDATE", "EXDATE", "RECURRENCE-ID", "DTSTAMP", "LAST-MODIFIED", "COMPLETED":
		return true
	}
	return false
}

// content is the content of a text: its calendars, and all their components in order.
type content struct {
	calendars  []*component
	components []*component
	events     int // events and tasks that were begun
	beyond     int // those of them that are beyond the limit
	parts      int // components that were begun
}

// readContent returns the content of a text, or nil if it is not a calendar. Invalid lines are skipped. An unclosed
// event ends where the next one begins, or with the text.
func readContent(data []byte) *content {
	found := false
	text := &content{calendars: []*component{newComponent("VCALENDAR", 0)}}
	path, skipped := slices.Clone(text.calendars), 0
	for line := range unfolded(fromUTF16(data)) {
		name, head, value := cut(line)
		switch name {
		case "":
		case "BEGIN":
			begun := strings.ToUpper(string(bytes.TrimSpace(value)))
			switch begun {
			case "VCALENDAR":
				text.close(path)
				if len(text.calendars) < maxCalendars {
					text.calendars = append(text.calendars, newComponent(begun, len(text.calendars)))
				}
				path, skipped, found = slices.Clone(text.calendars[len(text.calendars)-1:]), 0, true
				continue
			case "VEVENT", "VTODO":
				text.close(path)
				path, skipped = path[:1], 0
				if text.events++; text.events > maxComponents {
					text.beyond, skipped = text.beyond+1, 1
					continue
				}
				found = found || begun == "VEVENT"
			}
			if text.parts++; text.parts > maxParts+maxComponents {
				skipped++
				continue
			}
			path, skipped = begin(path, skipped, begun)
		case "END":
			path, skipped = text.end(path, skipped, strings.ToUpper(string(bytes.TrimSpace(value))))
		default:
			if skipped == 0 {
				path[len(path)-1].add(name, head, value)
			}
		}
	}
	text.close(path)
	if !found {
		return nil
	}
	return text
}

// close ends an unclosed event.
func (t *content) close(path []*component) {
	for _, c := range path {
		if c.name == "VEVENT" || c.name == "VTODO" {
			t.components = append(t.components, c)
		}
	}
}

func newComponent(name string, calendar int) *component {
	return &component{name: name, calendar: calendar}
}

// begin enters a component; irrelevant ones are skipped with everything in them.
func begin(path []*component, skipped int, name string) ([]*component, int) {
	if wanted(name) == nil || skipped > 0 || len(path) > maxNesting {
		return path, skipped + 1
	}
	return append(path, newComponent(name, path[0].calendar)), 0
}

// end leaves a component, which counts only once it has ended.
func (t *content) end(path []*component, skipped int, name string) ([]*component, int) {
	current := path[len(path)-1]
	switch {
	case len(path) > 1 && current.name == name:
		if parent := path[len(path)-2]; parent.name == "VCALENDAR" {
			t.components = append(t.components, current)
		} else {
			parent.children = append(parent.children, current)
		}
		return path[:len(path)-1], 0
	case skipped > 0:
		return path, skipped - 1
	}
	return path, 0
}

// cut finds the name of a line, its parameters and its value. The value begins at the first colon outside quotes; but
// some programs omit quotes, or do not close them, so the value of a date property begins where a date can be read.
func cut(line []byte) (name string, head, value []byte) {
	end := bytes.IndexAny(line[:min(len(line), maxHead)], ":;")
	if end < 0 {
		return "", nil, nil
	}
	name = strings.ToUpper(string(bytes.TrimSpace(line[:end])))
	if line[end] == ':' {
		return name, nil, line[end+1:]
	}
	first, any := 0, 0
	quoted := false
	for i := end; i < min(len(line), maxHead); i++ {
		switch {
		case line[i] == '"':
			quoted = !quoted
			continue
		case line[i] != ':' || bytes.HasPrefix(line[i+1:], []byte("//")):
			continue
		}
		if any == 0 {
			any = i
		}
		if isDated(name) && beginsWithDate(line[i+1:]) {
			return name, line[end+1 : i], line[i+1:]
		}
		if first == 0 && !quoted {
			first = i
		}
	}
	if first == 0 {
		first = any
	}
	if first == 0 {
		return "", nil, nil
	}
	return name, line[end+1 : first], line[first+1:]
}

// beginsWithDate reports whether the first of a list of times can be read.
func beginsWithDate(value []byte) bool {
	end := bytes.IndexAny(value[:min(len(value), 64)], ",/")
	if end < 0 {
		end = min(len(value), 64)
	}
	_, err := parseTime(string(value[:end]))
	return err == nil
}

// add keeps a relevant line.
func (c *component) add(name string, head, raw []byte) {
	i := slices.Index(wanted(c.name), name)
	if i < 0 || len(c.lines)-c.plain >= maxDated {
		return
	}
	if !isDated(name) {
		if c.plain++; c.plain > maxPlain {
			return
		}
	}
	p := property{name: wanted(c.name)[i]}
	charset, encoding := "", ""
	for key, value := range parameters(head) {
		switch key {
		case "TZID":
			p.zone = utf8Of(value, "")
		case "VALUE":
			p.kind = strings.ToUpper(string(value))
		case "RANGE":
			p.within = strings.ToUpper(string(value))
		case "CHARSET":
			charset = string(value)
		case "ENCODING":
			encoding = string(value)
		case "QUOTED-PRINTABLE", "BASE64": // vCalendar omits the name
			encoding = key
		}
	}
	p.value = utf8Of(decoded(raw, encoding), charset)
	c.lines = append(c.lines, p)
}

// parameters yields the parameters of a line, with names in capitals.
func parameters(head []byte) func(yield func(string, []byte) bool) {
	return func(yield func(string, []byte) bool) {
		for len(head) > 0 {
			end, quoted := 0, false
			for ; end < len(head) && (quoted || head[end] != ';'); end++ {
				if head[end] == '"' {
					quoted = !quoted && bytes.IndexByte(head[end+1:], '"') >= 0
				}
			}
			key, value, _ := bytes.Cut(head[:end], []byte("="))
			if !yield(strings.ToUpper(string(bytes.TrimSpace(key))), bytes.Trim(value, "\" \t")) {
				return
			}
			head = head[min(end+1, len(head)):]
		}
	}
}

// plainText decodes the escapes in a text.
func plainText(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			switch i++; text[i] {
			case 'n', 'N':
				b.WriteByte('\n')
			case '\\', ';', ',', ':', '"':
				b.WriteByte(text[i])
			default:
				b.WriteString(text[i-1 : i+1])
			}
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
