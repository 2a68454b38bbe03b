package recurrence_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"

	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

func parse(t testing.TB, text string) recurrence.Rule {
	t.Helper()
	rule, err := recurrence.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return rule
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := recurrence.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func at(t testing.TB, text string) time.Time {
	t.Helper()
	value, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func texts(times []time.Time) (list []string) {
	for _, t := range times {
		list = append(list, t.Format(time.RFC3339Nano))
	}
	return list
}

func TestStarts(t *testing.T) {
	t.Parallel()
	cases := []struct {
		rule, zone, start, from, to string
		want                        string
	}{
		{"FREQ=DAILY", "", "2026-03-01T09:00:00Z", "2026-03-03T09:00:00Z", "2026-03-05T09:00:00Z",
			"2026-03-03T09:00:00Z 2026-03-04T09:00:00Z"},
		{"FREQ=DAILY", "", "2026-03-01T09:00:00Z", "2026-02-01T00:00:00Z", "2026-03-02T00:00:00Z", "2026-03-01T09:00:00Z"},
		{"FREQ=WEEKLY", "", "1990-01-01T09:00:00.25Z", "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z",
			"2026-03-02T09:00:00.25Z"},
		// The clock time stays when the clocks change.
		{"FREQ=DAILY", "Europe/Berlin", "2026-03-27T08:00:00Z", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z",
			"2026-03-28T08:00:00Z 2026-03-29T07:00:00Z 2026-03-30T07:00:00Z"},
		// A time that clocks skip is one hour later, a time that they show twice is the first.
		{"FREQ=DAILY", "Europe/Berlin", "2026-03-27T01:30:00Z", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z",
			"2026-03-28T01:30:00Z 2026-03-29T01:30:00Z 2026-03-30T00:30:00Z"},
		{"FREQ=DAILY", "Europe/Berlin", "2026-10-23T00:30:00Z", "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z",
			"2026-10-24T00:30:00Z 2026-10-25T00:30:00Z 2026-10-26T01:30:00Z"},
		// The day of the week is that of the zone.
		{"FREQ=WEEKLY;BYDAY=MO", "Asia/Tokyo", "2026-03-01T23:00:00Z", "2026-03-02T00:00:00Z", "2026-03-10T00:00:00Z",
			"2026-03-08T23:00:00Z"},
		// The start counts, whether the rule names it or not.
		{"FREQ=WEEKLY;BYDAY=TU;COUNT=3", "", "2026-03-02T09:00:00Z", "2026-03-01T00:00:00Z", "2027-01-01T00:00:00Z",
			"2026-03-02T09:00:00Z 2026-03-03T09:00:00Z 2026-03-10T09:00:00Z"},
		{"FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3", "", "2026-03-02T09:00:00Z", "2026-03-01T00:00:00Z", "2027-01-01T00:00:00Z",
			"2026-03-02T09:00:00Z 2026-03-04T09:00:00Z 2026-03-09T09:00:00Z"},
		// A day that a month does not have is left out.
		{"FREQ=MONTHLY", "", "2026-01-31T09:00:00Z", "2026-02-01T00:00:00Z", "2026-06-01T00:00:00Z",
			"2026-03-31T09:00:00Z 2026-05-31T09:00:00Z"},
		{"FREQ=MONTHLY;BYDAY=-1FR", "", "2026-01-30T09:00:00Z", "2030-02-01T00:00:00Z", "2030-03-31T00:00:00Z",
			"2030-02-22T09:00:00Z 2030-03-29T09:00:00Z"},
		{"FREQ=YEARLY", "", "2024-02-29T09:00:00Z", "2025-01-01T00:00:00Z", "2033-01-01T00:00:00Z",
			"2028-02-29T09:00:00Z 2032-02-29T09:00:00Z"},
		{"FREQ=YEARLY", "", "2096-02-29T09:00:00Z", "2097-01-01T00:00:00Z", "2110-01-01T00:00:00Z",
			"2104-02-29T09:00:00Z 2108-02-29T09:00:00Z"},
		{"FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "", "2026-01-01T09:00:00Z", "2026-01-01T00:00:00Z", "2126-01-01T00:00:00Z",
			"2026-01-01T09:00:00Z"},
		// UNTIL is included: as a point in time, as the clock time of the zone, as a whole day.
		{"FREQ=DAILY;UNTIL=20260303T080000Z", "Europe/Berlin", "2026-03-01T08:00:00Z", "2026-03-02T00:00:00Z",
			"2026-04-01T00:00:00Z",
			"2026-03-02T08:00:00Z 2026-03-03T08:00:00Z"},
		{"FREQ=DAILY;UNTIL=20260303T090000", "Europe/Berlin", "2026-03-01T08:00:00Z", "2026-03-02T00:00:00Z",
			"2026-04-01T00:00:00Z",
			"2026-03-02T08:00:00Z 2026-03-03T08:00:00Z"},
		{"FREQ=DAILY;UNTIL=20260302", "", "2026-03-01T08:00:00Z", "2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z",
			"2026-03-02T08:00:00Z"},
		{"FREQ=DAILY;UNTIL=20200101", "", "2026-03-01T08:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z",
			"2026-03-01T08:00:00Z"},
		{"FREQ=DAILY;BYHOUR=15,9,9", "", "2026-03-01T09:00:00Z", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z",
			"2026-03-02T09:00:00Z 2026-03-02T15:00:00Z"},
		{"FREQ=DAILY", "", "9999-12-30T09:00:00Z", "9999-12-01T00:00:00Z", "9999-12-31T23:00:00Z",
			"9999-12-30T09:00:00Z 9999-12-31T09:00:00Z"},
	}
	for _, c := range cases {
		series := recurrence.Series{Rule: parse(t, c.rule), Start: at(t, c.start), Zone: zone(t, c.zone)}
		found := series.Between(at(t, c.from), at(t, c.to), 100)
		if got := strings.Join(texts(found), " "); got != c.want {
			t.Errorf("%s in %q from %s:\n got %s\nwant %s", c.rule, c.zone, c.start, got, c.want)
		}
		if last, endless := series.Last(); !endless {
			series.Until = last
			if again := series.Between(at(t, c.from), at(t, c.to), 100); !slices.Equal(texts(again), texts(found)) {
				t.Errorf("%s: when its end is known, it gives %q", c.rule, texts(again))
			}
		}
		for _, start := range found {
			if !series.Has(start) || series.Has(start.Add(time.Millisecond)) {
				t.Errorf("%s: has %s: %v, and a little later: %v", c.rule, start, series.Has(start),
					series.Has(start.Add(time.Millisecond)))
			}
		}
	}
}

func TestExtraAndSkippedStarts(t *testing.T) {
	t.Parallel()
	series := recurrence.Series{
		Rule: parse(t, "FREQ=DAILY;COUNT=4"), Start: at(t, "2026-03-01T09:00:00Z"), Zone: time.UTC,
		Extra: []time.Time{at(t, "2026-03-09T10:00:00Z"), at(t, "2026-03-02T10:00:00Z"), at(t, "2026-03-03T09:00:00Z")},
		Skip:  []time.Time{at(t, "2026-03-02T10:00:00+01:00"), at(t, "2026-03-01T09:00:00Z")},
	}
	found := series.Between(at(t, "2026-03-01T00:00:00Z"), at(t, "2027-01-01T00:00:00Z"), 100)
	want := []string{"2026-03-02T10:00:00Z", "2026-03-03T09:00:00Z", "2026-03-04T09:00:00Z", "2026-03-09T10:00:00Z"}
	if !slices.Equal(texts(found), want) {
		t.Errorf("got %q, want %q", texts(found), want)
	}
	if some := series.Between(at(t, "2026-03-01T00:00:00Z"), at(t, "2027-01-01T00:00:00Z"),
		2); !slices.Equal(texts(some), want[:2]) {
		t.Errorf("limited to two: %q", texts(some))
	}
	if last, endless := series.Last(); endless || !last.Equal(at(t, "2026-03-09T10:00:00Z")) {
		t.Errorf("the last one is %s, %v", last, endless)
	}
}

func TestLast(t *testing.T) {
	t.Parallel()
	cases := []struct{ rule, want string }{
		{"FREQ=DAILY", "endless"},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "endless"},
		{"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "2026-03-01T09:00:00Z"},
		{"FREQ=DAILY;COUNT=1", "2026-03-01T09:00:00Z"},
		{"FREQ=DAILY;COUNT=40", "2026-04-09T08:00:00Z"},
		{"FREQ=DAILY;UNTIL=20260410", "2026-04-10T21:59:59Z"},
		{"FREQ=DAILY;UNTIL=20260410T120000Z", "2026-04-10T12:00:00Z"},
		{"FREQ=DAILY;UNTIL=20200101", "2026-03-01T09:00:00Z"},
	}
	for _, c := range cases {
		series := recurrence.Series{Rule: parse(t, c.rule), Start: at(t, "2026-03-01T09:00:00Z"),
			Zone: zone(t, "Europe/Berlin")}
		last, endless := series.Last()
		if got := last.Format(time.RFC3339); endless != (c.want == "endless") || !endless && got != c.want {
			t.Errorf("%s ends at %s (endless: %v), want %s", c.rule, got, endless, c.want)
		}
	}
}

func TestRRULEHasItsEndInUTC(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"FREQ=DAILY": "FREQ=DAILY",
		"FREQ=DAILY;UNTIL=20260410T120000Z;INTERVAL=2": "FREQ=DAILY;UNTIL=20260410T120000Z;INTERVAL=2",
		"FREQ=DAILY;UNTIL=20260410;INTERVAL=2":         "FREQ=DAILY;UNTIL=20260410T215959Z;INTERVAL=2",
		"UNTIL=20260110T120000;FREQ=DAILY":             "UNTIL=20260110T110000Z;FREQ=DAILY",
	} {
		series := recurrence.Series{Rule: parse(t, text), Start: at(t, "2026-01-01T09:00:00Z"),
			Zone: zone(t, "Europe/Berlin")}
		if got := series.RRULE(); got != want {
			t.Errorf("%s became %s, want %s", text, got, want)
		}
	}
}

func TestMovedKeepsTheDistanceByTheClock(t *testing.T) {
	t.Parallel()
	daily := parse(t, "FREQ=DAILY")
	// Nine o'clock.
	old := recurrence.Series{Rule: daily, Start: at(t, "2026-03-27T08:00:00Z"), Zone: zone(t, "Europe/Berlin")}
	moved := recurrence.Series{Rule: daily, Start: at(t, "2026-03-28T09:30:00Z"), Zone: zone(t, "Europe/Berlin")}
	if got := old.Moved(at(t, "2026-03-28T08:00:00Z"), moved); !got.Equal(at(t, "2026-03-29T08:30:00Z")) {
		t.Errorf("the second one moved to %s", got)
	}
	elsewhere := recurrence.Series{Rule: daily, Start: at(t, "2026-03-27T08:00:00Z"), Zone: time.UTC}
	if got := old.Moved(at(t, "2026-03-30T07:00:00Z"), elsewhere); !got.Equal(at(t, "2026-03-30T08:00:00Z")) {
		t.Errorf("in another zone the fourth one is at %s", got)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	if got := parse(t, " rrule:freq=Weekly;byday=mo,FR; ").String(); got != "FREQ=WEEKLY;BYDAY=MO,FR" {
		t.Errorf("the rule became %s", got)
	}
	for _, text := range []string{
		"", "DAILY", "FREQ=", "FREQ=HOURLY", "FREQ=MINUTELY;INTERVAL=90", "FREQ=SECONDLY", "FREQ=SOMETIMES", "INTERVAL=2",
		"FREQ=DAILY;FREQ=WEEKLY",
		"FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;COUNT=1000000000", "FREQ=DAILY;COUNT=99999999999999999999",
		"FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=1001", "FREQ=YEARLY;INTERVAL=21",
		"FREQ=DAILY;INTERVAL=9223372036854775807",
		"FREQ=DAILY;COUNT=2;UNTIL=20260101", "FREQ=DAILY;UNTIL=tomorrow", "FREQ=DAILY;UNTIL=00000101",
		"FREQ=DAILY;BYHOUR=24", "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5", "FREQ=MONTHLY;BYMONTHDAY=0",
		"FREQ=YEARLY;BYMONTH=13",
		"FREQ=WEEKLY;BYDAY=1MO", "FREQ=DAILY;BYDAY=-1MO", "FREQ=MONTHLY;BYDAY=6MO", "FREQ=MONTHLY;BYDAY=-53MO",
		"FREQ=YEARLY;BYMONTH=12;BYDAY=53MO",
		"FREQ=YEARLY;BYDAY=54MO", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "FREQ=MONTHLY;BYWEEKNO=3", "FREQ=MONTHLY;BYYEARDAY=3",
		"FREQ=WEEKLY;BYMONTHDAY=3",
		"FREQ=YEARLY;BYEASTER=400", "FREQ=DAILY;DTSTART=20260101", "FREQ=DAILY\nRRULE:FREQ=DAILY", "FREQ=DAILY;X-EVIL=1",
		"FREQ=DAILY;WKST=2MO",
		"FREQ=MONTHLY;BYSETPOS=367;BYDAY=MO", "FREQ=DAILY;BYHOUR=" + strings.Repeat("1,", 300) + "1",
	} {
		if rule, err := recurrence.Parse(text); err == nil {
			t.Errorf("%q was taken, as %s", text, rule)
		}
	}
}

func TestZones(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", ""} {
		if _, err := recurrence.Zone(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"Local", "Europe/Nowhere", "../etc/passwd", "/etc/localtime", "\x00",
		strings.Repeat("x", 65)} {
		if _, err := recurrence.Zone(name); err == nil {
			t.Errorf("%q was found", name)
		}
	}
}

// The library alone, asked from the start on, gives the same times: beginning late and in another cycle changes
// nothing.
func TestStartsAreThoseOfTheLibrary(t *testing.T) {
	t.Parallel()
	starts := []string{"2023-12-31T23:30:00Z", "2024-02-29T09:00:00Z", "2026-01-01T00:00:00Z", "2026-07-15T12:00:00Z"}
	from, to := at(t, "2038-12-20T00:00:00Z"), at(t, "2041-03-10T00:00:00Z")
	for _, freq := range []string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"} {
		for _, interval := range []int{1, 2, 3, 5, 12} {
			for _, more := range []string{"", ";BYDAY=MO,SU", ";BYMONTH=2,12", ";BYMONTH=12;BYDAY=TU", ";BYDAY=WE;WKST=SU",
				";BYMONTHDAY=-1,13", ";BYDAY=-1FR,2TH",
				";BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ";BYWEEKNO=9,20;BYDAY=SU,WE", ";BYYEARDAY=1,-1,60", ";BYHOUR=1,23"} {
				text := fmt.Sprintf("FREQ=%s;INTERVAL=%d%s", freq, interval, more)
				rule, err := recurrence.Parse(text)
				if err != nil {
					continue // does not go with this frequency
				}
				for _, start := range starts {
					plain, err := rrule.StrToROption(text)
					if err != nil {
						t.Fatal(err)
					}
					plain.Dtstart = at(t, start)
					library, err := rrule.NewRRule(*plain)
					if err != nil {
						t.Fatal(err)
					}
					want := library.Between(from, to.Add(-time.Second), true)
					got := recurrence.Series{Rule: rule, Start: at(t, start), Zone: time.UTC}.Between(from, to, 10_000)
					if !slices.Equal(texts(got), texts(want)) {
						t.Errorf("%s from %s: got %d starts, want %d", text, start, len(got), len(want))
					}
				}
			}
		}
	}
}

// What RFC 5545 says and the library does otherwise, or what it does not know.
func TestRareRules(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, start, from, want string }{
		// BYSETPOS counts in the whole week, month and year, also in the one that the start cuts.
		{"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=3", "2026-03-04T09:00:00Z", "2026-03-01T00:00:00Z",
			"0304 0309 0316"},
		{"FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=2,-1;COUNT=4", "2026-03-04T09:00:00Z", "2026-03-01T00:00:00Z",
			"0304 0306 0311 0313"},
		{"FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SU,SA;BYSETPOS=-1;COUNT=3", "2026-03-04T09:00:00Z",
			"2026-03-05T00:00:00Z", "0307 0321"},
		{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=3;COUNT=3", "2026-03-04T09:00:00Z", "2026-03-01T00:00:00Z",
			"0304 0403 0505"},
		{"FREQ=YEARLY;BYMONTH=1,3;BYMONTHDAY=1,15;BYSETPOS=-1;COUNT=2", "2026-03-15T09:00:00Z",
			"2026-03-01T00:00:00Z", "0315 0315"},
		{"FREQ=DAILY;BYHOUR=9,12,18;BYSETPOS=2;COUNT=3", "2026-03-04T12:00:00Z", "2026-03-01T00:00:00Z", "0304 0305 0306"},
		// The day of the week of BYWEEKNO is that of the start; week 1 may begin, and week 53 end, in another year.
		{"FREQ=YEARLY;BYWEEKNO=20;COUNT=2", "2026-05-13T09:00:00Z", "2026-01-01T00:00:00Z", "0513 0519"},
		{"FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO;COUNT=3", "2024-12-30T09:00:00Z", "2024-01-01T00:00:00Z", "1230 1229 0104"},
		{"FREQ=YEARLY;BYWEEKNO=53;BYDAY=SU;COUNT=2", "2021-01-03T09:00:00Z", "2021-01-01T00:00:00Z", "0103 0103"},
		{"FREQ=YEARLY;BYWEEKNO=-1;BYDAY=FR;COUNT=3", "2026-01-02T09:00:00Z", "2026-01-01T00:00:00Z", "0102 0101 1231"},
		{"FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO,SU;COUNT=4", "2024-12-30T09:00:00Z", "2024-01-01T00:00:00Z",
			"1230 0105 0104 0110"},
		// Frequencies below a day.
		{"FREQ=HOURLY;INTERVAL=8;COUNT=4", "2026-03-04T20:00:00Z", "2026-03-05T00:00:00Z", "0305 0305 0305"},
		{"FREQ=HOURLY;BYDAY=FR;BYHOUR=9;COUNT=3", "2026-03-04T09:00:00Z", "2026-03-05T00:00:00Z", "0306 0313"},
		{"FREQ=MINUTELY;INTERVAL=90;BYMONTHDAY=7;COUNT=3", "2026-03-07T21:00:00Z", "2026-03-01T00:00:00Z", "0307 0307 0407"},
		{"FREQ=SECONDLY;INTERVAL=40000;COUNT=3", "2026-03-07T21:00:00Z", "2026-03-01T00:00:00Z", "0307 0308 0308"},
		{"FREQ=MINUTELY;INTERVAL=2;BYMINUTE=5", "2026-03-07T21:00:00Z", "2026-03-08T00:00:00Z", ""},
	} {
		rule, whole, err := recurrence.Read(c.rule)
		if err != nil || !whole {
			t.Fatalf("%s: %v, %v", c.rule, whole, err)
		}
		series := recurrence.Series{Rule: rule, Start: at(t, c.start), Zone: time.UTC}
		var days []string
		for _, start := range series.Between(at(t, c.from), at(t, c.from).AddDate(20, 0, 0), 4) {
			days = append(days, start.Format("0102"))
		}
		if got := strings.Join(days, " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.rule, got, c.want)
		}
	}
}

// Parts that can't be read are left out, and the rest is followed.
func TestRead(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"FREQ=WEEKLY": "FREQ=WEEKLY",
		" rrule:freq=weekly; byday=mo , fr ;wkst=su;":     "FREQ=WEEKLY;WKST=SU;BYDAY=MO,FR",
		"FREQ=DAILY;COUNT=4;UNTIL=20260305T080000Z":       "FREQ=DAILY;COUNT=4;UNTIL=20260305T080000Z",
		"FREQ=DAILY;X-OWN=1;;COUNT=":                      "FREQ=DAILY",
		"FREQ=DAILY;BYSECOND=60":                          "FREQ=DAILY;BYSECOND=59",
		"FREQ=DAILY;BYSETPOS=2":                           "FREQ=DAILY",
		"FREQ=DAILY;INTERVAL=0":                           "clipped FREQ=DAILY",
		"FREQ=DAILY;COUNT=-1":                             "clipped FREQ=DAILY",
		"FREQ=DAILY;COUNT=2147483647":                     "clipped FREQ=DAILY",
		"FREQ=DAILY;COUNT=99999999999999999999":           "clipped FREQ=DAILY",
		"FREQ=DAILY;UNTIL=tomorrow":                       "clipped FREQ=DAILY",
		"FREQ=DAILY;COUNT=3;COUNT=5":                      "clipped FREQ=DAILY;COUNT=3",
		"FREQ=MONTHLY;BYMONTHDAY=0,15,32":                 "clipped FREQ=MONTHLY;BYMONTHDAY=15",
		"FREQ=MONTHLY;BYDAY=XX,2TU":                       "clipped FREQ=MONTHLY;BYDAY=2TU",
		"FREQ=MONTHLY;BYWEEKNO=3":                         "clipped FREQ=MONTHLY",
		"FREQ=WEEKLY;BYDAY=2TU":                           "FREQ=WEEKLY;BYDAY=TU",
		"FREQ=HOURLY;INTERVAL=6":                          "FREQ=HOURLY;INTERVAL=6",
		"FREQ=DAILY;BYEASTER=3":                           "clipped FREQ=DAILY",
		"FREQ=DAILY;WKST=XX":                              "clipped FREQ=DAILY",
		"FREQ=SOMETIMES;COUNT=3":                          "none",
		"COUNT=3":                                         "none",
		"":                                                "none",
		"FREQ=DAILY;BYHOUR=" + strings.Repeat("1,", 6000): "none",
	} {
		rule, whole, err := recurrence.Read(text)
		got := rule.String()
		if err != nil {
			got = "none"
		} else if !whole {
			got = "clipped " + got
		}
		if got != want {
			t.Errorf("%.60s became %s, want %s", text, got, want)
		}
		if again, whole, err := recurrence.Read(rule.String()); rule.String() != "" &&
			(err != nil || !whole || again.String() != rule.String()) {
			t.Errorf("%s is read as %s, %v, %v", rule, again, whole, err)
		}
	}
}

func TestSeveralRules(t *testing.T) {
	t.Parallel()
	series := recurrence.Series{
		Rule: parse(t, "FREQ=WEEKLY;BYDAY=MO;COUNT=2"), More: []recurrence.Rule{parse(t, "FREQ=WEEKLY;BYDAY=WE;COUNT=3")},
		Except: []recurrence.Rule{parse(t, "FREQ=MONTHLY;BYMONTHDAY=11")}, Start: at(t, "2026-03-02T08:00:00Z"),
		Zone: zone(t, "Europe/Berlin"),
	}
	want := []string{"2026-03-02T08:00:00Z", "2026-03-04T08:00:00Z", "2026-03-09T08:00:00Z", "2026-03-18T08:00:00Z"}
	if got := texts(series.Between(at(t, "2026-03-01T00:00:00Z"), at(t, "2027-03-01T00:00:00Z"),
		10)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if last, endless := series.Last(); endless || !last.Equal(at(t, want[3])) {
		t.Errorf("the last is %s, %v", last, endless)
	}
	series.More = append(series.More, parse(t, "FREQ=YEARLY"))
	if _, endless := series.Last(); !endless {
		t.Error("it has an end")
	}
}

func TestNextChange(t *testing.T) {
	t.Parallel()
	berlin, until := zone(t, "Europe/Berlin"), at(t, "2042-01-01T00:00:00Z")
	var found []time.Time
	for change, ok := recurrence.NextChange(at(t, "2039-11-01T00:00:00Z"), until,
		berlin); ok; change, ok = recurrence.NextChange(change, until, berlin) {
		found = append(found, change.UTC())
	}
	want := []string{"2040-03-25T01:00:00Z", "2040-10-28T01:00:00Z", "2041-03-31T01:00:00Z", "2041-10-27T01:00:00Z"}
	if !slices.Equal(texts(found), want) {
		t.Errorf("clocks are changed at %q", texts(found))
	}
	if change, ok := recurrence.NextChange(until, until.AddDate(100, 0, 0), zone(t, "Asia/Tokyo")); ok {
		t.Errorf("clocks in Tokyo are changed at %s", change)
	}
}

func TestTimesThatClocksSkipOrShowTwice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, clock, want string }{
		{"America/New_York", "2026-03-08T02:30:00Z", "2026-03-08T07:30:00Z"},
		{"America/New_York", "2026-03-08T01:59:59Z", "2026-03-08T06:59:59Z"},
		{"America/New_York", "2026-03-08T03:00:00Z", "2026-03-08T07:00:00Z"},
		{"Europe/Berlin", "2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z"},
		{"Europe/Berlin", "2026-10-25T02:30:00Z", "2026-10-25T00:30:00Z"},
		{"Europe/Berlin", "2026-10-25T03:00:00Z", "2026-10-25T02:00:00Z"},
		{"Australia/Lord_Howe", "2026-10-04T02:15:00Z", "2026-10-03T15:45:00Z"},
		{"Australia/Lord_Howe", "2026-04-05T01:45:00Z", "2026-04-04T14:45:00Z"},
		{"America/Sao_Paulo", "2018-11-04T00:30:00Z", "2018-11-04T03:30:00Z"},
		{"Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-30T19:00:00Z"},
		{"Asia/Tokyo", "2026-03-08T02:30:00Z", "2026-03-07T17:30:00Z"},
		{"", "2026-03-08T02:30:00.5Z", "2026-03-08T02:30:00.5Z"},
		{"Europe/Berlin", "2040-12-31T23:30:00Z", "2040-12-31T22:30:00Z"}, // where time.ZoneBounds errs
		{"Europe/Berlin", "2040-03-25T02:30:00Z", "2040-03-25T01:30:00Z"},
	} {
		if got := recurrence.At(at(t, c.clock), zone(t, c.zone)); !got.Equal(at(t, c.want)) {
			t.Errorf("%s in %s is %s, want %s", c.clock, c.zone, got, c.want)
		}
	}
	nightly := recurrence.Series{Rule: parse(t, "FREQ=DAILY;BYHOUR=2,3"), Start: at(t, "2026-03-07T07:30:00Z"),
		Zone: zone(t, "America/New_York")}
	want := []string{"2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"}
	if got := texts(nightly.Between(at(t, "2026-03-08T00:00:00Z"), at(t, "2026-03-09T07:00:00Z"),
		2)); !slices.Equal(got, want) {
		t.Errorf("half past two and three: got %q, want %q", got, want)
	}
	nightly.Rule = parse(t, "FREQ=DAILY")
	for instant, clock := range map[string]string{
		"2026-03-07T07:30:00Z": "2026-03-07T02:30:00Z", "2026-03-08T07:30:00Z": "2026-03-08T02:30:00Z",
		"2026-03-09T06:30:00Z": "2026-03-09T02:30:00Z",
	} {
		if got := nightly.ClockOf(at(t, instant)); !got.Equal(at(t, clock)) {
			t.Errorf("the rule calls %s %s, want %s", instant, got, clock)
		}
	}
}

// Rules that match seldom or never are searched longest.
func BenchmarkBetween(b *testing.B) {
	for _, text := range []string{
		"FREQ=WEEKLY;BYDAY=MO", "FREQ=DAILY;COUNT=10000", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;COUNT=10000",
	} {
		b.Run(text, func(b *testing.B) {
			series := recurrence.Series{Rule: parse(b, text), Start: at(b, "1930-03-01T09:00:00Z"), Zone: time.UTC}
			for b.Loop() {
				series.Between(at(b, "2026-03-01T00:00:00Z"), at(b, "2026-03-08T00:00:00Z"), 100)
			}
		})
	}
}
