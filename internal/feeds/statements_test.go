package feeds_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestTheNumberOfStatementsDoesNotGrowWithTheCalendars(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{Server: server}
	s.alice = s.SignUp(t, "alice")
	var many []string
	for i := range 25 {
		many = append(many, fmt.Sprint("Event ", i))
	}
	count := func(method, path string, body any, status int) int {
		t.Helper()
		request := func() { s.Call(t, method, path, s.alice.Token, body).Want(t, status) }
		return statements.Fewest(request, "calendar_feed")
	}
	feed := s.feed(t, object{"title": "x", "raw_ical": ics("One")})
	few := map[string]int{
		"the list":  count("GET", feedsPath, nil, 200),
		"importing": count("POST", feedsPath, object{"title": "x", "raw_ical": ics("One")}, 201),
		"changing":  count("PATCH", feedPath(feed), object{"raw_ical": ics("One")}, 200),
	}
	for range 30 {
		s.feed(t, object{"title": "x", "raw_ical": ics(many...)})
	}
	feed = s.feed(t, object{"title": "x", "raw_ical": ics(many...)})
	later := map[string]int{
		"the list":  count("GET", feedsPath, nil, 200),
		"importing": count("POST", feedsPath, object{"title": "x", "raw_ical": ics(many...)}, 201),
		"changing":  count("PATCH", feedPath(feed), object{"raw_ical": ics(many...)}, 200),
	}
	for what, number := range few {
		if number == 0 || later[what] != number {
			t.Errorf("%s takes %d statements with few rows, and %d with many", what, number, later[what])
		}
	}
	t.Log(few)
}
