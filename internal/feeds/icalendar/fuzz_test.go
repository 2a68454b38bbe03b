package icalendar_test

import (
	"testing"
	"time"
	"unicode/utf8"

	"github.com/trance-0/notechondria/internal/feeds/icalendar"
)

// FuzzParse checks what callers rely on, for any input.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"google.ics", "outlook.ics", "apple.ics"} {
		f.Add([]byte(sample(f, name)))
	}
	f.Add([]byte(event("DTSTART;TZID=\"a:b\":20260302T090000", "RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20260303",
		"DURATION:P1W")))
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, data []byte) {
		begun := time.Now()
		events, _, err := icalendar.Parse(data)
		if err != nil {
			return
		}
		if len(events) > icalendar.MaxEvents {
			t.Fatalf("there are %d events", len(events))
		}
		for _, e := range events {
			if !utf8.ValidString(e.Title) || utf8.RuneCountInString(e.Title) > icalendar.MaxTitle {
				t.Fatalf("the title is %q", e.Title)
			}
			if e.End.Before(e.Start) || e.LastEnd.Before(e.End) || e.Start.Year() < 1 || e.End.Year() > 9999 ||
				e.LastEnd.After(icalendar.Forever) {
				t.Fatalf("the times are %+v", e)
			}
			starts, err := e.Between(from, from.AddDate(0, 0, 7), time.UTC, 100)
			if err != nil || len(starts) > 100 {
				t.Fatalf("%+v occurs %d times, %v", e, len(starts), err)
			}
		}
		if took := time.Since(begun); took > 20*time.Second {
			t.Fatalf("it took %s", took)
		}
	})
}
