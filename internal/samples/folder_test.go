package samples_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

// picture begins like a PNG, which is all that is checked.
const picture = "\x89PNG\r\n\x1a\nrest"

func TestAFolderOfOnesOwnTakesThePlaceOfTheSamples(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		long := strings.Repeat("ä", 300)
		root := folder(t, map[string]string{
			"plants/course.json": `{"slug": "My Botany", "title": " Botany ", "description": null, "unknown": 1}`,
			"plants/notes/b.md":  "\ufeff# Mosses\r\n\r\nThey are\r\nsmall.\r\n\r\n## Where\r\n",
			"plants/notes/a.md":  "\n# Ferns\n" + long + "\n",
			"plants/notes/c.txt": "no note",
			"plants/README.md":   "no note either",
			"media/fern.png":     picture,
			"README.md":          "no course",
		})
		s.mustSeed(t, root)
		if got := s.courses(t); len(got) != 1 || got["my-botany"]["title"] != "Botany" ||
			got["my-botany"]["description"] != "" {
			t.Fatalf("the courses are %v", got)
		}
		if got := s.notes(t, "my-botany"); !slices.Equal(got, []string{"Ferns", "Mosses"}) {
			t.Errorf("the notes are %q", got)
		}
		mosses := s.Call(t, "GET", s.note(t, "Mosses"), "", nil).Want(t, 200)
		if mosses.String("content") != "# Mosses\n\nThey are\nsmall.\n\n## Where" ||
			mosses.String("description") != "They are small." {
			t.Errorf("a note is %s", mosses.Text)
		}
		if got := s.Call(t, "GET", s.note(t, "Ferns"), "", nil).String("description"); got != strings.Repeat("ä", 239)+"…" {
			t.Errorf("a long first paragraph describes the note as %q", got)
		}
	})
}

func TestPicturesOfSampleCourses(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		root := folder(t, map[string]string{
			"one/course.json": `{"title": "One", "cover_image": "media/cover.png", "media": [
				{"title": "A fern", "description": "green", "path": "fern.png", "source": "https://example.org"},
				{"path": "shared.png"}, {"title": "Gone", "path": "gone.png"}, {"title": "Text", "path": "course.json"},
				{"title": "Outside", "path": "../secret.png"}, {"title": "Linked", "path": "link.png"}]}`,
			"one/notes/1.md": "# Note", "one/media/cover.png": picture, "one/fern.png": picture, "media/shared.png": picture,
			"two/course.json": `{"title": "Two", "cover_image": "cover.png"}`, "two/notes/1.md": "# Another",
			"two/cover.png": picture,
		})
		secret := filepath.Join(t.TempDir(), "secret.png")
		if err := os.WriteFile(secret, []byte(picture), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(secret, filepath.Join(root, "one", "link.png")); err != nil {
			t.Fatal(err)
		}
		s.mustSeed(t, root)
		s.mustSeed(t, root)
		one, two := s.courses(t)["one"], s.courses(t)["two"]
		var titles []string
		for _, m := range one["media"].([]any) {
			titles = append(titles, m.(object)["title"].(string))
		}
		if !slices.Equal(titles, []string{"A fern", "shared.png"}) {
			t.Errorf("the media are %q", titles)
		}
		fern := one["media"].([]any)[0].(object)
		if fern["description"] != "green" || fern["source"] != "https://example.org" {
			t.Errorf("the first is %v", fern)
		}
		media, _ := two["media"].([]any)
		if len(media) != 1 || media[0].(object)["title"] != "Two" || media[0].(object)["source"] != nil {
			t.Errorf("a course without media shows %v, want its cover", media)
		}
		for _, address := range []any{one["cover_image_url"], two["cover_image_url"], fern["image_url"]} {
			path, found := strings.CutPrefix(fmt.Sprint(address), s.URL)
			if reply := s.Call(t, "GET", path, "", nil); !found || reply.Status != 200 || reply.Text != picture {
				t.Errorf("%v: %d", address, reply.Status)
			}
		}
		write(t, root, map[string]string{"one/gone.png": picture})
		s.mustSeed(t, root)
		if n := len(s.courses(t)["one"]["media"].([]any)); n != 3 {
			t.Errorf("after the missing file has come there are %d media", n)
		}
	})
}

func TestAConfiguredFolderIsReadAtTheStart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		s := &site{Server: apptest.Start(t, engine, "BOOTSTRAP_SAMPLES=", "SAMPLE_ROOT="+botany(t))}
		apptest.Eventually(t, "the course is there", func() bool { return len(s.notes(t, "botany")) == 2 })
	})
}
