package adopt_test

import (
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// TestOtherVersions adopts the shapes that the database had before and after.
func TestOtherVersions(t *testing.T) {
	t.Parallel()
	for variant, want := range map[string]map[string]int{
		"earlier.sql": {
			"select count(*) from sessions": 0, "select count(*) from invitations": 5, "select count(*) from social_accounts": 4,
			"select count(*) from courses where is_default":                          8,
			"select count(*) from notes where custom_meta <> '' or cover_path <> ''": 0,
		},
		"later.sql": {
			"select count(*) from sessions": 0, "select count(*) from invitations": 0, "select count(*) from social_accounts": 0,
			"select count(*) from course_subscriptions where is_private": 3, "select count(*) from courses where is_default": 7,
			"select count(*) from planner_events where rrule <> ''":                                             10,
			"select count(*) from planner_events where rrule like 'FREQ=WEEKLY;%UNTIL=20270630%'":               3,
			"select count(*) from planner_events where rrule like 'FREQ=%;COUNT=10' and recurs_until > ends_at": 7,
		},
	} {
		t.Run(variant, func(t *testing.T) {
			t.Parallel()
			o := restore(t, database.PostgreSQL, goldenSet, variant)
			s := o.start(t)
			db := s.App(t).DB
			for query, number := range want {
				if got := apptest.Value[int](t, db, query); got != number {
					t.Errorf("%s gives %d, want %d", query, got, number)
				}
			}
			for query, number := range map[string]int{
				"select count(*) from users": 17, "select count(*) from courses": 24, "select count(*) from notes": 68,
				"select count(*) from planner_events": 17, "select count(*) from calendar_feeds": 8,
				"select count(*) from course_media": 2,
			} {
				if got := apptest.Value[int](t, db, query); got != number {
					t.Errorf("%s gives %d, want %d", query, got, number)
				}
			}
			for _, p := range o.people(t).People {
				if p.Password != "" && (p.State == "active" || p.State == "active, staff") {
					token := signIn(t, s, p.Username, p.Password).Want(t, 200).String("token")
					for _, path := range []string{"notes/", "courses/", "planner-events/", "front-page/", "settings/"} {
						s.Call(t, "GET", "/api/v1/"+path, token, nil).Want(t, 200)
					}
				}
			}
			s.Call(t, "GET", "/api/v1/settings/", "abababababababababababababababababababab", nil).Want(t, 401)
		})
	}
}
