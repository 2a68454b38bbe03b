package courses_test

import (
	"fmt"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestTheNumberOfStatementsDoesNotGrowWithTheRows(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{apptest.NewSite(t, server)}
	var ids []int64
	add := func() {
		course := s.Course(t, s.Alice, fmt.Sprint("Course ", len(ids)))
		ids = append(ids, course)
		s.note(t, s.Alice, course, "x", true)
		s.note(t, s.Alice, ids[0], "y", true)
		s.medium(t, course, "picture", "")
		s.medium(t, ids[0], "picture", "")
	}
	add()
	one := byID(ids[0])
	s.Call(t, "POST", one+"subscribe/", s.Alice.Token, nil).Want(t, 200)
	cases := []struct {
		method, path string
		body         func() any
	}{
		{"GET", apptest.CoursesPath, nil},
		{"GET", one, nil},
		{"GET", one + "notes/", nil},
		{"PATCH", one, func() any { return object{"title": "Renamed"} }},
		{"POST", one + "subscribe/", nil},
		{"POST", one + "open/", nil},
		{"POST", reorderPath, func() any { return object{"course_ids": ids} }},
	}
	count := func(i int) int {
		c := cases[i]
		var body any
		if c.body != nil {
			body = c.body()
		}
		request := func() { s.Call(t, c.method, c.path, s.Alice.Token, body).Want(t, 200) }
		request() // the connection learns each statement once
		return statements.Fewest(request, "courses", "notes", "course_")
	}
	var few []int
	for i := range cases {
		few = append(few, count(i))
	}
	for range 19 {
		add()
	}
	for i, c := range cases {
		if many := count(i); few[i] == 0 || many != few[i] {
			t.Errorf("%s %s takes %d statements with few rows, and %d with many", c.method, c.path, few[i], many)
		}
	}
}
