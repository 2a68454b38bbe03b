package feeds_test

import (
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

// week is what alice sees of calendars in a week, as "title 2026-03-02T08:00/09:00", each entry once.
func (s *site) week(t testing.TB, monday, zone string) []string {
	t.Helper()
	reply := s.Call(t, "GET", "/api/v1/activity/week/?start_date="+monday+"&time_zone="+zone, s.Alice.Token, nil).Want(t,
		200)
	list := []string{}
	for _, day := range reply.Object()["days"].([]any) {
		for _, entry := range day.(object)["events"].([]any) {
			e := entry.(object)
			if e["kind"] != "calendar" {
				continue
			}
			starts, ends := e["starts_at"].(string), e["ends_at"].(string)
			list = append(list,
				e["title"].(string)+" "+starts[:len("2026-03-02T08:00")]+"/"+ends[len("2026-03-02T"):len("2026-03-02T08:00")])
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// What programs send, and users of other servers reported, each with its right answer.
func TestCalendarsAsProgramsSendThem(t *testing.T) {
	cases := []struct {
		file      string
		week      string // its Monday
		zone      string // of the reader
		byAddress bool   // the bytes matter
		told      string // a part of what the owner is told
		want      []string
	}{
		{file: "01-exdate-without-zone", want: []string{"x 2026-03-02T08:00/09:00", "x 2026-03-05T08:00/09:00",
			"x 2026-03-06T08:00/09:00"}},
		{file: "02-recurrence-id-without-zone", want: []string{"standup 2026-03-02T08:00/09:00",
			"standup 2026-03-04T08:00/09:00",
			"standup 2026-03-05T08:00/09:00", "standup 2026-03-06T08:00/09:00", "standup moved 2026-03-03T14:00/15:00"}},
		{file: "04-zone-outlook-display-name", want: []string{"x 2026-03-04T17:00/18:00"}},
		{file: "05-zone-gmt-offset", want: []string{"x 2026-03-04T16:00/17:00"}},
		{file: "08-zone-colon-unquoted", want: []string{"x 2026-03-03T20:30/21:30"}},
		{file: "09-zone-gmt-with-summer-time", week: "2026-07-06", want: []string{"x 2026-07-06T13:00/14:00"}},
		{file: "10-vtimezone-dates", week: "2026-07-06", want: []string{"x 2026-07-06T10:00/11:00"}},
		{file: "13-vtimezone-offset-with-colon", week: "2026-07-06", want: []string{"x 2026-07-06T10:00/11:00"}},
		{file: "14-fold-inside-a-letter", byAddress: true,
			want: []string{"Größe 2026-03-03T09:00/10:00", "Übung für Fortgeschrittene 2026-03-02T09:00/10:00"}},
		{file: "16-utf16", byAddress: true, want: []string{"Größe 2026-03-02T09:00/10:00"}},
		{file: "17-281-exdate-lines", week: "2026-02-23", want: []string{}},
		{file: "17-281-exdate-lines", want: []string{}},
		{file: "18-all-day-until-in-utc", week: "2026-04-06",
			want: []string{"x 2026-04-06T00:00/00:00", "x 2026-04-07T00:00/00:00", "x 2026-04-08T00:00/00:00"}},
		{file: "19-rrule-count-and-until", want: []string{"x 2026-03-02T08:00/09:00", "x 2026-03-03T08:00/09:00",
			"x 2026-03-04T08:00/09:00", "x 2026-03-05T08:00/09:00"}},
		{file: "21-end-unreadable", told: "1 of 1 events", want: []string{"x 2026-03-02T17:00/18:00"}},
		{file: "23-end-at-24", want: []string{"x 2026-03-02T23:00/00:00"}},
		{file: "26-gap-new-york", want: []string{"x 2026-03-08T07:30/08:00"}},
		{file: "27-twice-berlin", week: "2026-10-19", want: []string{"x 2026-10-25T00:30/01:30"}},
		{file: "29-same-uid-higher-sequence", want: []string{"new 2026-03-03T09:00/10:00"}},
		{file: "31-this-and-future", want: []string{"later 2026-03-04T14:00/15:00", "later 2026-03-05T14:00/15:00",
			"later 2026-03-06T14:00/15:00", "x 2026-03-02T08:00/09:00", "x 2026-03-03T08:00/09:00"}},
		{file: "32-floating-time", zone: "Europe/Berlin", want: []string{"x 2026-03-02T08:00/09:00"}},
		{file: "32-floating-time", zone: "America/New_York", want: []string{"x 2026-03-02T14:00/15:00"}},
		{file: "32-floating-time", want: []string{"x 2026-03-02T09:00/10:00"}},
		{file: "33-two-rrules", want: []string{"x 2026-03-02T08:00/09:00", "x 2026-03-04T08:00/09:00"}},
		{file: "33-two-rrules", week: "2026-03-09", want: []string{"x 2026-03-09T08:00/09:00", "x 2026-03-11T08:00/09:00"}},
		{file: "34-all-day-byminute", want: []string{"x 2026-03-02T00:00/00:00", "x 2026-03-03T00:00/00:00",
			"x 2026-03-04T00:00/00:00"}},
		{file: "36-quoted-printable", want: []string{"Größe 2026-03-02T09:00/10:00"}},
	}
	onFeedSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			if c.week == "" {
				c.week = "2026-03-02"
			}
			text, err := os.ReadFile(path.Join("testdata/cases", c.file+".ics"))
			if err != nil {
				t.Fatal(err)
			}
			body := object{"title": "Calendar", "raw_ical": string(text)}
			if c.byAddress {
				body = object{"title": "Calendar", "source_kind": "S", "source_url": newCalendarHost(t, string(text)).address()}
			}
			feed := s.Feed(t, body)
			if c.byAddress {
				s.synced(t, feed)
			}
			if got := s.week(t, c.week, c.zone); !slices.Equal(got, c.want) {
				t.Errorf("%s, week of %s in %q:\n got %q\nwant %q", c.file, c.week, c.zone, got, c.want)
			}
			told, _ := s.shown(t, feed)["sync_error"].(string)
			if c.told == "" && told != "" || !strings.Contains(told, c.told) {
				t.Errorf("%s: the owner is told %q, want %q", c.file, told, c.told)
			}
			s.Call(t, "DELETE", feedPath(feed), s.Alice.Token, nil).Want(t, 204)
		}
	})
}

// A task stands in the week when it is due, and is none of the deadlines, which can be completed.
func TestTasksOfACalendarInTheWeek(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		text := "BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:1\nSUMMARY:Essay\nDUE;TZID=Europe/Berlin:20260304T180000\nEND:VTODO\n" +
			"BEGIN:VTODO\nUID:2\nSUMMARY:Slides\nDUE;VALUE=DATE:20260305\nEND:VTODO\n" +
			"BEGIN:VTODO\nUID:3\nSUMMARY:Done\nDUE:20260305T120000Z\nSTATUS:COMPLETED\nEND:VTODO\nEND:VCALENDAR\n"
		s.Feed(t, object{"title": "x", "raw_ical": text}).WantKeys(t, 201, feedKeys...)
		want := []string{"Essay 2026-03-04T17:00/17:00", "Slides 2026-03-05T00:00/00:00"}
		if got := s.week(t, "2026-03-02", ""); !slices.Equal(got, want) {
			t.Errorf("the week has %q, want %q", got, want)
		}
		week := s.Call(t, "GET", "/api/v1/activity/week/?start_date=2026-03-02", s.Alice.Token, nil).Want(t, 200)
		if deadlines := week.Object()["deadlines"].([]any); len(deadlines) != 0 {
			t.Errorf("the deadlines are %v", deadlines)
		}
	})
}

func TestTheOwnerIsToldWhatWasNotRead(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		broken := strings.Replace(apptest.Calendar("Seminar", "Broken", "Lecture"), "20260303T", "soon", 1)
		feed := s.Feed(t, object{"title": "x", "raw_ical": broken}).WantKeys(t, 201, append(slices.Clone(feedKeys),
			"sync_error")...)
		const missing = "1 of 3 events could not be read: their start is missing, or is no date."
		if got := feed.String("sync_error"); got != missing {
			t.Errorf("the owner is told %q", got)
		}
		s.changeFeed(t, feed, object{"title": "y"}).WantKeys(t, 200, append(slices.Clone(feedKeys), "sync_error")...)
		s.changeFeed(t, feed, object{"raw_ical": apptest.Calendar("Seminar")}).WantKeys(t, 200, feedKeys...)

		h := newCalendarHost(t, broken)
		h.set(200, broken, `"one"`)
		subscribed := s.subscribe(t, h)
		s.synced(t, subscribed)
		told := func() string { text, _ := s.shown(t, subscribed)["sync_error"].(string); return text }
		if got := told(); !strings.HasPrefix(got, "1 of 3 events") {
			t.Errorf("after a fetch the owner is told %q", got)
		}
		h.set(500, "", "")
		s.fetchAgain(t, subscribed)
		if got := told(); !strings.Contains(got, "500") {
			t.Errorf("after a failure the owner is told %q", got)
		}
		h.set(200, broken, `"one"`) // not sent again
		s.fetchAgain(t, subscribed)
		if got := told(); !strings.HasPrefix(got, "1 of 3 events") {
			t.Errorf("after the failure the owner is told %q", got)
		}
		h.set(200, apptest.Calendar("Lecture"), `"two"`)
		s.fetchAgain(t, subscribed)
		apptest.WantKeys(t, "the feed", s.shown(t, subscribed), feedKeys...)
	})
}
