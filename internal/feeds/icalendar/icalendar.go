// Package icalendar parses calendars as they are published (RFC 5545, vCalendar 1.0, and the variants of Google,
// Outlook and Apple) into events that are easy to store: times in UTC, time zones resolved, repetition as checked
// rules. Unreadable parts of an event are left out, and reported. The package does not use the database or feeds,
// fetches nothing, and limits its work for any text, since calendars come from strangers.
package icalendar

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// Version is increased whenever the same text is parsed differently.
const Version = 2

// Limits for parsing a calendar.
const (
	MaxEvents    = 10_000          // past events are dropped first, beginning with the oldest
	MaxTitle     = 255             // code points; longer titles are cut
	maxDates     = 5_000           // excluded dates of a series; the newest are kept
	maxWork      = 5 * time.Second // for parsing one calendar
	maxFollowing = 2 * time.Second // of this for rules
)

// ErrNoCalendar means that a text is not a calendar, but for example a web page.
var ErrNoCalendar = errors.New("this is no calendar: BEGIN:VCALENDAR is missing")

// Forever is the end of a series without one.
var Forever = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// Event is an event or a series of events. Times are in UTC; a whole day begins and ends at midnight, and the times of
// a floating event are local times, wherever the reader is.
type Event struct {
	Title      string // "" if it has none
	Start, End time.Time
	AllDay     bool
	Floating   bool
	Zone       string    // zone of a series, for Location; "" for a single event and for UTC
	Recurrence string    // of a series: see series.go; "" for a single event
	LastEnd    time.Time // end of the last occurrence, or Forever
}

// Parse reads a calendar. Broken parts are left out, and reported.
func Parse(data []byte) ([]Event, Report, error) {
	text := readContent(data)
	if text == nil {
		return nil, Report{}, ErrNoCalendar
	}
	r := newReader(text)
	events := r.events()
	now := time.Now()
	if extra := len(events) - MaxEvents; extra > 0 {
		r.report.Dropped += extra
		slices.SortStableFunc(events, func(a, b Event) int { return a.compareUse(b, now) })
		events = events[:MaxEvents]
	}
	return events, r.report, nil
}

// compareUse sorts by usefulness to somebody who looks at the calendar now: current and future events, the soonest
// first, then past ones, the latest first.
func (e Event) compareUse(other Event, now time.Time) int {
	over, otherOver := e.LastEnd.Before(now), other.LastEnd.Before(now)
	switch {
	case over != otherOver && over:
		return 1
	case over != otherOver:
		return -1
	case over:
		return other.LastEnd.Compare(e.LastEnd)
	}
	return cmp.Or(e.Start.Compare(other.Start), e.LastEnd.Compare(other.LastEnd))
}

// budget limits the work on one calendar.
type budget struct {
	until   time.Time
	rules   time.Duration // time spent on rules so far
	counted int           // occurrences of rules with COUNT that may still be expanded
	dates   int           // single dates that may still be kept
}

func newBudget() budget {
	return budget{until: time.Now().Add(maxWork), counted: 5_000_000, dates: 200_000}
}

func (b *budget) left() bool { return time.Now().Before(b.until) }

// follow reports whether a rule with that many occurrences (0 if unknown) may be expanded.
func (b *budget) follow(count int) bool {
	b.counted -= count
	return b.counted >= 0 && b.rules < maxFollowing && b.left()
}

// followed counts the time since work on a rule began.
func (b *budget) followed(begun time.Time) { b.rules += time.Since(begun) }

// keep is how many of a number of dates are kept; some always are.
func (b *budget) keep(dates int) int {
	kept := min(dates, maxDates, max(b.dates, 50))
	b.dates -= kept
	return kept
}
