package icalendar

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trance-0/notechondria/internal/formats"
)

// Report says which parts of a calendar were not read as written.
type Report struct {
	Events     int      // events, and tasks with a deadline, in the text
	Unreadable int      // of these, those left out
	Reasons    []string // why, each once
	Clipped    int      // of these, those read in part
	Parts      []string // which parts, each once
	Dropped    int      // events beyond the limit
	Unknown    []string // unknown names of time zones
	Guessed    []string // names of time zones, and what they were taken for
}

// Limits for the texts of a report.
const (
	maxNamed    = 3  // names or reasons in a sentence
	maxNameText = 60 // bytes of a name
	noStart     = "their start is missing, or is no date"
	tooMuchWork = "the calendar takes too long to read"
	tooManySeen = "the calendar has too many"
)

// String describes it for the owner of the calendar; "" if there is nothing to report.
func (r *Report) String() string {
	var sentences []string
	add := func(format string, args ...any) { sentences = append(sentences, fmt.Sprintf(format, args...)) }
	if r.Unreadable > 0 {
		add("%d of %d events could not be read: %s.", r.Unreadable, r.Events, listed(r.Reasons))
	}
	if r.Clipped > 0 {
		add("%d of %d events could be read in part only: %s.", r.Clipped, r.Events, listed(r.Parts))
	}
	if r.Dropped > 0 {
		add("%d events are left out, first those that are over: a calendar has at most %d here.", r.Dropped, MaxEvents)
	}
	if len(r.Unknown) > 0 {
		add("Unknown time zones: %s. Their times are read as if they named none.", listed(r.Unknown))
	}
	if len(r.Guessed) > 0 {
		add("Time zones that are a guess: %s.", listed(r.Guessed))
	}
	return strings.Join(sentences, " ")
}

func listed(names []string) string {
	text := strings.Join(names[:min(len(names), maxNamed)], "; ")
	if more := len(names) - maxNamed; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func (r *Report) unreadable(count int, reason string) {
	r.Unreadable += count
	if !slices.Contains(r.Reasons, reason) {
		r.Reasons = append(r.Reasons, reason)
	}
}

func (r *Report) unknownZone(name string) { r.Unknown = append(r.Unknown, cutName(name)) }

func (r *Report) guessedZone(name string, z zone) {
	r.Guessed = append(r.Guessed, cutName(name)+" ("+z.label()+")")
}

func cutName(name string) string {
	if len(name) <= maxNameText {
		return name
	}
	return formats.TruncateBytes(name, maxNameText) + "…"
}

// label is a readable name of a zone.
func (where zone) label() string {
	switch {
	case where.name == "":
		return "UTC"
	case strings.HasPrefix(where.name, "<"):
		return "UTC" + offsetLabel(where)
	}
	return where.name
}

func offsetLabel(where zone) string {
	_, east := latest.In(where.location).Zone()
	sign := "+"
	if east < 0 {
		sign, east = "-", -east
	}
	return fmt.Sprintf("%s%02d:%02d", sign, east/3600, east/60%60)
}
