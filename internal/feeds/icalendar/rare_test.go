package icalendar_test

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/trance-0/notechondria/internal/feeds/icalendar"
)

// events wraps groups of lines into events of a calendar, with UID 1 if they have none.
func events(groups ...string) string {
	var lines []string
	for _, group := range groups {
		if !strings.Contains(group, "UID:") {
			group = "UID:1\n" + group
		}
		lines = append(lines, "BEGIN:VEVENT\n"+group+"\nEND:VEVENT")
	}
	return strings.ReplaceAll(calendar(lines...), "\n", "\r\n")
}

// Of several versions of an event the newest counts, regardless of order.
func TestVersions(t *testing.T) {
	t.Parallel()
	const one, two = "SUMMARY:one\nDTSTART:20260302T090000Z\n", "SUMMARY:two\nDTSTART:20260303T090000Z\n"
	const first, second = "one 03-02T09:00/03-02T10:00", "two 03-03T09:00/03-03T10:00"
	series := "SUMMARY:x\nDTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=2\nSEQUENCE:1"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"a higher sequence":        {events(one+"SEQUENCE:0", two+"SEQUENCE:1"), []string{second}},
		"a higher sequence before": {events(two+"SEQUENCE:10", one+"SEQUENCE:9"), []string{second}},
		"none and a sequence":      {events(two+"SEQUENCE:1", one), []string{second}},
		"a later stamp": {events(one+"DTSTAMP:20260101T000000Z", two+"DTSTAMP:20260102T000000Z"),
			[]string{second}},
		"a later stamp before": {events(two+"DTSTAMP:20260102T000000Z", one+"DTSTAMP:20260101T000000Z"),
			[]string{second}},
		"sequence before stamp": {events(two+"SEQUENCE:2\nDTSTAMP:20260101T000000Z",
			one+"SEQUENCE:1\nDTSTAMP:20260102T000000Z"), []string{second}},
		"cancelled later":           {events(one+"SEQUENCE:0", one+"SEQUENCE:1\nSTATUS:CANCELLED"), []string{}},
		"cancelled before":          {events(one+"SEQUENCE:1\nSTATUS:CANCELLED", one+"SEQUENCE:0"), []string{}},
		"cancelled at once":         {events(one, one+"STATUS:CANCELLED"), []string{}},
		"revived":                   {events(one+"SEQUENCE:1\nSTATUS:CANCELLED", two+"SEQUENCE:2"), []string{second}},
		"the same twice":            {events(one, one), []string{first}},
		"others with the same name": {events(one, two), []string{first, second}},
		"without names":             {strings.ReplaceAll(events(one, one), "UID:1\r\n", ""), []string{first, first}},
		"one can't be read":         {events(one+"SEQUENCE:1", "DTSTART:soon\nSEQUENCE:2"), []string{first}},
		"in another calendar":       {events(one+"SEQUENCE:0") + events(two+"SEQUENCE:1"), []string{second}},
		"of a changed occurrence": {events(series,
			"RECURRENCE-ID:20260303T090000Z\n"+"SUMMARY:old\nDTSTART:20260303T100000Z\nSEQUENCE:1",
			"RECURRENCE-ID:20260303T090000Z\n"+"SUMMARY:new\nDTSTART:20260303T110000Z\nSEQUENCE:2"),
			[]string{"new 03-03T11:00/03-03T12:00", "x 03-02T09:00/03-02T10:00"}},
		"of one that is cancelled": {events("RECURRENCE-ID:20260303T090000Z\n"+"SUMMARY:old\n"+
			"DTSTART:20260303T100000Z\nSEQUENCE:1",
			"RECURRENCE-ID:20260303T090000Z\nSTATUS:CANCELLED\nSEQUENCE:2", series), []string{"x 03-02T09:00/03-02T10:00"}},
		"a changed occurrence alone": {events("RECURRENCE-ID:20260303T090000Z\n" + one), []string{first}},
		"a series that is cancelled": {events(series+"\nSTATUS:CANCELLED", "RECURRENCE-ID:20260303T090000Z\n"+two),
			[]string{}},
		"a changed one can't be read": {events(series, "RECURRENCE-ID:20260303T090000Z\nDTSTART:soon"),
			[]string{"x 03-02T09:00/03-02T10:00", "x 03-03T09:00/03-03T10:00"}},
		"a message that cancels": {strings.Replace(events(one), "VERSION:2.0", "METHOD:CANCEL", 1), []string{}},
		"a changed one named by a date": {events(series,
			"RECURRENCE-ID;VALUE=DATE:20260303\nSUMMARY:moved\nDTSTART:20260304T090000Z"),
			[]string{"moved 03-04T09:00/03-04T10:00", "x 03-02T09:00/03-02T10:00"}},
	} {
		if got := show(t, parse(t, test.text), "2026-03-01", "2026-04-01"); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// A change to an occurrence and all later ones.
func TestThisAndFuture(t *testing.T) {
	t.Parallel()
	const daily = "SUMMARY:x\nDTSTART;TZID=Europe/Berlin:20260326T090000\n" +
		"DTEND;TZID=Europe/Berlin:20260326T100000\nRRULE:FREQ=DAILY;COUNT=7"
	change := func(id, lines string) string {
		return "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:" + id + "\n" + strings.ReplaceAll(lines, "DTSTART:",
			"DTSTART;TZID=Europe/Berlin:")
	}
	for name, test := range map[string]struct{ events, want []string }{
		"another time, over a change of clocks": {[]string{daily, change("20260328T090000",
			"SUMMARY:y\nDTSTART:20260328T110000")},
			[]string{"x 26 08", "x 27 08", "y 28 10", "y 29 09", "y 30 09", "y 31 09", "y 01 09"}},
		"another day": {[]string{daily, change("20260330T090000", "SUMMARY:y\nDTSTART:20260331T090000")},
			[]string{"x 26 08", "x 27 08", "x 28 08", "x 29 07", "y 31 07", "y 01 07", "y 02 07"}},
		"twice": {[]string{daily, change("20260330T090000", "SUMMARY:z\nDTSTART:20260330T130000"), change("20260328T090000",
			"SUMMARY:y\nDTSTART:20260328T110000")},
			[]string{"x 26 08", "x 27 08", "y 28 10", "y 29 09", "z 30 11", "z 31 11", "z 01 11"}},
		"from the beginning": {[]string{daily, change("20260326T090000", "SUMMARY:y\nDTSTART:20260326T100000")},
			[]string{"y 26 09", "y 27 09", "y 28 09", "y 29 08", "y 30 08", "y 31 08", "y 01 08"}},
		"and one of them alone": {[]string{daily, change("20260328T090000", "SUMMARY:y\nDTSTART:20260328T110000"),
			"RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000\nSUMMARY:z\nDTSTART;TZID=Europe/Berlin:20260330T180000"},
			[]string{"x 26 08", "x 27 08", "y 28 10", "y 29 09", "z 30 16", "y 31 09", "y 01 09"}},
		"and one left out": {[]string{daily + "\nEXDATE;TZID=Europe/Berlin:20260330T090000", change("20260328T090000",
			"SUMMARY:y\nDTSTART:20260328T110000")},
			[]string{"x 26 08", "x 27 08", "y 28 10", "y 29 09", "y 31 09", "y 01 09"}},
		"cancelled": {[]string{daily, change("20260328T090000", "DTSTART:20260328T090000\nSTATUS:CANCELLED")},
			[]string{"x 26 08", "x 27 08"}},
		"with a rule of its own": {[]string{daily, change("20260328T090000",
			"SUMMARY:y\nDTSTART:20260328T110000\nRRULE:FREQ=DAILY;INTERVAL=2;COUNT=2")},
			[]string{"x 26 08", "x 27 08", "y 28 10", "y 30 09"}},
		"to whole days": {[]string{daily, change("20260328T090000", "SUMMARY:y\nDTSTART;VALUE=DATE:20260328")},
			[]string{"x 26 08", "x 27 08", "y 28 00", "y 29 00", "y 30 00", "y 31 00", "y 01 00"}},
		"with further dates": {[]string{daily + "\nRDATE;TZID=Europe/Berlin:20260329T200000", change("20260328T090000",
			"SUMMARY:y\nDTSTART:20260328T110000")},
			[]string{"x 26 08", "x 27 08", "y 28 10", "y 29 09", "y 29 20", "y 30 09", "y 31 09", "y 01 09"}},
	} {
		var short []string
		for _, line := range show(t, parse(t, events(test.events...)), "2026-03-01", "2026-05-01") {
			short = append(short, line[:2]+line[len("x 03-"):len("x 03-02")]+" "+line[len("x 03-02T"):len("x 03-02T09")])
		}
		slices.Sort(short)
		sorted := slices.Clone(test.want)
		slices.Sort(sorted)
		if !slices.Equal(short, sorted) {
			t.Errorf("%s: %q, want %q", name, short, sorted)
		}
	}
}

func TestRareRepetitions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ lines, want string }{
		"a rule that takes away": {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=6\n" +
			"EXRULE:FREQ=DAILY;INTERVAL=2", "03 05 07"},
		"three rules": {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=2\n" +
			"RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=1\nRRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=2", "02 03 04 06 13"},
		"the same rule twice": {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=2\nRRULE:FREQ=DAILY;COUNT=2",
			"02 03"},
		"periods": {"DTSTART:20260302T090000Z\n" +
			"RDATE;VALUE=PERIOD:20260304T090000Z/PT3H,20260305T090000Z/20260305T100000Z", "02 04 05"},
		"a further date of the rule": {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=2\nRDATE:20260303T090000Z",
			"02 03"},
		"dates with semicolons": {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=4\n" +
			"EXDATE:20260303T090000Z;20260304T090000Z", "02 05"},
		"a date that can't be read": {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=3\n" +
			"EXDATE:never,20260303T090000Z", "02 04"},
		"count and until": {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=10;UNTIL=20260304T090000Z",
			"02 03 04"},
		"until without a number of T":   {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;UNTIL=2026-03-04", "02 03 04"},
		"until that can't be read":      {"DTSTART:20260330T090000Z\nRRULE:FREQ=DAILY;UNTIL=later", "30 31"},
		"until before the start":        {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;UNTIL=20260101T000000Z", "02"},
		"until of whole days as a time": {"DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=DAILY;UNTIL=20260304T235959Z", "02 03 04"},
		"until by the clock": {"DTSTART;TZID=America/New_York:20260302T200000\n" +
			"RRULE:FREQ=DAILY;UNTIL=20260304T200000", "03 04 05"},
		"an interval of nought":    {"DTSTART:20260330T090000Z\nRRULE:FREQ=DAILY;INTERVAL=0", "30 31"},
		"a part nobody knows":      {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=2;BYMOON=FULL", "02 03"},
		"a day nobody knows":       {"DTSTART:20260302T090000Z\nRRULE:FREQ=WEEKLY;COUNT=3;BYDAY=MO,XX,WE", "02 04 09"},
		"numbers in weeks":         {"DTSTART:20260302T090000Z\nRRULE:FREQ=WEEKLY;COUNT=2;BYDAY=1MO", "02 09"},
		"small letters and blanks": {"DTSTART:20260302T090000Z\nrrule:freq=weekly; count=2; byday=mo", "02 09"},
		"whole days by hours": {"DTSTART;VALUE=DATE:20260302\n" +
			"RRULE:FREQ=DAILY;COUNT=2;BYHOUR=9,10;BYMINUTE=0;BYSECOND=0", "02 03"},
		"vCalendar, days":             {"DTSTART:20260302T090000Z\nRRULE:D2 #3", "02 04 06"},
		"vCalendar, weeks":            {"DTSTART:20260302T090000Z\nRRULE:W1 MO FR #4", "02 06 09 13"},
		"vCalendar, until":            {"DTSTART:20260302T090000Z\nRRULE:W1 MO 20260316T090000Z", "02 09 16"},
		"vCalendar, for ever":         {"DTSTART:20260324T090000Z\nRRULE:D7 #0", "24 31"},
		"vCalendar, places in months": {"DTSTART:20260206T090000Z\nRRULE:MP1 1+ FR 2- MO #9", "06 23"},
		"vCalendar, days of months":   {"DTSTART:20260201T090000Z\nRRULE:MD1 1 LD #9", "01 31"},
		"the first of a cut week": {"DTSTART:20260304T090000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=1;COUNT=3",
			"04 09 16"},
		"a week of the year": {"DTSTART:20260302T090000Z\nRRULE:FREQ=YEARLY;BYWEEKNO=10,11;COUNT=2", "02 09"},
		"a changed day of a time": {"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20260303",
			"02 04"},
	} {
		var days []string
		for _, line := range show(t, parse(t, events(test.lines)), "2026-03-01", "2026-04-01") {
			days = append(days, line[3:5])
		}
		if got := strings.Join(days, " "); got != test.want {
			t.Errorf("%s: it is on %q, want %q", name, got, test.want)
		}
	}
}

// Events at times that clocks skip or show twice.
func TestSkippedAndDoubledTimes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines string
		want  []string
	}{
		"a start that is skipped": {"DTSTART;TZID=America/New_York:20260308T023000\n" +
			"DTEND;TZID=America/New_York:20260308T024500", []string{"03-08T07:30/03-08T07:45"}},
		"an end that is skipped": {"DTSTART;TZID=Europe/Berlin:20260329T010000\nDTEND;TZID=Europe/Berlin:20260329T023000",
			[]string{"03-29T00:00/03-29T01:30"}},
		"skipped in a series": {"DTSTART;TZID=Europe/Berlin:20260328T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3",
			[]string{"03-28T01:30/03-28T02:30", "03-29T01:30/03-29T02:30", "03-30T00:30/03-30T01:30"}},
		"a series that begins so": {"DTSTART;TZID=Europe/Berlin:20260329T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3",
			[]string{"03-29T01:30/03-29T02:30", "03-30T00:30/03-30T01:30", "03-31T00:30/03-31T01:30"}},
		"taken away": {"DTSTART;TZID=Europe/Berlin:20260328T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3\n" +
			"EXDATE;TZID=Europe/Berlin:20260329T023000",
			[]string{"03-28T01:30/03-28T02:30", "03-30T00:30/03-30T01:30"}},
		"twice in a series": {"DTSTART;TZID=Europe/Berlin:20261024T023000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3",
			[]string{"10-24T00:30/10-24T01:30", "10-25T00:30/10-25T01:30", "10-26T01:30/10-26T02:30"}},
		"a further date": {"DTSTART;TZID=Europe/Berlin:20260302T090000\nRDATE;TZID=Europe/Berlin:20260329T023000\n" +
			"EXDATE;TZID=Europe/Berlin:20260302T090000",
			[]string{"03-29T01:30/03-29T02:30"}},
	} {
		if got := show(t, parse(t, events(test.lines)), "2026-03-01", "2026-11-01"); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// Parts of an event are clipped or left out, never the event.
func TestPartsThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	for lines, test := range map[string]struct{ want, told string }{
		"DTSTART:20260302T090000Z\nDTEND:None": {"03-02T09:00/03-02T10:00",
			"1 of 1 events could be read in part only: an end that is no date."},
		"DTSTART:20260302T090000Z\nDTEND:": {"03-02T09:00/03-02T10:00", ""},
		"DTSTART:20260302T090000Z\nDTEND:None\nDURATION:PT3H": {"03-02T09:00/03-02T12:00",
			"1 of 1 events could be read in part only: an end that is no date."},
		"DTSTART:20260302T230000Z\nDTEND:20260302T240000Z":       {"03-02T23:00/03-03T00:00", ""},
		"DTSTART:20260302T2400\nDTEND:20260303T0100":             {"03-03T00:00/03-03T01:00", ""},
		"DTSTART:20260302T235960Z":                               {"03-02T23:59/03-03T00:59", ""},
		"DTSTART:20260302T09":                                    {"03-02T09:00/03-02T10:00", ""},
		"DTSTART:2026-03-02 09:00:00":                            {"03-02T09:00/03-02T10:00", ""},
		"DTSTART:2026-03-02T09:00:00.000Z":                       {"03-02T09:00/03-02T10:00", ""},
		"DTSTART;VALUE=DATE:20260302T000000":                     {"03-02T00:00/03-03T00:00", ""},
		"DTSTART;VALUE=DATE-TIME:20260302":                       {"03-02T00:00/03-03T00:00", ""},
		"DTSTART;VALUE=DATE:20260302\nDTEND:20260303T120000Z":    {"03-02T00:00/03-04T00:00", ""},
		"DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260301": {"03-02T00:00/03-03T00:00", ""},
		"DTSTART;VALUE=DATE:20260302\nDURATION:P2D":              {"03-02T00:00/03-04T00:00", ""},
		"DTSTART:20260302T090000Z\nDURATION:-PT1H": {"03-02T09:00/03-02T10:00",
			"1 of 1 events could be read in part only: a length that can't be read."},
		"DTSTART:20260302T090000Z\nDURATION:PT": {"03-02T09:00/03-02T10:00",
			"1 of 1 events could be read in part only: a length that can't be read."},
		"DTSTART:20260302T090000Z\nDTEND:20260301T090000Z": {"03-02T09:00/03-02T10:00",
			"1 of 1 events could be read in part only: an end before the start."},
		"DTSTART:20260302T090000Z\nRRULE:FREQ=SOMETIMES": {"03-02T09:00/03-02T10:00",
			"1 of 1 events could be read in part only: a rule of repetition."},
		"DTSTART:20260302T090000Z\nRRULE:": {"03-02T09:00/03-02T10:00", ""},
		"DTSTART:20260302T090000Z\nRRULE:FREQ=DAILY;COUNT=1\nEXDATE:bad": {"03-02T09:00/03-02T10:00",
			"1 of 1 events could be read in part only: a date of the series."},
		"DTSTART:20260302T090000Z\nRECURRENCE-ID:bad": {"03-02T09:00/03-02T10:00",
			"1 of 1 events could be read in part only: an original date that can't be read."},
		"DTSTART:20260302T250000Z\nDTEND:20260302T260000Z": {"03-02T00:00/03-03T00:00",
			"1 of 1 events could be read in part only: a time of the day; an end that is no date."},
		"DTSTART:20260230T090000Z": {"",
			"1 of 1 events could not be read: their start is missing, or is no date."},
		"SUMMARY:no start": {"",
			"1 of 1 events could not be read: their start is missing, or is no date."},
	} {
		text := []byte(strings.TrimSpace(events(lines)))
		_, report, err := icalendar.Parse(text)
		got := strings.Join(show(t, parse(t, string(text)), "2026-03-01", "2026-04-01"), " ")
		if err != nil || got != test.want || report.String() != test.told {
			t.Errorf("%q is %q, and the owner is told %q, %v; want %q, %q", lines, got, report.String(), err, test.want,
				test.told)
		}
	}
}

// Tasks are shown when they are due.
func TestTasks(t *testing.T) {
	t.Parallel()
	for lines, want := range map[string]string{
		"DUE:20260302T170000Z":                             "03-02T17:00/03-02T17:00",
		"DUE;TZID=Europe/Berlin:20260302T170000":           "03-02T16:00/03-02T16:00",
		"DUE;VALUE=DATE:20260302":                          "03-02T00:00/03-03T00:00",
		"DTSTART:20260225T090000Z\nDUE:20260302T170000Z":   "03-02T17:00/03-02T17:00",
		"DTSTART:20260302T090000Z\nDURATION:PT3H":          "03-02T12:00/03-02T12:00",
		"DTSTART:20260225T090000Z":                         "",
		"SUMMARY:some time":                                "",
		"DUE:20260302T170000Z\nSTATUS:COMPLETED":           "",
		"DUE:20260302T170000Z\nSTATUS:CANCELLED":           "",
		"DUE:20260302T170000Z\nCOMPLETED:20260301T090000Z": "",
		"DUE:20260302T170000Z\nPERCENT-COMPLETE:100":       "",
		"DUE:20260302T170000Z\nPERCENT-COMPLETE:50\n" +
			"STATUS:IN-PROCESS": "03-02T17:00/03-02T17:00",
		"DUE:20260302T170000Z\nRRULE:FREQ=WEEKLY;COUNT=2": "03-02T17:00/03-02T17:00 03-09T17:00/03-09T17:00",
		"DTSTART:20260302T090000Z\nDUE:20260304T170000Z\n" +
			"RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2": "03-04T17:00/03-04T17:00 03-11T17:00/03-11T17:00",
		"DTSTART;TZID=Europe/Berlin:20260323T090000\nDUE;VALUE=DATE:20260324\n" +
			"RRULE:FREQ=WEEKLY;COUNT=2": "03-24T00:00/03-25T00:00 03-31T00:00/04-01T00:00",
	} {
		text := strings.ReplaceAll(calendar("BEGIN:VTODO\nUID:1\n"+lines+"\nEND:VTODO"), "\n", "\r\n")
		got := show(t, parse(t, strings.ReplaceAll(text, "SUMMARY:", "X-")), "2026-03-01", "2026-04-05")
		if strings.Join(got, " ") != want {
			t.Errorf("%q is %q, want %q", lines, got, want)
		}
	}
	if _, report, err := icalendar.Parse([]byte(calendar("BEGIN:VTODO", "DUE:20260302T170000Z",
		"END:VTODO"))); err != nil || report.String() != "" {
		t.Errorf("tasks alone: %q, %v", report.String(), err)
	}
}

func TestFloatingTimes(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	shown := func(lines string) string {
		var list []string
		for _, e := range parse(t, events(lines)) {
			occurrences, err := e.Between(time.Date(2026, 3, 27, 23, 0, 0, 0, time.UTC), time.Date(2026, 3, 30, 22, 0, 0, 0,
				time.UTC), berlin, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range occurrences {
				list = append(list, o.Start.Format("02T15:04")+"/"+o.End.Format("02T15:04"))
			}
		}
		return strings.Join(list, " ")
	}
	for lines, want := range map[string]string{
		"DTSTART:20260328T090000\nDTEND:20260328T100000": "28T08:00/28T09:00",
		"DTSTART:20260328T000000\nDURATION:PT30M":        "27T23:00/27T23:30",
		"DTSTART:20260330T233000\nDURATION:PT30M":        "30T21:30/30T22:00",
		"DTSTART:20260331T000000\nDURATION:PT30M":        "",
		"DTSTART:20260327T235000\nDURATION:PT5M":         "",
		"DTSTART:20260320T090000\nDURATION:PT1H\n" +
			"RRULE:FREQ=DAILY": "28T08:00/28T09:00 29T07:00/29T08:00 30T07:00/30T08:00",
		"DTSTART:20260320T023000\nDURATION:PT1H\n" +
			"RRULE:FREQ=DAILY;UNTIL=20260329T023000": "28T01:30/28T02:30 29T01:30/29T01:30",
		"DTSTART:20260320T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY\n" +
			"EXDATE:20260329T090000": "28T08:00/28T09:00 30T07:00/30T08:00",
		"DTSTART:20260328T090000\nDTEND;TZID=Europe/London:20260328T100000": "28T09:00/28T10:00",
		"DTSTART;VALUE=DATE:20260328":                                       "28T00:00/29T00:00",
	} {
		if got := shown(lines); got != want {
			t.Errorf("%q is at %q, want %q", lines, got, want)
		}
	}
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	text := event("DTSTART:20260302T090000Z", "SUMMARY:Größe 漢字 📚")
	wide := func(order binary.AppendByteOrder, mark bool) []byte {
		units := utf16.Encode([]rune(text))
		if mark {
			units = append([]uint16{0xfeff}, units...)
		}
		var data []byte
		for _, unit := range units {
			data = order.AppendUint16(data, unit)
		}
		return data
	}
	fold := func(at int) []byte {
		return []byte(strings.Replace(text, "Größe", "Größe"[:at]+"\r\n "+"Größe"[at:], 1))
	}
	line := func(summary string) []byte { return []byte(event("DTSTART:20260302T090000Z", summary)) }
	const all = "Größe 漢字 📚"
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"UTF-8":                     {[]byte(text), all},
		"with a mark":               {[]byte("\ufeff" + text), all},
		"UTF-16, little":            {wide(binary.LittleEndian, true), all},
		"UTF-16, big":               {wide(binary.BigEndian, true), all},
		"UTF-16 without mark":       {wide(binary.LittleEndian, false), all},
		"UTF-16, big, without mark": {wide(binary.BigEndian, false), all},
		"folded in a letter":        {fold(3), all},
		"folded in another":         {fold(6), all},
		"folded by tabs":            {[]byte(strings.Replace(text, "Größe", "Gr\xc3\n\t\xb6ße", 1)), all},
		"folded twice":              {[]byte(strings.Replace(text, "Größe", "G\r\n r\r\n ö\r\n ße", 1)), all},
		"Latin-1 in one line":       {append([]byte("X-A:caf\xe9\r\n"), text...), all},
		"one bad byte":              {[]byte(strings.Replace(text, "漢", "\xe9漢", 1)), "Größe é漢字 📚"},
		"Windows":                   {line("SUMMARY:Gr\xf6\xdfe \x80"), "Größe €"},
		"a named encoding":          {line("SUMMARY;CHARSET=windows-1251:\xcf\xf0\xe8\xe2\xe5\xf2"), "Привет"},
		"quoted-printable": {line("SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Gr=C3=B6=C3=9Fe"),
			"Größe"},
		"quoted-printable in small letters": {line("SUMMARY;encoding=quoted-printable:Gr=c3=b6=C3=9fe"), "Größe"},
		"quoted-printable, without name":    {line("SUMMARY;QUOTED-PRINTABLE:a=3Db"), "a=b"},
		"quoted-printable, Latin-1": {line("SUMMARY;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gr=F6=DFe"),
			"Größe"},
		"quoted-printable in lines": {line("SUMMARY;ENCODING=QUOTED-PRINTABLE:Gr=C3=\r\n=B6=C3=9F=\r\ne"), "Größe"},
		"quoted-printable, folded":  {line("SUMMARY;ENCODING=QUOTED-PRINTABLE:Gr=C3=\r\n =B6=C3=9Fe"), "Größe"},
		"quoted-printable, broken":  {line("SUMMARY;ENCODING=QUOTED-PRINTABLE:100=ZZ =4"), "100ZZ 4"},
		"base64":                    {line("SUMMARY;ENCODING=BASE64:R3LDtsOfZQ=="), "Größe"},
		"base64, broken":            {line("SUMMARY;ENCODING=BASE64:Gr*e"), "Gr*e"},
		"carriage returns doubled":  {[]byte(strings.ReplaceAll(text, "\r\n", "\r\r\n")), all},
		"a mark in the middle":      {[]byte(strings.Replace(text, "BEGIN:VEVENT", "\ufeffBEGIN:VEVENT", 1)), all},
	} {
		events, _, err := icalendar.Parse(test.data)
		if err != nil || len(events) != 1 || events[0].Title != test.want {
			t.Errorf("%s: %+v, %v; want %q", name, events, err, test.want)
		}
	}
}

func TestLinesAsProgramsWriteThem(t *testing.T) {
	t.Parallel()
	const noon = "03-02T11:00/03-02T12:00"
	for _, line := range []string{
		"DTSTART;TZID=Europe/Berlin:20260302T120000", `DTSTART;TZID="Europe/Berlin":20260302T120000`,
		"DTSTART;TZID=Europe/Berlin;VALUE=DATE-TIME:20260302T120000",
		"DTSTART;VALUE=DATE-TIME;TZID=(UTC+01:00) Amsterdam, Berlin, Bern:20260302T120000",
		"DTSTART;TZID=GMT+01:00:2026-03-02T12:00:00",
		"dtstart ; tzid = Europe/Berlin : 20260302T120000 ", `DTSTART;X-A="a:b;c";TZID=Europe/Berlin:20260302T120000`,
		`DTSTART;X-A=a"b;TZID=Europe/Berlin:20260302T120000`,
		`DTSTART;TZID="Europe/Berlin:20260302T120000`,
		"DTSTART;X-A=http://example.org:8080/;TZID=Europe/Berlin:20260302T120000",
		"DTSTART;TZID=Europe/Berlin:20260302T120000,20260303T120000",
	} {
		if got := show(t, parse(t, event(line)), "2026-03-01", "2026-03-03"); len(got) != 1 || got[0] != noon {
			if strings.Contains(line, ",20260303") {
				continue // two dates are invalid: whether the first counts does not matter
			}
			t.Errorf("%s is %q", line, got)
		}
	}
	for line, title := range map[string]string{
		`SUMMARY;LANGUAGE=en:a: b`: "a: b", `SUMMARY;ALTREP="http://example.org/a":x`: "x",
		`SUMMARY;ALTREP=http://example.org/a:x`: "x", `SUMMARY;X="not closed:x`: "x",
	} {
		if got := parse(t, event("DTSTART:20260302T120000Z", line)); len(got) != 1 || got[0].Title != title {
			t.Errorf("%s is %+v", line, got)
		}
	}
}

// An event ends where the next one begins.
func TestEventsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	const a, b = "BEGIN:VEVENT\r\nSUMMARY:a\r\nDTSTART:20260302T090000Z\r\n",
		"BEGIN:VEVENT\r\nSUMMARY:b\r\nDTSTART:20260303T090000Z\r\n"
	alarm := "BEGIN:VALARM\r\nTRIGGER:-PT1H\r\n"
	for name, text := range map[string]string{
		"before the next":     "BEGIN:VCALENDAR\r\n" + a + b + "END:VEVENT\r\nEND:VCALENDAR\r\n",
		"at the end":          "BEGIN:VCALENDAR\r\n" + a + "END:VEVENT\r\n" + b,
		"before a calendar":   "BEGIN:VCALENDAR\r\n" + a + "BEGIN:VCALENDAR\r\n" + b + "END:VEVENT\r\nEND:VCALENDAR\r\n",
		"within its reminder": "BEGIN:VCALENDAR\r\n" + a + alarm + b + alarm,
	} {
		want(t, show(t, parse(t, text), "2026-03-01", "2026-04-01"), "a 03-02T09:00/03-02T10:00", "b 03-03T09:00/03-03T10:00")
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// Limits keep the newest, and are reported.
func TestLimits(t *testing.T) {
	t.Parallel()
	start := time.Date(2009, 1, 1, 9, 0, 0, 0, time.UTC)
	var one, lines strings.Builder
	for i := range 6000 {
		at := start.AddDate(0, 0, i).Format("20060102T150405Z")
		if i > 0 {
			one.WriteByte(',')
		}
		one.WriteString(at)
		fmt.Fprintf(&lines, "EXDATE:%s\n", at)
	}
	for name, exceptions := range map[string]string{"in one line": "EXDATE:" + one.String(),
		"in lines of their own": strings.TrimSpace(lines.String())} {
		text := events("SUMMARY:x\nDTSTART:20090101T090000Z\nRRULE:FREQ=DAILY\n" + exceptions)
		list, report, err := icalendar.Parse([]byte(text))
		last := start.AddDate(0, 0, 5999).Format(time.DateOnly)
		if got := show(t, list, "2025-05-01", last); err != nil || len(got) != 0 {
			t.Errorf("%s: %d occurrences up to %s are back, %v", name, len(got), last, err)
		}
		if !strings.Contains(report.String(), "old dates") {
			t.Errorf("%s: the owner is told %q", name, report.String())
		}
	}
	var many strings.Builder
	now := time.Now().UTC()
	for i := range icalendar.MaxEvents {
		fmt.Fprintf(&many, "BEGIN:VEVENT\r\nDTSTART:%s\r\nEND:VEVENT\r\n",
			now.Add(time.Duration(i+1)*time.Hour).Format("20060102T150405Z"))
	}
	for i := range 10 {
		fmt.Fprintf(&many, "BEGIN:VEVENT\r\nDTSTART:%s\r\nEND:VEVENT\r\n", now.AddDate(0, 0, -i-2).Format("20060102T150405Z"))
	}
	list, report, err := icalendar.Parse([]byte(calendar(many.String())))
	if err != nil || len(list) != icalendar.MaxEvents || !strings.HasPrefix(report.String(), "10 events are left out") {
		t.Errorf("%d events, and the owner is told %q, %v", len(list), report.String(), err)
	}
	for _, e := range list {
		if e.End.Before(now) {
			t.Fatalf("an event that is over is kept, and one that comes is not: %s", e.Start)
		}
	}
}
