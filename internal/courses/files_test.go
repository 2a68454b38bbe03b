package courses_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/trance-0/notechondria/internal/apptest"
	"github.com/trance-0/notechondria/internal/database"
)

func TestTheFilesOfADeletedCourseAreRemoved(t *testing.T) {
	apptest.Each(t, func(t *testing.T, engine database.Engine) {
		folder := t.TempDir()
		s := newSite(t, engine, "MEDIA_ROOT="+folder)
		course, other := s.Course(t, s.Alice, "Algebra"), s.Course(t, s.Alice, "Botany")
		left := func() (names []string) {
			entries, err := os.ReadDir(filepath.Join(folder, "user_upload"))
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				names = append(names, entry.Name())
			}
			return names
		}
		if err := os.MkdirAll(filepath.Join(folder, "user_upload"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"cover", "picture", "shared", "other"} {
			if err := os.WriteFile(filepath.Join(folder, "user_upload", name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s.Exec(t, "update courses set cover_path = 'user_upload/cover' where id = $1", course)
		s.medium(t, course, "a picture", "user_upload/picture")
		s.medium(t, course, "shared", "user_upload/shared")
		s.medium(t, course, "no picture", "")
		s.medium(t, other, "shared", "user_upload/shared")
		s.Call(t, "DELETE", byID(course), s.Alice.Token, nil).Want(t, 204)
		apptest.Eventually(t, "the files that no other course shows are gone", func() bool {
			names := left()
			return len(names) == 2 && names[0] == "other" && names[1] == "shared"
		})
	})
}
