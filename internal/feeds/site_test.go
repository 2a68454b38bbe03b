package feeds_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
	"github.com/trance-0/notechondria/internal/feeds"
	"github.com/trance-0/notechondria/internal/jobs"
	"github.com/trance-0/notechondria/internal/media"
)

type object = map[string]any

// allowPrivate lets a server fetch feeds from this machine.
const allowPrivate = "ALLOW_PRIVATE_FEED_HOSTS=true"

// site is a server with two accounts.
type site struct{ *apptest.Site }

// onSite runs a test on each engine, on a site of its own.
func onSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) { test(t, newSite(t, engine)) })
}

// onFeedSite is onSite with a server that may fetch from this machine.
func onFeedSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) { test(t, newSite(t, engine, allowPrivate)) })
}

func newSite(t testing.TB, engine database.Engine, settings ...string) *site {
	t.Helper()
	return &site{apptest.StartSite(t, engine, settings...)}
}

func (s *site) asAlice() actor.Actor { return actor.Actor{UserID: s.Alice.ID, By: actor.Session} }

// service is the feeds on the site's database, without HTTP.
func (s *site) service(t testing.TB) *feeds.Service {
	t.Helper()
	db, quiet := s.Database(t), slog.New(slog.DiscardHandler)
	queue := jobs.New(db, quiet)
	files := media.New(media.Options{DB: db, Queue: queue, Log: quiet})
	return feeds.New(feeds.Options{DB: db, Queue: queue, Log: quiet, Media: files})
}

func (s *site) changeFeed(t testing.TB, feed apptest.Reply, body object) apptest.Reply {
	t.Helper()
	return s.Call(t, "PATCH", feedPath(feed), s.Alice.Token, body)
}

func feedPath(feed apptest.Reply) string {
	return fmt.Sprintf("%s%d/", apptest.FeedsPath, feed.Int("id"))
}

// feeds are alice's feeds.
func (s *site) feeds(t testing.TB) []any {
	t.Helper()
	return s.Call(t, "GET", apptest.FeedsPath, s.Alice.Token, nil).Want(t, 200).List()
}

// shown is a feed as the list has it now.
func (s *site) shown(t testing.TB, feed apptest.Reply) object {
	t.Helper()
	for _, f := range s.feeds(t) {
		if f.(object)["id"] == float64(feed.Int("id")) {
			return f.(object)
		}
	}
	t.Fatalf("the feed is not listed: %s", feed.Text)
	return nil
}

// synced waits until a feed has been fetched, and returns when.
func (s *site) synced(t testing.TB, feed apptest.Reply) (at string) {
	t.Helper()
	apptest.Eventually(t, "the feed is fetched", func() bool {
		at, _ = s.shown(t, feed)["last_sync"].(string)
		return at != ""
	})
	return at
}

// fetchAgain makes a feed due and waits until it has been fetched, with success or not.
func (s *site) fetchAgain(t testing.TB, feed apptest.Reply) {
	t.Helper()
	s.makeDue(t, feed.Int("id"))
	s.changeFeed(t, feed, object{}).Want(t, 200)
	db := s.Database(t)
	apptest.Eventually(t, "the feed is fetched again", func() bool {
		waiting, err := database.One[int](t.Context(), db.Read(),
			"select count(*) from calendar_feeds where id = $1 and next_fetch_at > $2",
			feed.Int("id"), database.Now().Add(3*time.Minute))
		return err == nil && waiting == 1 // beyond the lease
	})
}

func (s *site) makeDue(t testing.TB, id int64) {
	t.Helper()
	s.Exec(t, "update calendar_feeds set next_fetch_at = $1, failures = 3 where id = $2",
		database.Now().Add(-time.Hour), id)
}

// occurrences are alice's feeds between two days, as "title start".
func (s *site) occurrences(t testing.TB, from, to string) []string {
	t.Helper()
	first, err1 := time.Parse(time.DateOnly, from)
	last, err2 := time.Parse(time.DateOnly, to)
	found, err3 := s.service(t).Occurrences(t.Context(), s.asAlice(), first, last, time.UTC)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, o := range found {
		list = append(list, o.Title+" "+o.StartsAt.Format("01-02T15:04"))
	}
	return list
}

// calendarHost is a server with one calendar.
type calendarHost struct {
	*httptest.Server
	mutex    sync.Mutex
	status   int
	body     string
	etag     string
	requests []http.Header
	gate     chan struct{} // when there is one, each answer waits for it
}

func newCalendarHost(t testing.TB, body string) *calendarHost {
	h := &calendarHost{status: 200, body: body}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *calendarHost) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mutex.Lock()
	h.requests = append(h.requests, r.Header)
	status, body, etag, gate := h.status, h.body, h.etag, h.gate
	h.mutex.Unlock()
	if gate != nil {
		<-gate
	}
	if etag != "" {
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			status, body = http.StatusNotModified, ""
		}
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func (h *calendarHost) set(status int, body, etag string) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.status, h.body, h.etag = status, body, etag
}

// seen are the headers of the requests so far.
func (h *calendarHost) seen() []http.Header {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return h.requests
}

func (h *calendarHost) address() string { return h.URL + "/private-path/class.ics" }
