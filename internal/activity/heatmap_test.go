package activity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
)

const heatmapPath = "/api/v1/heatmap/"

// heatmap is an answer with a heatmap.
type heatmap struct {
	apptest.Reply
	today time.Time
}

// heatmap is alice's, checked for its shape.
func (s *site) heatmap(t testing.TB, query string) heatmap {
	t.Helper()
	h := heatmap{Reply: s.Call(t, "GET", heatmapPath+"?"+query, s.Alice.Token, nil).Want(t, 200)}
	h.check(t)
	return h
}

func (h *heatmap) check(t testing.TB) {
	t.Helper()
	h.WantKeys(t, 200, "today", "start_date", "end_date", "days_before", "days_after", "cells", "max_past_value",
		"max_future_value")
	today, err := time.Parse(time.DateOnly, h.String("today"))
	if err != nil {
		t.Fatal(err)
	}
	h.today = today
	apptest.WantFields(t, h.JSON, object{"start_date": h.date(-182), "end_date": h.date(182), "days_before": 182,
		"days_after": 182})
	cells, _ := h.Object()["cells"].([]any)
	if len(cells) != 365 {
		t.Fatalf("there are %d cells", len(cells))
	}
	for i, cell := range cells {
		apptest.WantKeys(t, "a cell", cell, "date", "kind", "past_value", "future_value", "intensity", "is_today")
		kind := "past"
		switch {
		case i == 182:
			kind = "today"
		case i > 182:
			kind = "future"
		}
		apptest.WantFields(t, cell, object{"date": h.date(i - 182), "kind": kind, "is_today": i == 182})
	}
}

// date is so many days from today.
func (h heatmap) date(days int) string { return h.today.AddDate(0, 0, days).Format(time.DateOnly) }

// want fails the test unless the cells that are not empty, by their distance from today, are these: past value, future
// value, intensity.
func (h heatmap) want(t testing.TB, cells map[int][3]int, maxPast, maxFuture int) {
	t.Helper()
	apptest.WantFields(t, h.JSON, object{"max_past_value": maxPast, "max_future_value": maxFuture})
	for i, cell := range h.Object()["cells"].([]any) {
		want := cells[i-182]
		apptest.WantFields(t, cell, object{"past_value": want[0], "future_value": want[1], "intensity": want[2]})
		if t.Failed() {
			t.Fatalf("that was day %d: %v", i-182, cell)
		}
	}
}

// written makes a note of so many words that counts for another day.
func (s *site) written(t testing.TB, date string, words int) apptest.Reply {
	t.Helper()
	note := s.note(t, s.Alice, object{"title": "x", "content": strings.Repeat("word ", words)})
	s.Exec(t, "update note_activity set activity_date = $1 where note_id = $2 and kind = 'C'", date, note.Int("id"))
	return note
}

func TestTheHeatmapOfANewAccount(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.heatmap(t, "").want(t, nil, 0, 0) // the welcome note is none of theirs
		s.Call(t, "GET", heatmapPath, "", nil).WantKeys(t, 401, "detail")
		s.Call(t, "POST", heatmapPath, s.Alice.Token, nil).WantKeys(t, 405, "detail")
	})
}

func TestPastDaysOfTheHeatmap(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		h := s.heatmap(t, "")
		for days, notes := range map[int][]int{
			-183: {1}, -182: {1}, -10: {199}, -9: {200}, -8: {99, 50}, -7: {1, 1, 1, 1, 1, 1}, -6: {900}, -5: {300, 1}, -4: {0},
		} {
			for _, words := range notes {
				s.written(t, h.date(days), words)
			}
		}
		s.Call(t, "POST", notesPath, s.Bob.Token, object{"title": "x", "content": "Bob's words"}).Want(t, 201)
		want := map[int][3]int{-182: {1, 0, 1}, -10: {1, 0, 1}, -9: {2, 0, 2}, -8: {2, 0, 2}, -7: {4, 0, 4},
			-6: {4, 0, 4}, -5: {3, 0, 3}}
		s.heatmap(t, "").want(t, want, 4, 0)
	})
}

func TestOnlyNewNotesCount(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		h := s.heatmap(t, "")
		note := s.note(t, s.Alice, object{"title": "x", "content": "Some words", "client_draft_id": "draft"})
		s.Exec(t, "update note_activity set activity_date = $1 where note_id = $2", h.date(-3), note.Int("id"))
		want := map[int][3]int{-3: {1, 0, 1}}
		s.heatmap(t, "").want(t, want, 1, 0)

		path := fmt.Sprintf("%s%d/", notesPath, note.Int("id"))
		long := strings.Repeat("word ", 300)
		s.Call(t, "PATCH", path, s.Alice.Token, object{"content": long}).Want(t, 200)
		s.Call(t, "POST", notesPath, s.Alice.Token,
			object{"title": "x", "content": long + "more", "client_draft_id": "draft"}).Want(t, 200)
		empty := s.note(t, s.Alice, object{"title": "Empty"})
		s.Call(t, "PATCH", fmt.Sprintf("%s%d/", notesPath, empty.Int("id")), s.Alice.Token,
			object{"content": long}).Want(t, 200)
		s.heatmap(t, "").want(t, want, 1, 0)

		s.deleteNote(t, s.Alice, note)
		s.heatmap(t, "").want(t, want, 1, 0) // it was written nevertheless
		s.Call(t, "POST", path+"restore/", s.Alice.Token, nil).Want(t, 200)
		s.heatmap(t, "").want(t, want, 1, 0)
		s.deleteNote(t, s.Alice, note)
		s.Call(t, "DELETE", notesPath+"deleted/empty/", s.Alice.Token, nil).Want(t, 200)
		s.heatmap(t, "").want(t, nil, 0, 0)
	})
}

func TestComingDaysOfTheHeatmap(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		h := s.heatmap(t, "")
		add := func(days, weight int, more object) {
			body := object{"title": "x", "event_date": h.date(days), "difficulty_weight": weight}
			for key, value := range more {
				body[key] = value
			}
			s.Event(t, body)
		}
		add(-1, 5, nil)
		add(5, 2, nil)
		add(5, 1, object{"is_completed": true})
		add(6, 2147483647, nil)
		add(6, 2147483647, nil)
		add(182, 1, object{"starts_at": h.date(182) + "T23:59:59Z"})
		add(183, 1, object{"starts_at": h.date(183) + "T00:00:00Z"})
		add(-100, 1, object{"rrule": "FREQ=DAILY;INTERVAL=110"}) // in ten and 120 days
		add(20, 3, object{"rrule": "FREQ=DAILY;COUNT=2", "is_completed": true})
		s.Call(t, "POST", apptest.EventsPath, s.Bob.Token, object{"title": "x", "event_date": h.date(5)}).Want(t, 201)
		s.heatmap(t, "").want(t, map[int][3]int{
			5: {0, 3, 3}, 6: {0, 4294967294, 4}, 182: {0, 1, 1}, 10: {0, 1, 1}, 120: {0, 1, 1}, 20: {0, 3, 3}, 21: {0, 3, 3},
		}, 0, 4294967294)
	})
}

func TestTodayInTheHeatmap(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		h := s.heatmap(t, "")
		s.Event(t, object{"title": "x", "event_date": h.date(0), "difficulty_weight": 5})
		s.Event(t, object{"title": "y", "event_date": h.date(1), "difficulty_weight": 1})
		s.written(t, h.date(0), 200)
		s.heatmap(t, "").want(t, map[int][3]int{0: {2, 5, 2}, 1: {0, 1, 1}}, 2, 5)
	})
}

func TestTheHeatmapOfATimeZone(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		const ahead, behind = "time_zone=Pacific/Kiritimati", "time_zone=Etc/GMT%2B12"
		utc := s.heatmap(t, "")
		for _, clock := range []string{"T11:59:00Z", "T12:00:00Z"} {
			s.Event(t, object{"title": "x", "event_date": utc.date(10), "starts_at": utc.date(10) + clock})
		}
		for query, want := range map[string][3]int{ // of the days 9, 10 and 11
			"": {0, 2, 0}, "time_zone=Mars/Phobos": {0, 2, 0}, ahead: {0, 0, 2}, behind: {1, 1, 0},
		} {
			h := s.heatmap(t, query)
			distance := int(utc.today.Sub(h.today).Hours() / 24)
			for i, value := range want {
				cell := h.Object()["cells"].([]any)[182+distance+9+i]
				apptest.WantFields(t, cell, object{"date": utc.date(9 + i), "future_value": value})
			}
		}
		if ahead, behind := s.heatmap(t, ahead).today, s.heatmap(t, behind).today; !ahead.After(behind) {
			t.Errorf("today is %s in the east, and %s in the west", ahead, behind)
		}
		// What is dated tomorrow, in UTC, was written today.
		h := s.heatmap(t, behind)
		s.written(t, h.date(1), 250)
		s.written(t, h.date(0), 1)
		s.written(t, h.date(2), 400)
		apptest.WantFields(t, s.heatmap(t, behind).JSON, object{"max_past_value": 2})
		apptest.WantFields(t, s.heatmap(t, behind).Object()["cells"].([]any)[182], object{"past_value": 2, "intensity": 2})
	})
}
