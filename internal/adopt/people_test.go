package adopt_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestPeopleSignInAsBefore(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := restore(t, engine, goldenSet)
		s := o.start(t)
		for _, p := range o.people(t).People {
			switch {
			case p.Password == "":
				for _, guess := range []string{"!", "password"} {
					signIn(t, s, p.Username, guess).Want(t, 400)
				}
				continue
			case strings.HasPrefix(p.State, "pending"), p.State == "disabled":
				signIn(t, s, p.Username, p.Password).Want(t, 400)
				continue
			}
			in := signIn(t, s, strings.TrimSpace(p.Username), p.Password).Want(t, 200)
			user, _ := in.Object()["user"].(map[string]any)
			if user["id"] != p.ID || user["username"] != p.Username || user["email"] != p.Email {
				t.Errorf("%s is signed in as %v", p.Username, user)
			}
			signIn(t, s, p.Username, p.Password+"x").Want(t, 400)
			// The first sign-in renewed the hash: the second one is checked with the new one.
			signIn(t, s, p.Username, p.Password).Want(t, 200)
		}
		outdated := apptest.Value[int](t, s.App(t).DB,
			"select count(*) from users where password_hash like 'pbkdf2%' and last_login_at > date_joined and disabled_at is "+
				"null and is_active and id in (5, 6, 7, 16, 19)")
		if outdated != 0 {
			t.Errorf("%d hashes were not renewed", outdated)
		}
	})
}

func signIn(t *testing.T, s *apptest.Server, name, password string) apptest.Reply {
	t.Helper()
	return s.Call(t, "POST", "/api/v1/auth/login/", "", map[string]string{"identifier": name, "password": password})
}

func TestFilesAreServedAsTheyWere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := restore(t, engine, goldenSet)
		s := o.start(t)
		s.App(t)
		folder := filepath.Join(o.folder, "media")
		served := 0
		err := filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			key, _ := filepath.Rel(folder, name)
			want, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			got := s.Fetch(t, s.URL+(&url.URL{Path: "/media/" + filepath.ToSlash(key)}).EscapedPath()).Want(t, 200)
			if got.Text != string(want) {
				t.Errorf("%s is served otherwise", key)
			}
			served++
			return nil
		})
		if err != nil || served == 0 {
			t.Fatal(served, err)
		}
	})
}

func TestEverythingIsStillSomebodys(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		o := restore(t, engine, goldenSet)
		db := o.start(t).App(t).DB
		for kind, own := range map[string]string{
			"notes_note":                "select id from notes where author_id = $1",
			"courses_course":            "select id from courses where owner_id = $1",
			"planner_plannerevent":      "select id from planner_events where user_id = $1",
			"planner_calendarfeed":      "select id from calendar_feeds where user_id = $1",
			"notes_noteactivitysession": "select id from note_sessions where user_id = $1",
			"notes_noteattachment":      "select id from attachments where owner_id = $1",
		} {
			for _, p := range o.people(t).People {
				owned, _ := p.Owns[kind].([]any)
				ids, err := database.All[int64](t.Context(), db.Read(), own, int64(p.ID))
				if err != nil {
					t.Fatal(err)
				}
				for _, id := range owned {
					if !slices.Contains(ids, int64(id.(float64))) {
						t.Errorf("%s %v of %s is not theirs", kind, id, p.Username)
					}
				}
			}
		}
	})
}
