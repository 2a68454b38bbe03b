package courses_test

import (
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

const reorderPath = apptest.CoursesPath + "reorder/"

// orders are the sort orders of listed courses, by title.
func orders(list []any) map[string]float64 {
	found := map[string]float64{}
	for _, course := range list {
		found[course.(object)["title"].(string)] = course.(object)["sort_order"].(float64)
	}
	return found
}

func TestReorder(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		a, b, c := s.Course(t, s.Alice, "Anatomy"), s.Course(t, s.Alice, "Biology"), s.Course(t, s.Alice, "Chemistry")
		dance := s.Course(t, s.Bob, "Dance")
		s.note(t, s.Bob, dance, "Public", true)
		s.subscribe(t, s.Alice, dance, "2026-01-01T00:00:00Z", "")
		s.Exec(t, "update courses set sort_order = 7 where id = $1", dance)
		inbox := s.inbox(t, s.Alice)
		reorder := func(ids ...any) []any {
			return s.Call(t, "POST", reorderPath, s.Alice.Token, object{"course_ids": ids}).Want(t, 200).List()
		}
		for _, step := range []struct {
			ids  []any
			want []string
		}{
			{[]any{c, a, b}, []string{"Inbox", "Chemistry", "Anatomy", "Biology"}},
			{[]any{b}, []string{"Inbox", "Biology", "Chemistry", "Anatomy"}}, // Chemistry keeps its 1, and Anatomy its 2
			{[]any{dance, inbox, a, a, c, a, b, 999999}, []string{"Inbox", "Anatomy", "Chemistry", "Biology"}},
			{[]any{float64(b) + 0.9, nil, "x", []int{1}, object{}, 1e300, "99999999999999999999", "1.5", -1, a},
				[]string{"Inbox", "Biology", "Anatomy", "Chemistry"}},
			{[]any{}, []string{"Inbox", "Biology", "Anatomy", "Chemistry"}},
		} {
			list := reorder(step.ids...)
			if got := apptest.Texts(list, "title"); !slices.Equal(got, step.want) {
				t.Errorf("after %v: %q with %v, want %q", step.ids, got, orders(list), step.want)
			}
			apptest.WantKeys(t, "a course", list[0], courseKeys...)
		}
		if got := orders(s.list(t, s.Bob.Token))["Dance"]; got != 7 {
			t.Errorf("a foreign course was moved to %v", got)
		}
	})
}

func TestReorderRefusesWhatIsNoList(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, body := range []string{`{"course_ids": "all"}`, `{"course_ids": null}`, `{"course_ids": {}}`, `{}`, ``,
			`{"course_ids"`} {
			s.Call(t, "POST", reorderPath, s.Alice.Token, body).WantKeys(t, 400, "detail")
		}
		s.Call(t, "POST", reorderPath, s.Alice.Token, `[1, 2]`).WantFieldErrors(t, "non_field_errors")
		s.Call(t, "POST", reorderPath, "", object{"course_ids": []int{1}}).WantKeys(t, 401, "detail")
	})
}

func TestOfTwoOrdersAtOnceOneHolds(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "DATABASE_POOL_SIZE=10")
		var ids []int64
		for _, title := range []string{"a", "b", "c", "d", "e", "f"} {
			ids = append(ids, s.Course(t, s.Alice, title))
		}
		backwards := slices.Clone(ids)
		slices.Reverse(backwards)
		for _, reply := range apptest.AtOnce(10, func(i int) apptest.Reply {
			return s.Call(t, "POST", reorderPath, s.Alice.Token, object{"course_ids": [][]int64{ids, backwards}[i%2]})
		}) {
			reply.Want(t, 200)
		}
		got := apptest.Texts(s.list(t, s.Alice.Token), "title")[1:]
		want := []string{"a", "b", "c", "d", "e", "f"}
		if got[0] == "f" {
			slices.Reverse(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the order is %q", got)
		}
	})
}
