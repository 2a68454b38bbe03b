package icalendar_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest/secondopinion"
	"github.com/trance-0/notechondria/internal/feeds/icalendar"
	"github.com/trance-0/notechondria/internal/planner/recurrence"
)

const (
	generatedCalendars = 40
	generatedEvents    = 60 // of each
	generatedSeed      = 20260101
)

// generated are calendars generated from a seed.
func generated(seed uint64) (sources []secondopinion.Source) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	for range generatedCalendars {
		name := filepath.Join("generated", time.Unix(int64(g.event), 0).UTC().Format("150405"))
		sources = append(sources, secondopinion.Source{
			Name: name, Text: g.calendar(generatedEvents), From: "2026-01-01", To: "2027-01-01",
		})
	}
	return sources
}

func day(t testing.TB, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ours is our reading of a calendar.
func ours(t testing.TB, s secondopinion.Source) (list []secondopinion.Event) {
	t.Helper()
	for _, e := range parse(t, s.Text) {
		occurrences, err := e.Between(day(t, s.From).Add(-48*time.Hour), day(t, s.To).Add(48*time.Hour), time.UTC, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		layout := "2006-01-02T15:04:05Z"
		switch {
		case e.AllDay:
			layout = time.DateOnly
		case e.Floating:
			layout = "2006-01-02T15:04:05"
		}
		for _, o := range occurrences {
			list = append(list, secondopinion.Event{Summary: e.Title, Start: o.Start.Format(layout), End: o.End.Format(layout)})
		}
	}
	return list
}

// reason explains why another program differs.
type reason struct {
	text     string
	explains func(t testing.TB, s secondopinion.Source, d secondopinion.Difference) bool
}

// compare compares another program's reading of calendars with ours: unexplained differences are our errors.
func compare(t *testing.T, sources []secondopinion.Source, opinions []secondopinion.Opinion) {
	t.Helper()
	tally := secondopinion.Tally{}
	for i, s := range sources {
		switch opinions[i].Error {
		case "":
		case endsBeforeItStarts:
			tally.Unread++
			continue
		default:
			t.Errorf("%s: %s", s.Name, opinions[i].Error)
			continue
		}
		events := ours(t, s)
		tally.Add(s, strings.Count(s.Text, "BEGIN:VEVENT"), events)
	differences:
		for _, d := range secondopinion.Differences(s, events, opinions[i].Events) {
			for _, r := range reasons {
				if r.explains(t, s, d) {
					tally.Explained(r.text)
					continue differences
				}
			}
			t.Errorf("%s: %+v", s.Name, d)
		}
	}
	t.Log(tally.String())
}

// zoneIn is the zone named in a generated event's summary.
func zoneIn(t testing.TB, summary string) *time.Location {
	t.Helper()
	_, id, ok := strings.Cut(summary, " in ")
	if !ok {
		return time.UTC
	}
	id, _, _ = strings.Cut(id, ",")
	if definitions[id] == "" {
		return time.UTC
	}
	text := "BEGIN:VCALENDAR\r\n" + definitions[id] + "\r\nBEGIN:VEVENT\r\nDTSTART;TZID=" + id +
		":20260101T000000\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR"
	zone, err := icalendar.Location(parse(t, text)[0].Zone)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// showsTwice reports whether clocks in a zone show the same at a time and shortly before or after it.
func showsTwice(t testing.TB, summary, start string) bool {
	t.Helper()
	at, err := time.Parse(time.RFC3339, start)
	if err != nil {
		return false
	}
	zone := zoneIn(t, summary)
	for _, other := range []time.Duration{-time.Hour, -time.Hour / 2, time.Hour / 2, time.Hour} {
		if recurrence.Clock(at, zone).Equal(recurrence.Clock(at.Add(other), zone)) {
			return true
		}
	}
	return false
}

// linesOf are the lines of a generated event and its changed occurrences with that prefix that contain the day of a
// start.
func linesOf(t testing.TB, s secondopinion.Source, d secondopinion.Difference, property string) (lines []string) {
	t.Helper()
	number, _, _ := strings.Cut(d.Summary, " ")
	number, _, _ = strings.Cut(number, ",")
	day := strings.ReplaceAll(d.Start[:len(time.DateOnly)], "-", "")
	if at, err := time.Parse(time.RFC3339, d.Start); err == nil {
		day = recurrence.Clock(at, zoneIn(t, d.Summary)).Format(dayLayout)
	}
	for _, block := range strings.Split(s.Text, "BEGIN:VEVENT") {
		if !strings.Contains(block, "UID:event-"+number+"@") {
			continue
		}
		for line := range strings.SplitSeq(block, "\r\n") {
			if strings.HasPrefix(line, property) && (property == "DTSTART" || strings.Contains(line, day)) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// beginsDoubled reports whether the start of a generated series is a time that clocks show twice.
func beginsDoubled(t testing.TB, s secondopinion.Source, d secondopinion.Difference) bool {
	t.Helper()
	lines := linesOf(t, s, d, "DTSTART")
	if len(lines) == 0 {
		return false
	}
	clock, err := time.Parse(clockLayout, lines[0][strings.LastIndexByte(lines[0], ':')+1:])
	return err == nil && showsTwice(t, d.Summary, recurrence.At(clock, zoneIn(t, d.Summary)).Format(time.RFC3339))
}

// reasons explain where Python differs. Each was checked; the first three violate RFC 5545.
var reasons = []reason{
	// 3.3.5: "the DATE-TIME value refers to the first occurrence of the referenced time".
	{"it takes the second of times that clocks show twice",
		func(t testing.TB, s secondopinion.Source, d secondopinion.Difference) bool {
			if d.Ours != nil && d.Theirs != nil { // this makes the event shorter
				return beginsDoubled(t, s, d)
			}
			return showsTwice(t, d.Summary, d.Start)
		}},
	// 3.3.10: "The DTSTART property value always counts as the first occurrence when used with COUNT".
	{"COUNT does not count a start that the rule does not name",
		func(_ testing.TB, _ secondopinion.Source, d secondopinion.Difference) bool {
			return strings.Contains(d.Summary, "unsynchronized") && strings.Contains(d.Summary, "counted") && d.Ours == nil
		}},
	// 3.3.6: days of a DURATION are days of the calendar.
	{"days of DURATION have 24 hours", func(_ testing.TB, _ secondopinion.Source, d secondopinion.Difference) bool {
		return strings.Contains(d.Summary, "days") && d.Ours != nil && d.Theirs != nil
	}},
	{"a changed occurrence takes the place of another one on its day",
		func(t testing.TB, s secondopinion.Source, d secondopinion.Difference) bool {
			return len(linesOf(t, s, d, "RECURRENCE-ID")) > 0 && len(linesOf(t, s, d, "RDATE")) > 0
		}},
	{"an occurrence is there twice when it is also an RDATE, or the clocks have been changed",
		func(_ testing.TB, _ secondopinion.Source, d secondopinion.Difference) bool {
			return len(d.Ours) == 1 && len(slices.Compact(slices.Clone(d.Theirs))) == 1 && d.Theirs[0] == d.Ours[0]
		}},
}

// endsBeforeItStarts is Python's error for a whole calendar if an event ends in an hour that clocks skip.
const endsBeforeItStarts = "AssertionError: the event must start before it ends"

func TestSecondOpinionOfPython(t *testing.T) {
	t.Parallel()
	seed := uint64(generatedSeed)
	if other, err := strconv.ParseUint(os.Getenv("SECOND_OPINION_SEED"), 10, 64); err == nil {
		seed = other
	}
	sources := generated(seed)
	compare(t, sources, secondopinion.Python(t, sources))
}

// caseReasons explain where Python differs on calendars reported by users of other programs.
var caseReasons = map[string]string{
	"04-zone-outlook-display-name.ics":   "it does not read names of zones: their times are floating",
	"05-zone-gmt-offset.ics":             "it does not read names of zones: their times are floating",
	"08-zone-colon-unquoted.ics":         "it needs quotes around parameters",
	"09-zone-gmt-with-summer-time.ics":   "it prefers the name to the definition",
	"13-vtimezone-offset-with-colon.ics": "it does not read offsets with a colon",
	"14-fold-inside-a-letter.ics":        "it reads letters before it joins lines",
	"16-utf16.ics":                       "it reads UTF-8 alone",
	"18-all-day-until-in-utc.ics":        "it takes the date in UTC for the end of whole days",
	"27-twice-berlin.ics":                reasons[0].text,
	"29-same-uid-higher-sequence.ics":    "it compares versions of changed occurrences alone",
	"31-this-and-future.ics":             "it does not know RANGE=THISANDFUTURE",
	"33-two-rrules.ics":                  "it follows one rule alone",
	"34-all-day-byminute.ics":            "it follows BYMINUTE in whole days",
	"36-quoted-printable.ics":            "it does not read vCalendar 1.0",
}

// lastsNoTime explains an event without an end: by RFC 5545 it ends at its start, or with its day. Apps expect an hour.
func lastsNoTime(d secondopinion.Difference) bool {
	return len(d.Ours) == 1 && len(d.Theirs) == 1 && d.Theirs[0] == d.Start
}

// The calendars reported by users of other programs may be present beside the repository.
func TestSecondOpinionOnReportedCalendars(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../../shared/cases/*.ics")
	if err != nil || len(files) == 0 {
		t.Skip("there are none")
	}
	var sources []secondopinion.Source
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, secondopinion.Source{
			Name: filepath.Base(file), Text: string(text), From: "2026-01-01", To: "2027-01-01",
		})
	}
	tally := secondopinion.Tally{}
	opinions := secondopinion.Python(t, sources)
	for i, s := range sources {
		events := ours(t, s)
		tally.Add(s, strings.Count(s.Text, "BEGIN:VEVENT"), events)
		var differences []secondopinion.Difference
		for _, d := range secondopinion.Differences(s, events, opinions[i].Events) {
			if lastsNoTime(d) {
				tally.Explained("an event without an end lasts no time")
			} else {
				differences = append(differences, d)
			}
		}
		why := caseReasons[s.Name]
		switch {
		case opinions[i].Error == "" && len(differences) == 0:
			if why != "" {
				t.Errorf("%s: there is no difference any more: %s", s.Name, why)
			}
		case why == "":
			t.Errorf("%s: %s %+v", s.Name, opinions[i].Error, differences)
		default:
			tally.Explained(why)
		}
	}
	t.Log(tally.String())
}
