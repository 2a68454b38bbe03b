package activity_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
)

const weekPath = "/api/v1/activity/week/"

// week is an answer with a week.
type week struct{ apptest.Reply }

// week is a week of alice's, checked for its shape.
func (s *site) week(t testing.TB, query string) week {
	t.Helper()
	w := week{s.Call(t, "GET", weekPath+"?"+query, s.Alice.Token, nil).WantKeys(t, 200, "start_date",
		"previous_week_start", "next_week_start", "days", "deadlines")}
	start, err := time.Parse(time.DateOnly, w.String("start_date"))
	if err != nil {
		t.Fatal(err)
	}
	apptest.WantFields(t, w.JSON, object{
		"previous_week_start": start.AddDate(0, 0, -7).Format(time.DateOnly),
		"next_week_start":     start.AddDate(0, 0, 7).Format(time.DateOnly),
	})
	days, _ := w.Object()["days"].([]any)
	if len(days) != 7 {
		t.Fatalf("the week has %d days: %s", len(days), w.Text)
	}
	for i, day := range days {
		apptest.WantKeys(t, "a day", day, "date", "events")
		apptest.WantFields(t, day, object{"date": start.AddDate(0, 0, i).Format(time.DateOnly)})
	}
	return w
}

// day are the events of a day, counted from 0.
func (w week) day(t testing.TB, i int) []any {
	t.Helper()
	events, ok := w.Object()["days"].([]any)[i].(object)["events"].([]any)
	if !ok {
		t.Fatalf("day %d has no list of events: %s", i, w.Text)
	}
	return events
}

// events are those of all days.
func (w week) events(t testing.TB) (all []any) {
	t.Helper()
	for i := range 7 {
		all = append(all, w.day(t, i)...)
	}
	return all
}

// wantDays fails the test unless the days have these events: "1 Exam, Reading; 6 Party".
func (w week) wantDays(t testing.TB, want string) {
	t.Helper()
	var days []string
	for i := range 7 {
		if events := w.day(t, i); len(events) > 0 {
			days = append(days, fmt.Sprint(i, " ", strings.Join(apptest.Texts(events, "title"), ", ")))
		}
	}
	if got := strings.Join(days, "; "); got != want {
		t.Errorf("the week from %s has\n %s, want\n %s", w.String("start_date"), got, want)
	}
}

func (w week) deadlines() []any {
	list, _ := w.Object()["deadlines"].([]any)
	return list
}

func TestTheStartOfAWeek(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.session(t, object{"note_id": s.note(t, s.Alice, object{"title": "x"}).Int("id"),
			"started_at": "0001-01-01T00:00:00Z"}).Want(t, 201)
		for sent, want := range map[string]string{
			"2026-03-01": "2026-03-01", "2026-03-01T23:59:59+05:00": "2026-03-01", "2026-03-01 10:00": "2026-03-01",
			"20260301":   "2026-03-01",
			"2026-W10-3": "2026-03-04", "2026W103": "2026-03-04", "2026-W10": "2026-03-02", "1969-12-31": "1969-12-31",
			"0002-01-01": "0002-01-01", "9998-12-31": "9998-12-31",
		} {
			if got := s.week(t, "start_date="+url.QueryEscape(sent)).String("start_date"); got != want {
				t.Errorf("%q begins a week at %s, want %s", sent, got, want)
			}
		}
		for _, sent := range []string{"", "monday", "2026-02-30", "2026-W54", "0001-01-01", "9999-12-31", "0000-00-00",
			"\x00", "\xff", "99999999999999999999"} {
			before := time.Now().UTC().Format(time.DateOnly)
			got := s.week(t, "start_date="+url.QueryEscape(sent)).String("start_date")
			if after := time.Now().UTC().Format(time.DateOnly); got != before && got != after {
				t.Errorf("%q begins a week at %s, want today", sent, got)
			}
		}
		s.Call(t, "GET", weekPath, "", nil).WantKeys(t, 401, "detail")
		s.Call(t, "POST", weekPath, s.Alice.Token, object{}).WantKeys(t, 405, "detail")
	})
}

func TestADayHasAllKindsOfEventsByTheirStart(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Physics")
		note := s.note(t, s.Alice, object{"title": "Tides", "course_id": course}).Int("id")
		reading := s.session(t, object{"note_id": note, "title": "Reading",
			"started_at": "2026-03-02T08:30:00.5Z"}).Want(t, 201)
		exam := s.Event(t, object{"title": "Exam", "event_date": "2026-03-02", "starts_at": "2026-03-02T10:00:00Z",
			"course_id": course})
		early := s.Event(t, object{"title": "Early", "event_date": "2026-03-02", "starts_at": "2026-03-02T08:30:00Z"})
		feed := s.Feed(t, object{"title": "Campus", "raw_ical": apptest.Calendar("Lecture", ""), "course_id": course})
		s.Event(t, object{"title": "Late", "event_date": "2026-03-08", "starts_at": "2026-03-08T23:59:59Z"})
		// What is outside of the week, done, switched off, or of somebody else.
		s.Event(t, object{"title": "Before", "event_date": "2026-03-01", "starts_at": "2026-03-01T23:59:59Z",
			"ends_at": "2026-03-05T00:00:00Z"})
		s.Event(t, object{"title": "After", "event_date": "2026-03-09", "starts_at": "2026-03-09T00:00:00Z"})
		s.Event(t, object{"title": "Done", "event_date": "2026-03-02", "is_completed": true})
		s.session(t, object{"note_id": note, "title": "Before", "started_at": "2026-03-01T23:59:00Z",
			"ended_at": "2026-03-03T00:00:00Z"}).Want(t, 201)
		s.session(t, object{"note_id": note, "title": "After", "started_at": "2026-03-09T00:00:00Z"}).Want(t, 201)
		s.Feed(t, object{"title": "Off", "raw_ical": apptest.Calendar("Off"), "is_enabled": false})
		s.Call(t, "POST", apptest.EventsPath, s.Bob.Token, object{"title": "Bob's", "event_date": "2026-03-02"}).Want(t, 201)
		s.Call(t, "POST", apptest.FeedsPath, s.Bob.Token, object{"title": "Bob's",
			"raw_ical": apptest.Calendar("Bob's")}).Want(t, 201)

		w := s.week(t, "start_date=2026-03-02")
		w.wantDays(t, "0 Early, Reading, Lecture, Exam; 1 Campus; 6 Late")
		monday := w.day(t, 0)
		for i, want := range map[int]object{0: early.Object(), 3: exam.Object()} {
			want["kind"], want["source_id"] = "plan", want["id"]
			apptest.WantKeys(t, "an event", monday[i], append(slices.Clone(eventKeys), "kind", "source_id")...)
			apptest.WantFields(t, monday[i], want)
		}
		apptest.WantKeys(t, "a session", monday[1], sessionKeys...)
		apptest.WantFields(t, monday[1], reading.Object())
		apptest.WantKeys(t, "an event of a calendar", monday[2], "title", "kind", "course_id", "source_id", "calendar_title",
			"starts_at", "ends_at")
		apptest.WantFields(t, monday[2], object{"title": "Lecture", "kind": "calendar", "course_id": course,
			"source_id":      feed.Int("id"),
			"calendar_title": "Campus", "starts_at": "2026-03-02T09:00:00Z", "ends_at": "2026-03-02T10:00:00Z"})
	})
}

// lasting is a calendar with events that take more than an hour.
const lasting = `BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:Fair
DTSTART;VALUE=DATE:20260227
DTEND;VALUE=DATE:20260304
END:VEVENT
BEGIN:VEVENT
SUMMARY:Holiday
DTSTART;VALUE=DATE:20260305
END:VEVENT
BEGIN:VEVENT
SUMMARY:Camp
DTSTART:20260306T180000Z
DTEND:20260308T000000Z
END:VEVENT
BEGIN:VEVENT
SUMMARY:Party
DTSTART:20260305T220000Z
DTEND:20260306T030000Z
END:VEVENT
BEGIN:VEVENT
SUMMARY:Night shift
DTSTART:20260301T220000Z
DTEND:20260302T060000Z
END:VEVENT
BEGIN:VEVENT
SUMMARY:Trip
DTSTART:20260225T100000Z
DTEND:20260302T090000Z
END:VEVENT
BEGIN:VEVENT
SUMMARY:Retreat
DTSTART;VALUE=DATE:20260103
DTEND;VALUE=DATE:20260105
RRULE:FREQ=MONTHLY;BYDAY=1SA
END:VEVENT
END:VCALENDAR
`

func TestWhatLastsForDaysStandsInEachOfThem(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Feed(t, object{"title": "Campus", "raw_ical": lasting})
		s.Event(t, object{"title": "Exam", "event_date": "2026-03-03"})
		s.Event(t, object{"title": "Project", "event_date": "2026-03-05", "starts_at": "2026-03-05T08:00:00Z",
			"ends_at": "2026-03-07T09:00:00Z"})
		s.week(t, "start_date=2026-03-02").wantDays(t,
			"0 Trip, Fair; 1 Fair, Exam; 3 Holiday, Project, Party; 4 Camp; 5 Camp, Retreat; 6 Retreat")
		s.week(t, "start_date=2026-02-23").wantDays(t,
			"2 Trip; 3 Trip; 4 Trip, Fair; 5 Trip, Fair; 6 Trip, Fair, Night shift")
		// Whole days are those of the reader; other events move with the clock.
		s.week(t, "start_date=2026-03-02&time_zone=Pacific/Kiritimati").
			wantDays(t, "0 Trip, Fair, Night shift; 1 Fair; 2 Exam; 3 Holiday, Project; 4 Party; 5 Retreat, Camp; 6 Retreat, "+
				"Camp")
		s.week(t, "start_date=2026-03-02&time_zone=Etc/GMT%2B12").wantDays(t,
			"0 Fair; 1 Fair, Exam; 2 Project; 3 Holiday, Party; 4 Camp; 5 Camp, Retreat; 6 Retreat")
	})
}

func TestOccurrencesOfASeriesStandInTheWeek(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		series := s.Event(t, apptest.Weekly())
		daily := s.Event(t, object{"title": "Run", "event_date": "2026-03-27", "starts_at": "2026-03-27T06:00:00Z",
			"rrule": "FREQ=DAILY;COUNT=4"})
		s.ChangeEvent(t, daily, object{"occurrence": "2026-03-28T06:00:00Z", "is_completed": true}).Want(t, 200)
		w := s.week(t, "start_date=2026-03-24")
		w.wantDays(t, "3 Run; 5 Run; 6 Run, Seminar")
		seminar := w.day(t, 6)[1]
		apptest.WantKeys(t, "an occurrence", seminar, append(slices.Clone(occurrenceKeys), "kind", "source_id")...)
		apptest.WantFields(t, seminar, object{"id": series.Int("id"), "source_id": series.Int("id"), "kind": "plan",
			"event_date": "2026-03-30",
			"starts_at":  "2026-03-30T07:00:00Z", "ends_at": "2026-03-30T08:30:00Z", "occurrence": "2026-03-30T07:00:00Z",
			"rrule": "FREQ=WEEKLY;BYDAY=MO"})
		s.ChangeEvent(t, series, object{"is_completed": true}).Want(t, 200)
		s.week(t, "start_date=2026-03-24").wantDays(t, "3 Run; 5 Run; 6 Run")
	})
}

func TestDaysAreThoseOfTheTimeZone(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		note := s.note(t, s.Alice, object{"title": "Tides"}).Int("id")
		for title, start := range map[string]string{"A": "2026-09-05T03:30:00Z", "B": "2026-09-06T03:59:00Z",
			"C": "2026-09-06T04:00:00Z", "D": "2026-09-07T02:59:00Z", "E": "2026-09-07T03:00:00Z"} {
			s.Event(t, object{"title": title, "event_date": start[:10], "starts_at": start})
			s.session(t, object{"note_id": note, "title": strings.ToLower(title), "started_at": start}).Want(t, 201)
		}
		utc := "0 A, a; 1 B, b, C, c; 2 D, d, E, e"
		s.week(t, "start_date=2026-09-05").wantDays(t, utc)
		for _, unknown := range []string{"Mars/Phobos", "Local", "../etc/passwd", "UTC", "", strings.Repeat("x", 200)} {
			s.week(t, "start_date=2026-09-05&time_zone="+unknown).wantDays(t, utc)
		}
		// In Santiago, four hours behind, the sixth begins at one o'clock, and from then on it is three.
		s.week(t, "start_date=2026-09-05&time_zone=America/Santiago").wantDays(t, "0 B, b; 1 C, c, D, d; 2 E, e")
		s.week(t, "start_date=2026-09-06&time_zone=America/Santiago").wantDays(t, "0 C, c, D, d; 1 E, e")
		for _, name := range []string{"Pacific/Kiritimati", "Etc/GMT+12"} { // which never have the same date
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			before := time.Now().In(zone).Format(time.DateOnly)
			got := s.week(t, "time_zone="+url.QueryEscape(name)).String("start_date")
			if after := time.Now().In(zone).Format(time.DateOnly); got != before && got != after {
				t.Errorf("in %s today is %s, want %s", name, got, after)
			}
		}
	})
}

func TestDeadlines(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		now := time.Now().UTC().Truncate(time.Second)
		in := func(hours float64) time.Time { return now.Add(time.Duration(hours * float64(time.Hour))) }
		add := func(title string, start time.Time, weight int) apptest.Reply {
			return s.Event(t, object{"title": title, "event_date": start.Format(time.DateOnly), "starts_at": start,
				"difficulty_weight": weight})
		}
		heavy := add("heavy", in(300), 9)
		add("far", in(1000), 1)
		add("near", in(100), 1)
		add("Past", in(-48), 5)
		done := add("Done", in(50), 5)
		s.ChangeEvent(t, done, object{"is_completed": true}).Want(t, 200)
		series := s.Event(t, object{"title": "series", "event_date": "2020-01-01", "starts_at": in(-24 * 400),
			"rrule": "FREQ=WEEKLY", "difficulty_weight": 3})
		s.Call(t, "POST", apptest.EventsPath, s.Bob.Token,
			object{"title": "Bob's", "event_date": in(50).Format(time.DateOnly)}).Want(t, 201)

		list := s.week(t, "start_date=2001-01-01").deadlines()
		scores := map[string]float64{}
		var order []float64
		for _, d := range list {
			score, _ := d.(object)["urgency_score"].(float64)
			scores[d.(object)["title"].(string)] = score
			order = append(order, -score)
		}
		if !slices.IsSorted(order) || len(list) != 4 {
			t.Errorf("%d deadlines with the urgency %v", len(list), order)
		}
		for title, want := range map[string]float64{"heavy": 0.03, "near": 0.01, "far": 0.001} {
			if got := scores[title]; got < want-1e-9 || got > want+1e-3 { // some seconds nearer
				t.Errorf("the urgency of %s is %v, want %v", title, got, want)
			}
		}
		for _, d := range list {
			switch d.(object)["title"] {
			case "heavy":
				want := maps.Clone(heavy.Object())
				apptest.WantKeys(t, "a deadline", d, append(slices.Clone(eventKeys), "urgency_score")...)
				apptest.WantFields(t, d, want)
			case "series": // its next occurrence alone
				apptest.WantKeys(t, "a deadline of a series", d, append(slices.Clone(occurrenceKeys), "urgency_score")...)
				start := apptest.Moment(t, d.(object)["starts_at"].(string))
				if start.Before(now.Truncate(24*time.Hour)) || start.After(now.AddDate(0, 0, 8)) ||
					d.(object)["id"] != float64(series.Int("id")) {
					t.Errorf("next comes %s", start)
				}
			}
		}
	})
}

func TestTheMostUrgentOfTheNextFortyDeadlines(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		// What is to be done now, or was to be today, counts as a minute away: its weight is what differs, then its title.
		var want []string
		for i := range 42 {
			s.Event(t, object{"title": fmt.Sprintf("%02d", i), "event_date": "2099-03-10",
				"difficulty_weight": 1 + i%2*1_000_000})
		}
		for _, odd := range []int{1, 0} {
			for i := odd; i < 40; i += 2 {
				want = append(want, fmt.Sprintf("%02d", i))
			}
		}
		if got := apptest.Texts(s.week(t, "").deadlines(), "title"); !slices.Equal(got, want) {
			t.Errorf("the deadlines are %q, want %q", got, want)
		}
		now := time.Now().UTC()
		s.Event(t, object{"title": "Now", "event_date": "2099-03-10", "starts_at": now.Add(5 * time.Second),
			"difficulty_weight": 2})
		first := s.week(t, "").deadlines()[0]
		apptest.WantFields(t, first, object{"title": "Now", "urgency_score": 120})
	})
}
