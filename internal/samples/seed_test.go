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

func TestNewcomersFindSampleCourses(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.mustSeed(t, "")
		courses := s.courses(t)
		if len(courses) != 3 {
			t.Fatalf("there are %d courses", len(courses))
		}
		for slug, course := range courses {
			if owner := course["owner"].(object)["username"]; owner != "notechondria" {
				t.Errorf("%s belongs to %v", slug, owner)
			}
			if titles := s.notes(t, slug); len(titles) < 3 {
				t.Errorf("%s has the notes %q", slug, titles)
			}
		}
		if got := s.notes(t, "markdown-and-math"); got[0] != "Markdown in five minutes" {
			t.Errorf("the first note of the tour does not come first: %q", got)
		}
		note := s.Call(t, "GET", s.note(t, "Writing mathematics"), "", nil).Want(t, 200)
		blocks, _ := note.Object()["blocks"].([]any)
		if !strings.HasPrefix(note.String("content"), "# Writing mathematics\n") || note.String("editor_mode") != "G" ||
			len(blocks) < 3 ||
			!strings.HasPrefix(note.String("description"), "Formulas are written in LaTeX") {
			t.Errorf("a sample note is %s", note.Text)
		}
		front := s.Call(t, "GET", "/api/v1/front-page/", "", nil).Want(t, 200).Object()
		if n := len(front["carousel_courses"].([]any)); n != 3 {
			t.Errorf("the front page shows %d courses", n)
		}
		if n := s.number(t, "select count(*) from note_activity"); n != 0 {
			t.Errorf("samples count as %d activities", n)
		}
	})
}

func TestSeedingAgainChangesNothing(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.mustSeed(t, "")
		before := s.Call(t, "GET", coursesPath, "", nil).Want(t, 200).Text
		s.mustSeed(t, "")
		if after := s.Call(t, "GET", coursesPath, "", nil).Want(t, 200).Text; after != before {
			t.Errorf("before: %s\nafter: %s", before, after)
		}
		if n := s.number(t, "select max(revision) from notes"); n != 1 {
			t.Errorf("notes were written %d times", n)
		}
	})
}

func TestSeedingAgainTakesOneStatement(t *testing.T) {
	t.Parallel()
	server, statements := apptest.StartCounted(t)
	s := &site{Server: server}
	s.mustSeed(t, "")
	seed := s.seeder(t, "")
	count := statements.Fewest(func() {
		if err := seed(); err != nil {
			t.Error(err)
		}
	}, "seeded_samples", "notes", "courses", "users")
	if count != 1 {
		t.Errorf("it takes %d statements", count)
	}
}

func TestInstancesThatSeedAtOnceMakeOneSetOfSamples(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		root := botany(t)
		write(t, root, map[string]string{"botany/course.json": `{"title": "Botany", "cover_image": "fern.png"}`,
			"botany/fern.png": picture})
		var group sync.WaitGroup
		for range 4 {
			seed := s.seeder(t, root)
			group.Go(func() {
				if err := seed(); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if titles := s.notes(t, "botany"); len(s.courses(t)) != 1 || !slices.Equal(titles, []string{"Ferns", "Mosses"}) {
			t.Errorf("there are %d courses, botany has %q", len(s.courses(t)), titles)
		}
		if media := s.courses(t)["botany"]["media"].([]any); len(media) != 1 {
			t.Errorf("the course has the media %v", media)
		}
	})
}

func TestWhatPeopleChangeStays(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		root := botany(t)
		s.mustSeed(t, root)
		s.makeAliceOwner(t)
		ferns, mosses := s.note(t, "Ferns"), s.note(t, "Mosses")
		course := fmt.Sprintf("%s%v/", coursesPath, s.courses(t)["botany"]["id"])
		s.Call(t, "PATCH", ferns, s.alice.Token, object{"content": "# Ferns\n\nMine."}).Want(t, 200)
		s.Call(t, "PATCH", course, s.alice.Token, object{"title": "My plants"}).Want(t, 200)
		s.mustSeed(t, root)
		write(t, root, map[string]string{
			"botany/course.json":       `{"title": "Botany II"}`,
			"botany/notes/1-ferns.md":  "# Ferns\n\nThey are old.",
			"botany/notes/2-mosses.md": "# Liverworts\n\nThey are green.",
			"botany/notes/3-algae.md":  "# Algae\n\nThey live in water.",
		})
		s.mustSeed(t, root)
		if got := s.Call(t, "GET", ferns, "", nil).Want(t, 200).String("content"); got != "# Ferns\n\nMine." {
			t.Errorf("a note that somebody changed is now %q", got)
		}
		if got := s.Call(t, "GET", course, "", nil).Want(t, 200).String("title"); got != "My plants" {
			t.Errorf("a course that somebody changed is now %q", got)
		}
		liverworts := s.Call(t, "GET", mosses, "", nil).Want(t, 200)
		if liverworts.String("title") != "Liverworts" ||
			!strings.Contains(fmt.Sprint(liverworts.Object()["blocks"]), "green") {
			t.Errorf("a note that nobody changed is %s", liverworts.Text)
		}
		if got := s.notes(t, "botany"); !slices.Contains(got, "Algae") {
			t.Errorf("the new note is missing: %q", got)
		}
		s.mustSeed(t, root)
		if n := s.number(t, "select count(*) from notes where title = 'Algae' or revision > 2"); n != 1 {
			t.Errorf("seeding again wrote notes")
		}
		if n := s.number(t, "select count(*) from note_activity"); n != 1 {
			t.Errorf("%d activities, want alice's alone", n)
		}
	})
}

func TestACourseThatNobodyChangedIsBroughtUpToDate(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		root := botany(t)
		s.mustSeed(t, root)
		write(t, root, map[string]string{"botany/course.json": `{"title": "Botany II", "description": "More plants"}`})
		s.mustSeed(t, root)
		if course := s.courses(t)["botany"]; course["title"] != "Botany II" || course["description"] != "More plants" {
			t.Errorf("the course is %v", course)
		}
	})
}

func TestWhatPeopleDeleteStaysDeleted(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		root := botany(t)
		write(t, root, map[string]string{"zoology/course.json": `{"title": "Zoology"}`, "zoology/notes/1.md": "# Cats"})
		s.mustSeed(t, root)
		s.makeAliceOwner(t)
		s.Call(t, "DELETE", s.note(t, "Ferns"), s.alice.Token, nil).Want(t, 204)
		s.mustSeed(t, root)
		if got := s.notes(t, "botany"); !slices.Equal(got, []string{"Mosses"}) {
			t.Errorf("after a deletion there are %q", got)
		}
		s.Call(t, "POST", notesPath+"deleted/empty/", s.alice.Token, nil).Want(t, 200)
		s.Call(t, "DELETE", fmt.Sprintf("%s%v/", coursesPath, s.courses(t)["zoology"]["id"]), s.alice.Token, nil).Want(t, 204)
		write(t, root, map[string]string{"zoology/notes/2.md": "# Dogs",
			"zoology/course.json": `{"title": "Zoology", "cover_image": "cat.png"}`,
			"zoology/cat.png":     picture, "botany/notes/1-ferns.md": "# Ferns\n\nThey have a new text."})
		s.mustSeed(t, root)
		s.mustSeed(t, root)
		if got := s.notes(t, "botany"); !slices.Equal(got, []string{"Mosses"}) {
			t.Errorf("after a deletion for good there are %q", got)
		}
		if n := s.number(t, "select count(*) from courses where slug = 'zoology'") + s.number(t,
			"select count(*) from notes where title = 'Dogs'"); n != 0 {
			t.Error("a deleted course is there again")
		}
	})
}

func TestNobodySignsInAsTheOwnerOfSamples(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.mustSeed(t, "")
		for _, password := range []string{"", "notechondria", apptest.Password} {
			if reply := s.Call(t, "POST", "/api/v1/auth/login/", "",
				object{"email": "notechondria", "password": password}); reply.Status != 400 {
				t.Errorf("signing in with %q: %d %s", password, reply.Status, reply.Text)
			}
		}
		s.Call(t, "POST", "/api/v1/auth/register/", "",
			object{"username": "Notechondria", "email": "n@example.org", "password": apptest.Password}).Want(t, 400)
		if n := s.number(t, "select count(*) from users where username = 'notechondria' and (is_active or is_staff or "+
			"password_hash <> '' or email <> '')"); n != 0 {
			t.Error("the account can be used")
		}
	})
}

func TestSamplesTakeNobodysAccount(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		person := s.SignUp(t, "Notechondria")
		s.mustSeed(t, "")
		for slug, course := range s.courses(t) {
			if owner := course["owner"].(object); owner["username"] != "notechondria-2" {
				t.Errorf("%s belongs to %v", slug, owner)
			}
		}
		if n := len(s.Call(t, "GET", notesPath+"?mine=1", person.Token, nil).Want(t, 200).List()); n != 1 {
			t.Errorf("the person has %d notes, want the welcome note", n)
		}
	})
}

func TestASlugThatIsTaken(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		s.Call(t, "POST", coursesPath, s.alice.Token, object{"title": "Botany"}).Want(t, 201)
		s.mustSeed(t, botany(t))
		if got := s.notes(t, "botany-2"); len(got) != 2 {
			t.Errorf("the sample course has %q", got)
		}
	})
}

// A server started without any configuration is being tried out, so it has samples.
func TestAStartWithoutConfigurationShowsSamples(t *testing.T) {
	t.Parallel()
	p := apptest.StartProcess(t, []string{"DATA_DIR=" + t.TempDir()}, "start")
	s := &site{Server: p.Server()}
	apptest.Eventually(t, "there are sample courses", func() bool { return len(s.courses(t)) == 3 })
	p.Stop(t)
	for setting, courses := range map[string]int{
		"BOOTSTRAP_SAMPLES=":      3,
		"BOOTSTRAP_SAMPLES=false": 0,
		"SECRET_KEY=a-key-for-tests-of-at-least-fifty-characters-0123456789": 0,
	} {
		output, err := apptest.Program(t, []string{"DATA_DIR=" + t.TempDir(), setting}, "bootstrap").CombinedOutput()
		if made := strings.Count(string(output), "course made"); err != nil || made != courses {
			t.Errorf("%s: %d courses were made, %v\n%s", setting, made, err, output)
		}
	}
}

func TestSamplesNeverFailAStart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := apptest.Start(t, engine, "BOOTSTRAP_SAMPLES=true",
			"SAMPLE_ROOT="+folder(t, map[string]string{"botany/course.json": "{"}))
		apptest.Eventually(t, "the log tells",
			func() bool { return len(s.Logs.Find("bootstrap failed", "botany/course.json")) > 0 })
		s.Call(t, "GET", coursesPath, "", nil).Want(t, 200)
	})
}
