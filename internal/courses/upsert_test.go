package courses_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestAClientIDSentAgainOverwritesItsCourse(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		post := func(body object) apptest.Reply { return s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token, body) }
		first := post(object{"title": "Algebra", "description": "Vectors", "icon": 7,
			"client_course_id": "phone-1"}).Want(t, 201)
		cases := []struct {
			sent, want object
		}{
			{object{"title": "Algebra II"}, object{"title": "Algebra II", "description": "", "icon": 7}},
			{object{"title": "Algebra II", "description": "Fields"}, object{"description": "Fields", "icon": 7}},
			{object{"title": "ALGEBRA ii", "icon": 8}, object{"title": "ALGEBRA ii", "icon": 8}},
			{object{"title": "Algebra", "icon": nil}, object{"title": "Algebra", "icon": nil}},
		}
		for _, c := range cases {
			c.sent["client_course_id"] = "phone-1"
			again := post(c.sent).WantKeys(t, 200, courseKeys...)
			apptest.WantFields(t, again.JSON, c.want)
			apptest.WantFields(t, again.JSON, object{"id": first.Int("id"), "slug": "algebra", "is_default": false,
				"client_course_id": "phone-1"})
		}
		post(object{"title": "Painting"}).Want(t, 201)
		post(object{"title": "painting", "client_course_id": "phone-1"}).WantKeys(t, 400, "detail")
		other := s.Call(t, "POST", apptest.CoursesPath, s.Bob.Token,
			object{"title": "Algebra", "client_course_id": "phone-1"}).Want(t, 201)
		if other.Int("id") == first.Int("id") {
			t.Error("two accounts share a course")
		}
		if titles := apptest.Texts(s.list(t, s.Alice.Token), "title"); !slices.Equal(titles,
			[]string{"Inbox", "Algebra", "Painting"}) {
			t.Errorf("the courses are %q", titles)
		}
	})
}

func TestATitleIsTakenWhateverItsCase(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, title := range []string{"Algebra", "Straße", "ΣΊΣΥΦΟΣ"} {
			s.Course(t, s.Alice, title)
		}
		for _, title := range []string{"algebra", " ALGEBRA ", "STRASSE", "σίσυφος"} {
			reply := s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token,
				object{"title": title, "client_course_id": "new"}).WantKeys(t, 400, "detail")
			if !strings.Contains(reply.String("detail"), strings.TrimSpace(title)) {
				t.Errorf("the answer does not name the title: %s", reply.Text)
			}
		}
		s.Course(t, s.Bob, "Algebra")
	})
}

func TestTheInboxIsMadeOnce(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		inbox := s.list(t, s.Alice.Token)[0]
		apptest.WantFields(t, inbox, object{
			"title": "Inbox", "description": "Default category", "is_default": true,
			"slug": fmt.Sprint("inbox-", s.Alice.ID), "icon": nil,
		})
		for _, title := range []string{"Inbox", " INBOX ", "inbox"} {
			body := object{"title": title, "description": "mine", "icon": 7, "client_course_id": "phone-2"}
			again := s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token, body).WantKeys(t, 200, courseKeys...)
			apptest.WantFields(t, again.JSON, inbox.(object))
		}
		// The client id of the Inbox was not stored, so it is free.
		s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token, object{"title": "Other",
			"client_course_id": "phone-2"}).Want(t, 201)
		again := s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token,
			object{"title": "inbox", "client_course_id": "phone-2"}).Want(t, 200)
		apptest.WantFields(t, again.JSON, inbox.(object))

		s.Exec(t, "delete from courses where owner_id = $1", s.Alice.ID)
		made := s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token,
			object{"title": "INBOX", "client_course_id": "phone-3"}).Want(t, 201)
		apptest.WantFields(t, made.JSON, object{"title": "INBOX", "is_default": true, "client_course_id": "phone-3"})
	})
}

func TestOneClientIDSentFiftyTimesAtOnceIsOneCourse(t *testing.T) {
	const calls = 50
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=20")
		replies := apptest.AtOnce(calls, func(int) apptest.Reply {
			return s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token,
				object{"title": "Algebra", "client_course_id": "phone-1"})
		})
		statuses, ids := map[int]int{}, map[int64]bool{}
		for _, reply := range replies {
			statuses[reply.Status]++
			ids[reply.Int("id")] = true
		}
		if statuses[201] != 1 || statuses[200] != calls-1 || len(ids) != 1 {
			t.Errorf("statuses %v and ids %v, want one 201, the others 200, and one id", statuses, ids)
		}
		if titles := apptest.Texts(s.list(t, s.Alice.Token), "title"); !slices.Equal(titles, []string{"Inbox", "Algebra"}) {
			t.Errorf("the courses are %q", titles)
		}
	})
}

func TestTwentyOwnersMakeACourseOfOneTitleAtOnce(t *testing.T) {
	const owners = 20
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=20")
		tokens := []string{s.Alice.Token, s.Bob.Token}
		for i := len(tokens); i < owners; i++ {
			tokens = append(tokens, s.SignUp(t, fmt.Sprint("owner", i)).Token)
		}
		replies := apptest.AtOnce(owners, func(i int) apptest.Reply {
			return s.Call(t, "POST", apptest.CoursesPath, tokens[i], object{"title": "Algebra"})
		})
		var slugs []string
		for _, reply := range replies {
			slugs = append(slugs, reply.Want(t, 201).String("slug"))
		}
		slices.Sort(slugs)
		if len(slices.Compact(slices.Clone(slugs))) != owners || !slices.Contains(slugs, "algebra") ||
			!slices.Contains(slugs, "algebra-2") {
			t.Errorf("want twenty different slugs, the first ones numbered: %q", slugs)
		}
	})
}
