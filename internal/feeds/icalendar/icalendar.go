// Package icalendar reads calendars as people publish them (RFC 5545, vCalendar 1.0, and what Google, Outlook and Apple
// make of them) into events that are easy to store: times in UTC, time zones found, repetition as checked rules. What
// can't be read of an event is left out of it, and reported. It knows no database and no feed, fetches nothing, and its
// work is bounded whatever a text says: calendars come from strangers.
package icalendar

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// Version counts up whenever the same text is read in another way.
const Version = 2

// Limits of what is read of a calendar.
const (
	MaxEvents    = 10_000          // what is over goes first, the oldest before
	MaxTitle     = 255             // code points; what is longer is cut
	maxDates     = 5_000           // single dates of a series that do not happen: the newest are kept
	maxWork      = 5 * time.Second // for reading one calendar
	maxFollowing = 2 * time.Second // of it for rules
)

// ErrNoCalendar says that a text is something else, a web page for example.
var ErrNoCalendar = errors.New("this is no calendar: BEGIN:VCALENDAR is missing")

// Forever is the end of a series without one.
var Forever = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// Event is an event or a series of events. Times are in UTC; those of a whole day are its midnights, and those of a
// floating event are what clocks show, wherever they are.
type Event struct {
	Title      string // "" when it has none
	Start, End time.Time
	AllDay     bool
	Floating   bool
	Zone       string    // whose clock a series follows, for Location; "" of a single event and for UTC
	Recurrence string    // of a series: see series.go; "" of a single event
	LastEnd    time.Time // end of the last occurrence, or Forever
}

// Parse reads a calendar. What is broken in it is left out, part by part, and reported.
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

// compareUse puts first what is of more use to somebody who looks at the calendar now: what is not over, the sooner the
// better, then what is over, the later the better.
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

// budget bounds the work on one calendar.
type budget struct {
	until   time.Time
	rules   time.Duration // for which rules have been followed
	counted int           // occurrences of rules with COUNT that are still followed
	dates   int           // single dates that are still kept
}

func newBudget() budget {
	return budget{until: time.Now().Add(maxWork), counted: 5_000_000, dates: 200_000}
}

func (b *budget) left() bool { return time.Now().Before(b.until) }

// follow reports whether a rule that gives that many occurrences, 0 for no known number, may be followed.
func (b *budget) follow(count int) bool {
	b.counted -= count
	return b.counted >= 0 && b.rules < maxFollowing && b.left()
}

// followed counts the time since work on a rule began.
func (b *budget) followed(begun time.Time) { b.rules += time.Since(begun) }

// keep is how many of that many dates are kept: some of them in any case.
func (b *budget) keep(dates int) int {
	kept := min(dates, maxDates, max(b.dates, 50))
	b.dates -= kept
	return kept
}
