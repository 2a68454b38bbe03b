package icalendar

import (
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// zone is a time zone with the name by which Location finds it again.
type zone struct {
	name     string // "" is UTC
	location *time.Location
}

// Location returns the time zone of an Event: an IANA name, or rules that a calendar brought.
func Location(name string) (*time.Location, error) {
	if strings.HasPrefix(name, "<") {
		return rulesLocation(name)
	}
	return recurrence.Zone(name)
}

// maxZones bounds how many zones are looked for in one calendar.
const maxZones = 200

// zones finds the time zones of one calendar.
type zones struct {
	defined  map[string]*component // VTIMEZONE, by TZID
	floating zone                  // of times without a zone
	found    map[string]zone
}

func newZones(calendar *component) *zones {
	z := &zones{defined: map[string]*component{}, floating: utc, found: map[string]zone{}}
	for _, c := range calendar.children {
		if c.name == "VTIMEZONE" {
			z.defined[ics.FromText(c.value("TZID"))] = c
		}
	}
	for _, name := range []string{"X-WR-TIMEZONE", "TIMEZONE-ID"} {
		if own := calendar.value(name); own != "" {
			z.floating = z.find(own)
		}
	}
	return z
}

// find returns the zone that a calendar calls so, or the one of times without a zone when nothing is known of it.
func (z *zones) find(id string) zone {
	id = strings.TrimSpace(id)
	known, ok := z.found[id]
	if id == "" || !ok && len(z.found) == maxZones {
		return z.floating
	}
	if !ok {
		if known, ok = z.look(id); !ok {
			known = z.floating
		}
		z.found[id] = known
	}
	return known
}

// look prefers the world's list of zones to what the calendar itself defines: that is often a rough copy.
func (z *zones) look(id string) (zone, bool) {
	if found, ok := named(id); ok {
		return found, true
	}
	if definition := z.defined[id]; definition != nil {
		if found, ok := named(definition.value("X-LIC-LOCATION")); ok {
			return found, true
		}
		if found, ok := defined(definition); ok {
			return found, true
		}
	}
	// Some programs put their own name in front: /freeassociation.sourceforge.net/Europe/Berlin.
	parts := strings.Split(id, "/")
	for n := min(len(parts)-1, 3); n >= 2; n-- {
		if found, ok := named(strings.Join(parts[len(parts)-n:], "/")); ok {
			return found, true
		}
	}
	return zone{}, false
}

// named finds a zone by its IANA or Windows name.
func named(id string) (zone, bool) {
	if other, ok := windowsZones[id]; ok {
		id = other
	}
	location, err := recurrence.Zone(id)
	if err != nil || id == "" {
		return zone{}, false
	}
	return zone{name: id, location: location}, true
}
