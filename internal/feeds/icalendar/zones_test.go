package icalendar_test

import (
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/feeds/icalendar"
)

// Names of zones as programs write them, with the UTC time of noon there on 5 January and 6 July.
func TestNamesOfZones(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Europe/Berlin":                                                 "11:00 10:00",
		"europe/berlin":                                                 "11:00 10:00",
		" Europe/Berlin ":                                               "11:00 10:00",
		"America/New York":                                              "17:00 16:00",
		"AMERICA/NEW_YORK":                                              "17:00 16:00",
		"america/port-au-prince":                                        "17:00 16:00",
		"W. Europe Standard Time":                                       "11:00 10:00",
		"w. europe  standard time":                                      "11:00 10:00",
		"W. Europe Daylight Time":                                       "11:00 10:00",
		"W. Europe Standard Time 1":                                     "11:00 10:00",
		"Eastern Standard Time":                                         "17:00 16:00",
		"Eastern Daylight Time":                                         "17:00 16:00",
		"Eastern Time":                                                  "17:00 16:00",
		"Eastern Time (US & Canada)":                                    "17:00 16:00",
		"Pacific Time (US & Canada)":                                    "20:00 19:00",
		"(UTC-08:00) Pacific Time (US & Canada)":                        "20:00 19:00",
		"(GMT-08.00) Pacific Time (US & Canada)":                        "20:00 19:00",
		"(GMT-05:00) Eastern Time (US &amp; Canada)":                    "17:00 16:00",
		"(UTC-07:00) Arizona":                                           "19:00 19:00",
		"(UTC-10:00) Hawaii":                                            "22:00 22:00",
		"(UTC-06:00) Central America":                                   "18:00 18:00",
		"(UTC-06:00) Guadalajara, Mexico City, Monterrey":               "18:00 18:00",
		"(UTC-06:00) Saskatchewan":                                      "18:00 18:00",
		"(UTC-03:00) Brasilia":                                          "15:00 15:00",
		"(UTC-03:30) Newfoundland":                                      "15:30 14:30",
		"(UTC) Coordinated Universal Time":                              "12:00 12:00",
		"(UTC) Dublin, Edinburgh, Lisbon, London":                       "12:00 11:00",
		"(UTC+00:00) Dublin, Edinburgh, Lisbon, London":                 "12:00 11:00",
		"(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London": "12:00 11:00",
		"(UTC) Monrovia, Reykjavik":                                     "12:00 12:00",
		"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna":  "11:00 10:00",
		"(GMT+01:00) Brussels, Copenhagen, Madrid, Paris":               "11:00 10:00",
		"(UTC+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague": "11:00 10:00",
		"(UTC+01:00) West Central Africa":                               "11:00 11:00",
		"(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius":     "10:00 09:00",
		"(UTC+02:00) Jerusalem":                                         "10:00 09:00",
		"(UTC+02:00) Harare, Pretoria":                                  "10:00 10:00",
		"(UTC+03:00) Moscow, St. Petersburg":                            "09:00 09:00",
		"(UTC+03:30) Tehran":                                            "08:30 08:30",
		"(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi":               "06:30 06:30",
		"(UTC+05:45) Kathmandu":                                         "06:15 06:15",
		"(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi":             "04:00 04:00",
		"(UTC+09:00) Osaka, Sapporo, Tokyo":                             "03:00 03:00",
		"(UTC+09:30) Adelaide":                                          "01:30 02:30",
		"(UTC+10:00) Canberra, Melbourne, Sydney":                       "01:00 02:00",
		"(UTC+12:00) Auckland, Wellington":                              "23:00 00:00",
		"(UTC+13:00) Samoa":                                             "23:00 23:00",
		"(UTC-11:00) Midway Island, Samoa":                              "23:00 23:00",
		"(UTC+05:00) Atlantis":                                          "07:00 07:00",
		"GMT-0400":                                                      "16:00 16:00",
		"GMT+0100":                                                      "11:00 11:00",
		"GMT+01:00":                                                     "11:00 11:00",
		"UTC+1":                                                         "11:00 11:00",
		"UTC-5":                                                         "17:00 17:00",
		"UTC +5:30":                                                     "06:30 06:30",
		"utc+0530":                                                      "06:30 06:30",
		"(UTC+05:30)":                                                   "06:30 06:30",
		"-0500":                                                         "17:00 17:00",
		"+02:00":                                                        "10:00 10:00",
		"+02":                                                           "10:00 10:00",
		"Etc/GMT+5":                                                     "17:00 17:00",
		"Etc/GMT-5":                                                     "07:00 07:00",
		"GMT":                                                           "12:00 12:00",
		"UTC":                                                           "12:00 12:00",
		"Z":                                                             "12:00 12:00",
		"Etc/UTC":                                                       "12:00 12:00",
		"EDT":                                                           "16:00 16:00",
		"EST":                                                           "17:00 17:00",
		"EST5EDT":                                                       "17:00 16:00",
		"PST":                                                           "20:00 20:00",
		"CET":                                                           "11:00 10:00",
		"CEST":                                                          "10:00 10:00",
		"JST":                                                           "03:00 03:00",
		"Tokyo":                                                         "03:00 03:00",
		"New York":                                                      "17:00 16:00",
		"Central European Summer Time":                                  "11:00 10:00",
		"/mozilla.org/20070129_1/Europe/Berlin":                         "11:00 10:00",
		"/freeassociation.sourceforge.net/Tzfile/America/New_York":     "17:00 16:00",
		"/softwarestudio.org/Olson_20011030_5/America/Argentina/Salta": "15:00 15:00",
		"tzone://Microsoft/Utc":                   "12:00 12:00",
		"http://tzurl.org/zoneinfo/Europe/Berlin": "11:00 10:00",
		"Europe/Berlin 2":                         "11:00 10:00",
	} {
		single := func(day string) string {
			got := show(t, parse(t, event(`DTSTART;TZID="`+name+`":2026`+day+"T120000")), "2026-01-01", "2026-12-01")
			return got[0][len("03-02T"):len("03-02T08:00")]
		}
		if got := single("0105") + " " + single("0706"); got != want {
			t.Errorf("%s: noon is at %s, want %s", name, got, want)
		}
	}
}

// An abbreviation means the zone while its clocks show that offset, also in a series.
func TestAbbreviationsOfZones(t *testing.T) {
	t.Parallel()
	series := parse(t, event("DTSTART;TZID=EDT:20261026T120000", "RRULE:FREQ=WEEKLY;COUNT=2"))
	want(t, show(t, series, "2026-10-01", "2026-12-01"), "10-26T16:00/10-26T17:00", "11-02T17:00/11-02T18:00")
}

func TestDefinitions(t *testing.T) {
	t.Parallel()
	half := func(kind string, lines ...string) string {
		return "BEGIN:" + kind + "\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:" + kind
	}
	winter := func(more ...string) string {
		return half("STANDARD", append([]string{"DTSTART:20251026T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"},
			more...)...)
	}
	summer := func(more ...string) string {
		return half("DAYLIGHT", append([]string{"DTSTART:20250330T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"},
			more...)...)
	}
	for name, test := range map[string]struct {
		zone []string
		want string // noon in January and July of 2025, 2026, 2027 and 2035
	}{
		"rules": {[]string{winter("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
			summer("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")},
			"11 10 11 10 11 10 11 10"},
		"days of the month": {[]string{winter("RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU"),
			summer("RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU")}, "11 10 11 10 11 10 11 10"},
		"dates": {[]string{winter("RDATE:20261025T030000"), summer("RDATE:20260329T020000")}, "11 10 11 10 11 11 11 11"},
		"dates in UTC": {[]string{winter("RDATE:20261025T010000Z"), summer("RDATE:20260329T010000Z,20270328T010000Z")},
			"11 10 11 10 11 10 10 10"},
		"rules with an end": {[]string{winter("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;UNTIL=20261025T010000Z"),
			summer("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20260329T010000Z")}, "11 10 11 10 11 11 11 11"},
		"rules that changed": {[]string{winter("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
			summer("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20260329T010000Z"),
			half("DAYLIGHT", "DTSTART:20270801T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
				"RRULE:FREQ=YEARLY;BYMONTH=8;BYDAY=1SU")},
			"11 10 11 10 11 11 11 11"},
		"one half":          {[]string{summer("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")}, "11 10 10 10 10 10 10 10"},
		"one half for ever": {[]string{winter()}, "10 10 11 11 11 11 11 11"},
		"a half for each year": {[]string{winter(), summer(), half("STANDARD", "DTSTART:20261025T030000",
			"TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"),
			half("DAYLIGHT", "DTSTART:20260329T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200")}, "11 10 11 10 11 11 11 11"},
		"offsets with colons": {[]string{strings.ReplaceAll(winter("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"), "00\r",
			":00\r"),
			summer("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")}, "11 10 11 10 11 10 11 10"},
		"offsets with less": {[]string{half("STANDARD", "DTSTART:19701025T030000", "TZOFFSETTO:1",
			"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
			half("DAYLIGHT", "DTSTART:19700329T020000", "TZOFFSETTO:+2", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")},
			"11 10 11 10 11 10 11 10"},
		"old years": {[]string{half("STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100",
			"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
			half("DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200",
				"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3")},
			"11 10 11 10 11 10 11 10"},
		"a rule that is broken": {[]string{winter("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;INTERVAL=x"),
			summer("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU")},
			"11 10 11 10 11 10 11 10"},
		"a half that is broken": {[]string{winter("RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"), half("DAYLIGHT",
			"DTSTART:soon", "TZOFFSETTO:+0200")},
			"10 10 11 11 11 11 11 11"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var events []string
			for _, day := range []string{"20250105", "20250706", "20260105", "20260706", "20270105", "20270706", "20350105",
				"20350706"} {
				events = append(events, "BEGIN:VEVENT", "SUMMARY:"+day, "DTSTART;TZID=Mine:"+day+"T120000",
					"RRULE:FREQ=DAILY;COUNT=2", "END:VEVENT")
			}
			text := calendar(append(append(events, "BEGIN:VTIMEZONE", "TZID:Mine"), append(test.zone, "END:VTIMEZONE")...)...)
			var hours []string
			for i, line := range show(t, parse(t, text), "2025-01-01", "2036-01-01") {
				if i%2 == 0 {
					hours = append(hours, line[len("20250105 01-05T"):len("20250105 01-05T11")])
				}
			}
			if got := strings.Join(hours, " "); got != test.want {
				t.Errorf("noon is at %s, want %s", got, test.want)
			}
		})
	}
}

// Each date of an event finds its zone: its own, that of the start, the calendar's, its only definition's, the
// reader's.
func TestWhoseZoneADateHas(t *testing.T) {
	t.Parallel()
	tokyo := "BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\n" +
		"TZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE"
	berlin := strings.NewReplacer("Asia/Tokyo", "Europe/Berlin", "+0900", "+0100").Replace(tokyo)
	for name, test := range map[string]struct{ before, lines, want string }{
		"its own": {"", "DTSTART;TZID=Asia/Tokyo:20260302T120000\nDTEND;TZID=Europe/Berlin:20260302T060000",
			"03-02T03:00/03-02T05:00"},
		"the start's": {"", "DTSTART;TZID=Asia/Tokyo:20260302T120000\nDTEND:20260302T140000",
			"03-02T03:00/03-02T05:00"},
		"the end's": {"", "DTSTART:20260302T120000\nDTEND;TZID=Asia/Tokyo:20260302T140000",
			"03-02T03:00/03-02T05:00"},
		"the end's, in UTC": {"X-WR-TIMEZONE:Asia/Tokyo", "DTSTART:20260302T120000\nDTEND:20260302T140000Z",
			"03-02T12:00/03-02T14:00"},
		"the calendar's":     {"X-WR-TIMEZONE:Asia/Tokyo\n" + berlin, "DTSTART:20260302T120000", "03-02T03:00/03-02T04:00"},
		"the definition's":   {tokyo, "DTSTART:20260302T120000", "03-02T03:00/03-02T04:00"},
		"twice the same":     {tokyo + "\n" + tokyo, "DTSTART:20260302T120000", "03-02T03:00/03-02T04:00"},
		"of two definitions": {tokyo + "\n" + berlin, "DTSTART:20260302T120000", "03-02T12:00/03-02T13:00"},
		"a name nobody knows": {"X-WR-TIMEZONE:Asia/Tokyo", "DTSTART;TZID=Atlantis:20260302T120000",
			"03-02T03:00/03-02T04:00"},
		"an offset":          {"", "DTSTART:20260302T120000+0900", "03-02T03:00/03-02T04:00"},
		"an offset of hours": {"", "DTSTART:2026-03-02T12:00:00-05:00", "03-02T17:00/03-02T18:00"},
		"Z before a name":    {"", "DTSTART;TZID=Asia/Tokyo:20260302T120000Z", "03-02T12:00/03-02T13:00"},
		"an exception": {"",
			"DTSTART;TZID=Asia/Tokyo:20260302T120000\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260303T120000",
			"03-02T03:00/03-02T04:00"},
		"an exception in UTC": {"",
			"DTSTART;TZID=Asia/Tokyo:20260302T120000\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260303T030000Z",
			"03-02T03:00/03-02T04:00"},
		"a further date": {"",
			"DTSTART;TZID=Asia/Tokyo:20260302T120000\nRDATE:20260303T120000\nEXDATE:20260302T120000", "03-03T03:00/03-03T04:00"},
		"an exception of days": {"", "DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260303T000000",
			"03-02T00:00/03-03T00:00"},
		"of days, in UTC": {"X-WR-TIMEZONE:Asia/Tokyo",
			"DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260302T150000Z", "03-02T00:00/03-03T00:00"},
	} {
		text := calendar(strings.Split(test.before+"\nBEGIN:VEVENT\n"+test.lines+"\nEND:VEVENT", "\n")...)
		if got := show(t, parse(t, text), "2026-03-01", "2026-04-01"); len(got) != 1 || got[0] != test.want {
			t.Errorf("%s: %q, want %s", name, got, test.want)
		}
	}
}

// Calendars in the same text do not share their zones.
func TestEachCalendarHasItsZone(t *testing.T) {
	t.Parallel()
	one := calendar("X-WR-TIMEZONE:Asia/Tokyo", "BEGIN:VEVENT", "UID:a", "SUMMARY:a", "DTSTART:20260302T120000",
		"END:VEVENT")
	other := calendar("X-WR-TIMEZONE:Europe/Berlin", "BEGIN:VEVENT", "UID:b", "SUMMARY:b", "DTSTART:20260302T120000",
		"END:VEVENT")
	third := calendar("BEGIN:VEVENT", "UID:c", "SUMMARY:c", "DTSTART:20260302T120000", "END:VEVENT")
	want(t, show(t, parse(t, one+other+third), "2026-03-01", "2026-04-01"),
		"a 03-02T03:00/03-02T04:00", "b 03-02T11:00/03-02T12:00", "c 03-02T12:00/03-02T13:00")
}

func TestZonesThatAreAGuessAreReported(t *testing.T) {
	t.Parallel()
	for line, told := range map[string]string{
		"DTSTART;TZID=Europe/Berlin:20260302T120000":           "",
		"DTSTART;TZID=W. Europe Standard Time:20260302T120000": "",
		"DTSTART;TZID=GMT+0100:20260302T120000":                "",
		"DTSTART;TZID=Atlantis:20260302T120000": "Unknown time zones: atlantis. " +
			"Their times are read as if they named none.",
		"DTSTART;TZID=EDT:20260302T120000": "Time zones that are a guess: edt (America/New_York).",
		"DTSTART;TZID=(UTC+05:00) Atlantis:20260302T120000": "Time zones that are a guess: " +
			"(utc+05:00) atlantis (UTC+05:00).",
	} {
		_, report, err := icalendar.Parse([]byte(event(line)))
		if err != nil || report.String() != told {
			t.Errorf("%s: the owner is told %q, %v; want %q", line, report.String(), err, told)
		}
	}
}
