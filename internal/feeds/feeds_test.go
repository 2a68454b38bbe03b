package feeds_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/feeds"
	"github.com/trance-0/notechondria/internal/patch"
	"github.com/trance-0/notechondria/internal/problem"
)

var feedKeys = []string{"id", "title", "source_kind", "source_url", "is_enabled", "course_id", "last_sync",
	"date_created", "last_edit"}

func TestImportingACalendar(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		feed := s.Feed(t, object{"title": " Timetable ", "raw_ical": apptest.Calendar("Seminar", "")}).WantKeys(t, 201,
			feedKeys...)
		apptest.WantFields(t, feed.JSON, object{"title": "Timetable", "source_kind": "I", "source_url": "",
			"is_enabled": true,
			"course_id":  nil, "last_sync": nil})
		want := []string{"Seminar 03-02T09:00", "Timetable 03-03T09:00"}
		if got := s.occurrences(t, "2026-03-01", "2026-03-08"); !slices.Equal(got, want) {
			t.Errorf("its events are %q, want %q", got, want)
		}
		s.changeFeed(t, feed, object{"raw_ical": apptest.Calendar("Other")}).Want(t, 200)
		if got := s.occurrences(t, "2026-03-01", "2026-03-08"); !slices.Equal(got, []string{"Other 03-02T09:00"}) {
			t.Errorf("after another import: %q", got)
		}
		s.changeFeed(t, feed, object{"is_enabled": false}).Want(t, 200)
		if got := s.occurrences(t, "2026-03-01", "2026-03-08"); len(got) != 0 {
			t.Errorf("switched off it has %q", got)
		}
		s.changeFeed(t, feed, object{"is_enabled": true, "raw_ical": ""}).Want(t, 200)
		if got := s.occurrences(t, "2026-03-01", "2026-03-08"); len(got) != 0 {
			t.Errorf("after the text was taken away: %q", got)
		}
	})
}

func TestAnImportThatIsNoCalendarSaysSo(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		feed := s.Feed(t, object{"title": "x", "raw_ical": "<html>"}).WantKeys(t, 201,
			append(slices.Clone(feedKeys), "sync_error")...)
		s.changeFeed(t, feed, object{"raw_ical": apptest.Calendar("Seminar")}).WantKeys(t, 200, feedKeys...)
	})
}

func TestNullsOfAFeedCountAsAbsent(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		feed := s.Feed(t, object{"title": "x", "source_kind": nil, "source_url": nil, "raw_ical": nil, "course_id": -3,
			"is_enabled": nil})
		apptest.WantFields(t, feed.JSON, object{"source_kind": "I", "source_url": "", "course_id": nil, "is_enabled": true})
		s.Feed(t, object{"title": "y", "course_id": 0})
	})
}

func TestRefusedFeeds(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		feed := s.Feed(t, object{"title": "x"})
		for field, values := range map[string][]any{
			"title":       {"", nil, strings.Repeat("x", 121), true},
			"source_kind": {"X", "", 1},
			"source_url": {"campus calendar", "webdav://example.com/a.ics", "webcal:///a.ics",
				"https://example.com/" + strings.Repeat("x", 1981)},
			"raw_ical":   {strings.Repeat("x", 20<<20+1), true, []int{}},
			"course_id":  {"Inbox", true},
			"is_enabled": {"perhaps", ""},
		} {
			for _, value := range values {
				s.Call(t, "POST", apptest.FeedsPath, s.Alice.Token, object{"title": "x", field: value}).WantFieldErrors(t, field)
				s.changeFeed(t, feed, object{field: value}).WantFieldErrors(t, field)
			}
		}
		s.Call(t, "POST", apptest.FeedsPath, s.Alice.Token, object{}).WantFieldErrors(t, "title")
		s.Call(t, "POST", apptest.FeedsPath, s.Alice.Token, object{"title": "x", "course_id": 987654}).WantKeys(t, 404,
			"detail")
		s.changeFeed(t, feed, object{"course_id": int64(1) << 62}).WantKeys(t, 404, "detail")
		s.Call(t, "POST", apptest.FeedsPath, s.Alice.Token, object{"title": "x", "raw_ical": strings.Repeat("x", 41<<20)}).
			WantKeys(t, 413, "detail", "status_code", "path")
		if got := len(s.feeds(t)); got != 1 {
			t.Errorf("there are %d feeds", got)
		}
	})
}

func TestAnImportMayBeLargerThanOtherBodies(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		lines := strings.Repeat("X-LONG:"+strings.Repeat("x", 68)+"\r\n", (20<<20)/77/2-10)
		text := strings.Replace(apptest.Calendar("Seminar"), "VERSION", lines+"VERSION", 1)
		text = strings.Replace(text, "END:VCALENDAR", lines+"END:VCALENDAR", 1)
		s.Feed(t, object{"title": "Large", "raw_ical": text})
		if got := s.occurrences(t, "2026-03-01", "2026-03-08"); len(got) != 1 {
			t.Errorf("its events are %q", got)
		}
	})
}

func TestFeedsAreFiledInOwnOrSubscribedCourses(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		own, foreign := s.Course(t, s.Alice, "Own"), s.Course(t, s.Bob, "Foreign")
		feed := s.Feed(t, object{"title": "x", "course_id": own})
		apptest.WantFields(t, feed.JSON, object{"course_id": own})
		s.Call(t, "POST", apptest.FeedsPath, s.Alice.Token, object{"title": "x", "course_id": foreign}).WantKeys(t, 404,
			"detail")
		s.changeFeed(t, feed, object{"course_id": foreign}).WantKeys(t, 404, "detail")
		s.Exec(t, "insert into course_subscriptions (user_id, course_id, subscribed_at) values ($1, $2, $3)", s.Alice.ID,
			foreign, database.Now())
		apptest.WantFields(t, s.changeFeed(t, feed, object{"course_id": foreign}).Want(t, 200).JSON,
			object{"course_id": foreign})
		apptest.WantFields(t, s.changeFeed(t, feed, object{"course_id": nil}).Want(t, 200).JSON, object{"course_id": nil})
	})
}

func TestFeedsAreListedByTitle(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, title := range []string{"b", "ä", "a", "B", "a"} {
			s.Feed(t, object{"title": title})
		}
		var got []string
		for _, feed := range s.feeds(t) {
			got = append(got, feed.(object)["title"].(string))
		}
		if !slices.Equal(got, []string{"B", "a", "a", "b", "ä"}) {
			t.Errorf("the order is %q", got)
		}
	})
}

func TestFeedsOfOthers(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		feed := s.Feed(t, object{"title": "Mine", "raw_ical": apptest.Calendar("Seminar")})
		for _, path := range []string{feedPath(feed), apptest.FeedsPath + "987654/",
			apptest.FeedsPath + "99999999999999999999/"} {
			// Before what is wrong with the body.
			s.Call(t, "PATCH", path, s.Bob.Token, object{"title": ""}).WantKeys(t, 404, "detail")
			s.Call(t, "DELETE", path, s.Bob.Token, nil).WantKeys(t, 404, "detail")
		}
		if got := s.Call(t, "GET", apptest.FeedsPath, s.Bob.Token, nil).Want(t, 200).List(); len(got) != 0 {
			t.Errorf("bob sees %v", got)
		}
		for method, path := range map[string]string{"GET": apptest.FeedsPath, "POST": apptest.FeedsPath,
			"PATCH":  feedPath(feed),
			"DELETE": feedPath(feed)} {
			s.Call(t, method, path, "", nil).WantKeys(t, 401, "detail")
		}
		s.Call(t, "DELETE", feedPath(feed), s.Alice.Token, nil).Want(t, 204)
		if got := s.occurrences(t, "2026-03-01", "2026-03-08"); len(got) != 0 {
			t.Errorf("a removed calendar has %q", got)
		}
	})
}

func TestAUserHasSoManyFeedsOnly(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for range 100 {
			s.Feed(t, object{"title": "x"})
		}
		s.Call(t, "POST", apptest.FeedsPath, s.Alice.Token, object{"title": "x"}).WantKeys(t, 400, "detail")
		s.Call(t, "POST", apptest.FeedsPath, s.Bob.Token, object{"title": "x"}).Want(t, 201)
	})
}

// The limit holds whatever else is under way: requests beside each other, also on two instances, count each other's
// feeds.
func TestParallelRequestsDoNotPassTheLimit(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := append(apptest.Environment(t, engine), "DATABASE_POOL_SIZE=20")
		s := newSite(t, engine, environment...)
		other := apptest.Start(t, engine, environment...)
		for range feeds.MaxFeeds - 5 {
			s.Exec(t, "insert into calendar_feeds (user_id, title, created_at, updated_at) values ($1, 'x', $2, $2)",
				s.Alice.ID, database.Now())
		}
		statuses := map[int]int{}
		for _, reply := range apptest.AtOnce(30, func(i int) apptest.Reply {
			server := s.Server
			if i%2 == 1 {
				server = other
			}
			return server.Call(t, "POST", apptest.FeedsPath, s.Alice.Token, object{"title": "x"})
		}) {
			statuses[reply.Status]++
		}
		if statuses[201] != 5 || statuses[400] != 25 || len(s.feeds(t)) != feeds.MaxFeeds {
			t.Errorf("the answers are %v, and there are %d feeds", statuses, len(s.feeds(t)))
		}
	})
}

// What other faces than HTTP send is held to the same limits.
func TestTheLimitsOfAFeedAreThoseOfTheUseCase(t *testing.T) {
	t.Parallel()
	s := newSite(t, database.SQLite)
	service, feed := s.service(t), s.Feed(t, object{"title": "x"}).Int("id")
	for field, draft := range map[string]feeds.Draft{
		"title":       {Title: strings.Repeat("é", feeds.MaxTitle+1)},
		"source_kind": {Title: "x", SourceKind: "X"},
		"source_url":  {Title: "x", SourceURL: "https://example.com/" + strings.Repeat("x", feeds.MaxAddress)},
		"raw_ical":    {Title: "x", Text: strings.Repeat("x", feeds.MaxBytes+1)},
	} {
		_, err := service.Create(t.Context(), s.asAlice(), problem.Clean(draft))
		if err == nil || !problem.IsKind(err, problem.Invalid) || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s: %v", field, err)
		}
		_, err = service.Update(t.Context(), s.asAlice(), feed, problem.Clean(feeds.Patch{
			Title: patch.To(draft.Title), SourceKind: patch.To(cmp.Or(draft.SourceKind, feeds.Imported)),
			SourceURL: patch.To(draft.SourceURL), Text: patch.To(draft.Text),
		}))
		if err == nil || !problem.IsKind(err, problem.Invalid) || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s in a change: %v", field, err)
		}
	}
	for address, want := range map[string]bool{
		"https://example.com/a.ics": true, "campus calendar": false, "mailto:a@example.com": false,
	} {
		draft := feeds.Draft{Title: "x", SourceURL: address, Disabled: true}
		if _, err := service.Create(t.Context(), s.asAlice(), problem.Clean(draft)); (err == nil) != want {
			t.Errorf("%s: %v", address, err)
		}
	}
	shown, err := service.Get(t.Context(), s.asAlice(), feed)
	if err != nil || shown.Title != "x" || shown.SourceKind != feeds.Imported {
		t.Errorf("the feed is %+v, %v", shown, err)
	}
	if _, err := service.Get(t.Context(), actor.ServerFor(s.Bob.ID), feed); !problem.IsKind(err, problem.NotFound) {
		t.Errorf("bob gets it: %v", err)
	}
}

func TestLinksThatShareAGoogleCalendar(t *testing.T) {
	t.Parallel()
	s := newSite(t, database.SQLite)
	long := strings.Repeat("x", feeds.MaxAddress-len("https://example.com/"))
	const google, feed = "https://calendar.google.com/calendar", "https://calendar.google.com/calendar/ical/"
	for sent, want := range map[string]string{
		google + "/embed?src=a%40b.com":                         feed + "a%40b.com/public/basic.ics",
		google + "/embed?src=&src=en.german%23holiday%40g.com":  feed + "en.german%23holiday%40g.com/public/basic.ics",
		google + "/embed?src=a+b~c":                             feed + "a%20b~c/public/basic.ics",
		google + "?cid=YUBiLmNvbQ":                              feed + "a%40b.com/public/basic.ics",
		google + "/u/0/r?cid=YUBiLmNvbQ==":                      feed + "a%40b.com/public/basic.ics",
		google + "/u/0/r?cid=%20YUB%0AiLmNvbQ":                  feed + "a%40b.com/public/basic.ics",
		"http://CALENDAR.google.com/calendar/embed?src=x":       feed + "x/public/basic.ics",
		"webcal://example.com/a.ics":                            "https://example.com/a.ics",
		"WebCals://example.com/a.ics?b=c":                       "https://example.com/a.ics?b=c",
		"webcal://calendar.google.com/calendar/embed?src=x":     feed + "x/public/basic.ics",
		"https://example.com/" + long:                           "https://example.com/" + long,
		google + "/u/0/r":                                       google + "/u/0/r",
		google + "/embed?cid=A":                                 google + "/embed?cid=A",
		feed + "a%40b.com/private-0a1b/basic.ics":               feed + "a%40b.com/private-0a1b/basic.ics",
		feed + "a%40b.com/public/basic.ics?src=other%40b.com":   feed + "a%40b.com/public/basic.ics?src=other%40b.com",
		"https://example.com/embed?src=a%40b.com":               "https://example.com/embed?src=a%40b.com",
		"https://example.com/calendar.google.com?src=a%40b.com": "https://example.com/calendar.google.com?src=a%40b.com",
	} {
		reply := s.Feed(t, object{"title": "x", "source_kind": "S", "source_url": sent, "is_enabled": false})
		apptest.WantFields(t, reply.JSON, object{"source_url": want})
	}
	link := google + "/embed?src=later%40b.com" // changed links are kept as they are, and fetched in their other form
	changed := s.changeFeed(t, s.Feed(t, object{"title": "x", "is_enabled": false}),
		object{"source_url": link}).Want(t, 200)
	apptest.WantFields(t, changed.JSON, object{"source_url": link})
}
