package icalendar

import (
	"slices"
	"strings"
	"time"
)

// family is an event with its changed occurrences.
type family struct {
	head    *entry // nil if the calendar only has changed occurrences
	changed []*entry
}

// events reads all events of the text.
func (r *reader) events() []Event {
	list := []Event{}
	if r.text.beyond > 0 {
		r.report.unreadable(r.text.beyond, tooManySeen)
	}
	r.report.Events = r.text.beyond
	for _, f := range r.families() {
		if !r.budget.left() {
			r.report.unreadable(len(f.entries()), tooMuchWork)
			continue
		}
		list = append(list, r.familyEvents(f)...)
		for _, e := range f.entries() {
			r.tell(e)
		}
	}
	return list
}

func (f *family) entries() []*entry {
	if f.head == nil {
		return f.changed
	}
	return append(slices.Clone(f.changed), f.head)
}

// tell reports what was not read of an entry.
func (r *reader) tell(e *entry) {
	switch {
	case e.cancelled:
	case e.err != nil:
		r.report.unreadable(1, noStart)
	case len(e.clipped) > 0:
		r.report.Clipped++
		for _, part := range e.clipped {
			if !slices.Contains(r.report.Parts, part) {
				r.report.Parts = append(r.report.Parts, part)
			}
		}
	}
}

// families groups entries by UID, in the order of the text. Of several versions of an event the newest counts.
func (r *reader) families() (list []*family) {
	known := map[string][]*family{}
	var changed []*entry
	for _, c := range r.text.components {
		if !isMeant(c) {
			continue
		}
		r.report.Events++
		if !r.budget.left() {
			r.report.unreadable(1, tooMuchWork)
			continue
		}
		e := r.read(c)
		if c.value("RECURRENCE-ID") != "" {
			changed = append(changed, e)
			continue
		}
		id := e.identity()
		if id == "" || !supersedes(known[id], e) {
			f := &family{head: e}
			known[id], list = append(known[id], f), append(list, f)
		}
	}
	alone := map[string]*family{}
	for _, e := range changed {
		id := e.identity()
		of := known[id]
		if id == "" || len(of) == 0 {
			f := alone[id]
			if id == "" || f == nil {
				f = &family{}
				alone[id], list = f, append(list, f)
			}
			of = []*family{f}
		}
		for _, f := range of {
			f.change(e)
		}
	}
	return list
}

// identity is the UID, separate for events and tasks.
func (e *entry) identity() string {
	uid := e.value("UID")
	if uid == "" {
		return ""
	}
	return e.name + " " + uid
}

// supersedes finds another version of an event, and reports whether there is one. Versions of the same age that differ
// are different events, since some programs give all events one UID.
func supersedes(known []*family, e *entry) bool {
	for _, f := range known {
		order := e.compare(f.head.version)
		switch {
		case !e.usable() && f.head.usable(), e.cancelled && f.head.cancelled:
			return true
		case !f.head.usable() || order > 0:
			f.head = e
			return true
		case order < 0:
			return true
		case e.hasSameContent(f.head):
			if e.cancelled {
				f.head = e
			}
			return true
		}
	}
	return false
}

// usable reports whether enough is known about the entry: cancelled ones need no start.
func (e *entry) usable() bool { return e.err == nil || e.cancelled }

func (e *entry) hasSameContent(other *entry) bool {
	return e.start.at.Equal(other.start.at) && e.start.day == other.start.day && e.title == other.title &&
		e.value("RRULE") == other.value("RRULE")
}

// change adds a changed occurrence, unless there is a newer version of it.
func (f *family) change(e *entry) {
	p, _ := e.last("RECURRENCE-ID")
	of := e
	if f.head != nil && f.head.err == nil {
		of = f.head
	}
	original, err := moment{}, of.err
	if err == nil {
		original, err = e.zones.moment(p, of.otherwise())
	}
	if err != nil { // it becomes a separate event
		e.clip("an original date that can't be read")
		f.changed = append(f.changed, e)
		return
	}
	copied := *e
	e = &copied
	e.original, e.following = of.like(original), p.within == "THISANDFUTURE"
	for i, other := range f.changed {
		if !other.original.at.Equal(e.original.at) {
			continue
		}
		if e.compare(other.version) >= 0 && (e.usable() || !other.usable()) {
			f.changed[i] = e
		}
		return
	}
	f.changed = append(f.changed, e)
}

// familyEvents are the events of a family: changed occurrences are separate events.
func (r *reader) familyEvents(f *family) (list []Event) {
	if f.head != nil && f.head.err == nil && !f.head.cancelled {
		list = append(list, r.repeated(f)...)
	}
	for _, e := range f.changed {
		switch {
		case e.err != nil || e.cancelled:
		case f.head != nil && f.head.cancelled && e.compare(f.head.version) <= 0: // cancelled with all the others
		case e.following && f.head != nil && f.head.err == nil: // is a part of the series
		default:
			list = append(list, e.event())
		}
	}
	return list
}

// dates reads lists of times of a series.
func (e *entry) dates(list []property) (times []time.Time) {
	for _, p := range list {
		for text := range strings.FieldsFuncSeq(p.value, func(r rune) bool { return r == ',' || r == ';' }) {
			text, _, _ = strings.Cut(text, "/")
			m, err := e.zones.moment(property{value: text, zone: p.zone, kind: p.kind}, e.otherwise())
			if err != nil {
				e.clip("a date of the series")
				continue
			}
			times = append(times, e.like(m).at)
		}
	}
	return times
}
