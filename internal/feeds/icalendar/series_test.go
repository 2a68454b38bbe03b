package icalendar_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/feeds/icalendar"
)

func TestACalendarOfGoogle(t *testing.T) {
	t.Parallel()
	events := parse(t, sample(t, "google.ics"))
	want(t, show(t, events, "2026-03-01", "2026-05-01"),
		"Call 03-26T17:00/03-26T18:00",
		"Easter holidays with a name that is long enough to be folded in the middle of a word 04-03T00:00/04-07T00:00",
		"Lecture moved 03-30T12:00/03-30T13:30",
		"Lecture, part 2 03-23T09:15/03-23T10:45", // winter time
		"Lecture, part 2 04-06T08:15/04-06T09:45",
		"Lecture, part 2 04-08T08:15/04-08T09:45")
}

func TestACalendarOfOutlook(t *testing.T) {
	t.Parallel()
	events := parse(t, sample(t, "outlook.ics"))
	want(t, show(t, events, "2026-03-01", "2026-05-01"),
		"Customized 03-02T03:15/03-02T04:15",
		"Quoted 03-02T08:00/03-02T09:00",
		"Quoted series 03-28T08:00/03-28T09:00",
		"Quoted series 03-29T07:00/03-29T08:00", // summer time
		"Quoted series 03-30T07:00/03-30T08:00",
		"Stand-up 03-02T14:30/03-02T15:00",
		"Stand-up 03-16T13:30/03-16T14:00",
		"Whole day 03-05T00:00/03-06T00:00")
}

func TestACalendarOfApple(t *testing.T) {
	t.Parallel()
	events := parse(t, sample(t, "apple.ics"))
	want(t, show(t, events, "2026-03-01", "2026-05-01"),
		"Birthday 03-10T00:00/03-11T00:00",
		"Book club 📚 03-02T23:00/03-02T23:30",
		"Book club 📚 04-07T00:00/04-07T00:30",
		"Training 03-09T21:00/03-09T21:45",
		"Training 03-11T21:00/03-11T21:45",
		"Training 03-18T08:00/03-18T09:00")
	want(t, show(t, events, "2025-03-01", "2025-04-01"))
}

func TestRepetition(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines []string
		want  string // the days in March 2026 on which occurrences begin
	}{
		"for ever":          {[]string{"DTSTART:20260325T090000Z", "RRULE:FREQ=DAILY;INTERVAL=2"}, "25 27 29 31"},
		"a number of times": {[]string{"DTSTART:20260325T090000Z", "RRULE:FREQ=DAILY;COUNT=3"}, "25 26 27"},
		"up to a day": {[]string{"DTSTART;VALUE=DATE:20260325", "RRULE:FREQ=DAILY;UNTIL=20260326"},
			"25 26"},
		"without a day": {[]string{"DTSTART;TZID=Europe/Berlin:20260325T090000", "RRULE:FREQ=DAILY;COUNT=3",
			"EXDATE;VALUE=DATE:20260326"}, "25 27"},
		"without a time of whole days": {[]string{"DTSTART;VALUE=DATE:20260325", "RRULE:FREQ=DAILY;COUNT=3",
			"EXDATE;TZID=Europe/Berlin:20260326T000000"}, "25 27"},
		"without its beginning": {[]string{"DTSTART:20260325T090000Z", "RRULE:FREQ=DAILY;COUNT=3",
			"EXDATE:20260325T090000Z"}, "26 27"},
		"without anything":         {[]string{"DTSTART:20260325T090000Z", "EXDATE:20260325T090000Z"}, ""},
		"by a rule that is broken": {[]string{"DTSTART:20260325T090000Z", "RRULE:FREQ=SOMETIMES"}, "25"},
		"by hours": {[]string{"DTSTART:20260325T090000Z", "RRULE:FREQ=HOURLY;INTERVAL=12;COUNT=3"},
			"25 25 26"},
		"by a rule that never matches": {[]string{"DTSTART:20260325T090000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"},
			"25"},
		"with further dates": {[]string{"DTSTART:20260325T090000Z", "RDATE:20260327T090000Z,20260325T090000Z,soon",
			"EXDATE:20260301T000000Z"}, "25 27"},
		"with a changed date elsewhere": {[]string{"DTSTART:20260325T090000Z", "RRULE:FREQ=DAILY;COUNT=2", "END:VEVENT",
			"BEGIN:VEVENT", "UID:2", "RECURRENCE-ID:20260326T090000Z", "DTSTART:20260328T090000Z"}, "25 26 28"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var days []string
			for _, line := range show(t, parse(t, event(test.lines...)), "2026-03-01", "2026-04-01") {
				days = append(days, line[3:5])
			}
			if got := strings.Join(days, " "); got != test.want {
				t.Errorf("it is on %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheEndOfASeries(t *testing.T) {
	t.Parallel()
	for rule, expected := range map[string]time.Time{
		"FREQ=DAILY":                        icalendar.Forever,
		"FREQ=DAILY;COUNT=3":                time.Date(2026, 3, 4, 10, 0, 0, 0, time.UTC),
		"FREQ=DAILY;UNTIL=20260304T120000Z": time.Date(2026, 3, 4, 13, 0, 0, 0, time.UTC),
		"":                                  time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC),
	} {
		events := parse(t, event("DTSTART:20260302T090000Z", "RRULE:"+rule))
		if len(events) != 1 || !events[0].LastEnd.Equal(expected) {
			t.Errorf("%s: %+v", rule, events)
		}
	}
}

func TestNothingEndsAfterTheYear9999(t *testing.T) {
	t.Parallel()
	for _, lines := range [][]string{
		{"DTSTART:99991230T000000Z", "DURATION:P10D"},
		{"DTSTART:20260302T090000Z", "DURATION:P1000D", "RDATE:99991229T000000Z"},
		{"DTSTART:20260302T090000Z", "DURATION:P1000D", "RRULE:FREQ=YEARLY;UNTIL=99991230T000000Z"},
		{"DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z"},
	} {
		for _, e := range parse(t, event(lines...)) {
			if e.End.Year() > 9999 || e.LastEnd.After(icalendar.Forever) {
				t.Errorf("%q: %+v", lines, e)
			}
		}
	}
}

func TestBetweenFindsWhatIsNotOver(t *testing.T) {
	t.Parallel()
	single := parse(t, event("DTSTART:20260301T000000Z", "DTEND:20260305T000000Z"))
	series := parse(t, event("DTSTART:20260227T220000Z", "DTEND:20260228T020000Z", "RRULE:FREQ=DAILY"))
	for name, test := range map[string]struct {
		events   []icalendar.Event
		from, to string
		want     int
	}{
		"before":           {single, "2026-02-20", "2026-03-01", 0},
		"within":           {single, "2026-03-02", "2026-03-03", 1},
		"after":            {single, "2026-03-05", "2026-03-09", 0},
		"begun before":     {series, "2026-03-02", "2026-03-03", 2},
		"before a series":  {series, "2026-02-20", "2026-02-27", 0},
		"years later":      {series, "2032-03-01", "2032-03-08", 8},
		"thousands a view": {series, "2026-03-01", "2036-03-01", 1000},
	} {
		if got := show(t, test.events, test.from, test.to); len(got) != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestZonesThatACalendarDefines(t *testing.T) {
	t.Parallel()
	zone := func(parts ...string) string {
		return "BEGIN:VTIMEZONE\r\nTZID:Mine\r\n" + strings.Join(parts, "\r\n") + "\r\nEND:VTIMEZONE"
	}
	part := func(kind, start, offset, rule string) string {
		return fmt.Sprintf("BEGIN:%s\r\nDTSTART:%s\r\nTZOFFSETTO:%s\r\nRRULE:%s\r\nEND:%s", kind, start, offset, rule, kind)
	}
	standard := part("STANDARD", "20001029T030000", "+0100", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU")
	daylight := part("DAYLIGHT", "20000326T020000", "+0200", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")
	for name, test := range map[string]struct {
		zone           string
		winter, summer string // noon, in UTC
	}{
		"two halves":         {zone(standard, daylight), "11:00", "10:00"},
		"only standard time": {zone(standard), "11:00", "11:00"},
		"only daylight time": {zone(daylight), "10:00", "10:00"},
		"an older standard":  {zone(standard, daylight, part("STANDARD", "19801026T030000", "+0500", "")), "11:00", "10:00"},
		"daylight that ended": {zone(standard, part("DAYLIGHT", "19800101T000000", "+0200",
			"FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=19900101T000000Z")),
			"11:00", "11:00"},
		"west, by minutes": {zone(part("STANDARD", "19700101T000000", "-0330", "")), "15:30", "15:30"},
		"a link":           {zone("X-LIC-LOCATION:Asia/Tokyo", standard), "03:00", "03:00"},
		"nothing":          {zone(), "12:00", "12:00"},
		"an odd offset":    {zone(part("STANDARD", "19700101T000000", "+9900", "")), "12:00", "12:00"},
		"southern": {zone(part("STANDARD", "20080406T030000", "+1000", "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
			part("DAYLIGHT", "20081005T020000", "+1100", "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU")), "01:00", "02:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The zone comes after its use, which is allowed.
			events := parse(t, calendar("BEGIN:VEVENT", "DTSTART;TZID=Mine:20260105T120000", "RRULE:FREQ=WEEKLY",
				"END:VEVENT", test.zone))
			winter, summer := show(t, events, "2026-01-05", "2026-01-06"), show(t, events, "2026-07-06", "2026-07-07")
			if len(winter) != 1 || len(summer) != 1 || winter[0][6:11] != test.winter || summer[0][6:11] != test.summer {
				t.Errorf("noon is %q and %q", winter, summer)
			}
		})
	}
}

func TestAnEvilCalendarIsReadInTime(t *testing.T) {
	t.Parallel()
	repeat := func(number int, lines ...string) string {
		return calendar(strings.Repeat("BEGIN:VEVENT\r\n"+strings.Join(lines, "\r\n")+"\r\nEND:VEVENT\r\n", number))
	}
	zones := strings.Builder{}
	for i := range 20_000 {
		fmt.Fprintf(&zones, "BEGIN:VEVENT\r\nDTSTART;TZID=Zone/Number/%d:20260302T090000\r\nEND:VEVENT\r\n", i)
	}
	for name, text := range map[string]string{
		"counting far": repeat(5000, "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;COUNT=10000"),
		"seldom": repeat(5000, "DTSTART:20260302T090000Z",
			"RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;COUNT=100"),
		"never": repeat(5000, "DTSTART:20260302T090000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
		"many dates": repeat(10, "DTSTART:20260302T090000Z",
			strings.Repeat("RDATE:"+strings.Repeat("20260302T090000Z,", 3000)+"\r\n", 10)),
		"many zones":  calendar(zones.String()),
		"many begins": strings.Repeat("BEGIN:VEVENT\n", 300_000),
		"parameters":  repeat(50, "DTSTART"+strings.Repeat(`;A=",,,,"`, 6000)+":20260302T090000Z"),
		"commas":      repeat(5000, "DTSTART;A="+strings.Repeat(`,`, 900)+":20260302T090000Z"),
		"changed and same": repeat(10_000, "UID:1", "DTSTART:20260302T090000Z", "RECURRENCE-ID:20260302T090000Z") +
			repeat(10_000, "UID:1", "DTSTART:20260302T090000Z"),
	} {
		begun := time.Now()
		events := parse(t, text)
		if took := time.Since(begun); len(events) > icalendar.MaxEvents || took > 20*time.Second {
			t.Errorf("%s: %d events in %s", name, len(events), took)
		}
		t.Log(name, len(events), time.Since(begun))
	}
}
