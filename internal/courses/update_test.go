package courses_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestUpdateChangesWhatIsSent(t *testing.T) {
	cases := []struct{ sent, want object }{
		{object{}, object{}},
		{object{"title": "Modules"}, object{"title": "Modules"}},
		{object{"title": " MODULES "}, object{"title": "MODULES"}},
		{object{"description": "Rings"}, object{"description": "Rings"}},
		{object{"description": nil}, object{"description": ""}},
		{object{"description": "Fields", "icon": 8}, object{"description": "Fields", "icon": 8}},
		{object{"icon": nil}, object{"icon": nil}},
		{object{"icon": "9", "title": "Modules"}, object{"icon": 9, "title": "Modules"}},
		{object{"client_course_id": "phone-2", "slug": "mine", "is_default": true, "sort_order": 4}, object{}},
		{object{"client_course_id": nil}, object{}},
		{object{"title": strings.Repeat("港", 120)}, object{"title": strings.Repeat("港", 120)}},
	}
	onSite(t, func(t *testing.T, s *site) {
		want := object{"title": "Algebra", "description": "Vectors", "icon": 7, "client_course_id": "phone-1"}
		made := s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token, want).Want(t, 201)
		maps.Copy(want, object{"id": made.Int("id"), "slug": "algebra", "is_default": false, "sort_order": 0})
		for _, c := range cases {
			maps.Copy(want, c.want)
			reply := s.Call(t, "PATCH", byID(made.Int("id")), s.Alice.Token, c.sent).WantKeys(t, 200, courseKeys...)
			apptest.WantFields(t, reply.JSON, want)
			apptest.WantFields(t, s.Call(t, "GET", byID(made.Int("id")), s.Alice.Token, nil).JSON, want)
		}
	})
}

func TestUpdateRefusesFields(t *testing.T) {
	cases := []struct {
		sent  string // JSON
		field string
	}{
		{`{"title": ""}`, "title"},
		{`{"title": null}`, "title"},
		{fmt.Sprintf(`{"title": %q}`, strings.Repeat("é", 121)), "title"},
		{`{"title": "x", "icon": -1}`, "icon"},
		{`{"title": "x", "icon": 2147483648}`, "icon"},
		{`{"title": "x", "description": []}`, "description"},
		{fmt.Sprintf(`{"title": "x", "client_course_id": %q}`, strings.Repeat("x", 65)), "client_course_id"},
		{`[]`, "non_field_errors"},
	}
	onSite(t, func(t *testing.T, s *site) {
		id := s.Course(t, s.Alice, "Algebra")
		for _, c := range cases {
			s.Call(t, "PATCH", byID(id), s.Alice.Token, c.sent).WantFieldErrors(t, c.field)
		}
		s.Call(t, "PATCH", byID(id), s.Alice.Token, `{"title"`).WantKeys(t, 400, "detail")
		apptest.WantFields(t, s.Call(t, "GET", byID(id), s.Alice.Token, nil).JSON, object{"title": "Algebra"})
	})
}

func TestOnlyTheOwnerChangesAndDeletesACourse(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		id := s.Course(t, s.Alice, "Algebra")
		for _, method := range []string{"PATCH", "DELETE"} {
			s.Call(t, method, byID(id), "", object{"title": ""}).WantKeys(t, 401, "detail")
			for _, path := range []string{byID(id), byID(999999), apptest.CoursesPath + "99999999999999999999/"} {
				s.Call(t, method, path, s.Bob.Token, object{"title": ""}).WantKeys(t, 404, "detail")
			}
		}
		s.note(t, s.Alice, id, "Public", true)
		for _, method := range []string{"PATCH", "DELETE"} {
			s.Call(t, method, byID(id), s.Bob.Token, object{"title": ""}).WantKeys(t, 403, "detail")
		}
		s.Exec(t, "update courses set owner_id = null where id = $1", id)
		s.Call(t, "PATCH", byID(id), s.Alice.Token, object{"title": "Mine"}).WantKeys(t, 403, "detail")
		s.Call(t, "DELETE", byID(id), s.Alice.Token, nil).WantKeys(t, 403, "detail")
		apptest.WantFields(t, s.Call(t, "GET", byID(id), "", nil).JSON, object{"title": "Algebra"})
	})
}

func TestRenamingKeepsTitlesApartAndTheInbox(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		id := s.Course(t, s.Alice, "Algebra")
		s.Course(t, s.Alice, "Straße")
		s.Course(t, s.Bob, "Botany")
		inbox := s.inbox(t, s.Alice)
		rename := func(id int64, title string) apptest.Reply {
			return s.Call(t, "PATCH", byID(id), s.Alice.Token, object{"title": title, "description": "changed"})
		}
		for _, title := range []string{"STRASSE", "inbox", " Inbox "} {
			if reply := rename(id, title).WantKeys(t, 400, "detail"); !strings.Contains(reply.String("detail"),
				strings.TrimSpace(title)) {
				t.Errorf("the answer does not name the title: %s", reply.Text)
			}
		}
		for _, title := range []string{"Box", "INBOX"} {
			rename(inbox, title).WantKeys(t, 400, "detail")
		}
		apptest.WantFields(t, s.Call(t, "GET", byID(id), s.Alice.Token, nil).JSON,
			object{"title": "Algebra", "description": ""})
		apptest.WantFields(t, rename(inbox, "Inbox").Want(t, 200).JSON,
			object{"title": "Inbox", "description": "changed", "is_default": true})
		rename(id, "Botany").Want(t, 200)

		s.Exec(t, "delete from courses where id = $1", inbox)
		apptest.WantFields(t, rename(id, "inbox").Want(t, 200).JSON, object{"title": "inbox", "is_default": false})
		s.note(t, s.Alice, id, "Public", true)
		s.wantSeen(t, "as an Inbox by name", id, "alice")
		rename(id, "Algebra").WantKeys(t, 400, "detail")
		s.Call(t, "DELETE", byID(id), s.Alice.Token, nil).WantKeys(t, 400, "detail")
	})
}

func TestAClientIDSentAgainDoesNotRenameTheInbox(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Exec(t, "update courses set client_course_id = 'phone-1' where id = $1", s.inbox(t, s.Alice))
		s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token,
			object{"title": "Box", "client_course_id": "phone-1"}).WantKeys(t, 400, "detail")
		s.Call(t, "POST", apptest.CoursesPath, s.Alice.Token, object{"title": "INBOX",
			"client_course_id": "phone-1"}).Want(t, 200)
	})
}

func TestOfTwoRenamesToOneTitleOneIsRefused(t *testing.T) {
	const calls = 10
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=10")
		var ids []int64
		for i := range calls {
			ids = append(ids, s.Course(t, s.Alice, fmt.Sprint("Course ", i)))
		}
		replies := apptest.AtOnce(calls, func(i int) apptest.Reply {
			return s.Call(t, "PATCH", byID(ids[i]), s.Alice.Token, object{"title": "Algebra"})
		})
		statuses := map[int]int{}
		for _, reply := range replies {
			statuses[reply.Status]++
		}
		if statuses[200] != 1 || statuses[400] != calls-1 {
			t.Errorf("statuses %v, want one 200 and 400 for the others", statuses)
		}
	})
}
