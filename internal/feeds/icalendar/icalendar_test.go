package icalendar_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/feeds/icalendar"
)

// calendar wraps lines into a calendar.
func calendar(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCALENDAR\r\n"
}

// event wraps lines into an event of a calendar.
func event(lines ...string) string {
	return calendar("BEGIN:VEVENT\r\nUID:1\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VEVENT")
}

func parse(t testing.TB, text string) []icalendar.Event {
	t.Helper()
	events, _, err := icalendar.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// show writes the occurrences of all events between two days, in order, as "title start/end".
func show(t testing.TB, events []icalendar.Event, from, to string) []string {
	t.Helper()
	day := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	list := []string{}
	for _, e := range events {
		occurrences, err := e.Between(day(from), day(to), time.UTC, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range occurrences {
			const layout = "01-02T15:04"
			list = append(list, strings.TrimSpace(e.Title+" "+o.Start.Format(layout)+"/"+o.End.Format(layout)))
		}
	}
	slices.Sort(list)
	return list
}

func want(t testing.TB, got []string, expected ...string) {
	t.Helper()
	if !slices.Equal(got, expected) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(expected, "\n\t"))
	}
}

func TestTheTimesOfAnEvent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines []string
		want  string // "" if there is no event
	}{
		"UTC": {[]string{"DTSTART:20260302T090000Z", "DTEND:20260302T100000Z"},
			"03-02T09:00/03-02T10:00"},
		"without zone":    {[]string{"DTSTART:20260302T090000", "DTEND:20260302T100000"}, "03-02T09:00/03-02T10:00"},
		"without seconds": {[]string{"DTSTART:20260302T1130", "DTEND:20260302T1500Z"}, "03-02T11:30/03-02T15:00"},
		"without end":     {[]string{"DTSTART:20260302T090000Z"}, "03-02T09:00/03-02T10:00"},
		"duration":        {[]string{"DTSTART:20260302T090000Z", "DURATION:PT1H30M"}, "03-02T09:00/03-02T10:30"},
		"days in summer time": {[]string{"DTSTART;TZID=Europe/Berlin:20260328T090000", "DURATION:P1DT1H"},
			"03-28T08:00/03-29T08:00"},
		"no time at all": {[]string{"DTSTART:20260302T090000Z", "DTEND:20260302T090000Z"},
			"03-02T09:00/03-02T09:00"},
		"end before start": {[]string{"DTSTART:20260302T090000Z", "DTEND:20260302T080000Z"},
			"03-02T09:00/03-02T10:00"},
		"whole day": {[]string{"DTSTART;VALUE=DATE:20260304", "DTEND;VALUE=DATE:20260305"},
			"03-04T00:00/03-05T00:00"},
		"whole day without end": {[]string{"DTSTART;VALUE=DATE:20260304"}, "03-04T00:00/03-05T00:00"},
		"whole day ending on it": {[]string{"DTSTART;VALUE=DATE:20260304", "DTEND;VALUE=DATE:20260304"},
			"03-04T00:00/03-05T00:00"},
		"several days": {[]string{"DTSTART;VALUE=DATE:20260304", "DTEND;VALUE=DATE:20260307"},
			"03-04T00:00/03-07T00:00"},
		"over midnight": {[]string{"DTSTART:20260304T230000Z", "DTEND:20260305T020000Z"},
			"03-04T23:00/03-05T02:00"},
		"zone by its name": {[]string{"DTSTART;TZID=America/New_York:20260302T090000"}, "03-02T14:00/03-02T15:00"},
		"zone of Windows": {[]string{"DTSTART;TZID=W. Europe Standard Time:20260302T090000"},
			"03-02T08:00/03-02T09:00"},
		"zone with a prefix": {[]string{"DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260302T090000"},
			"03-02T08:00/03-02T09:00"},
		"zone of the server": {[]string{"DTSTART;TZID=Local:20260302T090000"}, "03-02T09:00/03-02T10:00"},
		"zone nobody knows":  {[]string{"DTSTART;TZID=Atlantis:20260302T090000"}, "03-02T09:00/03-02T10:00"},
		"parameter in small": {[]string{"dtstart;tzid=Europe/Berlin:20260302T090000"}, "03-02T08:00/03-02T09:00"},
		"zone in quotes": {[]string{`DTSTART;X="a:b";TZID="Europe/Berlin":20260302T090000`},
			"03-02T08:00/03-02T09:00"},
		"a quote not closed":    {[]string{`DTSTART;TZID="Europe/Berlin:20260302T090000`}, "03-02T08:00/03-02T09:00"},
		"extended format":       {[]string{"DTSTART:2026-03-02T09:00:00Z"}, "03-02T09:00/03-02T10:00"},
		"cancelled":             {[]string{"DTSTART:20260302T090000Z", "STATUS:CANCELLED"}, ""},
		"no start":              {[]string{"DTEND:20260302T090000Z"}, ""},
		"start that is no date": {[]string{"DTSTART:next monday"}, ""},
		"end that is no date": {[]string{"DTSTART:20260302T090000Z", "DTEND:20260230T090000Z"},
			"03-02T09:00/03-02T10:00"},
		"month that is none":    {[]string{"DTSTART:20261302T090000Z"}, ""},
		"duration that is none": {[]string{"DTSTART:20260302T090000Z", "DURATION:an hour"}, "03-02T09:00/03-02T10:00"},
		"a thousand years": {[]string{"DTSTART:20260302T090000Z", "DTEND:30260302T090000Z"},
			"03-02T09:00/05-17T09:00"},
		"an alarm with a duration": {[]string{"DTSTART:20260302T090000Z", "BEGIN:VALARM", "DURATION:PT5H", "DTSTART:20200101",
			"END:VALARM"}, "03-02T09:00/03-02T10:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := show(t, parse(t, event(test.lines...)), "2026-03-01", "2026-04-01")
			if test.want == "" {
				want(t, got)
			} else {
				want(t, got, test.want)
			}
		})
	}
}

func TestTimesWithoutZoneAreInTheZoneOfTheCalendar(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"X-WR-TIMEZONE:Europe/Berlin", "TIMEZONE-ID:Europe/Berlin",
		"X-WR-TIMEZONE:W. Europe Standard Time"} {
		text := calendar(name, "BEGIN:VEVENT", "DTSTART:20260302T090000", "SUMMARY:a", "END:VEVENT",
			"BEGIN:VEVENT", "DTSTART;VALUE=DATE:20260302", "SUMMARY:day", "END:VEVENT")
		want(t, show(t, parse(t, text), "2026-03-01", "2026-04-01"), "a 03-02T08:00/03-02T09:00",
			"day 03-02T00:00/03-03T00:00")
	}
}

func TestTitles(t *testing.T) {
	t.Parallel()
	for line, expected := range map[string]string{
		`SUMMARY:Plain`: "Plain",
		`SUMMARY:Commas\, semicolons\; and\nlines`: "Commas, semicolons; and lines",
		"SUMMARY:Fol\r\n ded\r\n\t line":           "Folded line",
		`SUMMARY;LANGUAGE=de;X="a;b:c":Größe`:      "Größe",
		"SUMMARY:First\r\nSUMMARY:Second":          "Second",
		"SUMMARY:With\x00zero and \x07bell":        "With zero and bell",
		"SUMMARY:" + strings.Repeat("ä", 300):      strings.Repeat("ä", 255),
		"LOCATION:nowhere":                         "",
	} {
		events := parse(t, event("DTSTART:20260302T090000Z", line))
		if len(events) != 1 || events[0].Title != expected {
			t.Errorf("%q is %+v", line, events)
		}
	}
	events, _, err := icalendar.Parse([]byte(event("DTSTART:20260302T090000Z", "SUMMARY:Gr\xf6\xdfe")))
	if err != nil || len(events) != 1 || events[0].Title != "Größe" {
		t.Errorf("Latin-1 is %+v, %v", events, err)
	}
}

func TestWhatIsBrokenDoesNotTakeTheRestAlong(t *testing.T) {
	t.Parallel()
	good := "BEGIN:VEVENT\r\nDTSTART:20260303T090000Z\r\nSUMMARY:good\r\nEND:VEVENT"
	for name, lines := range map[string][]string{
		"an event with a bad date":    {"BEGIN:VEVENT", "DTSTART:whenever", "END:VEVENT", good},
		"lines that are none":         {"hello", "=", ":", ";;;", "BEGIN", good, "END:", "END:VTODO"},
		"a parameter that is cut off": {"BEGIN:VEVENT", "DTSTART;TZID=Europe/Berlin", "END:VEVENT", good},
		"an event that is cut off":    {"BEGIN:VEVENT", "DTSTART:2026030", good},
		"a component that has no end": {"BEGIN:VTODO", "SUMMARY:todo", good},
		"an event without an end":     {"BEGIN:VEVENT", "DTSTART:20260303T090000Z", "SUMMARY:good"},
		"ends without begins":         {"END:VEVENT", "END:VALARM", good, "END:VEVENT"},
		"deep nesting":                {strings.Repeat("BEGIN:STANDARD\r\n", 1000) + good},
		"deep nesting of unknown":     {strings.Repeat("BEGIN:X\r\n", 1000) + good},
		"a long line":                 {"X-LONG:" + strings.Repeat("x", 1<<20), good},
		"many parameters": {"BEGIN:VEVENT", "DTSTART" + strings.Repeat(";A=B", 10_000) + ":20260302T090000Z",
			"END:VEVENT", good},
		"blank lines": {"", "", good, ""},
		"a zone that is broken": {"BEGIN:VTIMEZONE", "TZID:X", "BEGIN:STANDARD", "DTSTART:1", "TZOFFSETTO:x",
			"END:STANDARD", "END:VTIMEZONE", good},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want(t, show(t, parse(t, calendar(lines...)), "2026-03-01", "2026-04-01"), "good 03-03T09:00/03-03T10:00")
		})
	}
}

func TestOddFormsOfText(t *testing.T) {
	t.Parallel()
	text := event("DTSTART:20260302T090000Z", "SUMMARY:a")
	for name, odd := range map[string]string{
		"byte order mark":   "\ufeff" + text,
		"Unix lines":        strings.ReplaceAll(text, "\r\n", "\n"),
		"old Mac lines":     strings.ReplaceAll(text, "\r\n", "\r"),
		"small letters":     strings.ToLower(text),
		"something before":  "HTTP says hello\r\n" + text,
		"cut off":           strings.TrimSuffix(text, "END:VCALENDAR\r\n"),
		"no calendar round": "BEGIN:VEVENT\nDTSTART:20260302T090000Z\nSUMMARY:a\nEND:VEVENT",
	} {
		got := show(t, parse(t, odd), "2026-03-01", "2026-04-01")
		if len(got) != 1 || got[0] != "a 03-02T09:00/03-02T10:00" {
			t.Errorf("%s: %q", name, got)
		}
	}
	want(t, show(t, parse(t, text+text), "2026-03-01", "2026-04-01"), "a 03-02T09:00/03-02T10:00")
	for _, other := range []string{"", "<!doctype html>", "\x00\x01", "VCALENDAR"} {
		if _, _, err := icalendar.Parse([]byte(other)); !errors.Is(err, icalendar.ErrNoCalendar) {
			t.Errorf("%q: %v", other, err)
		}
	}
}

func TestOnlySoManyEventsAreKeptAndThoseThatEndLast(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range icalendar.MaxEvents + 10 {
		fmt.Fprintf(&text, "BEGIN:VEVENT\r\nDTSTART:%sZ\r\nEND:VEVENT\r\n",
			time.Unix(int64(i)*3600, 0).UTC().Format("20060102T150405"))
	}
	events := parse(t, calendar(text.String()))
	if len(events) != icalendar.MaxEvents {
		t.Fatalf("there are %d events", len(events))
	}
	for _, e := range events {
		if e.Start.Unix() < 10*3600 {
			t.Fatalf("an old event is kept: %s", e.Start)
		}
	}
}

func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
