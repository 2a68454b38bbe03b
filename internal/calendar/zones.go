package calendar

import (
	"fmt"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

const (
	clockFormat = "20060102T150405"
	utcFormat   = clockFormat + "Z"
)

// zones collects the time zones that a calendar names: it has to describe them.
type zones struct {
	until time.Time            // up to when they are described
	since map[string]time.Time // the earliest time in each
	found []*time.Location     // in the order of their first use
}

// describedAhead is for how many years to come changes of the clock are told; calendar programs read a calendar anew
// long before.
const describedAhead = 5

func newZones(now time.Time) *zones {
	return &zones{until: time.Date(now.Year()+describedAhead+1, 1, 1, 0, 0, 0, 0, time.UTC), since: map[string]time.Time{}}
}

func (z *zones) add(zone *time.Location, t time.Time) {
	if zone == time.UTC {
		return
	}
	since, known := z.since[zone.String()]
	if !known {
		z.found = append(z.found, zone)
	}
	if !known || t.Before(since) {
		z.since[zone.String()] = t
	}
}

// components describe the zones. Where there is none it is UTC: a calendar must not be empty.
func (z *zones) components() []ics.Component {
	if len(z.found) == 0 {
		return []ics.Component{describeZone(time.UTC, time.Unix(0, 0), z.until)}
	}
	described := make([]ics.Component, 0, len(z.found))
	for _, zone := range z.found {
		described = append(described, describeZone(zone, z.since[zone.String()], z.until))
	}
	return described
}

// describeZone tells a zone's offset from UTC at since, and each change of it until the other time. Changes of one kind
// share a component.
func describeZone(zone *time.Location, since, until time.Time) *ics.VTimezone {
	described := ics.NewTimezone(zone.String())
	since = since.In(zone).AddDate(0, 0, -1) // no occurrence is before what is described
	_, offset := since.Zone()
	component, _ := observanceAt(since, offset).component(since)
	described.Components = append(described.Components, component)
	known := map[observance]*ics.ComponentBase{}
	for change := since; ; {
		next, ok := recurrence.NextChange(change, until, zone)
		if !ok {
			break
		}
		change = next
		kind := observanceAt(change, offset)
		_, offset = change.Zone()
		if same := known[kind]; same != nil {
			if !same.HasProperty(ics.ComponentPropertyRdate) { // ical.js does not count the start beside other dates
				same.AddRdate(same.GetProperty(ics.ComponentPropertyDtStart).Value)
			}
			same.AddRdate(kind.clock(change))
			continue
		}
		component, known[kind] = kind.component(change)
		described.Components = append(described.Components, component)
	}
	return described
}

// observance is a kind of change of clocks.
type observance struct {
	name     string
	daylight bool
	from, to int // offsets from UTC in seconds
}

func observanceAt(t time.Time, offsetBefore int) observance {
	name, offset := t.Zone()
	return observance{name: name, daylight: t.IsDST(), from: offsetBefore, to: offset}
}

// clock returns the local time of the change, before the switch.
func (o observance) clock(change time.Time) string {
	return change.In(time.FixedZone("", o.from)).Format(clockFormat)
}

// component tells the first change of this kind; further ones are added to what it returns with it.
func (o observance) component(change time.Time) (ics.Component, *ics.ComponentBase) {
	base := ics.ComponentBase{}
	base.AddProperty(ics.ComponentPropertyDtStart, o.clock(change))
	base.AddProperty("TZOFFSETFROM", utcOffset(o.from))
	base.AddProperty("TZOFFSETTO", utcOffset(o.to))
	base.AddProperty("TZNAME", o.name)
	if o.daylight {
		daylight := &ics.Daylight{ComponentBase: base}
		return daylight, &daylight.ComponentBase
	}
	standard := &ics.Standard{ComponentBase: base}
	return standard, &standard.ComponentBase
}

// utcOffset writes seconds east of Greenwich as +hhmm, or +hhmmss where there are seconds.
func utcOffset(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	text := fmt.Sprintf("%s%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		text += fmt.Sprintf("%02d", seconds%60)
	}
	return text
}
