package courses_test

import (
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestTheOrderOfTheList(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		ids := map[string]int64{}
		public := func(owner apptest.Account, titles ...string) {
			for _, title := range titles {
				ids[title] = s.Course(t, owner, title)
				s.note(t, owner, ids[title], "x", true)
			}
		}
		public(s.Bob, "zoo", "Apple", "opened first", "opened last", "subscribed between", "subscribed last", "Sorted by Bob",
			"sorted and subscribed")
		public(s.Alice, "banana", "Mango", "sorted 2", "sorted 1", "Sorted 1, too", "Own and subscribed")
		sort := func(title string, order int) {
			s.Exec(t, "update courses set sort_order = $1 where id = $2", order, ids[title])
		}
		for title, order := range map[string]int{"sorted 2": 2, "sorted 1": 1, "Sorted 1, too": 1, "Sorted by Bob": 3,
			"sorted and subscribed": 4} {
			sort(title, order)
		}
		s.subscribe(t, s.Alice, ids["opened first"], "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
		s.subscribe(t, s.Alice, ids["opened last"], "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z")
		s.subscribe(t, s.Alice, ids["subscribed between"], "2026-03-01T00:00:00Z", "")
		s.subscribe(t, s.Alice, ids["subscribed last"], "2026-05-01T00:00:00Z", "2025-01-01T00:00:00Z") // opened long ago
		s.subscribe(t, s.Alice, ids["Own and subscribed"], "2026-03-01T00:00:00Z", "")
		s.subscribe(t, s.Alice, ids["sorted and subscribed"], "2026-09-01T00:00:00Z", "")

		sorted := []string{"sorted 1", "Sorted 1, too", "sorted 2", "Sorted by Bob", "sorted and subscribed"}
		want := slices.Concat([]string{"Inbox"}, sorted,
			[]string{"opened last", "Own and subscribed", "subscribed between", "opened first", "subscribed last"},
			[]string{"Apple", "banana", "Mango", "zoo"})
		if got := apptest.Texts(s.list(t, s.Alice.Token), "title"); !slices.Equal(got, want) {
			t.Errorf("the list is\n%q, want\n%q", got, want)
		}
		want = slices.Concat(sorted, []string{"Apple", "banana", "Mango", "opened first", "opened last", "Own and subscribed",
			"subscribed between", "subscribed last", "zoo"})
		if got := apptest.Texts(s.list(t, ""), "title"); !slices.Equal(got, want) {
			t.Errorf("the list of strangers is\n%q, want\n%q", got, want)
		}
	})
}

func TestTitlesAreInOneOrderOnBothEngines(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		want := []string{"Inbox", "10", "9", "a b", "A-b", "ab", "B", "straße", "Straßen", "zoo", "éclair",
			"Ωmega", "数学", "🚀"}
		for _, title := range slices.Backward(want[1:]) {
			s.Course(t, s.Alice, title)
		}
		if got := apptest.Texts(s.list(t, s.Alice.Token), "title"); !slices.Equal(got, want) {
			t.Errorf("the list is %q, want %q", got, want)
		}
	})
}
