// Package secondopinion asks other programs what they make of a calendar, and compares that with what we do.
package secondopinion

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Source is a calendar that others are asked about: what begins on the days from From to the one before To.
type Source struct {
	Name string `json:"name"`
	Text string `json:"text"`
	From string `json:"from"`
	To   string `json:"to"`
}

// Event is an event at one of its times: in UTC (2026-03-02T08:00:00Z), by the clock where it has no zone
// (2026-03-02T08:00:00), or a whole day (2026-03-02).
type Event struct{ Summary, Start, End string }

// UnmarshalJSON reads a list of the three.
func (e *Event) UnmarshalJSON(data []byte) error {
	var parts [3]string
	err := json.Unmarshal(data, &parts)
	e.Summary, e.Start, e.End = parts[0], parts[1], parts[2]
	return err
}

// Opinion is what another program makes of a calendar.
type Opinion struct {
	Name   string  `json:"name"`
	Events []Event `json:"events"`
	Error  string  `json:"error"` // why it can't be read
}

// Python asks recurring-ical-events, the program of Debian.
func Python(t testing.TB, sources []Source) []Opinion {
	t.Helper()
	return ask(t, sources, "/usr/bin/python3", "expand.py")
}

// ICalJS asks ical.js, which calendar programs of Mozilla and others use.
func ICalJS(t testing.TB, sources []Source) []Opinion {
	t.Helper()
	return ask(t, sources, "node", "expand.mjs")
}

// thisFolder finds this package from that of the test, where tests run.
func thisFolder() (string, error) {
	folder, err := os.Getwd()
	for err == nil && folder != filepath.Dir(folder) {
		if _, missing := os.Stat(filepath.Join(folder, "go.mod")); missing == nil {
			return filepath.Join(folder, "internal/apptest/secondopinion"), nil
		}
		folder = filepath.Dir(folder)
	}
	return "", fmt.Errorf("looking for the folder of the module: %w", errors.Join(err, os.ErrNotExist))
}

// ask runs a program of this folder. Where what it needs is missing the test is skipped, unless SECOND_OPINIONS says
// that it is there.
func ask(t testing.TB, sources []Source, interpreter, program string) []Opinion {
	t.Helper()
	question, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	folder, err := thisFolder()
	if err != nil {
		t.Fatal(err)
	}
	var answer, trouble bytes.Buffer
	command := exec.CommandContext(t.Context(), interpreter, filepath.Join(folder, program))
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(question), &answer, &trouble
	if err := command.Run(); err != nil {
		if os.Getenv("SECOND_OPINIONS") == "" {
			t.Skipf("%s %s: %v", interpreter, program, err)
		}
		t.Fatalf("%s %s: %v\n%s", interpreter, program, err, trouble.String())
	}
	var opinions []Opinion
	if err := json.Unmarshal(answer.Bytes(), &opinions); err != nil || len(opinions) != len(sources) {
		t.Fatalf("%s %s answers for %d of %d calendars: %v", interpreter, program, len(opinions), len(sources), err)
	}
	return opinions
}

// Difference is an occurrence that one of two programs has, or has with other ends.
type Difference struct {
	Summary, Start string
	Ours, Theirs   []string // ends; nil for no occurrence
}

// Differences compares what begins within the days of a source: programs differ in what they give around them.
func Differences(s Source, ours, theirs []Event) (list []Difference) {
	a, b := s.within(ours), s.within(theirs)
	for key, ends := range a {
		if !slices.Equal(ends, b[key]) {
			list = append(list, Difference{key.Summary, key.Start, ends, b[key]})
		}
	}
	for key, ends := range b {
		if a[key] == nil {
			list = append(list, Difference{key.Summary, key.Start, nil, ends})
		}
	}
	slices.SortFunc(list, func(x, y Difference) int { return strings.Compare(x.Summary+x.Start, y.Summary+y.Start) })
	return list
}

// within are the ends of events by everything else of them.
func (s Source) within(list []Event) map[Event][]string {
	found := map[Event][]string{}
	for _, e := range list {
		if e.Start >= s.From && e.Start < s.To {
			key := Event{Summary: e.Summary, Start: e.Start}
			found[key] = append(found[key], e.End)
		}
	}
	for _, ends := range found {
		slices.Sort(ends)
	}
	return found
}

// Tally counts what was compared, and differences by their reasons.
type Tally struct {
	Files, Events, Occurrences, Weeks, Unread int

	Reasons map[string]int
}

// Add counts a calendar of so many events that was compared.
func (y *Tally) Add(s Source, events int, ours []Event) {
	y.Files++
	y.Events += events
	weeks := map[string]bool{}
	for key := range s.within(ours) {
		y.Occurrences++
		day, err := time.Parse(time.DateOnly, key.Start[:len(time.DateOnly)])
		if err == nil {
			year, week := day.ISOWeek()
			weeks[fmt.Sprint(year, week)] = true
		}
	}
	y.Weeks += len(weeks)
}

// Explained counts a difference that has a reason.
func (y *Tally) Explained(reason string) {
	if y.Reasons == nil {
		y.Reasons = map[string]int{}
	}
	y.Reasons[reason]++
}

// String tells the figures.
func (y *Tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d calendars of %d events compared: %d occurrences in %d weeks; %d calendars not read",
		y.Files, y.Events, y.Occurrences, y.Weeks, y.Unread)
	reasons := make([]string, 0, len(y.Reasons))
	for reason, number := range y.Reasons {
		reasons = append(reasons, fmt.Sprintf("\n  %d occurrences differ: %s", number, reason))
	}
	slices.Sort(reasons)
	return b.String() + strings.Join(reasons, "")
}
