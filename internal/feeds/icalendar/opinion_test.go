package icalendar_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/feeds/icalendar"
)

// source is a calendar that others are asked about.
type source struct {
	Name string `json:"name"`
	Text string `json:"text"`
	From string `json:"from"`
	To   string `json:"to"`
}

// opinion is what another program makes of it.
type opinion struct {
	Name   string      `json:"name"`
	Events [][3]string `json:"events"` // summary, start, end
	Error  string      `json:"error"`
}

// ask runs another program. Where it is missing the test is skipped, unless the environment says that it is there.
func ask(t testing.TB, sources []source, program string, arguments ...string) []opinion {
	t.Helper()
	question, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	var answer, trouble bytes.Buffer
	command := exec.CommandContext(t.Context(), program, arguments...)
	command.Stdin, command.Stdout, command.Stderr = bytes.NewReader(question), &answer, &trouble
	if err := command.Run(); err != nil {
		if os.Getenv("SECOND_OPINIONS") == "" {
			t.Skipf("%s %q: %v\n%s", program, arguments, err, trouble.String())
		}
		t.Fatalf("%s %q: %v\n%s", program, arguments, err, trouble.String())
	}
	var opinions []opinion
	if err := json.Unmarshal(answer.Bytes(), &opinions); err != nil {
		t.Fatal(err)
	}
	return opinions
}

func day(t testing.TB, text string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ours is what we make of a calendar, in the form of an opinion.
func ours(t testing.TB, s source) (list [][3]string) {
	t.Helper()
	for _, e := range parse(t, s.Text) {
		occurrences, err := e.Between(day(t, s.From), day(t, s.To), time.UTC, 10_000)
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
			list = append(list, [3]string{e.Title, o.Start.Format(layout), o.End.Format(layout)})
		}
	}
	return list
}

// within leaves out what begins before or after the days that are asked about: programs differ in what they give there.
func within(s source, list [][3]string) map[[2]string][]string {
	found := map[[2]string][]string{}
	for _, e := range list {
		if e[1] >= s.From && e[1] < s.To {
			key := [2]string{e[0], e[1]}
			found[key] = append(found[key], e[2])
		}
	}
	for _, ends := range found {
		slices.Sort(ends)
	}
	return found
}

// difference is an occurrence that one of two programs has, or has with other ends.
type difference struct {
	summary, start string
	ours, theirs   []string // ends; nil for none
}

func differences(s source, ours, theirs [][3]string) (list []difference) {
	a, b := within(s, ours), within(s, theirs)
	for key, ends := range a {
		if !slices.Equal(ends, b[key]) {
			list = append(list, difference{key[0], key[1], ends, b[key]})
		}
	}
	for key, ends := range b {
		if a[key] == nil {
			list = append(list, difference{key[0], key[1], nil, ends})
		}
	}
	slices.SortFunc(list, func(x, y difference) int { return strings.Compare(x.summary+x.start, y.summary+y.start) })
	return list
}

// weeks is how many weeks in a period have events.
func weeks(t testing.TB, list [][3]string) int {
	seen := map[string]bool{}
	for _, e := range list {
		year, week := day(t, e[1][:len(time.DateOnly)]).ISOWeek()
		seen[fmt.Sprint(year, week)] = true
	}
	return len(seen)
}

const (
	generatedCalendars = 40
	generatedEvents    = 60 // of each
)

// generated are calendars of a seed.
func generated(seed uint64) (sources []source) {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 1))}
	for i := range generatedCalendars {
		sources = append(sources, source{
			Name: fmt.Sprint("generated ", i), Text: g.calendar(generatedEvents), From: "2026-01-01", To: "2027-01-01",
		})
	}
	return sources
}

func TestSecondOpinionOfPython(t *testing.T) {
	t.Parallel()
	sources := generated(20260101)
	opinions := ask(t, sources, "/usr/bin/python3", "testdata/expand.py")
	for i, s := range sources {
		if opinions[i].Error != "" {
			t.Errorf("%s: %s", s.Name, opinions[i].Error)
			continue
		}
		for _, d := range differences(s, ours(t, s), opinions[i].Events) {
			t.Errorf("%s: %+v", s.Name, d)
		}
	}
}

var _ = icalendar.Version
