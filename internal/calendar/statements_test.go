package calendar_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestTheNumberOfStatementsDoesNotGrowWithTheEvents(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{apptest.NewSite(t, server)}
	path := s.publish(t)
	add := func(i int) {
		s.Event(t, object{"title": fmt.Sprint(i), "event_date": "2099-03-10"})
		series := s.Event(t, apptest.Weekly())
		s.ChangeEvent(t, series, object{"occurrence": "2026-03-23T08:00:00Z", "is_completed": true}).Want(t, 200)
	}
	measure := func() int {
		return statements.Fewest(func() { s.Call(t, "GET", path, "", nil).Want(t, 200) }, "planner_", "calendar_keys")
	}
	add(0)
	few := measure()
	for i := range 50 {
		add(i + 1)
	}
	if many := measure(); few == 0 || many != few {
		t.Errorf("it takes %d statements with few rows, and %d with many", few, many)
	}
	tag := s.Call(t, "GET", path, "", nil).Header.Get("ETag")
	same := statements.Fewest(func() {
		request := s.Request(t, "GET", path, nil)
		request.Header.Set("If-None-Match", tag)
		apptest.Do(t, request).Want(t, 304)
	}, "planner_", "calendar_keys")
	if same != 1 {
		t.Errorf("who has it already is told so after %d statements", same)
	}
}
