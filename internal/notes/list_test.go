package notes_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
)

func TestScopesOfTheList(t *testing.T) {
	all := []string{"alice, private", "alice, public", "bob, private", "bob, public"}
	own, private, public, readable := all[:2], all[:1], all[1:2], []string{all[0], all[1], all[3]}
	everybodys := []string{all[1], all[3]}
	cases := []struct {
		scope            string
		alice, anonymous []string
	}{
		{"", own, everybodys},
		{"personal", own, everybodys},
		{"private", private, everybodys},
		{"public", public, everybodys},
		{"all", readable, everybodys},
		{"%20PriVate%20", private, everybodys},
		{"elsewhere", own, everybodys},
		{"local", own, everybodys},
	}
	onSite(t, func(t *testing.T, s *site) {
		for name, token := range map[string]string{"alice": s.alice, "bob": s.bob} {
			s.create(t, token, object{"title": name + ", private"})
			s.create(t, token, object{"title": name + ", public", "is_public": true})
		}
		for _, c := range cases {
			for token, want := range map[string][]string{s.alice: c.alice, "": c.anonymous} {
				got := s.titles(t, token, "?scope="+c.scope)
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("scope %q, signed in %t: %q, want %q", c.scope, token != "", got, want)
				}
			}
		}
		s.Call(t, "GET", notesPath, "0123456789", nil).WantKeys(t, 401, "detail")
	})
}

func TestPagesOfTheList(t *testing.T) {
	cases := []struct {
		query         string
		limit, offset int64
		titles        []string
		more          bool
	}{
		{"?limit=2", 2, 0, []string{"e", "d"}, true},
		{"?limit=2&offset=2", 2, 2, []string{"c", "b"}, true},
		{"?limit=2&offset=3", 2, 3, []string{"b", "a"}, false},
		{"?limit=5", 5, 0, []string{"e", "d", "c", "b", "a"}, false},
		{"?limit=4", 4, 0, []string{"e", "d", "c", "b"}, true},
		{"?limit=0", 1, 0, []string{"e"}, true},
		{"?limit=-7", 1, 0, []string{"e"}, true},
		{"?limit=101&offset=4", 100, 4, []string{"a"}, false},
		{"?limit=100&offset=-3", 100, 0, []string{"e", "d", "c", "b", "a"}, false},
		{"?limit=%202%20", 2, 0, []string{"e", "d"}, true},
		{"?limit=2&offset=5", 2, 5, []string{}, false},
		{"?limit=2&offset=9223372036854775807", 2, 9223372036854775807, []string{}, false},
	}
	onSite(t, func(t *testing.T, s *site) {
		for _, title := range []string{"a", "b", "c", "d", "e"} {
			s.create(t, s.alice, object{"title": title})
		}
		for _, c := range cases {
			page := s.Call(t, "GET", notesPath+c.query, s.alice, nil).Want(t, 200)
			apptest.WantFields(t, page.JSON, object{"limit": c.limit, "offset": c.offset, "total": 5, "has_more": c.more})
			results, _ := page.Object()["results"].([]any)
			if got := titlesOf(results); !slices.Equal(got, c.titles) {
				t.Errorf("%s: %q, want %q", c.query, got, c.titles)
			}
		}
		if got := s.titles(t, s.alice, "?offset=2"); len(got) != 5 {
			t.Errorf("an offset without a limit cuts the list: %q", got)
		}
	})
}

func TestAPageHoldsAHundredNotesAtMost(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for i := range 101 {
			s.create(t, s.alice, object{"title": fmt.Sprint(i)})
		}
		page := s.Call(t, "GET", notesPath+"?limit=101", s.alice, nil).Want(t, 200)
		apptest.WantFields(t, page.JSON, object{"limit": 100, "total": 101, "has_more": true})
		if results, _ := page.Object()["results"].([]any); len(results) != 100 {
			t.Errorf("the page holds %d notes", len(results))
		}
		if bare := s.titles(t, s.alice, ""); len(bare) != 101 {
			t.Errorf("the bare list holds %d notes", len(bare))
		}
	})
}

func TestTheListRefusesWhatIsNoNumber(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for query, field := range map[string]string{
			"?limit=abc": "limit", "?limit=": "limit", "?limit=1.5": "limit", "?limit=99999999999999999999": "limit",
			"?limit=2&offset=x": "offset", "?limit=2&offset=": "offset", "?course_id=x": "course_id",
		} {
			for _, token := range []string{s.alice, ""} {
				s.Call(t, "GET", notesPath+query, token, nil).WantFieldErrors(t, field)
			}
		}
	})
}

func TestTheListIsInOrderOfTheLastEdit(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		first := s.create(t, s.alice, object{"title": "a"})
		s.create(t, s.alice, object{"title": "b"})
		s.create(t, s.alice, object{"title": "c"})
		s.Call(t, "PATCH", byID(first.JSON), s.alice, object{}).Want(t, 200)
		if got := s.titles(t, s.alice, ""); !slices.Equal(got, []string{"a", "c", "b"}) {
			t.Errorf("the list is %q, want the last edit first", got)
		}
	})
}

func TestPagesNeitherRepeatNorSkipNotesOfOneTime(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		for _, title := range []string{"a", "b", "c", "d", "e"} {
			s.create(t, s.alice, object{"title": title})
		}
		s.Exec(t, "update notes set updated_at = (select min(created_at) from notes)")
		var got []string
		for offset := 0; offset < 6; offset += 2 {
			page := s.Call(t, "GET", fmt.Sprintf("%s?limit=2&offset=%d", notesPath, offset), s.alice, nil).Want(t, 200)
			results, _ := page.Object()["results"].([]any)
			got = append(got, titlesOf(results)...)
		}
		if !slices.Equal(got, []string{"e", "d", "c", "b", "a"}) {
			t.Errorf("the pages hold %q, want the newest id first", got)
		}
	})
}

func TestTheListOfACourse(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		ports, rivers := s.course(t, s.alice, "Ports"), s.course(t, s.bob, "Rivers")
		s.create(t, s.alice, object{"title": "Ghent", "course_id": ports})
		gone := s.create(t, s.alice, object{"title": "Bruges", "course_id": ports})
		s.create(t, s.alice, object{"title": "elsewhere"})
		s.create(t, s.bob, object{"title": "Scheldt", "course_id": rivers, "is_public": true})
		s.create(t, s.bob, object{"title": "Lys", "course_id": rivers})
		s.Call(t, "DELETE", byID(gone.JSON), s.alice, nil).Want(t, 204)
		for _, c := range []struct {
			token, query string
			want         []string
		}{
			{s.alice, fmt.Sprintf("?course_id=%d", ports), []string{"Ghent"}},
			{s.alice, fmt.Sprintf("?course_id=%d", rivers), []string{}},
			{s.alice, fmt.Sprintf("?scope=all&course_id=%d", rivers), []string{"Scheldt"}},
			{"", fmt.Sprintf("?course_id=%d", rivers), []string{"Scheldt"}},
			{"", fmt.Sprintf("?course_id=%d", ports), []string{}},
			{s.alice, "?course_id=999999", []string{}},
			{s.alice, "?course_id=-1", []string{}},
		} {
			if got := s.titles(t, c.token, c.query); !slices.Equal(got, c.want) {
				t.Errorf("%s, signed in %t: %q, want %q", c.query, c.token != "", got, c.want)
			}
		}
	})
}
