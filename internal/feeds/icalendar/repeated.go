package icalendar

import (
	"slices"
	"strings"
	"time"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

// stretch is a part of a series in which all occurrences are alike: the whole series, or the part before or after a
// change to an occurrence and all later ones.
type stretch struct {
	*entry             // describes its occurrences
	from, to time.Time // the original starts that belong to it; zero for no end
	original moment    // the original start of the entry's occurrence
}

// repeated returns an event with its repetition: a series if there is a rule, and a separate event for each additional
// date. If the rules can't be expanded, it is a single event.
func (r *reader) repeated(f *family) (list []Event) {
	e := f.head
	base, isSeries := r.series(e)
	skip := r.skipped(f)
	base.Skip = skip
	skipped := make(map[int64]bool, len(skip))
	for _, t := range skip {
		skipped[t.Unix()] = true
	}
	extra := r.extra(e, base, isSeries, skipped)
	for _, part := range f.stretches() {
		if part.cancelled || part.err != nil {
			continue
		}
		switch {
		case part.entry != e && len(part.all("RRULE")) > 0: // a separate series
			list = append(list, r.repeated(&family{head: part.entry})...)
			continue
		case isSeries:
			if series, ok := part.series(base); ok {
				list = append(list, series)
			}
		case part.has(e.start.at) && !skipped[e.start.at.Unix()]:
			list = append(list, part.event())
		}
		for _, other := range extra {
			if event, ok := other.event(part); ok && part.has(other.start.at) {
				list = append(list, event)
			}
		}
	}
	return list
}

// series reads the rules of an event. ok is false when it does not repeat by rules.
func (r *reader) series(e *entry) (s baseSeries, ok bool) {
	s.Series = recurrence.Series{Start: e.start.at, Zone: e.start.zone.location}
	if !e.start.clock.Equal(recurrence.Clock(s.Start, s.Zone)) {
		s.Clock = e.start.clock
	}
	rules := r.rules(e, "RRULE")
	if len(rules) == 0 {
		return s, false
	}
	s.Rule, s.More = rules[0], rules[1:]
	s.Except = r.rules(e, "EXRULE")
	if !r.budget.follow(s.Counted()) {
		e.clip("a repetition that takes too long to follow")
		s.Rule, s.More, s.Except = recurrence.Rule{}, nil, nil
		return s, false
	}
	defer r.budget.followed(time.Now())
	s.Series = s.Uncounted()
	s.last, s.endless = s.Last()
	return s, s.endless || s.last.After(s.Start)
}

// baseSeries is a series according to its rules, with its end.
type baseSeries struct {
	recurrence.Series
	last    time.Time
	endless bool
}

func (r *reader) rules(e *entry, name string) (rules []recurrence.Rule) {
	for i, p := range e.all(name) {
		if strings.TrimSpace(p.value) == "" || slices.ContainsFunc(e.all(name)[:i], p.equal) {
			continue
		}
		rule, whole, err := e.zones.rule(p.value, e.start)
		if err != nil || !whole {
			e.clip("a rule of repetition")
		}
		if err == nil {
			rules = append(rules, rule)
		}
	}
	return rules
}

func (p property) equal(other property) bool { return p.value == other.value }

// skipped are the occurrences that do not happen: excluded from the series, or changed into separate events. If there
// are too many, the newest are kept.
func (r *reader) skipped(f *family) []time.Time {
	times := f.head.dates(f.head.all("EXDATE"))
	for _, e := range f.changed {
		if !e.following && !e.original.at.IsZero() && e.usable() {
			times = append(times, e.original.at)
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	times = slices.CompactFunc(times, time.Time.Equal)
	if extra := len(times) - r.budget.keep(len(times)); extra > 0 {
		f.head.clip("old dates that are left out")
		times = times[extra:]
	}
	return times
}

// stretches are the parts of a series, in order.
func (f *family) stretches() []stretch {
	list := []stretch{{entry: f.head, original: f.head.start}}
	var later []*entry
	for _, e := range f.changed {
		if e.following && e.usable() {
			later = append(later, e)
		}
	}
	slices.SortFunc(later, func(a, b *entry) int { return a.original.at.Compare(b.original.at) })
	for _, e := range later {
		list[len(list)-1].to = e.original.at
		list = append(list, stretch{entry: e, from: e.original.at, original: e.original})
	}
	return list
}

// has reports whether an occurrence, by its original start, belongs to the stretch.
func (p stretch) has(start time.Time) bool {
	return !start.Before(p.from) && (p.to.IsZero() || start.Before(p.to))
}

// shift is the difference in local time from the original start.
func (p stretch) shift() time.Duration { return p.shown.clock.Sub(p.original.clock) }

// shownAt is the occurrence with an original start.
func (p stretch) shownAt(start time.Time, base *time.Location) moment {
	if p.shift() == 0 && p.shown.zone.name == p.original.zone.name {
		return moment{at: start, clock: recurrence.Clock(start, base), day: p.shown.day, zone: p.shown.zone}
	}
	return p.shown.zone.read(recurrence.Clock(start, base).Add(p.shift()))
}

// series returns the stretch as a series. ok is false if it is empty.
func (p stretch) series(base baseSeries) (Event, bool) {
	if !p.to.IsZero() && !p.to.After(base.Start) {
		return Event{}, false
	}
	last, endless := base.last, base.endless
	if !p.from.IsZero() && !endless && last.Before(p.from) {
		return Event{}, false
	}
	series := p.event()
	series.Zone, series.LastEnd = p.shown.zone.name, Forever
	if !p.to.IsZero() && (endless || last.After(p.to)) {
		last, endless = p.to, false
	}
	shown := p.shownAt(last, base.Zone)
	if end := p.endFrom(shown); !endless && end.Before(Forever) {
		series.LastEnd = end
	}
	series.Recurrence = p.recurrence(base.Series)
	return series, true
}

// further is an additional date of a series.
type further struct {
	start moment
	end   time.Time // zero if the event is as long as the others
	base  *time.Location
}

// extra are the dates that a series has in addition to its rules.
func (r *reader) extra(e *entry, base baseSeries, isSeries bool, skipped map[int64]bool) (list []further) {
	known := map[int64]bool{e.start.at.Unix(): true}
	for _, p := range e.all("RDATE") {
		for text := range strings.FieldsFuncSeq(p.value, func(r rune) bool { return r == ',' || r == ';' }) {
			begin, length, isPeriod := strings.Cut(text, "/")
			p.value = begin
			m, err := e.zones.moment(p, e.otherwise())
			if err != nil {
				e.clip("a date of the series")
				continue
			}
			m = e.like(m)
			if at := m.at.Unix(); known[at] || skipped[at] || isSeries && r.budget.left() && base.Has(m.at) {
				continue
			}
			known[m.at.Unix()] = true
			date := further{start: m, base: base.Zone}
			if isPeriod {
				date.end = e.periodEnd(m, property{value: length, zone: p.zone})
			}
			list = append(list, date)
		}
	}
	return list
}

// periodEnd reads the second half of a period: an end, or a length.
func (e *entry) periodEnd(start moment, p property) time.Time {
	if length, err := parseSpan(p.value); err == nil {
		return length.after(start)
	}
	if end, err := e.zones.moment(p, e.otherwise()); err == nil && end.at.After(start.at) {
		return e.like(end).at
	}
	e.clip("a date of the series")
	return time.Time{}
}

// event is the date as a separate event.
func (d further) event(p stretch) (event Event, ok bool) {
	event = p.event()
	shown := p.shownAt(d.start.at, d.base)
	event.Start, event.End = shown.at, p.endFrom(shown)
	if !d.end.IsZero() && p.shift() == 0 {
		event.End = d.end
	}
	event.LastEnd = event.End
	return event, !event.End.After(latest) && event.End.Sub(event.Start) <= maxLength
}
