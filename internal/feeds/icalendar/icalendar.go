// Package icalendar reads calendars as people publish them (RFC 5545 and what Google, Outlook and Apple make of it)
// into events that are easy to store: times in UTC, time zones found, repetition as rules that are checked. It knows no
// database and no feed, fetches nothing, and its work is bounded whatever a text says: calendars come from strangers.
package icalendar

import (
	"bytes"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Version counts up whenever the same text is read in another way.
const Version = 1

// Limits of what is read of a calendar.
const (
	MaxEvents     = 5000   // those that end last are kept
	MaxTitle      = 255    // code points; what is longer is cut
	maxComponents = 20_000 // events in the text that are looked at
)

// ErrNoCalendar says that a text is something else, a web page for example.
var ErrNoCalendar = errors.New("this is no calendar: BEGIN:VCALENDAR is missing")

// Forever is the end of a series without one.
var Forever = time.Date(9999, time.December, 31, 0, 0, 0, 0, time.UTC)

// Event is an event or a series of events. Times are in UTC; those of a whole day are its midnights.
type Event struct {
	Title      string // "" when it has none
	Start, End time.Time
	AllDay     bool
	Zone       string    // whose clock a series follows, for Location; "" of a single event and for UTC
	Recurrence string    // of a series: lines RRULE and, with times in UTC, EXDATE; "" of a single event
	LastEnd    time.Time // end of the last occurrence, or Forever
}

// Parse reads a calendar. What is broken in it is left out, event by event, without an error.
func Parse(data []byte) ([]Event, error) {
	calendar := readComponents(decode(data))
	if calendar == nil {
		return nil, ErrNoCalendar
	}
	events := newReader(calendar).events()
	if len(events) > MaxEvents {
		slices.SortStableFunc(events, func(a, b Event) int { return b.LastEnd.Compare(a.LastEnd) })
		events = events[:MaxEvents]
	}
	return events, nil
}

// decode returns UTF-8: what is not is taken for the Western European letters of Windows, which contain Latin-1.
func decode(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		if text, err := charmap.Windows1252.NewDecoder().Bytes(data); err == nil {
			data = text
		}
	}
	if !bytes.ContainsRune(data, '\n') { // lines as on old Macs
		data = bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
	}
	return data
}
