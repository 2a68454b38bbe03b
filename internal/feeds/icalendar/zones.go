package icalendar

import (
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// zone is a time zone, with the name by which Location finds it again.
type zone struct {
	name     string // "" is UTC
	location *time.Location
	floating bool // the zone of the calendar's reader
	literal  *int // the offset from UTC, in seconds, of an abbreviation like CEST
}

var (
	utc      = zone{location: time.UTC}
	floating = zone{location: time.UTC, floating: true}
)

// fixed is a zone with a constant offset from UTC, in seconds.
func fixed(east int) zone {
	if east == 0 {
		return utc
	}
	name := "<S>" + posixOffset(east)
	return zone{name: name, location: time.FixedZone(name, east)}
}

// Location returns the time zone of an Event, from an IANA name or a calendar's own definition.
func Location(name string) (*time.Location, error) {
	if strings.HasPrefix(name, "<") || strings.HasPrefix(name, "@") {
		return describedLocation(name)
	}
	return recurrence.Zone(name)
}

// maxGuesses limits how many unknown names in a text are interpreted.
const maxGuesses = 500

// zones finds the time zones of one calendar in a text.
type zones struct {
	*zoneFinder
	calendar int
	own      zone // of times without a zone
}

// zoneFinder finds the time zones of one text.
type zoneFinder struct {
	defined    map[string]*component // VTIMEZONE, by folded TZID
	byCalendar map[int][]string      // those names, by calendar
	found      map[string]finding
	guesses    int
	budget     *budget
	report     *Report
}

type finding struct {
	zone  zone
	known bool
}

func newZoneFinder(text *content, b *budget, r *Report) *zoneFinder {
	f := &zoneFinder{
		defined: map[string]*component{}, byCalendar: map[int][]string{}, found: map[string]finding{},
		budget: b, report: r,
	}
	for _, c := range text.components {
		if c.name == "VTIMEZONE" {
			id := fold(plainText(c.value("TZID")))
			f.defined[id] = c
			f.byCalendar[c.calendar] = append(f.byCalendar[c.calendar], id)
		}
	}
	return f
}

// zonesOf are the zones of a calendar: times without a zone are in the one that the calendar names, else in that of its
// only VTIMEZONE, else in that of the reader.
func (f *zoneFinder) zonesOf(calendar *component) *zones {
	z := &zones{zoneFinder: f, calendar: calendar.calendar, own: floating}
	for _, name := range []string{"X-WR-TIMEZONE", "TIMEZONE-ID", "TZ"} {
		if found, known := z.find(plainText(calendar.value(name))); known {
			z.own = found
			return z
		}
	}
	only := ""
	for _, id := range f.byCalendar[calendar.calendar] {
		if only != "" && id != only {
			return z
		}
		only = id
	}
	if found, known := z.find(only); known {
		z.own = found
	}
	return z
}

// find returns the zone with that name in the calendar.
func (f *zoneFinder) find(id string) (zone, bool) {
	id = fold(id)
	if id == "" {
		return zone{}, false
	}
	result, before := f.found[id]
	if !before {
		result.zone, result.known = f.look(id)
		if !result.known {
			f.report.unknownZone(id)
		}
		f.found[id] = result
	}
	return result.zone, result.known
}

// look prefers the standard list of zones to the calendar's own definition, which is often a rough copy. But a name
// without daylight saving, like GMT, is often used for a definition that has it.
func (f *zoneFinder) look(id string) (zone, bool) {
	named, isNamed := zoneOf(id)
	if isNamed && hasSeasons(named) {
		return named, true
	}
	if definition := f.defined[id]; definition != nil {
		if found, ok := zoneOf(fold(definition.value("X-LIC-LOCATION"))); ok && hasSeasons(found) {
			return found, true
		}
		if found, ok := f.define(definition); ok && (!isNamed || changesWithin(found)) {
			return found, true
		}
	}
	if isNamed {
		return named, true
	}
	if f.guesses++; f.guesses > maxGuesses {
		return zone{}, false
	}
	found, sure, ok := read(id)
	if ok && !sure {
		f.report.guessedZone(id, found)
	}
	return found, ok
}

// define reads a definition, if there is time left.
func (f *zoneFinder) define(definition *component) (zone, bool) {
	if !f.budget.left() {
		return zone{}, false
	}
	return defined(definition)
}

// hasSeasons reports whether a zone name means more than an offset from UTC.
func hasSeasons(z zone) bool {
	return strings.Contains(z.name, "/") && !strings.HasPrefix(z.name, "Etc/") || changesWithin(z)
}

// changesWithin reports whether the zone has clock changes since 1970.
func changesWithin(z zone) bool {
	_, change := time.Unix(0, 0).In(z.location).ZoneBounds()
	return !change.IsZero()
}
