package samples_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// Samples are recorded at the end: a process that dies before that leaves samples without a record.
func TestSamplesThatWereMadeAndNotRememberedAreNotDoubled(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		root := botany(t)
		write(t, root, map[string]string{
			"botany/course.json": `{"title": "Botany", "cover_image": "fern.png", "media": [
				{"title": "A fern", "path": "fern.png"}, {"title": "A fern", "path": "other.png"}, {"path": "third.png"}]}`,
			"botany/fern.png": picture, "botany/other.png": picture, "botany/third.png": picture,
		})
		s.mustSeed(t, root)
		for _, forgotten := range []string{
			"true", "name = 'botany'", "name like '%/notes/1%'", "name like '%/notes/%'", "name like '%/cover'",
			"name like '%/media/%'", "name like '%/media/other.png'", "name like '%/media/%' or name like '%/notes/2%'",
		} {
			s.Exec(t, "delete from seeded_samples where "+forgotten)
			s.mustSeed(t, root)
			n := s.number(t, "select count(*) from notes where author_id = (select id from users where username = "+
				"'notechondria')")
			if n != 2 {
				t.Errorf("%s: there are %d notes", forgotten, n)
			}
			got := slices.Sorted(slices.Values(s.notes(t, "botany")))
			if len(s.courses(t)) != 1 || !slices.Equal(got, []string{"Ferns", "Mosses"}) {
				t.Errorf("%s: %d courses, with %q", forgotten, len(s.courses(t)), got)
			}
			if media := s.courses(t)["botany"]["media"].([]any); len(media) != 3 {
				t.Errorf("%s: the media are %v", forgotten, media)
			}
			if n := s.number(t, "select count(*) from seeded_samples"); n != 7 {
				t.Errorf("%s: %d samples are remembered", forgotten, n)
			}
			if n := s.number(t, "select count(*) from note_activity"); n != 0 {
				t.Errorf("%s: %d activities", forgotten, n)
			}
		}
	})
}

func TestRestoringThatWasCutOffIsFinished(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		root := botany(t)
		s := newSite(t, engine, "SAMPLE_ROOT="+root)
		s.mustSeed(t, root)
		s.makeStaff(t)
		restore := func() string {
			t.Helper()
			return s.Call(t, "POST", restorePath, s.alice.Token, nil).Want(t, 200).String("log")
		}
		s.Exec(t, "delete from courses where title = 'Botany'")
		restore()
		// One note was not yet in the course, and the course was not recorded.
		s.Exec(t, "update notes set course_id = null where title = 'Ferns'")
		s.Exec(t, "update seeded_samples set course_id = null where name = 'botany'")
		if log := restore(); log != "Botany: course made, 2 notes restored" {
			t.Errorf("the log is %q", log)
		}
		if got := s.notes(t, "botany"); len(got) != 2 {
			t.Errorf("the course has %q", got)
		}
		if n := s.number(t, "select count(*) from courses where title = 'Botany'"); n != 1 {
			t.Errorf("there are %d courses of that title", n)
		}
		if log := restore(); log != "Botany: nothing to do" {
			t.Errorf("the log is %q", log)
		}
	})
}

// The samples of version 0.2.0 have no client ids.
func TestSamplesOfAnEarlierVersionAreGoneOnWith(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		root := botany(t)
		s := newSite(t, engine, "SAMPLE_ROOT="+root)
		s.mustSeed(t, root)
		s.Exec(t, "update courses set client_course_id = null")
		s.Exec(t, "update notes set client_draft_id = null")
		s.makeStaff(t)
		write(t, root, map[string]string{
			"botany/course.json":      `{"title": "Botany", "description": "All plants"}`,
			"botany/notes/1-ferns.md": "# Ferns\n\nThey are old.", "botany/notes/3-algae.md": "# Algae",
		})
		s.mustSeed(t, root)
		ferns := s.Call(t, "GET", s.note(t, "Ferns"), "", nil).Want(t, 200).String("content")
		if ferns != "# Ferns\n\nThey are old." {
			t.Errorf("a note is %q", ferns)
		}
		got, number := s.courses(t), len(s.notes(t, "botany"))
		if len(got) != 1 || got["botany"]["description"] != "All plants" || number != 3 {
			t.Errorf("the courses are %v, with %d notes", got, number)
		}
		s.Exec(t, "delete from notes where title = 'Mosses'")
		s.Exec(t, "update notes set client_draft_id = null")
		restored := s.Call(t, "POST", restorePath, s.alice.Token, nil).Want(t, 200)
		if log := restored.String("log"); log != "Botany: 1 note made" {
			t.Errorf("the log is %q", log)
		}
		s.Exec(t, "delete from courses where title = 'Botany'")
		restored = s.Call(t, "POST", restorePath, s.alice.Token, nil).Want(t, 200)
		if log := restored.String("log"); log != "Botany: course made, 3 notes restored" || len(s.notes(t, "botany")) != 3 {
			t.Errorf("the log is %q, the course has %q", log, s.notes(t, "botany"))
		}
	})
}

func TestASampleThatComesOutOfTheBinIsBroughtUpToDate(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		root := botany(t)
		s.mustSeed(t, root)
		s.makeAliceOwner(t)
		ferns := s.note(t, "Ferns")
		s.Call(t, "DELETE", ferns, s.alice.Token, nil).Want(t, 204)
		write(t, root, map[string]string{"botany/notes/1-ferns.md": "# Ferns\n\nThey are old."})
		s.mustSeed(t, root)
		s.Call(t, "POST", ferns+"restore/", s.alice.Token, nil).Want(t, 200)
		s.mustSeed(t, root)
		got := s.Call(t, "GET", ferns, s.alice.Token, nil).Want(t, 200).String("content")
		if !strings.HasSuffix(got, "They are old.") {
			t.Errorf("the note is %q", got)
		}
	})
}

// Nobody can change a course without an owner.
func TestASampleCourseWithoutAnOwnerIsLeftAlone(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		root := botany(t)
		s.mustSeed(t, root)
		s.Exec(t, "update courses set owner_id = null")
		write(t, root, map[string]string{
			"botany/course.json": `{"title": "Botany II"}`, "botany/notes/3-algae.md": "# Algae",
		})
		s.mustSeed(t, root)
		if got := s.courses(t); got["botany"]["title"] != "Botany" || len(s.notes(t, "botany")) != 2 {
			t.Errorf("the courses are %v", got)
		}
	})
}
