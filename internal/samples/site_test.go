package samples_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/trance-0/notechondria/internal/app"
	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

type object = map[string]any

const (
	coursesPath = "/api/v1/courses/"
	notesPath   = "/api/v1/notes/"
	restorePath = "/api/v1/admin/template-courses/restore/"
)

// site is a server that makes no samples by itself, with a user who is not an administrator.
type site struct {
	*apptest.Server
	alice apptest.Account
}

// onSite runs a test on each engine, each with its own site.
func onSite(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, engine database.Engine) { test(t, newSite(t, engine)) })
}

func newSite(t testing.TB, engine database.Engine, settings ...string) *site {
	t.Helper()
	s := &site{Server: apptest.Start(t, engine, settings...)}
	s.alice = s.SignUp(t, "alice")
	return s
}

// seed does what a start with samples does; root is SAMPLE_ROOT.
func (s *site) seed(t testing.TB, root string) error {
	t.Helper()
	return s.seeder(t, root)()
}

func (s *site) seeder(t testing.TB, root string) func() error {
	t.Helper()
	c := *s.Config
	c.BootstrapSamples, c.SampleRoot = true, root
	a, err := app.New(&c, slog.New(slog.DiscardHandler), s.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	return func() error { return a.Bootstrap(t.Context()) }
}

func (s *site) mustSeed(t testing.TB, root string) {
	t.Helper()
	if err := s.seed(t, root); err != nil {
		t.Fatal(err)
	}
}

// courses returns the courses that anybody can see, by slug.
func (s *site) courses(t testing.TB) map[string]object {
	t.Helper()
	bySlug := map[string]object{}
	for _, c := range s.Call(t, "GET", coursesPath, "", nil).Want(t, 200).List() {
		bySlug[c.(object)["slug"].(string)] = c.(object)
	}
	return bySlug
}

// notes returns the titles of the notes that anybody can see in a course, in list order.
func (s *site) notes(t testing.TB, slug string) []string {
	t.Helper()
	titles := []string{}
	course, there := s.courses(t)[slug]
	if !there {
		return titles
	}
	for _, n := range s.Call(t, "GET", fmt.Sprintf("%s%v/notes/", coursesPath, course["id"]), "",
		nil).Want(t, 200).List() {
		titles = append(titles, n.(object)["title"].(string))
	}
	return titles
}

// note is the path of the note with that title.
func (s *site) note(t testing.TB, title string) string {
	t.Helper()
	return fmt.Sprint(notesPath, s.number(t, "select id from notes where title = $1", title), "/")
}

func (s *site) number(t testing.TB, query string, args ...any) int64 {
	t.Helper()
	n, err := database.One[int64](t.Context(), s.Database(t).Read(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// makeAliceOwner makes alice the owner of all samples: she can change and delete them.
func (s *site) makeAliceOwner(t testing.TB) {
	t.Helper()
	const ofServer = "(select id from users where username = 'notechondria')"
	s.Exec(t, "update notes set author_id = $1 where author_id = "+ofServer, s.alice.ID)
	s.Exec(t, "update courses set owner_id = $1 where owner_id = "+ofServer, s.alice.ID)
}

// makeStaff makes alice an administrator.
func (s *site) makeStaff(t testing.TB) {
	t.Helper()
	s.Exec(t, "update users set is_staff = true where id = $1", s.alice.ID)
}

// folder writes files and returns the folder they are in.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	write(t, root, files)
	return root
}

func write(t testing.TB, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// botany is a folder with one course of two notes.
func botany(t testing.TB) string {
	t.Helper()
	return folder(t, map[string]string{
		"botany/course.json":       `{"title": "Botany", "description": "Plants"}`,
		"botany/notes/1-ferns.md":  "# Ferns\n\nThey have spores.\n",
		"botany/notes/2-mosses.md": "# Mosses\n\nThey are small.\n",
	})
}
