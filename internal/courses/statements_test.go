package courses_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestTheNumberOfStatementsDoesNotGrowWithTheCourses(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{Server: server}
	s.alice = s.SignUp(t, "alice")
	add := func(i int) int64 {
		course := s.course(t, s.alice, fmt.Sprint("Course ", i))
		s.note(t, s.alice, course, "x", true)
		return course
	}
	id := add(0)
	paths := []string{coursesPath, byID(id)}
	count := func(path string) int {
		request := func() { s.Call(t, "GET", path, s.alice.Token, nil).Want(t, 200) }
		request() // the connection learns each statement once
		return statements.Fewest(request, "courses", "notes", "course_subscriptions")
	}
	few := []int{count(paths[0]), count(paths[1])}
	for i := range 60 {
		add(i + 1)
		s.note(t, s.alice, id, "y", true)
	}
	for i, path := range paths {
		if many := count(path); few[i] == 0 || many != few[i] {
			t.Errorf("%s takes %d statements with few rows, and %d with many", path, few[i], many)
		}
	}
}
