package feeds_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func (s *site) subscribe(t testing.TB, h *calendarHost) apptest.Reply {
	t.Helper()
	return s.Feed(t, object{"title": "Campus", "source_kind": "S", "source_url": h.address()})
}

func (s *site) wantOccurrences(t testing.TB, want ...string) {
	t.Helper()
	if got := s.occurrences(t, "2026-03-01", "2026-03-08"); !slices.Equal(got, want) {
		t.Errorf("the events are %q, want %q", got, want)
	}
}

func TestASubscribedCalendarIsFetched(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		h := newCalendarHost(t, apptest.Calendar("Lecture"))
		feed := s.subscribe(t, h).WantKeys(t, 201, feedKeys...)
		s.synced(t, feed)
		s.wantOccurrences(t, "Lecture 03-02T09:00")
		header := h.seen()[0]
		if !strings.HasPrefix(header.Get("User-Agent"), "Notechondria") ||
			!strings.HasPrefix(header.Get("Accept"), "text/calendar") {
			t.Errorf("the request has %v", header)
		}
		apptest.WantFields(t, s.shown(t, feed), object{"last_edit": feed.Object()["last_edit"]})
		if lines := s.Logs.Find("private-path"); len(lines) > 0 {
			t.Errorf("the log has the address: %q", lines)
		}
	})
}

func TestAnUnchangedCalendarIsNotSentAgain(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		h := newCalendarHost(t, apptest.Calendar("Lecture"))
		h.set(200, h.body, `"one"`)
		feed := s.subscribe(t, h)
		first := s.synced(t, feed)
		s.fetchAgain(t, feed)
		if again := s.synced(t, feed); again <= first {
			t.Errorf("it was fetched at %s, then at %s", first, again)
		}
		if got := h.seen()[1].Get("If-None-Match"); got != `"one"` {
			t.Errorf("the second request names the version %q", got)
		}
		s.wantOccurrences(t, "Lecture 03-02T09:00")
		h.set(200, apptest.Calendar("Lecture", "New"), `"two"`)
		s.fetchAgain(t, feed)
		s.wantOccurrences(t, "Lecture 03-02T09:00", "New 03-03T09:00")
	})
}

func TestTheSameTextIsNotStoredAgain(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		h := newCalendarHost(t, apptest.Calendar("Lecture"))
		feed := s.subscribe(t, h)
		s.synced(t, feed)
		id := func() int64 {
			last, err := database.One[int64](t.Context(), s.Database(t).Read(), "select max(id) from calendar_feed_events")
			if err != nil {
				t.Fatal(err)
			}
			return last
		}
		before := id()
		s.fetchAgain(t, feed)
		if after := id(); after != before {
			t.Errorf("the event had the id %d, and has %d", before, after)
		}
		if got := len(h.seen()); got != 2 {
			t.Errorf("it was fetched %d times", got)
		}
	})
}

func TestTheLastGoodCopyStays(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		h := newCalendarHost(t, apptest.Calendar("Lecture"))
		feed := s.subscribe(t, h)
		last := s.synced(t, feed)
		for name, answer := range map[string]struct {
			status int
			body   string
		}{
			"not found": {404, "gone"}, "server error": {500, ""}, "no calendar": {200, "<html>"},
			"too large":                     {200, strings.Repeat("x", 20<<20+1)},
			"redirect to a refused address": {200, "redirect"},
		} {
			h.set(answer.status, answer.body, "")
			s.fetchAgain(t, feed)
			shown := s.shown(t, feed)
			if text, _ := shown["sync_error"].(string); text == "" {
				t.Errorf("%s: the owner is not told", name)
			}
			apptest.WantFields(t, shown, object{"last_sync": last})
			s.wantOccurrences(t, "Lecture 03-02T09:00")
		}
		h.set(200, apptest.Calendar("Back"), "")
		s.fetchAgain(t, feed)
		apptest.WantKeys(t, "the feed", s.shown(t, feed), feedKeys...)
		s.wantOccurrences(t, "Back 03-02T09:00")
	})
}

func TestFailuresMakeThePausesLonger(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		h := newCalendarHost(t, "")
		h.set(500, "", "")
		feed := s.subscribe(t, h)
		db := s.Database(t)
		pause := func() (time.Duration, int) {
			type row struct {
				NextFetchAt time.Time
				Failures    int
			}
			f, err := database.One[row](t.Context(), db.Read(),
				"select next_fetch_at, failures from calendar_feeds where id = $1", feed.Int("id"))
			if err != nil {
				t.Fatal(err)
			}
			return f.NextFetchAt.Sub(database.Now()).Round(time.Minute), f.Failures
		}
		apptest.Eventually(t, "the first fetch fails", func() bool { _, failures := pause(); return failures == 1 })
		if first, _ := pause(); first != 2*time.Minute {
			t.Errorf("after the first failure it waits for %s", first)
		}
		for failures, want := range map[int]time.Duration{1: 8 * time.Minute, 3: 128 * time.Minute, 60: 24 * time.Hour} {
			s.Exec(t, "update calendar_feeds set next_fetch_at = $1, failures = $2", database.Now().Add(-time.Hour), failures)
			s.changeFeed(t, feed, object{}).Want(t, 200)
			apptest.Eventually(t, "another fetch fails", func() bool { _, now := pause(); return now == failures+1 })
			if got, _ := pause(); got != want {
				t.Errorf("after %d failures and another one it waits for %s, want %s", failures, got, want)
			}
		}
	})
}

func TestPrivateAddressesAreNotFetched(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		h := newCalendarHost(t, apptest.Calendar("Secret"))
		feed := s.subscribe(t, h)
		apptest.Eventually(t, "the owner is told", func() bool { return s.shown(t, feed)["sync_error"] != nil })
		if len(h.seen()) > 0 {
			t.Error("the server was asked")
		}
		s.wantOccurrences(t)
	})
}

func TestWhatIsNotFetched(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		h, fetched := newCalendarHost(t, apptest.Calendar("Never")), newCalendarHost(t, apptest.Calendar("Fetched"))
		s.Feed(t, object{"title": "switched off", "source_kind": "S", "source_url": h.address(), "is_enabled": false})
		s.Feed(t, object{"title": "text comes first", "source_kind": "S", "source_url": h.address(),
			"raw_ical": apptest.Calendar("Text")})
		s.Feed(t, object{"title": "other scheme", "source_kind": "S",
			"source_url": strings.Replace(h.address(), "http", "ftp", 1)})
		s.Feed(t, object{"title": "no address", "source_kind": "S"})
		bobs := s.Call(t, "POST", apptest.FeedsPath, s.Bob.Token,
			object{"title": "away", "source_url": h.address(), "is_enabled": false}).Want(t, 201)
		s.Exec(t, "update sessions set last_seen_at = $1 where user_id = $2", database.Now().Add(-8*24*time.Hour), s.Bob.ID)
		s.Exec(t, "update calendar_feeds set is_enabled = true, next_fetch_at = $1 where id = $2",
			database.Now().Add(-time.Hour), bobs.Int("id"))
		s.synced(t, s.subscribe(t, fetched))
		if n := len(h.seen()); n > 0 {
			t.Errorf("the server was asked %d times", n)
		}
		s.wantOccurrences(t, "Fetched 03-02T09:00", "Text 03-02T09:00")
	})
}

func TestAnotherAddressIsAnotherCalendar(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		old, other := newCalendarHost(t, apptest.Calendar("Old")), newCalendarHost(t, apptest.Calendar("Other"))
		old.set(200, old.body, `"one"`)
		feed := s.subscribe(t, old)
		s.synced(t, feed)
		other.gate = make(chan struct{})
		changed := s.changeFeed(t, feed, object{"source_url": other.address()}).Want(t, 200)
		apptest.WantFields(t, changed.JSON, object{"last_sync": nil})
		s.wantOccurrences(t)
		close(other.gate)
		s.synced(t, feed)
		s.wantOccurrences(t, "Other 03-02T09:00")
		if got := other.seen()[0].Get("If-None-Match"); got != "" {
			t.Errorf("the other server is asked for the version %q", got)
		}
		s.changeFeed(t, feed, object{"raw_ical": apptest.Calendar("Text")}).Want(t, 200)
		s.wantOccurrences(t, "Text 03-02T09:00")
		s.changeFeed(t, feed, object{"raw_ical": ""}).Want(t, 200)
		s.synced(t, feed)
		s.wantOccurrences(t, "Other 03-02T09:00")
	})
}

// What a fetch brings counts only when the feed is still the one that was fetched.
func TestAFeedChangesWhileItIsFetched(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, s *site, feed apptest.Reply){
		"removed": func(t *testing.T, s *site, feed apptest.Reply) {
			s.Call(t, "DELETE", feedPath(feed), s.Alice.Token, nil).Want(t, 204)
		},
		"switched off": func(t *testing.T, s *site, feed apptest.Reply) {
			s.changeFeed(t, feed, object{"is_enabled": false}).Want(t, 200)
		},
		"text": func(t *testing.T, s *site, feed apptest.Reply) {
			s.changeFeed(t, feed, object{"raw_ical": apptest.Calendar("Text")}).Want(t, 200)
		},
	} {
		t.Run(name, func(t *testing.T) {
			onFeedSite(t, func(t *testing.T, s *site) {
				slow := newCalendarHost(t, apptest.Calendar("Late"))
				slow.gate = make(chan struct{})
				feed := s.subscribe(t, slow)
				apptest.Eventually(t, "the fetch begins", func() bool { return len(slow.seen()) == 1 })
				change(t, s, feed)
				close(slow.gate)
				s.synced(t, s.subscribe(t, newCalendarHost(t, apptest.Calendar("Next")))) // comes after the other
				for _, o := range s.occurrences(t, "2026-03-01", "2026-03-08") {
					if strings.HasPrefix(o, "Late") {
						t.Errorf("there is %q", o)
					}
				}
				if name == "text" {
					s.wantOccurrences(t, "Next 03-02T09:00", "Text 03-02T09:00")
				}
			})
		})
	}
}

func TestASlowCalendarStallsNothingElse(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		slow := newCalendarHost(t, apptest.Calendar("Slow"))
		slow.gate = make(chan struct{})
		defer close(slow.gate)
		for range 6 {
			s.subscribe(t, slow)
		}
		apptest.Eventually(t, "the fetches begin", func() bool { return len(slow.seen()) == 6 })
		s.SignUp(t, "carol")
		s.synced(t, s.Feed(t, object{"title": "x", "source_url": newCalendarHost(t, apptest.Calendar("Quick")).address()}))
		if len(s.Logs.Find("a calendar feed could not be fetched")) > 0 {
			t.Error("her mail, or the quick calendar, had to wait for the slow ones")
		}
	})
}

func TestTwoInstancesFetchAFeedOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		environment := append(apptest.Environment(t, engine), allowPrivate)
		s := newSite(t, engine, environment...)
		apptest.Start(t, engine, environment...)
		h := newCalendarHost(t, apptest.Calendar("Lecture"))
		var feeds []apptest.Reply
		for range 12 {
			feeds = append(feeds, s.subscribe(t, h))
		}
		for _, f := range feeds {
			s.synced(t, f)
		}
		if n := len(h.seen()); n != len(feeds) {
			t.Errorf("%d feeds were fetched %d times", len(feeds), n)
		}
	})
}

func TestCopiesAreReadAgainByANewParser(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		s.Feed(t, object{"title": "a", "raw_ical": apptest.Calendar("Seminar")})
		s.Feed(t, object{"title": "b", "raw_ical": apptest.Calendar("Lecture")})
		s.Exec(t, "delete from calendar_feed_events") // before the server finds something to read
		s.Exec(t, "update calendar_feed_bodies set parser_version = 0")
		s.subscribe(t, newCalendarHost(t, apptest.Calendar("Campus")))
		apptest.Eventually(t, "the copies are read",
			func() bool { return len(s.occurrences(t, "2026-03-01", "2026-03-08")) == 3 })
		s.wantOccurrences(t, "Campus 03-02T09:00", "Lecture 03-02T09:00", "Seminar 03-02T09:00")
	})
}

func TestTheTimesOfASeriesAreKept(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		text := strings.NewReplacer("DTSTART:20260302T090000Z",
			"DTSTART;TZID=Europe/Berlin:20260323T090000\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE:20260323T080000Z").
			Replace(apptest.Calendar("Seminar"))
		s.Feed(t, object{"title": "x", "raw_ical": text})
		want := []string{"Seminar 03-30T07:00", "Seminar 04-06T07:00"}
		if got := s.occurrences(t, "2026-03-01", "2027-03-01"); !slices.Equal(got, want) {
			t.Errorf("it is at %q, want %q", got, want)
		}
	})
}

func TestASeriesThatCanNotBeFollowedIsLeftOut(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Feed(t, object{"title": "x", "raw_ical": apptest.Calendar("Seminar", "Broken")})
		s.Exec(t, "update calendar_feed_events set time_zone = 'Atlantis', recurrence = 'RRULE:FREQ=DAILY' where title = "+
			"'Broken'")
		s.wantOccurrences(t, "Seminar 03-02T09:00")
	})
}

func TestValidatorsThatAreNoTextAreNotKept(t *testing.T) {
	onFeedSite(t, func(t *testing.T, s *site) {
		h := newCalendarHost(t, apptest.Calendar("Lecture"))
		for _, etag := range []string{"\"\xff\"", `"` + strings.Repeat("x", 600) + `"`} {
			h.set(200, apptest.Calendar("Lecture"), etag)
			feed := s.subscribe(t, h)
			s.synced(t, feed)
			s.fetchAgain(t, feed)
		}
		if slices.ContainsFunc(h.seen(), func(header http.Header) bool { return header.Get("If-None-Match") != "" }) {
			t.Error("it is sent back")
		}
	})
}
