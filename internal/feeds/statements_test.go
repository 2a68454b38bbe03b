package feeds_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestTheNumberOfStatementsDoesNotGrowWithTheCalendars(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{apptest.NewSite(t, server)}
	var many []string
	for i := range 25 {
		many = append(many, fmt.Sprint("Event ", i))
	}
	count := func(method, path string, body any, status int) int {
		t.Helper()
		request := func() { s.Call(t, method, path, s.Alice.Token, body).Want(t, status) }
		return statements.Fewest(request, "calendar_feed")
	}
	feed := s.Feed(t, object{"title": "x", "raw_ical": apptest.Calendar("One")})
	few := map[string]int{
		"the list":  count("GET", apptest.FeedsPath, nil, 200),
		"importing": count("POST", apptest.FeedsPath, object{"title": "x", "raw_ical": apptest.Calendar("One")}, 201),
		"changing":  count("PATCH", feedPath(feed), object{"raw_ical": apptest.Calendar("One")}, 200),
	}
	for range 30 {
		s.Feed(t, object{"title": "x", "raw_ical": apptest.Calendar(many...)})
	}
	feed = s.Feed(t, object{"title": "x", "raw_ical": apptest.Calendar(many...)})
	later := map[string]int{
		"the list":  count("GET", apptest.FeedsPath, nil, 200),
		"importing": count("POST", apptest.FeedsPath, object{"title": "x", "raw_ical": apptest.Calendar(many...)}, 201),
		"changing":  count("PATCH", feedPath(feed), object{"raw_ical": apptest.Calendar(many...)}, 200),
	}
	for what, number := range few {
		if number == 0 || later[what] != number {
			t.Errorf("%s takes %d statements with few rows, and %d with many", what, number, later[what])
		}
	}
	t.Log(few)
}
