package activity

import (
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

func TestParseDate(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-03-01": "2026-03-01", " 2026-03-01 ": "2026-03-01", "20260301": "2026-03-01",
		"2026-03-01T23:59:59Z": "2026-03-01", "2026-03-01 23:59": "2026-03-01", "2026-03-01T23:30:00-10:00": "2026-03-01",
		"20260301T000000": "2026-03-01",
		"2024-02-29":      "2024-02-29", "2026-W09": "2026-02-23", "2026W09": "2026-02-23", "2026-W09-1": "2026-02-23",
		"2026-W09-7": "2026-03-01", "2026W097": "2026-03-01",
		"2026-W01-1": "2025-12-29", "2026-W53-7": "2027-01-03", "2020-W53": "2020-12-28", "2026-W09-7T10:00": "2026-03-01",
		"0002-01-01": "0002-01-01", "9998-12-31": "9998-12-31",
		// No dates, and years around which there is no room for weeks.
		"": "", "monday": "", "today": "", "2026": "", "2026-03": "", "2026-02-29": "", "2026-13-01": "", "2026-00-10": "",
		"2026-3-1": "", "26-03-01": "",
		"2026-060": "", "2026-W00": "", "2026-W54": "", "2025-W53": "", "2026-W09-0": "", "2026-W09-8": "", "2026-W9": "",
		"2026-w09": "", "2026-W0é": "",
		"2026-W-1": "", "+2026-03-01": "", "-2026-03-01": "", "1772323200": "", "T": "", "T2026-03-01": "", "0000-01-01": "",
		"0001-01-01": "", "0001-12-31": "",
		"9999-01-01": "", "9999-12-31": "", "0001-W01": "", "9999-W52-7": "", "9998-W53-5": "", "99999-01-01": "",
	} {
		date, ok := parseDate(text)
		if got := date.Format(time.DateOnly); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %s, %v; want %q", text, got, ok, want)
		}
		if ok && !date.Equal(date.Truncate(24*time.Hour)) {
			t.Errorf("%q is %s, no midnight", text, date)
		}
	}
}

func TestBeginning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, date, want string }{
		{"UTC", "2026-03-01", "2026-03-01T00:00:00Z"},
		{"Asia/Tokyo", "2026-03-01", "2026-02-28T15:00:00Z"},
		{"America/New_York", "2026-03-09", "2026-03-09T04:00:00Z"},
		// Clocks go from midnight to one o'clock, and from one o'clock or midnight back.
		{"America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"},
		{"America/Santiago", "2026-09-07", "2026-09-07T03:00:00Z"},
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"},
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"},
		{"Africa/Cairo", "2026-10-30", "2026-10-29T22:00:00Z"},
		// A day that was left out.
		{"Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"},
	} {
		zone, err := recurrence.Zone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		date, _ := parseDate(c.date)
		begins := beginning(date, zone)
		if got := begins.UTC().Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s begins at %s, want %s", c.date, c.zone, got, c.want)
		}
		if before := dateOf(begins.Add(-time.Microsecond), zone); !before.Before(date) {
			t.Errorf("%s in %s has begun before %s", c.date, c.zone, begins)
		}
	}
}
