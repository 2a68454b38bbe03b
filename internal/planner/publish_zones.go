package planner

import (
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-ical"
)

// zones collects the time zones that a calendar names: it has to describe them.
type zones struct {
	until time.Time            // up to when they are described
	since map[string]time.Time // the earliest time in each
	found []*time.Location     // in the order of their first use
}

// describedAhead is for how many years to come changes of the clock are told; calendar programs read a calendar anew long before.
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

// components describe the zones, UTC where there is none.
func (z *zones) components() []*ical.Component {
	if len(z.found) == 0 {
		return []*ical.Component{describeZone(time.UTC, time.Unix(0, 0), z.until)}
	}
	described := make([]*ical.Component, 0, len(z.found))
	for _, zone := range z.found {
		described = append(described, describeZone(zone, z.since[zone.String()], z.until))
	}
	return described
}

// describeZone tells a zone's offset from UTC at since, and each change of it until the other time. Changes of one kind
// share a component.
func describeZone(zone *time.Location, since, until time.Time) *ical.Component {
	c := ical.NewComponent(ical.CompTimezone)
	setText(c.Props, ical.PropTimezoneID, zone.String())
	since = since.In(zone).AddDate(0, 0, -1) // an occurrence is never before what is described
	_, offset := since.Zone()
	kinds := []*ical.Component{observance(since, offset)}
	c.Children = kinds
	for _, change := since.ZoneBounds(); !change.IsZero() && change.Before(until); _, change = change.ZoneBounds() {
		kind := observance(change, offset)
		_, offset = change.Zone()
		same := slices.IndexFunc(c.Children[1:], func(k *ical.Component) bool { return sameKind(k, kind) })
		if same < 0 {
			c.Children = append(c.Children, kind)
			continue
		}
		again := ical.NewProp(ical.PropRecurrenceDates)
		again.Value = kind.Props.Get(ical.PropDateTimeStart).Value
		c.Children[same+1].Props.Add(again)
	}
	return c
}

// observance is what holds from a time on, told by the clock that was right until then.
func observance(from time.Time, offsetBefore int) *ical.Component {
	name, offset := from.Zone()
	kind := ical.CompTimezoneStandard
	if from.IsDST() {
		kind = ical.CompTimezoneDaylight
	}
	c := ical.NewComponent(kind)
	setText(c.Props, ical.PropTimezoneName, name)
	setRaw(c.Props, ical.PropDateTimeStart, from.In(time.FixedZone("", offsetBefore)).Format("20060102T150405"))
	setRaw(c.Props, ical.PropTimezoneOffsetFrom, utcOffset(offsetBefore))
	setRaw(c.Props, ical.PropTimezoneOffsetTo, utcOffset(offset))
	return c
}

func sameKind(a, b *ical.Component) bool {
	for _, name := range []string{ical.PropTimezoneName, ical.PropTimezoneOffsetFrom, ical.PropTimezoneOffsetTo} {
		if a.Props.Get(name).Value != b.Props.Get(name).Value {
			return false
		}
	}
	return a.Name == b.Name
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
