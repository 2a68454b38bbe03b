package calendar_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/calendar"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/problem"
)

const publicationPath = "/api/v1/planner-events/calendar/"

// publish makes an address of alice's planner and returns its path with the key.
func (s *site) publish(t testing.TB) string {
	t.Helper()
	address := s.Call(t, "POST", publicationPath, s.Alice.Token, object{}).Want(t, 201).String("url")
	path, ok := strings.CutPrefix(address, s.URL)
	if !ok || !strings.HasPrefix(path, "/api/v1/planner-events/calendar.ics?key=") || len(path) < 60 {
		t.Fatalf("the address is %s", address)
	}
	return path
}

// calendar reads a published planner with a library that did not write it.
func (s *site) calendar(t testing.TB, path string) (*ical.Calendar, apptest.Reply) {
	t.Helper()
	reply := s.Call(t, "GET", path, "", nil).Want(t, 200)
	if got := reply.Header.Get("Content-Type"); got != "text/calendar; charset=utf-8" {
		t.Errorf("the type is %s", got)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(reply.Text, "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line is too long, or ends wrongly: %q", line)
		}
	}
	calendar, err := ical.NewDecoder(strings.NewReader(reply.Text)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, reply.Text)
	}
	return calendar, reply
}

func TestPublishing(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		status := func() apptest.Reply {
			return s.Call(t, "GET", publicationPath, s.Alice.Token, nil).WantKeys(t, 200, "is_published", "created_at",
				"last_used_at")
		}
		never := object{"is_published": false, "created_at": nil, "last_used_at": nil}
		apptest.WantFields(t, status().JSON, never)
		first := s.publish(t)
		s.calendar(t, first)
		apptest.Eventually(t, "the use is stored", func() bool { return status().String("last_used_at") != "" })
		if used := status(); used.Object()["is_published"] != true || used.String("created_at") == "" {
			t.Errorf("once published and used: %s", used.Text)
		}
		second := s.publish(t)
		if first == second || status().Object()["last_used_at"] != nil {
			t.Errorf("published again: %s", status().Text)
		}
		s.Call(t, "GET", first, "", nil).WantKeys(t, 404, "detail")
		s.calendar(t, second)
		for _, wrong := range []string{"", "?key=", "?key=" + strings.Repeat("A", 26), "?key=%00"} {
			s.Call(t, "GET", "/api/v1/planner-events/calendar.ics"+wrong, "", nil).WantKeys(t, 404, "detail")
		}
		s.Call(t, "DELETE", publicationPath, s.Bob.Token, nil).Want(t, 204)
		s.calendar(t, second)
		s.Exec(t, "update users set is_active = false where id = $1", s.Alice.ID)
		s.Call(t, "GET", second, "", nil).WantKeys(t, 404, "detail")
		s.Exec(t, "update users set is_active = true where id = $1", s.Alice.ID)
		s.Call(t, "DELETE", publicationPath, s.Alice.Token, nil).Want(t, 204)
		s.Call(t, "GET", second, "", nil).WantKeys(t, 404, "detail")
		apptest.WantFields(t, status().JSON, never)
		for _, method := range []string{"GET", "POST", "DELETE"} {
			s.Call(t, method, publicationPath, "", nil).WantKeys(t, 401, "detail")
		}
	})
}

// A use of the former key that is not stored yet must not become one of the new key.
func TestANewKeyHasNotBeenUsed(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		lastUse := func(a apptest.Account) any {
			return s.Call(t, "GET", publicationPath, a.Token, nil).Want(t, 200).Object()["last_used_at"]
		}
		bobs := s.Call(t, "POST", publicationPath, s.Bob.Token, object{}).Want(t, 201).String("url")
		s.calendar(t, s.publish(t))
		s.publish(t)
		s.calendar(t, strings.TrimPrefix(bobs, s.URL)) // is stored with the other, or after it
		apptest.Eventually(t, "a later use is stored", func() bool { return lastUse(s.Bob) != nil })
		if at := lastUse(s.Alice); at != nil {
			t.Errorf("the new key was used at %v", at)
		}
	})
}

func TestTheKeyIsNeitherStoredNorLogged(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		path := s.publish(t)
		s.calendar(t, path)
		address, err := url.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		key := address.Query().Get("key")
		stored, err := database.One[string](t.Context(), s.Database(t).Read(), "select key_hash from calendar_keys")
		if err != nil || stored == "" || strings.Contains(stored, key) {
			t.Errorf("stored is %q, %v", stored, err)
		}
		if lines := s.Logs.Find("calendar.ics"); len(lines) == 0 || strings.Contains(s.Logs.String(), key) {
			t.Errorf("the log has %q", lines)
		}
	})
}

func TestTheAddressIsThatOfTheConfiguration(t *testing.T) {
	t.Parallel()
	s := newSite(t, database.SQLite, "PUBLIC_URL=https://notes.example.org")
	address := s.Call(t, "POST", publicationPath, s.Alice.Token, object{}).Want(t, 201).String("url")
	if !strings.HasPrefix(address, "https://notes.example.org/api/v1/planner-events/calendar.ics?key=") {
		t.Errorf("the address is %s", address)
	}
}

func TestAnotherLibraryReadsThePublishedPlanner(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		path := s.publish(t)
		if empty, _ := s.calendar(t, path); len(empty.Events()) != 0 || len(empty.Children) != 1 {
			t.Errorf("an empty planner has %d components", len(empty.Children))
		}
		title := "Exam; waves, \\light \"and\" 波動" + strings.Repeat("é", 80)
		s.Event(t, object{"title": title, "event_date": "2099-03-10", "description": "Room 1:\r\nleft\u0007\ndoor\tB"})
		s.Event(t, object{"title": "Past", "event_date": time.Now().AddDate(-1, -2, 0).Format(time.DateOnly)})
		s.Event(t, object{"title": "Done", "event_date": "2099-03-10", "is_completed": true})
		s.Call(t, "POST", apptest.EventsPath, s.Bob.Token, object{"title": "Bob's", "event_date": "2099-03-10"}).Want(t, 201)
		series := maps.Clone(apptest.Weekly())
		series["rrule"] = "FREQ=WEEKLY;UNTIL=20991231"
		seminar := s.Event(t, series)
		for _, start := range []string{"2099-03-30T07:00:00Z", "2099-03-23T08:00:00Z"} {
			s.ChangeEvent(t, seminar, object{"occurrence": start, "is_completed": true}).Want(t, 200)
		}

		calendar, reply := s.calendar(t, path)
		events := calendar.Events()
		if len(events) != 2 {
			t.Fatalf("there are %d events:\n%s", len(events), reply.Text)
		}
		wantEvent(t, events[1], title, "2099-03-10T12:00:00Z", "2099-03-10T13:00:00Z")
		if got, err := events[1].Props.Text(ical.PropDescription); err != nil || got != "Room 1:\nleft\ndoor\tB" {
			t.Errorf("the description is %q, %v", got, err)
		}
		wantEvent(t, events[0], "Seminar", "2026-03-16T08:00:00Z", "2026-03-16T09:30:00Z")
		if got := events[0].Props.Get(ical.PropDateTimeStart); got.Params.Get("TZID") != "Europe/Berlin" ||
			got.Value != "20260316T090000" {
			t.Errorf("the series starts at %v", got)
		}
		if got := events[0].Props.Get(ical.PropRecurrenceRule).Value; got != "FREQ=WEEKLY;UNTIL=20991231T225959Z" {
			t.Errorf("the rule is %s", got)
		}
		skipped := []string{}
		for _, prop := range events[0].Props[ical.PropExceptionDates] {
			start, err := prop.DateTime(time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			skipped = append(skipped, start.UTC().Format(time.RFC3339))
		}
		if !slices.Equal(skipped, []string{"2099-03-23T08:00:00Z", "2099-03-30T07:00:00Z"}) {
			t.Errorf("left out are %q", skipped)
		}
	})
}

func wantEvent(t testing.TB, event ical.Event, title, start, end string) {
	t.Helper()
	if got, err := event.Props.Text(ical.PropSummary); err != nil || got != title {
		t.Errorf("the title is %q, %v", got, err)
	}
	got, err := event.DateTimeStart(time.UTC)
	if err != nil || !got.Equal(apptest.Moment(t, start)) {
		t.Errorf("it starts at %s, %v", got, err)
	}
	got, err = event.DateTimeEnd(time.UTC)
	if err != nil || !got.Equal(apptest.Moment(t, end)) {
		t.Errorf("it ends at %s, %v", got, err)
	}
	for _, name := range []string{ical.PropUID, ical.PropDateTimeStamp, ical.PropCreated, ical.PropLastModified} {
		if event.Props.Get(name) == nil {
			t.Errorf("%s is missing", name)
		}
	}
}

// The description of a zone must give the offsets that the zone has: at each start of a series.
func TestTimeZonesAreDescribed(t *testing.T) {
	t.Parallel()
	s := newSite(t, database.SQLite)
	path := s.publish(t)
	now := time.Now()
	names := []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Dublin",
		"Africa/Casablanca", "America/Sao_Paulo"}
	for _, name := range names {
		s.Event(t, object{"title": name, "event_date": "2010-01-04", "rrule": "FREQ=DAILY", "time_zone": name})
	}
	calendar, reply := s.calendar(t, path)
	described := 0
	for _, component := range calendar.Children {
		if component.Name != ical.CompTimezone {
			continue
		}
		described++
		id, err := component.Props.Text(ical.PropTimezoneID)
		if err != nil {
			t.Fatal(err)
		}
		zone, err := time.LoadLocation(id)
		if err != nil {
			t.Fatal(err)
		}
		for day := time.Date(2010, 1, 4, 12, 0, 0, 0,
			time.UTC); day.Before(now.AddDate(5, 0, 0)); day = day.AddDate(0, 0, 1) {
			if got, want := offsetAt(t, component, day.In(zone)), day.In(zone).Format("-0700"); got != want {
				t.Errorf("%s: on %s the offset is %s, want %s", id, day, got, want)
				break
			}
		}
	}
	if described != len(names) {
		t.Errorf("%d zones are described:\n%s", described, reply.Text)
	}
}

// offsetAt is the offset at a time as RFC 5545 finds it: of the change that is the last before, by the clock.
func offsetAt(t testing.TB, zone *ical.Component, at time.Time) (offset string) {
	t.Helper()
	clock, last := at.Format("20060102T150405"), ""
	for _, kind := range zone.Children {
		for _, prop := range append(kind.Props[ical.PropRecurrenceDates], *kind.Props.Get(ical.PropDateTimeStart)) {
			if prop.Value <= clock && prop.Value > last {
				last, offset = prop.Value, kind.Props.Get(ical.PropTimezoneOffsetTo).Value
			}
		}
	}
	return offset
}

func TestAnUnchangedPlannerIsNotSentAgain(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		path := s.publish(t)
		fetch := func(tag string) apptest.Reply {
			t.Helper()
			request := s.Request(t, "GET", path, nil)
			request.Header.Set("If-None-Match", tag)
			return apptest.Do(t, request)
		}
		_, reply := s.calendar(t, path)
		tag := reply.Header.Get("ETag")
		if got := reply.Header.Get("Cache-Control"); tag == "" || !strings.HasPrefix(got, "private") {
			t.Errorf("the tag is %q, and it may be kept: %q", tag, got)
		}
		for _, same := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			if got := fetch(same).Want(t, 304); got.Text != "" || got.Header.Get("ETag") != tag {
				t.Errorf("%s: not modified, with %q and %v", same, got.Text, got.Header)
			}
		}
		fetch(`"other"`).Want(t, 200)
		head := s.Call(t, "HEAD", path, "", nil).Want(t, 200)
		if head.Text != "" || head.Header.Get("Content-Length") != fmt.Sprint(len(reply.Text)) {
			t.Errorf("HEAD has %q and %v", head.Text, head.Header)
		}
		changed := func(what string) {
			t.Helper()
			got := fetch(tag).Want(t, 200)
			if got.Header.Get("ETag") == tag {
				t.Errorf("%s: the tag stays", what)
			}
			tag = got.Header.Get("ETag")
			fetch(tag).Want(t, 304)
		}
		series := s.Event(t, apptest.Weekly())
		changed("a new event")
		s.ChangeEvent(t, series, object{"title": "Lecture"}).Want(t, 200)
		changed("another title")
		s.ChangeEvent(t, series, object{"occurrence": "2026-03-23T08:00:00Z", "is_completed": true}).Want(t, 200)
		changed("a completed occurrence")
		s.Call(t, "DELETE", apptest.EventPath(series), s.Alice.Token, nil).Want(t, 204)
		changed("a deleted event")
	})
}

// A key that leaks must not leave an address behind that opens the planner after it is replaced.
func TestPublishingTakesASession(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine)
		alice := s.SignUp(t, "alice")
		key := s.Call(t, "POST", "/api/v1/auth/rotate-api-key/", alice.Token, nil).Want(t, 200).String("api_key")
		s.Call(t, "POST", publicationPath, key, nil).WantKeys(t, 403, "detail")
		s.Call(t, "POST", publicationPath, alice.Token, nil).Want(t, 201)
		s.Call(t, "DELETE", publicationPath, key, nil).WantKeys(t, 403, "detail")
		if got := s.Call(t, "GET", publicationPath, key, nil).Want(t, 200); got.Object()["is_published"] != true {
			t.Errorf("a key may look, and sees %s", got.Text)
		}
		who := actor.Actor{UserID: alice.ID, By: actor.Key}
		if _, _, err := new(calendar.Service).Publish(t.Context(), who); !problem.IsKind(err, problem.NotAllowed) {
			t.Errorf("publishing by a key, without HTTP: %v", err)
		}
		if err := new(calendar.Service).Unpublish(t.Context(), who); !problem.IsKind(err, problem.NotAllowed) {
			t.Errorf("the end of it by a key, without HTTP: %v", err)
		}
	})
}
