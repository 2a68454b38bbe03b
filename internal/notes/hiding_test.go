package notes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/actor"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// What an operator hides is seen nowhere; switching the account on brings it back.
func TestHiddenNotesAreSeenNowhere(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		accounts := s.App(t).Accounts
		carol := s.newAccount(t, "carol")
		course := s.course(t, s.bob, "Spam")
		ours := s.course(t, s.alice, "Ours")
		mine := s.create(t, s.alice, object{"title": "mine", "course_id": ours, "is_public": true})
		s.Call(t, "POST", fmt.Sprintf("/api/v1/courses/%d/subscribe/", ours), s.bob, nil).Want(t, 200)
		inHis := s.create(t, s.bob, object{"title": "pills", "content": "cheap", "course_id": course, "is_public": true})
		s.create(t, s.bob, object{"title": "comment", "content": "cheap", "course_id": ours, "is_public": true,
			"source_note_uuid": mine.String("uuid")})
		s.create(t, s.bob, object{"title": "diary", "content": "cheap", "course_id": course})

		seen := func(token string) string {
			var places []string
			for place, path := range map[string]string{
				"list": notesPath + "?scope=all", "page": notesPath + "?scope=all&limit=50",
				"search":              notesPath + "?scope=all&q=cheap",
				"course":              fmt.Sprintf("/api/v1/courses/%d/", course),
				"notes of the course": fmt.Sprintf("/api/v1/courses/%d/notes/", course),
				"notes of our course": fmt.Sprintf("/api/v1/courses/%d/notes/", ours), "courses": "/api/v1/courses/",
				"front page": "/api/v1/front-page/", "activity": "/api/v1/activity/", "by id": byID(inHis.JSON),
				"by uuid": notesPath + "uuid/" + inHis.String("uuid") + "/",
			} {
				if text := s.Call(t, "GET", path, token, nil).Text; strings.Contains(text, "pills") ||
					strings.Contains(text, `"comment"`) {
					places = append(places, place)
				}
			}
			slices.Sort(places)
			return strings.Join(places, ", ")
		}
		before := map[string]string{"": seen(""), carol: seen(carol), s.alice: seen(s.alice)}
		for _, place := range []string{"list", "page", "search", "course", "notes of the course", "courses",
			"by id", "by uuid"} {
			if !strings.Contains(before[carol], place) {
				t.Errorf("before, carol sees them in %s", before[carol])
			}
		}
		bob, err := accounts.FindUser(t.Context(), actor.Operator(), "bob")
		if err != nil {
			t.Fatal(err)
		}
		if err := accounts.DisableUser(t.Context(), actor.Operator(), bob.ID); err != nil {
			t.Fatal(err)
		}
		if got := seen(carol); got != before[carol] {
			t.Errorf("disabling alone hides nothing: %s", got)
		}
		for range 2 { // of an account that is switched off already, and again
			if err := accounts.DisableAndHideUser(t.Context(), actor.Operator(), bob.ID); err != nil {
				t.Fatal(err)
			}
		}
		for token := range before {
			if got := seen(token); got != "" {
				t.Errorf("hidden, they are seen in %s", got)
			}
		}
		for _, token := range []string{"", carol} {
			s.Call(t, "GET", fmt.Sprintf("/api/v1/courses/%d/", course), token, nil).Want(t, 404)
		}
		if got := s.titles(t, carol, "?scope=all"); !slices.Contains(got, "mine") {
			t.Errorf("notes of others are hidden, too: %q", got)
		}
		if err := accounts.EnableUser(t.Context(), actor.Operator(), bob.ID); err != nil {
			t.Fatal(err)
		}
		for token, want := range before {
			if got := seen(token); got != want {
				t.Errorf("shown again they are seen in %s, want %s", got, want)
			}
		}
		if text := s.Call(t, "GET", notesPath+"?scope=all&q=cheap", carol, nil).Text; strings.Contains(text, "diary") {
			t.Error("a private note has become public")
		}
	})
}

// Many notes leave the search index at once, and come back to it.
func TestHidingManyNotes(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		accounts := s.App(t).Accounts
		for i := range 30 {
			s.create(t, s.bob, object{"title": fmt.Sprintf("pills %d", i), "is_public": true})
		}
		bob, err := accounts.FindUser(t.Context(), actor.Operator(), "bob")
		if err != nil {
			t.Fatal(err)
		}
		found := func() int { return len(s.titles(t, s.alice, "?scope=all&q=pills")) }
		if err := accounts.DisableAndHideUser(t.Context(), actor.Operator(), bob.ID); err != nil {
			t.Fatal(err)
		}
		if n := found(); n != 0 {
			t.Errorf("%d are found", n)
		}
		// What went to the bin meanwhile stays private.
		s.Exec(t, "update notes set deleted_at = $1 where title = 'pills 3'", database.Now())
		if err := accounts.EnableUser(t.Context(), actor.Operator(), bob.ID); err != nil {
			t.Fatal(err)
		}
		apptest.Eventually(t, "all but one are found", func() bool { return found() == 29 })
		public, err := database.One[int](t.Context(), s.Database(t).Read(),
			"select count(*) from notes where is_public and deleted_at is not null")
		if err != nil || public != 0 {
			t.Errorf("%d deleted notes are public, %v", public, err)
		}
	})
}
