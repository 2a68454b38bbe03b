package samples_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestStaffAloneRestoresSamples(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Call(t, "POST", restorePath, "", object{}).WantKeys(t, 401, "detail")
		s.Call(t, "POST", restorePath, s.alice.Token, object{}).WantKeys(t, 403, "detail")
		s.Call(t, "GET", restorePath, s.alice.Token, nil).Want(t, 405)
		if n := len(s.courses(t)); n != 0 {
			t.Errorf("refused, and yet there are %d courses", n)
		}
		s.makeStaff(t)
		reply := s.Call(t, "POST", restorePath, s.alice.Token, nil).WantKeys(t, 200, "message", "log", "courses")
		if lines := strings.Split(reply.String("log"), "\n"); len(lines) != 3 ||
			lines[0] != "A tour of Markdown and math: course made, 4 notes made" {
			t.Errorf("the log is %q", lines)
		}
		if reply.String("message") == "" || len(reply.Object()["courses"].([]any)) != 4 { // alice's Inbox, too
			t.Errorf("the answer is %s", reply.Text)
		}
		reply = s.Call(t, "POST", restorePath, s.alice.Token, object{}).Want(t, 200)
		if log := reply.String("log"); strings.Count(log, "nothing to do") != 3 {
			t.Errorf("the second time the log is %q", log)
		}
	})
}

func TestRestoringBringsBackWhatWasDeleted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		root := botany(t)
		write(t, root, map[string]string{
			"botany/notes/3-algae.md": "# Algae", "botany/notes/4-trees.md": "# Trees",
			"botany/course.json": `{"title": "Botany", "cover_image": "fern.png"}`, "botany/fern.png": picture,
			"zoology/course.json": `{"title": "Zoology"}`, "zoology/notes/1.md": "# Cats",
		})
		s := newSite(t, engine, "SAMPLE_ROOT="+root)
		s.mustSeed(t, root)
		s.makeAliceOwner(t)
		s.makeStaff(t)
		restore := func() string {
			t.Helper()
			return s.Call(t, "POST", restorePath, s.alice.Token, nil).Want(t, 200).String("log")
		}
		s.Call(t, "DELETE", s.note(t, "Ferns"), s.alice.Token, nil).Want(t, 204)
		s.Call(t, "POST", notesPath+"deleted/empty/", s.alice.Token, nil).Want(t, 200)
		s.Call(t, "DELETE", s.note(t, "Mosses"), s.alice.Token, nil).Want(t, 204)
		s.Call(t, "PATCH", s.note(t, "Algae"), s.alice.Token,
			object{"content": "# Algae\n\nMine.", "is_public": false}).Want(t, 200)
		s.Call(t, "PATCH", s.note(t, "Trees"), s.alice.Token, object{"title": "Oaks"}).Want(t, 200)
		if log := restore(); log != "Botany: 1 note made, 1 note restored\nZoology: nothing to do" {
			t.Errorf("the log is %q", log)
		}
		if got := slices.Sorted(slices.Values(s.notes(t, "botany"))); !slices.Equal(got,
			[]string{"Ferns", "Mosses", "Oaks"}) {
			t.Errorf("the course shows %q: the two that were deleted, the renamed one, and not the one made private", got)
		}
		if got := s.Call(t, "GET", s.note(t, "Algae"), s.alice.Token,
			nil).Want(t, 200).String("content"); got != "# Algae\n\nMine." {
			t.Errorf("a changed note is now %q", got)
		}

		s.Call(t, "DELETE", fmt.Sprintf("%s%v/", coursesPath, s.courses(t)["botany"]["id"]), s.alice.Token, nil).Want(t, 204)
		if log := restore(); !strings.HasPrefix(log, "Botany: course made, 4 notes restored, 2 pictures added\n") {
			t.Errorf("the log is %q", log)
		}
		s.makeAliceOwner(t) // strangers see only the notes of a course's owner
		if got := s.notes(t, "botany"); len(got) != 3 {
			t.Errorf("the course that was made again shows %q", got)
		}
		if got := s.courses(t)["botany"]; got["cover_image_url"] == "" || len(got["media"].([]any)) != 1 {
			t.Errorf("it has lost its pictures: %v", got)
		}
	})
}

func TestRestoringAtOnceMakesNothingTwice(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "SAMPLE_ROOT="+botany(t))
		s.makeStaff(t)
		s.Call(t, "POST", restorePath, s.alice.Token, nil).Want(t, 200)
		s.Exec(t, "delete from notes where title in ('Ferns', 'Mosses')")
		var group sync.WaitGroup
		for range 12 {
			group.Go(func() {
				if reply := s.Call(t, "POST", restorePath, s.alice.Token, nil); reply.Status != 200 {
					t.Errorf("%d %s", reply.Status, reply.Text)
				}
			})
		}
		group.Wait()
		if got := s.notes(t, "botany"); !slices.Equal(got, []string{"Ferns", "Mosses"}) {
			t.Errorf("the notes are %q", got)
		}
	})
}

func TestRestoringFromFilesThatAreWrong(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		root := botany(t)
		s := newSite(t, engine, "SAMPLE_ROOT="+root, "BOOTSTRAP_SAMPLES=false")
		s.makeStaff(t)
		write(t, root, map[string]string{"zoology/course.json": `{"title": "Zoology"}`, "zoology/notes/1.md": "no title"})
		reply := s.Call(t, "POST", restorePath, s.alice.Token, nil).WantKeys(t, 500, "detail")
		if detail := reply.String("detail"); !strings.Contains(detail, "zoology/notes/1.md: the first line is not a title") {
			t.Errorf("the answer is %q", detail)
		}
		if got := s.courses(t); len(got) != 1 || got["botany"] == nil {
			t.Errorf("the courses are %v, want the one without mistakes", got)
		}
	})
}

func TestRestoringFromAFolderThatIsGone(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := newSite(t, engine, "SAMPLE_ROOT="+t.TempDir()+"/gone", "BOOTSTRAP_SAMPLES=false")
		s.makeStaff(t)
		s.Call(t, "POST", restorePath, s.alice.Token, nil).WantKeys(t, 500, "detail")
	})
}
