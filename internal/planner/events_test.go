package planner_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/planner"
	"github.com/trance-0/notechondria/internal/problem"
)

var eventKeys = []string{
	"id", "title", "event_date", "starts_at", "ends_at", "difficulty_weight", "description", "course_id", "is_completed",
	"completed_at",
}

func TestTheWindowOfANewEvent(t *testing.T) {
	cases := []struct{ sent, want object }{
		{object{}, object{"starts_at": "2099-03-10T12:00:00Z", "ends_at": "2099-03-10T13:00:00Z",
			"event_date": "2099-03-10"}},
		{object{"starts_at": nil, "ends_at": nil},
			object{"starts_at": "2099-03-10T12:00:00Z", "ends_at": "2099-03-10T13:00:00Z"}},
		{object{"event_date": "2099-3-1"}, object{"starts_at": "2099-03-01T12:00:00Z", "event_date": "2099-03-01"}},
		{object{"ends_at": "2099-03-10T18:00:00Z"},
			object{"starts_at": "2099-03-10T12:00:00Z", "ends_at": "2099-03-10T18:00:00Z"}},
		{object{"ends_at": "2099-03-10T12:00:00Z"}, object{"ends_at": "2099-03-10T13:00:00Z"}},
		{object{"starts_at": "2099-04-02T08:15:00.000"}, // as the app sends it: no zone
			object{"starts_at": "2099-04-02T08:15:00Z", "ends_at": "2099-04-02T09:15:00Z", "event_date": "2099-04-02"}},
		{object{"starts_at": "2099-03-10T23:30:00-05:00", "ends_at": "2099-03-11T01:00:00-05:00"},
			object{"starts_at": "2099-03-11T04:30:00Z", "ends_at": "2099-03-11T06:00:00Z", "event_date": "2099-03-11"}},
		{object{"starts_at": "2099-03-12T10:00:00.25Z", "ends_at": "2099-03-12T09:00:00Z"},
			object{"starts_at": "2099-03-12T10:00:00.250000Z", "ends_at": "2099-03-12T11:00:00.250000Z"}},
		{object{"event_date": "0001-01-01"}, object{"starts_at": "0001-01-01T12:00:00Z", "event_date": "0001-01-01"}},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			body := object{"title": "Exam", "event_date": "2099-03-10"}
			maps.Copy(body, c.sent)
			reply := s.Event(t, body)
			apptest.WantKeys(t, "a new event", reply.JSON, eventKeys...)
			apptest.WantFields(t, reply.JSON, c.want)
			apptest.WantFields(t, s.ChangeEvent(t, reply, object{}).WantKeys(t, 200, eventKeys...).JSON, reply.Object())
			s.Call(t, "DELETE", apptest.EventPath(reply), s.Alice.Token, nil).Want(t, 204)
		}
	})
}

func TestFieldsOfANewEvent(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Alice, "Physics")
		plain := object{"difficulty_weight": 1, "description": "", "course_id": nil, "is_completed": false,
			"completed_at": nil}
		for _, c := range []struct{ sent, want object }{
			{object{}, plain},
			{object{"difficulty_weight": nil, "description": nil, "course_id": nil, "is_completed": nil, "completed_at": nil,
				"rrule": nil, "time_zone": nil}, plain},
			{object{"course_id": -1718000000000000, "rrule": "", "time_zone": "Europe/Berlin"}, plain},
			{object{"course_id": 0}, plain},
			{object{"title": " Exam \n", "difficulty_weight": "5", "description": " Room 1\n", "course_id": course},
				object{"title": "Exam", "difficulty_weight": 5, "description": "Room 1", "course_id": course}},
			{object{"is_completed": true, "completed_at": "2026-05-01T10:00:00.000Z"},
				object{"is_completed": true, "completed_at": "2026-05-01T10:00:00Z"}},
		} {
			body := object{"title": "Exam", "event_date": "2099-03-10"}
			maps.Copy(body, c.sent)
			apptest.WantFields(t, s.Event(t, body).WantKeys(t, 201, eventKeys...).JSON, c.want)
		}
		before := time.Now().UTC().Truncate(time.Second)
		done := s.Event(t, object{"title": "x", "event_date": "2099-03-10", "is_completed": true})
		if at := apptest.Moment(t, done.String("completed_at")); at.Before(before) || at.After(time.Now()) {
			t.Errorf("it was completed at %s", at)
		}
	})
}

func TestRefusedEvents(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		foreign := s.Course(t, s.Bob, "Secret")
		event := s.Event(t, object{"title": "Exam", "event_date": "2099-03-10", "description": "Old"})
		for field, value := range map[string]any{
			"title": strings.Repeat("é", 121), "event_date": "2099-02-30", "starts_at": "at noon", "ends_at": 5,
			"difficulty_weight": 0,
			"description":       strings.Repeat("é", 256), "course_id": "physics", "is_completed": "maybe",
			"completed_at": "once",
			"rrule":        "FREQ=SECONDLY", "time_zone": "Europe/Nowhere",
		} {
			body := object{"title": "New", "event_date": "2099-03-11", field: value}
			s.Call(t, "POST", apptest.EventsPath, s.Alice.Token, body).WantFieldErrors(t, field)
			s.ChangeEvent(t, event, body).WantFieldErrors(t, field)
		}
		s.Call(t, "POST", apptest.EventsPath, s.Alice.Token, object{}).WantFieldErrors(t, "title", "event_date")
		s.Call(t, "POST", apptest.EventsPath, s.Alice.Token,
			object{"title": "", "event_date": nil}).WantFieldErrors(t, "title", "event_date")
		for name, body := range map[string]object{
			"past the end of the calendar": {"title": "x", "event_date": "9999-12-31", "starts_at": "9999-12-31T23:30:00Z"},
			"too heavy":                    {"title": "x", "event_date": "2099-01-01", "difficulty_weight": 2147483648},
		} {
			if reply := s.Call(t, "POST", apptest.EventsPath, s.Alice.Token, body); reply.Status != 400 {
				t.Errorf("%s: %d %s", name, reply.Status, reply.Text)
			}
		}
		for _, course := range []any{foreign, 987654, int64(9223372036854775807)} {
			s.Call(t, "POST", apptest.EventsPath, s.Alice.Token,
				object{"title": "x", "event_date": "2099-01-01", "course_id": course}).WantKeys(t, 404, "detail")
			s.ChangeEvent(t, event, object{"title": "New", "course_id": course}).WantKeys(t, 404, "detail")
		}
		list := s.listed(t)
		if len(list) != 1 {
			t.Fatalf("there are %d events", len(list))
		}
		apptest.WantFields(t, list[0], event.Object())
	})
}

func TestEventsAreFiledInSubscribedCourses(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		course := s.Course(t, s.Bob, "Physics")
		s.Exec(t, "insert into course_subscriptions (user_id, course_id, subscribed_at) values ($1, $2, $3)", s.Alice.ID,
			course, time.Now().UTC())
		event := s.Event(t, object{"title": "Exam", "event_date": "2099-03-10", "course_id": course})
		apptest.WantFields(t, event.JSON, object{"course_id": course})
		apptest.WantFields(t, s.ChangeEvent(t, event, object{"course_id": nil}).Want(t, 200).JSON, object{"course_id": nil})
	})
}

func TestChangesOfAnEvent(t *testing.T) {
	full := object{"title": "Exam", "event_date": "2099-03-10", "starts_at": "2099-03-10T09:00:00Z",
		"ends_at":           "2099-03-10T11:30:00Z",
		"difficulty_weight": 3, "description": "Room 1"}
	cases := []struct{ sent, want object }{
		{object{"title": "Test"}, object{"title": "Test"}},
		{object{"description": nil}, object{"description": ""}},
		{object{"difficulty_weight": nil}, object{"difficulty_weight": 3}},
		// The date alone moves the event by whole days.
		{object{"event_date": "2099-03-12"}, object{"event_date": "2099-03-12", "starts_at": "2099-03-12T09:00:00Z",
			"ends_at": "2099-03-12T11:30:00Z"}},
		{object{"event_date": "2098-12-31"}, object{"event_date": "2098-12-31", "starts_at": "2098-12-31T09:00:00Z",
			"ends_at": "2098-12-31T11:30:00Z"}},
		{object{"event_date": "0007-12-31"}, object{"event_date": "0007-12-31", "starts_at": "0007-12-31T09:00:00Z",
			"ends_at": "0007-12-31T11:30:00Z"}},
		{object{"event_date": "2099-03-12", "ends_at": "2099-03-12T09:30:00Z"},
			object{"event_date": "2099-03-12", "starts_at": "2099-03-12T09:00:00Z", "ends_at": "2099-03-12T09:30:00Z"}},
		{object{"event_date": "2099-03-12", "starts_at": "2099-03-15T08:00:00Z"},
			object{"event_date": "2099-03-15", "starts_at": "2099-03-15T08:00:00Z", "ends_at": "2099-03-15T09:00:00Z"}},
		{object{"event_date": "2099-03-12", "starts_at": nil, "ends_at": nil},
			object{"event_date": "2099-03-12", "starts_at": "2099-03-12T12:00:00Z", "ends_at": "2099-03-12T13:00:00Z"}},
		{object{"starts_at": "2099-03-10T08:00:00Z"},
			object{"starts_at": "2099-03-10T08:00:00Z", "ends_at": "2099-03-10T11:30:00Z"}},
		{object{"starts_at": nil}, object{"starts_at": "2099-03-10T12:00:00Z", "ends_at": "2099-03-10T13:00:00Z"}},
		{object{"ends_at": nil}, object{"starts_at": "2099-03-10T09:00:00Z", "ends_at": "2099-03-10T10:00:00Z"}},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, c := range cases {
			event := s.Event(t, full)
			want := maps.Clone(event.Object())
			maps.Copy(want, c.want)
			apptest.WantFields(t, s.ChangeEvent(t, event, c.sent).WantKeys(t, 200, eventKeys...).JSON, want)
			apptest.WantFields(t, s.listed(t)[0], want)
			s.Call(t, "DELETE", apptest.EventPath(event), s.Alice.Token, nil).Want(t, 204)
		}
	})
}

func TestCompletingAndReopening(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		event := s.Event(t, object{"title": "Exam", "event_date": "2099-03-10"})
		device := s.ChangeEvent(t, event, object{"is_completed": true, "completed_at": "2026-05-01T10:00:00.000Z"}).Want(t,
			200)
		apptest.WantFields(t, device.JSON, object{"is_completed": true, "completed_at": "2026-05-01T10:00:00Z"})
		again := s.ChangeEvent(t, event, object{"is_completed": true}).Want(t, 200)
		apptest.WantFields(t, again.JSON, object{"completed_at": "2026-05-01T10:00:00Z"})
		if len(s.listed(t)) != 0 {
			t.Error("a completed event is listed")
		}
		open := s.ChangeEvent(t, event, object{"is_completed": false, "completed_at": nil}).Want(t, 200)
		apptest.WantFields(t, open.JSON, object{"is_completed": false, "completed_at": nil})
		if len(s.listed(t)) != 1 {
			t.Error("an event that is open again is not listed")
		}
	})
}

func TestEventsAreListedByDateAndTitle(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for title, date := range map[string]string{"b": "2099-03-10", "a": "2099-03-11", "Z": "2099-03-10", "é": "2099-03-10",
			"old": "1999-01-01"} {
			s.Event(t, object{"title": title, "event_date": date})
		}
		if got := apptest.Texts(s.listed(t), "title"); !slices.Equal(got, []string{"old", "Z", "b", "é", "a"}) {
			t.Errorf("the order is %q", got)
		}
	})
}

func TestEventsOfOthers(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		event := s.Event(t, object{"title": "Exam", "event_date": "2099-03-10"})
		for _, path := range []string{apptest.EventPath(event), apptest.EventsPath + "987654/",
			apptest.EventsPath + "99999999999999999999/"} {
			s.Call(t, "PATCH", path, s.Bob.Token, object{"title": "Mine now", "starts_at": "never"}).WantKeys(t, 404, "detail")
			s.Call(t, "DELETE", path, s.Bob.Token, nil).WantKeys(t, 404, "detail")
			s.Call(t, "PATCH", path, "", object{}).WantKeys(t, 401, "detail")
			s.Call(t, "DELETE", path, "", nil).WantKeys(t, 401, "detail")
		}
		if got := s.Call(t, "GET", apptest.EventsPath, s.Bob.Token, nil).Want(t, 200).Text; got != "[]" {
			t.Errorf("bob sees %s", got)
		}
		s.Call(t, "DELETE", apptest.EventPath(event), s.Alice.Token, nil).Want(t, 204)
		s.Call(t, "DELETE", apptest.EventPath(event), s.Alice.Token, nil).WantKeys(t, 404, "detail")
		if len(s.listed(t)) != 0 {
			t.Error("a deleted event is listed")
		}
	})
}

// The former system took the first moment of the calendar for no time at all.
func TestAnEventAtTheBeginningOfTheCalendarStaysThere(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		event := s.Event(t, object{"title": "x", "event_date": "0001-01-01", "starts_at": "0001-01-01T00:00:00Z"})
		apptest.WantFields(t, event.JSON, object{"starts_at": "0001-01-01T00:00:00Z", "ends_at": "0001-01-01T01:00:00Z"})
		changed := s.ChangeEvent(t, event, object{"title": "y"}).Want(t, 200)
		apptest.WantFields(t, changed.JSON, object{"starts_at": "0001-01-01T00:00:00Z", "ends_at": "0001-01-01T01:00:00Z"})
	})
}

// What other faces than HTTP send is held to the same limits.
func TestTheLimitsOfAnEventAreThoseOfTheUseCase(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		service, date := s.planner(t), apptest.Moment(t, "2099-03-10T00:00:00Z")
		beyond := apptest.Moment(t, "9999-12-31T00:00:00Z").AddDate(0, 0, 1)
		good, err := service.CreateEvent(t.Context(), s.asAlice(), problem.Clean(planner.Draft{Title: "x", Date: &date}))
		if err != nil || good.Weight != 1 || good.Date() != "2099-03-10" {
			t.Fatalf("%+v, %v", good, err)
		}
		for field, draft := range map[string]planner.Draft{
			"title":             {Date: &date},
			"event_date":        {Title: "x"},
			"difficulty_weight": {Title: "x", Date: &date, Weight: planner.MaxWeight + 1},
			"description":       {Title: "x", Date: &date, Description: strings.Repeat("é", planner.MaxDescription+1)},
			"completed_at":      {Title: "x", Date: &date, IsCompleted: true, CompletedAt: &beyond},
			"starts_at":         {Title: "x", StartsAt: &beyond},
			"rrule": {Title: "x", Date: &date,
				Rule: "FREQ=DAILY;COUNT=" + strings.Repeat("0", planner.MaxRule) + "1"},
			"time_zone": {Title: "x", Date: &date, TimeZone: strings.Repeat("x", planner.MaxTimeZone+1)},
		} {
			_, err := service.CreateEvent(t.Context(), s.asAlice(), problem.Clean(draft))
			if !problem.IsKind(err, problem.Invalid) || !strings.HasPrefix(err.Error(), field+": ") {
				t.Errorf("%s: %v", field, err)
			}
		}
		again, err := service.GetEvent(t.Context(), s.asAlice(), good.ID)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(good) {
			t.Errorf("it is %+v, %v, want %+v", again, err, good)
		}
		if _, err := service.GetEvent(t.Context(), actor.ServerFor(s.Bob.ID),
			good.ID); !problem.IsKind(err, problem.NotFound) {
			t.Errorf("bob gets it: %v", err)
		}
		completion := planner.Completion{Occurrence: good.StartsAt, IsCompleted: true, CompletedAt: &beyond}
		_, err = service.CompleteOccurrence(t.Context(), s.asAlice(), good.ID, problem.Clean(completion))
		if !problem.IsKind(err, problem.Invalid) || !strings.HasPrefix(err.Error(), "completed_at: ") {
			t.Errorf("completed past the end of the calendar: %v", err)
		}
	})
}
