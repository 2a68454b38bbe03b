package courses_test

import (
	"slices"
	"testing"
)

func TestStaffAloneRestoresSamples(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		const path = "/api/v1/admin/template-courses/restore/"
		s.Call(t, "POST", path, "", object{}).WantKeys(t, 401, "detail")
		s.Call(t, "POST", path, s.alice.Token, object{}).WantKeys(t, 403, "detail")
		s.Exec(t, "update users set is_staff = true where id = $1", s.alice.ID)
		s.course(t, s.alice, "Algebra")
		reply := s.Call(t, "POST", path, s.alice.Token, object{}).WantKeys(t, 200, "message", "log", "courses")
		if reply.String("message") == "" {
			t.Errorf("the answer has no message: %s", reply.Text)
		}
		courses, _ := reply.Object()["courses"].([]any)
		if got := titlesOf(courses); !slices.Equal(got, []string{"Inbox", "Algebra"}) {
			t.Errorf("the courses are %q", got)
		}
	})
}
